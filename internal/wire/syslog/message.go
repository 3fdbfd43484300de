// Package syslog reads syslog messages, of RFC 3164 and RFC 5424 and of no form at all, and finds them in streams
// (RFC 6587). What comes is somebody else's: nothing is trusted, and what is no header is text.
package syslog

import "bytes"

// Form is what kind of header a message has.
type Form uint8

// The forms.
const (
	Plain   Form = iota // none, or a priority at most
	RFC3164             // "Oct 11 22:14:15 host tag[pid]: text"
	RFC5424             // "1 2003-10-11T22:14:15.003Z host tag pid id [sd] text"
)

// Message is the parts of one message. They are slices of what was parsed; what the message does not say is empty.
type Message struct {
	Form               Form
	Priority           int // facility * 8 + level, -1: not said
	Time               []byte
	Host, Tag, PID, ID []byte
	SD, Text           []byte
}

// Parse takes a message apart. ok is false where there is none: nothing is left behind the priority.
func Parse(b []byte) (m Message, ok bool) {
	m.Priority = -1
	b = bytes.TrimSuffix(b, newline[:])
	if n, rest, ok := priority(b); ok {
		m.Priority, b = n, rest
	}
	if len(b) == 0 {
		return m, false
	}
	if !m.parse5424(b) && !m.parse3164(b) {
		m.Form, m.Text = Plain, b
	}
	return m, true
}

var newline = [1]byte{'\n'}

// priority reads "<n>" with three digits at most.
func priority(b []byte) (n int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '<' {
		return 0, b, false
	}
	for i := 1; i < len(b) && i <= 4; i++ {
		switch c := b[i]; {
		case c == '>':
			return n, b[i+1:], true
		case c < '0' || c > '9':
			return 0, b, false
		default:
			n = n*10 + int(c-'0')
		}
	}
	return 0, b, false
}

// parse5424 reads the header of RFC 5424 6.
func (m *Message) parse5424(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, version[:])
	if !ok {
		return false
	}
	var f [5][]byte
	for i := range f {
		if f[i], rest, ok = bytes.Cut(rest, space[:]); !ok || len(f[i]) == 0 {
			return false
		}
	}
	if !isNil(f[0]) && !isISO(f[0]) {
		return false
	}
	n := structured(rest)
	if n == 0 || n == len(rest) || rest[n] != ' ' {
		return false
	}
	m.Form, m.Text = RFC5424, rest[n+1:]
	m.SD = known(rest[:n])
	m.Time, m.Host, m.Tag, m.PID, m.ID = known(f[0]), known(f[1]), known(f[2]), known(f[3]), known(f[4])
	return true
}

var (
	version = [2]byte{'1', ' '}
	space   = [1]byte{' '}
)

func isNil(b []byte) bool { return len(b) == 1 && b[0] == '-' }

// known returns a field, nothing for the dash that says that it is not known.
func known(b []byte) []byte {
	if isNil(b) {
		return nil
	}
	return b
}

// isISO reports whether b begins with a date and a time of RFC 3339.
func isISO(b []byte) bool { return like(b, "0000-00-00T00:00:00") }

// like compares the beginning of b with a pattern in which zeros stand for digits.
func like(b []byte, pattern string) bool {
	if len(b) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if p := pattern[i]; p == '0' && (b[i] < '0' || b[i] > '9') || p != '0' && b[i] != p {
			return false
		}
	}
	return true
}

// structured returns the length of the structured data that b begins with, 0 when it is none: a dash, or elements in
// brackets whose values are quoted (RFC 5424 6.3).
func structured(b []byte) int {
	if len(b) > 0 && b[0] == '-' {
		return 1
	}
	at, quoted, inside := 0, false, false
	for ; at < len(b); at++ {
		switch c := b[at]; {
		case !inside && c == '[':
			inside = true
		case !inside:
			return at
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			inside = false
		}
	}
	if inside {
		return 0
	}
	return at
}

// dateLen is the length of the date of RFC 3164.
const dateLen = len("Oct 11 22:14:15")

// parse3164 reads the header of RFC 3164 4.1.2: a date and a host, and a tag when there is one.
func (m *Message) parse3164(b []byte) bool {
	if len(b) <= dateLen || Month(b) == 0 || b[dateLen] != ' ' || !like(b[3:], " 00 00:00:00") && !like(b[3:], "  0 00:00:00") {
		return false
	}
	host, rest, ok := bytes.Cut(b[dateLen+1:], space[:])
	if !ok || len(host) == 0 {
		return false
	}
	m.Form, m.Time, m.Host, m.Text = RFC3164, b[:dateLen], host, rest
	for i, c := range rest {
		switch c {
		case ' ':
			return true
		case ':':
			if i > 0 && i+1 < len(rest) && rest[i+1] == ' ' {
				m.Tag, m.Text = rest[:i], rest[i+2:]
			}
			return true
		case '[':
			end := bytes.IndexByte(rest[i:], ']')
			if i > 0 && end > 0 && i+end+2 < len(rest) && rest[i+end+1] == ':' && rest[i+end+2] == ' ' {
				m.Tag, m.PID, m.Text = rest[:i], rest[i+1:i+end], rest[i+end+3:]
			}
			return true
		}
	}
	return true
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// Month returns the number of the month whose three letters b begins with, 0 for none.
func Month(b []byte) int {
	for i := 0; len(b) >= 3 && i < len(months); i += 3 {
		if string(b[:3]) == months[i:i+3] {
			return i/3 + 1
		}
	}
	return 0
}

// MonthName returns the three letters of a month from 1 to 12.
func MonthName(n int) string { return months[3*n-3 : 3*n] }
