package sample

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"sluice/internal/buf"
)

// Regex is a regular expression over bytes, each of which is one character, as PCRE works without UTF. It runs in linear
// time. Subjects with bytes above 127 are widened to runes of the same number for the search.
type Regex struct {
	re   *regexp.Regexp
	Text string // as written
}

// CompileRegex compiles a pattern of the configuration; fold ignores the case of letters.
func CompileRegex(pattern string, fold bool) (*Regex, error) {
	wide := widenString(pattern)
	if fold {
		wide = "(?i)" + wide
	}
	re, err := regexp.Compile(wide)
	if err != nil {
		return nil, fmt.Errorf("regex '%s' is invalid (error=%s)", pattern, regexError(err))
	}
	return &Regex{re: re, Text: pattern}, nil
}

// regexError puts the mistake in a pattern into words.
func regexError(err error) string {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return err.Error()
	}
	switch bad.Code {
	case syntax.ErrMissingParen:
		return "missing closing parenthesis"
	case syntax.ErrInvalidPerlOp:
		return fmt.Sprintf("look-around and other conditions are not supported: %s", bad.Expr)
	case syntax.ErrInvalidEscape:
		return fmt.Sprintf("escape sequence is not supported, back-references are not either: %s", bad.Expr)
	}
	return bad.Code.String() + ": " + bad.Expr
}

// widenString maps every byte above 127 to the rune of its number.
func widenString(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// widen maps every byte of b above 127 to the rune of its number, in the arena.
func widen(b []byte, a *buf.Arena) []byte {
	out := a.Alloc(2 * len(b))[:0]
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// Match reports whether b holds a match. What it needs on the way comes from the arena.
func (r *Regex) Match(b []byte, a *buf.Arena) bool {
	if ascii(b) {
		return r.re.Match(b)
	}
	m := a.Mark()
	ok := r.re.Match(widen(b, a))
	a.Release(m)
	return ok
}

// Groups returns the number of capturing groups.
func (r *Regex) Groups() int { return r.re.NumSubexp() }

// Find appends to dst the places of the first match in b at or behind from, and of its groups, in pairs, -1 for groups
// that took no part; nil when there is no match. An anchor means the beginning of b, not from.
func (r *Regex) Find(b []byte, a *buf.Arena) []int {
	if ascii(b) {
		return r.re.FindSubmatchIndex(b)
	}
	places := r.re.FindSubmatchIndex(widen(b, a))
	narrow(places, b)
	return places
}

// narrow turns places in a widened text into places in b.
func narrow(places []int, b []byte) {
	for i, p := range places {
		if p < 0 {
			continue
		}
		n := 0
		for p > 0 {
			if b[n] >= utf8.RuneSelf {
				p--
			}
			p--
			n++
		}
		places[i] = n
	}
}
