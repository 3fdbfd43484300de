package stats

import (
	"strconv"
)

// markup is HTML under way. raw is written as it is; everything that comes from a configuration, a client or a server
// goes through text.
type markup []byte

func (m *markup) raw(parts ...string) {
	for _, p := range parts {
		*m = append(*m, p...)
	}
}

// text appends s so that it is text, between tags and in quoted attributes.
func (m *markup) text(s string) {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			m.raw("&amp;")
		case '<':
			m.raw("&lt;")
		case '>':
			m.raw("&gt;")
		case '"':
			m.raw("&#34;")
		case '\'':
			m.raw("&#39;")
		default:
			if c < ' ' && c != '\t' && c != '\n' || c == 0x7f {
				m.raw("\ufffd")
				continue
			}
			*m = append(*m, c)
		}
	}
}

// count appends a number with its digits in groups of three.
func (m *markup) count(n uint64) { m.raw(grouped(n)) }

// grouped writes a number with narrow spaces between groups of three digits.
func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b []byte
	for i := range len(digits) {
		if left := len(digits) - i; i > 0 && left%3 == 0 {
			b = append(b, "\u202f"...)
		}
		b = append(b, digits[i])
	}
	return string(b)
}

// size appends a number of bytes with its unit, and the exact number as its title.
func (m *markup) size(n uint64) {
	if n < 1000 {
		m.raw(byteText(n))
		return
	}
	m.raw(`<span title="`, grouped(n), ` bytes">`, byteText(n), `</span>`)
}

func byteText(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + "\u202fB"
	}
	v, unit := float64(n), "B"
	for _, u := range [...]string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		if v < 1000 {
			break
		}
		v, unit = v/1000, u
	}
	return short(v) + "\u202f" + unit
}

// short writes a number with about three digits.
func short(v float64) string {
	switch {
	case v >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// microText writes a time given in microseconds.
func microText(us uint64) string {
	switch {
	case us < 1000:
		return strconv.FormatUint(us, 10) + "\u202fµs"
	case us < 1_000_000:
		return short(float64(us)/1e3) + "\u202fms"
	}
	return short(float64(us)/1e6) + "\u202fs"
}

// secondsText writes a time in the two largest units that it needs.
func secondsText(n int64) string {
	n = max(n, 0)
	two := func(a int64, x string, b int64, y string) string {
		if b == 0 {
			return strconv.FormatInt(a, 10) + x
		}
		return strconv.FormatInt(a, 10) + x + "\u202f" + strconv.FormatInt(b, 10) + y
	}
	switch {
	case n < 60:
		return strconv.FormatInt(n, 10) + "s"
	case n < 3600:
		return two(n/60, "m", n%60, "s")
	case n < 86400:
		return two(n/3600, "h", n%3600/60, "m")
	}
	return two(n/86400, "d", n%86400/3600, "h")
}

// percent writes a as a share of b.
func percent(a, b uint64) string {
	if b == 0 {
		return "0\u202f%"
	}
	return strconv.FormatUint((a*100+b/2)/b, 10) + "\u202f%"
}
