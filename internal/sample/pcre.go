package sample

import (
	"fmt"
	"strings"

	"sluice/internal/value"
)

// pcre rewrites a regular expression of PCRE, which works on bytes, into the dialect of an engine that works on runes: every
// byte is the rune of its number. What means something else there is spelled out: \d, \w, \s and \b know ASCII only, \h, \v, \R,
// \N, \K, possessive quantifiers and the classes of POSIX get another form.
type pcre struct {
	in   string
	at   int
	out  []byte
	back bool // for the engine that can go back; the other one is linear

	groups []group // open ones
	atom   int     // where the last thing that a quantifier may follow begins in out, -1 without
	quant  bool    // a quantifier ended there
	wants  bool    // something was met that needs the engine that can go back
	dollar bool    // there is a $
	keep   bool    // there is a \K

	extended bool // (?x): blanks and comments do not count
}

// group is an open parenthesis.
type group struct {
	atom     int
	extended bool // around it
}

// A regexMistake is what is wrong in a regular expression, and the byte where PCRE notices it.
type regexMistake struct {
	text string
	off  int
}

// Error returns the mistake as messages tell it.
func (m *regexMistake) Error() string { return fmt.Sprintf("%s, erroffset=%d", m.text, m.off) }

// The classes as ranges inside of brackets.
const (
	digits = `0-9`
	wordly = `0-9A-Za-z_`
	spaces = `\t\n\x0b\f\r `
	blanks = `\t \x{a0}`
	breaks = `\n\x0b\f\r\x{85}`
)

// rewrite runs over the whole expression.
func (p *pcre) rewrite() error {
	p.atom = -1
	for p.at < len(p.in) {
		if err := p.next(); err != nil {
			return err
		}
	}
	if len(p.groups) > 0 {
		return &regexMistake{"missing closing parenthesis", len(p.in)}
	}
	return nil
}

// emit writes something that a quantifier may follow.
func (p *pcre) emit(text string) {
	p.atom, p.quant = len(p.out), false
	p.out = append(p.out, text...)
}

// bare writes something that no quantifier may follow.
func (p *pcre) bare(text string) {
	p.atom, p.quant = -1, false
	p.out = append(p.out, text...)
}

func (p *pcre) next() error {
	c := p.in[p.at]
	if p.extended && p.skip(c) {
		return nil
	}
	switch c {
	case '\\':
		return p.escape()
	case '[':
		return p.class()
	case '(':
		return p.open()
	case ')':
		if len(p.groups) == 0 {
			return &regexMistake{"unmatched closing parenthesis", p.at}
		}
		g := p.groups[len(p.groups)-1]
		p.groups = p.groups[:len(p.groups)-1]
		p.out = append(p.out, ')')
		p.atom, p.quant, p.extended = g.atom, false, g.extended
	case '*', '+', '?':
		return p.quantifier(string(c))
	case '{':
		if text, ok := p.braces(); ok {
			return p.quantifier(text)
		}
		p.emit(`\{`)
	case '.':
		p.emit(".")
	case '|':
		p.bare("|")
	case '^':
		p.emit("^")
	case '$':
		p.dollar = true
		p.emit("$")
	default:
		p.literal(c)
	}
	p.at++
	return nil
}

// literal writes one byte. Only letters of ASCII have two cases.
func (p *pcre) literal(c byte) {
	switch {
	case c >= 0x80:
		p.emit(fmt.Sprintf(`(?-i:%s)`, p.char(c)))
	case strings.IndexByte(`\.+*?()|[]{}^$#`, c) >= 0:
		p.emit(`\` + string(c))
	default:
		p.emit(string(c))
	}
}

// char writes a byte inside or outside of brackets.
func (p *pcre) char(c byte) string {
	if p.back {
		return fmt.Sprintf(`\x%02x`, c)
	}
	return fmt.Sprintf(`\x{%x}`, c)
}

// set writes ranges in brackets.
func (p *pcre) set(ranges string, not bool) string {
	if not {
		return "[^" + p.ranges(ranges) + "]"
	}
	return "[" + p.ranges(ranges) + "]"
}

func (p *pcre) ranges(text string) string {
	if p.back {
		text = strings.NewReplacer(`\x{a0}`, `\xa0`, `\x{85}`, `\x85`).Replace(text)
	}
	return text
}

// braces reads {n}, {n,} and {n,m}; anything else is not a quantifier.
func (p *pcre) braces() (string, bool) {
	end := strings.IndexByte(p.in[p.at:], '}')
	if end < 0 {
		return "", false
	}
	text := p.in[p.at : p.at+end+1]
	low, high, _ := strings.Cut(text[1:end], ",")
	for _, part := range []string{low, high} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return "", false
			}
		}
	}
	return text, low != ""
}

// quantifier takes one with what follows it: ? makes it lazy, + possessive.
func (p *pcre) quantifier(text string) error {
	if p.atom < 0 || p.quant && text[0] != '{' {
		return &regexMistake{"quantifier does not follow a repeatable item", p.at}
	}
	if low, high, two := strings.Cut(strings.Trim(text, "{}"), ","); two && high != "" {
		l, _ := value.LeadingInt([]byte(low))
		if h, _ := value.LeadingInt([]byte(high)); h < l {
			return &regexMistake{"numbers out of order in {} quantifier", p.at + len(text) - 1}
		}
	}
	if p.quant {
		p.wrap("(?:")
	}
	p.at += len(text)
	p.out = append(p.out, text...)
	if p.at < len(p.in) {
		switch p.in[p.at] {
		case '?':
			p.out = append(p.out, '?')
			p.at++
		case '+':
			p.wants = true
			p.wrap("(?>")
			p.at++
		}
	}
	p.quant = true
	return nil
}

// wrap puts the last atom into a group.
func (p *pcre) wrap(begin string) {
	atom := string(p.out[p.atom:])
	p.out = append(append(append(p.out[:p.atom], begin...), atom...), ')')
}

// open takes an opening parenthesis and what says its kind.
func (p *pcre) open() error {
	rest := p.in[p.at+1:]
	begin := func(text string, used int) error {
		p.groups = append(p.groups, group{len(p.out), p.extended})
		p.bare(text)
		p.at += 1 + used
		return nil
	}
	switch {
	case strings.HasPrefix(rest, "*"):
		return &regexMistake{"verbs as in (*NAME) are not supported", p.at + 2}
	case !strings.HasPrefix(rest, "?"):
		return begin("(", 0)
	case strings.HasPrefix(rest, "?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return &regexMistake{"missing ) after (?# comment", len(p.in)}
		}
		p.at += end + 2
		return nil
	case strings.HasPrefix(rest, "?:"):
		return begin("(?:", 2)
	case strings.HasPrefix(rest, "?>"):
		p.wants = true
		return begin("(?>", 2)
	case strings.HasPrefix(rest, "?=") || strings.HasPrefix(rest, "?!"):
		p.wants = true
		return begin("("+rest[:2], 2)
	case strings.HasPrefix(rest, "?<=") || strings.HasPrefix(rest, "?<!"):
		p.wants = true
		return begin("("+rest[:3], 3)
	case strings.HasPrefix(rest, "?P="):
		return p.named(rest[3:], ")", 4)
	}
	for _, form := range [...][2]string{{"?P<", ">"}, {"?<", ">"}, {"?'", "'"}} {
		if name, ok := strings.CutPrefix(rest, form[0]); ok {
			end := strings.Index(name, form[1])
			if end <= 0 {
				return &regexMistake{"syntax error in subpattern name (missing terminator?)", len(p.in)}
			}
			kind := "(?P<"
			if p.back {
				kind = "(?<"
			}
			return begin(kind+name[:end]+">", len(form[0])+end+1)
		}
	}
	return p.flags(rest)
}

// skip steps over what does not count under (?x).
func (p *pcre) skip(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\v', '\f', '\r':
		p.at++
		return true
	case '#':
		end := strings.IndexByte(p.in[p.at:], '\n')
		if end < 0 {
			end = len(p.in) - p.at - 1
		}
		p.at += end + 1
		return true
	}
	return false
}

// flags takes (?i), (?i:...) and their kin.
func (p *pcre) flags(rest string) error {
	text := "("
	extended := p.extended
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case strings.IndexByte("?ims-", c) >= 0 && (c == '?') == (i == 0):
			text += string(c)
		case c == 'x':
			extended = !strings.Contains(rest[:i], "-")
		case c == ')' && i > 1:
			if text != "(?" && text != "(?-" {
				p.bare(text + ")")
			}
			p.extended = extended
			p.at += i + 2
			return nil
		case c == ':' && i > 1:
			p.groups = append(p.groups, group{len(p.out), p.extended})
			p.bare(strings.TrimSuffix(text, "-") + ":")
			p.extended = extended
			p.at += i + 2
			return nil
		case strings.IndexByte("|R&(+0123456789", c) >= 0:
			return &regexMistake{"recursion, conditions and branch resets are not supported", p.at + 1 + i}
		default:
			return &regexMistake{"unrecognized character after (? or (?-", p.at + 1 + i}
		}
	}
	return &regexMistake{"missing closing parenthesis", len(p.in)}
}

// named takes a reference to a named group, whose name ends at a byte; skip is what stands before the name.
func (p *pcre) named(rest, ending string, skip int) error {
	end := strings.Index(rest, ending)
	if end <= 0 {
		return &regexMistake{"syntax error in subpattern name (missing terminator?)", len(p.in)}
	}
	p.wants = true
	p.emit(`\k<` + rest[:end] + `>`)
	p.at += skip + end + 1
	return nil
}
