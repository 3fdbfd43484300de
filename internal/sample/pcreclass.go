package sample

import (
	"fmt"
	"strings"
)

// byteSet is a set of bytes.
type byteSet [256]bool

func (s *byteSet) add(low, high byte) {
	for c := int(low); c <= int(high); c++ {
		s[c] = true
	}
}

// class takes a set in brackets. Whatever it is made of is written as ranges of bytes.
func (p *pcre) class() error {
	p.at++
	not := p.at < len(p.in) && p.in[p.at] == '^'
	if not {
		p.at++
	}
	var set byteSet
	for first := true; ; first = false {
		if p.at >= len(p.in) {
			return &regexMistake{"missing terminating ] for character class", len(p.in)}
		}
		if p.in[p.at] == ']' && !first {
			break
		}
		if err := p.member(&set); err != nil {
			return err
		}
	}
	p.at++
	p.emit(p.written(&set, not))
	return nil
}

// member takes one character, range, escape or POSIX class of a set.
func (p *pcre) member(set *byteSet) error {
	if strings.HasPrefix(p.in[p.at:], "[:") {
		if end := strings.Index(p.in[p.at:], ":]"); end > 0 && !strings.ContainsAny(p.in[p.at+2:p.at+end], "]\\") {
			return p.posix(set, p.in[p.at+2:p.at+end])
		}
	}
	low, single, err := p.memberChar(set)
	if err != nil || !single {
		return err
	}
	high := low
	if p.at+1 < len(p.in) && p.in[p.at] == '-' && p.in[p.at+1] != ']' {
		before := p.at
		p.at++
		at := p.at
		var other byteSet
		if high, single, err = p.memberChar(&other); err != nil {
			return err
		}
		switch {
		case !single: // the dash is a character
			p.at = before
			high = low
			set.add('-', '-')
			p.at++
		case high < low:
			return &regexMistake{"range out of order in character class", at}
		}
	}
	set.add(low, high)
	return nil
}

// memberChar takes one character; single is false when it was an escape for several, which is in the set then.
func (p *pcre) memberChar(set *byteSet) (c byte, single bool, err error) {
	c = p.in[p.at]
	if c != '\\' {
		p.at++
		return c, true, nil
	}
	if p.at+1 == len(p.in) {
		return 0, false, &regexMistake{`\ at end of pattern`, len(p.in)}
	}
	e := p.in[p.at+1]
	if e == 'b' {
		p.at += 2
		return 8, true, nil
	}
	if _, not, ok := classOf(e); ok {
		for i := range 256 {
			if inClass(e|0x20, byte(i)) != not {
				set[i] = true
			}
		}
		p.at += 2
		return 0, false, nil
	}
	if b, used, err := p.char1(); err != nil || used > 0 {
		p.at += used
		return b, true, err
	}
	if e >= '0' && e <= '9' || e >= 'a' && e <= 'z' || e >= 'A' && e <= 'Z' {
		return 0, false, &regexMistake{`unrecognized or unsupported escape \` + string(e), p.at + 2}
	}
	p.at += 2
	return e, true, nil
}

// inClass reports whether \d, \w, \s, \h or \v holds a byte.
func inClass(class, c byte) bool {
	switch class {
	case 'd':
		return c >= '0' && c <= '9'
	case 'w':
		return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
	case 's':
		return c >= 9 && c <= 13 || c == ' '
	case 'h':
		return c == 9 || c == ' ' || c == 0xa0
	}
	return c >= 10 && c <= 13 || c == 0x85
}

// posix takes a class such as [:alpha:].
func (p *pcre) posix(set *byteSet, name string) error {
	bare, not := strings.CutPrefix(name, "^")
	for i := range 256 {
		in, known := inPOSIX(bare, byte(i))
		if !known {
			return &regexMistake{"unknown POSIX class name", p.at + 2}
		}
		if in != not {
			set[i] = true
		}
	}
	p.at += len(name) + 4
	return nil
}

func inPOSIX(name string, c byte) (in, known bool) {
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	digit := c >= '0' && c <= '9'
	switch name {
	case "alpha":
		return letter, true
	case "digit":
		return digit, true
	case "alnum":
		return letter || digit, true
	case "upper":
		return c >= 'A' && c <= 'Z', true
	case "lower":
		return c >= 'a' && c <= 'z', true
	case "space":
		return inClass('s', c), true
	case "blank":
		return c == ' ' || c == 9, true
	case "cntrl":
		return c < ' ' || c == 127, true
	case "graph":
		return c > ' ' && c < 127, true
	case "print":
		return c >= ' ' && c < 127, true
	case "punct":
		return c > ' ' && c < 127 && !letter && !digit, true
	case "word":
		return inClass('w', c), true
	case "xdigit":
		return digit || c|0x20 >= 'a' && c|0x20 <= 'f', true
	case "ascii":
		return c < 128, true
	}
	return false, false
}

// written writes a set as ranges.
func (p *pcre) written(set *byteSet, not bool) string {
	var b strings.Builder
	b.WriteByte('[')
	if not {
		b.WriteByte('^')
	}
	some := false
	for c := 0; c < 256; c++ {
		if !set[c] {
			continue
		}
		high := c
		for high < 255 && set[high+1] {
			high++
		}
		some = true
		fmt.Fprintf(&b, `\x%02x`, c)
		if high > c {
			fmt.Fprintf(&b, `-\x%02x`, high)
		}
		c = high
	}
	if !some {
		return `[^\x00-` + p.char(0xff) + `]`
	}
	b.WriteByte(']')
	return b.String()
}
