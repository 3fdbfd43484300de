package sample

import (
	"strconv"
	"strings"

	"sluice/internal/value"
)

// escape takes a backslash and what follows it, outside of brackets.
func (p *pcre) escape() error {
	if p.at+1 == len(p.in) {
		return &regexMistake{`\ at end of pattern`, len(p.in)}
	}
	c := p.in[p.at+1]
	switch c {
	case 'Q':
		text, _, _ := strings.Cut(p.in[p.at+2:], `\E`)
		for i := range len(text) {
			p.literal(text[i])
		}
		p.at = min(p.at+2+len(text)+2, len(p.in))
		return nil
	case 'E':
		p.at += 2
		return nil
	case 'k', 'g':
		return p.reference(c)
	}
	if c >= '1' && c <= '9' {
		n, used := value.LeadingInt([]byte(p.in[p.at+1:]))
		p.wants = true
		p.emit(`(?:\` + strconv.FormatInt(n, 10) + `)`)
		p.at += 1 + used
		return nil
	}
	if ranges, not, ok := classOf(c); ok {
		p.emit(p.set(ranges, not))
		p.at += 2
		return nil
	}
	if b, used, err := p.char1(); err != nil {
		return err
	} else if used > 0 {
		p.literal(b)
		p.at += used
		return nil
	}
	return p.assertion(c)
}

// assertion takes the escapes that stand for places, and the few that are neither.
func (p *pcre) assertion(c byte) error {
	const word = `[` + wordly + `]`
	switch c {
	case 'A', 'z':
		p.emit(`\` + string(c))
	case 'G':
		p.emit(`\A`)
	case 'Z':
		p.wants = true
		p.emit(`\Z`)
	case 'b':
		if p.back {
			p.emit(`(?:(?<=` + word + `)(?!` + word + `)|(?<!` + word + `)(?=` + word + `))`)
		} else {
			p.emit(`\b`)
		}
	case 'B':
		if p.back {
			p.emit(`(?:(?<=` + word + `)(?=` + word + `)|(?<!` + word + `)(?!` + word + `))`)
		} else {
			p.emit(`\B`)
		}
	case 'K':
		p.wants, p.keep = true, true
		p.bare(`(?<` + keepGroup + `>)`)
	case 'C':
		p.emit(`[\x00-` + p.char(0xff) + `]`)
	case 'R':
		p.emit(`(?:\r\n|` + p.set(breaks, false) + `)`)
	default:
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return &regexMistake{`unrecognized or unsupported escape \` + string(c), p.at + 2}
		}
		p.literal(c)
	}
	p.at += 2
	return nil
}

// keepGroup is the group that marks where \K stands.
const keepGroup = "sluiceKeep"

// reference takes \k<n>, \g{n} and their kin.
func (p *pcre) reference(c byte) error {
	rest := p.in[p.at+2:]
	for _, form := range [...][2]string{{"<", ">"}, {"'", "'"}, {"{", "}"}} {
		name, ok := strings.CutPrefix(rest, form[0])
		if !ok {
			continue
		}
		end := strings.Index(name, form[1])
		if n, used := value.LeadingInt([]byte(name[:max(end, 0)])); c == 'g' && used > 0 && used == end && n > 0 && form[0] == "{" {
			p.wants = true
			p.emit(`(?:\` + strconv.FormatInt(n, 10) + `)`)
			p.at += 3 + end + 1
			return nil
		}
		if c == 'g' && form[0] != "{" {
			break
		}
		return p.named(name, form[1], 3)
	}
	if n, used := value.LeadingInt([]byte(rest)); c == 'g' && used > 0 && n > 0 {
		p.wants = true
		p.emit(`(?:\` + strconv.FormatInt(n, 10) + `)`)
		p.at += 2 + used
		return nil
	}
	return &regexMistake{`a reference of this form is not supported: \` + string(c), p.at + 2}
}

// classOf returns the ranges of an escape that stands for a set of characters.
func classOf(c byte) (ranges string, not, ok bool) {
	switch c {
	case 'd', 'D':
		return digits, c == 'D', true
	case 'w', 'W':
		return wordly, c == 'W', true
	case 's', 'S':
		return spaces, c == 'S', true
	case 'h', 'H':
		return blanks, c == 'H', true
	case 'v', 'V':
		return breaks, c == 'V', true
	case 'N':
		return `\n`, true, true
	}
	return "", false, false
}

// char1 reads an escape that stands for one byte; used is 0 for one that does not.
func (p *pcre) char1() (b byte, used int, err error) {
	rest := p.in[p.at+1:]
	simple := map[byte]byte{'a': 7, 'e': 27, 'f': 12, 'n': 10, 'r': 13, 't': 9}
	if b, ok := simple[rest[0]]; ok {
		return b, 2, nil
	}
	number := func(text string, base, before int) (byte, int, error) {
		n, err := strconv.ParseUint(text, base, 32)
		if err != nil && text != "" || n > 255 {
			return 0, 0, &regexMistake{`character code point value in \x{} or \o{} is too large`, p.at + before - 1}
		}
		return byte(n), before, nil
	}
	switch rest[0] {
	case 'c':
		if len(rest) < 2 {
			return 0, 0, &regexMistake{`\c at end of pattern`, len(p.in)}
		}
		c := rest[1]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c ^ 0x40, 3, nil
	case 'x', 'o':
		base := 16
		if rest[0] == 'o' {
			base = 8
		}
		if strings.HasPrefix(rest[1:], "{") {
			if end := strings.IndexByte(rest, '}'); end > 0 {
				return number(rest[2:end], base, end+2)
			}
		}
		if base == 16 {
			end := 1
			for end < len(rest) && end < 3 && value.HexDigit(rest[end]) >= 0 {
				end++
			}
			return number(rest[1:end], 16, end+1)
		}
	case '0':
		end := 1
		for end < len(rest) && end < 3 && rest[end] >= '0' && rest[end] <= '7' {
			end++
		}
		return number(rest[:end], 8, end+1)
	}
	return 0, 0, nil
}
