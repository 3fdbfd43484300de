package h1

import (
	"bytes"

	"sluice/internal/msg"
)

// meaningful are the fields that decide about the message or its connection; all others are only stored.
const meaningful = 1<<msg.Connection | 1<<msg.ContentLength | 1<<msg.Expect | 1<<msg.Host | 1<<msg.SecWebSocketAccept |
	1<<msg.SecWebSocketKey | 1<<msg.TransferEncoding | 1<<msg.Upgrade

// lines reads header lines, from wherever it stopped before, up to and with the empty line. It returns fs with the
// fields that came complete.
func (p *Parser) lines(b []byte, fs []msg.Field, o *Options) ([]msg.Field, Verdict) {
	for {
		switch p.state {
		case atLine:
			if end, v := p.emptyLine(b, o); end {
				return fs, p.earliest(b, v, o)
			}
			p.line = p.pos
			p.state = inName
			fallthrough
		case inName:
			if v := p.name(b, o); v != Done {
				return fs, p.earliest(b, v, o)
			}
			p.state = inValue
			fallthrough
		default:
			end, v := p.value(b, o)
			if v != Done {
				return fs, v
			}
			p.state = atLine
			if p.bad {
				p.bad = false
				continue
			}
			if fs, v = p.take(b, end, fs, o); v != Done {
				return fs, p.earliest(b, v, o)
			}
		}
	}
}

// earliest replaces a failure by that of a stray CR or NUL among the bytes before it, which would have been found first
// if the bytes had come one by one.
func (p *Parser) earliest(b []byte, v Verdict, o *Options) Verdict {
	if v == Failed {
		e := p.Err
		if p.clean(b, o) != Failed {
			p.Err = e
		}
	}
	return v
}

// emptyLine says whether the fields end here, or nothing is known of the next line yet.
func (p *Parser) emptyLine(b []byte, o *Options) (end bool, v Verdict) {
	if p.pos == len(b) {
		return true, p.pause(b, o)
	}
	switch b[p.pos] {
	case '\n':
		if v = p.clean(b, o); v == Done {
			p.pos++
		}
		return true, v
	case '\r':
		if p.pos+1 == len(b) {
			return true, p.pause(b, o)
		}
		if b[p.pos+1] != '\n' {
			return true, p.refuse(p.pos, "CR without LF at the start of a line")
		}
		if v = p.clean(b, o); v == Done {
			p.pos += 2
		}
		return true, v
	}
	return false, Done
}

// pause checks what was read before more is asked for, so that a bad byte is answered at once.
func (p *Parser) pause(b []byte, o *Options) Verdict {
	if v := p.clean(b, o); v == Failed {
		return v
	}
	return NeedMore
}

// name reads a field's name, lowers its case in place, and takes the colon.
func (p *Parser) name(b []byte, o *Options) Verdict {
	i := p.pos
	if i == p.line {
		p.upper = 0
	}
	if !p.bad {
		for i < len(b) {
			c := lower[b[i]]
			if c == 0 {
				break
			}
			p.upper |= uint64((b[i]^c)>>5) << uint(i-p.line)
			b[i] = c
			i++
		}
	}
	p.pos = i
	if i == len(b) {
		return p.pause(b, o)
	}
	if b[i] != ':' {
		return p.badName(b, o)
	}
	if i == p.line {
		return p.refuse(i, "empty header name")
	}
	p.colon = i
	p.pos = i + 1
	return Done
}

// Original gives the names of fs, which this parser has read from the start of b, and the one at hand the case back in
// which they came, as far as that is known: for those who look at a message that was refused. Nothing may use it
// afterwards.
func (p *Parser) Original(b []byte, fs []msg.Field) {
	for i := range fs {
		raise(fs[i].Name, fs[i].Upper)
	}
	if p.state >= atLine && p.line <= len(b) {
		raise(b[p.line:], p.upper)
	}
}

// raise puts the letters of a name back in upper case.
func raise(name []byte, upper uint64) {
	for i := 0; upper != 0 && i < len(name); i++ {
		if upper&1 != 0 && name[i] >= 'a' && name[i] <= 'z' {
			name[i] -= 'a' - 'A'
		}
		upper >>= 1
	}
}

// badName goes on behind a byte that no name may hold: relaxed parsing drops such a field.
func (p *Parser) badName(b []byte, o *Options) Verdict {
	if !p.bad && (!o.Relaxed || b[p.pos] == '\n') {
		return p.refuse(p.pos, "invalid character in a header name")
	}
	if !p.bad {
		p.bad = true
		p.lax(p.pos)
	}
	for i := p.pos; i < len(b); i++ {
		switch b[i] {
		case '\n':
			return p.refuse(i, "header name without colon")
		case ':':
			p.pos, p.colon = i+1, i
			return Done
		case '\r', 0:
			b[i] = '?' // nobody sees this name: spare clean the question
		}
	}
	p.pos = len(b)
	return p.pause(b, o)
}

// value finds the end of a field's value, joining folded lines with spaces (RFC 9112 5.2). The line end is known to be
// one only when the byte behind it is there. end is the end of the value's last line without CR LF.
func (p *Parser) value(b []byte, o *Options) (end int, v Verdict) {
	for {
		i := bytes.IndexByte(b[p.pos:], '\n')
		if i < 0 {
			p.pos = len(b)
			return 0, p.pause(b, o)
		}
		i += p.pos
		p.pos = i
		if i+1 == len(b) {
			return 0, p.pause(b, o)
		}
		crlf := b[i-1] == '\r'
		if class[b[i+1]]&blank == 0 {
			p.pos = i + 1
			if crlf {
				p.crlf++
				return i - 1, Done
			}
			return i, Done
		}
		b[i] = ' '
		if crlf {
			b[i-1] = ' '
		}
	}
}

// take stores the field whose value's last line ends at end, unless it only repeats what another one said.
func (p *Parser) take(b []byte, end int, fs []msg.Field, o *Options) ([]msg.Field, Verdict) {
	n := len(fs)
	if n < cap(fs) {
		fs = fs[:n+1]
	} else {
		fs = append(fs, msg.Field{})
	}
	f := &fs[n]
	f.Name = b[p.line:p.colon:p.colon]
	f.Known = msg.Lookup(f.Name)
	f.Line, f.Dead, f.Upper = 0, false, p.upper
	at := p.colon + 1
	if at < end && b[at] == ' ' {
		at++
		if b[end] == '\r' {
			f.Line = int32(p.line - p.start)
		}
	}
	f.Value = b[at:end:end]
	if at < end && (class[b[at]]|class[b[end-1]])&blank != 0 {
		f.Line = 0
		f.Value = trim(f.Value)
	}
	if meaningful>>f.Known&1 != 0 {
		keep, v := p.meaning(f, at, fs[:n], o)
		if v != Done || !keep {
			return fs[:n], v
		}
	}
	limit := o.MaxFields
	if limit == 0 {
		limit = defaultMaxFields
	}
	if n >= limit-1 {
		return fs[:n], p.refuse(p.line, "too many header fields")
	}
	return fs, Done
}
