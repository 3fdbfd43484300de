package sample

import (
	"regexp"
	"strings"
	"testing"

	"sluice/internal/buf"
)

// TestLiterals shows what is looked for instead of a match, or before it.
func TestLiterals(t *testing.T) {
	for _, c := range []struct{ pattern, texts string }{
		{`(Android|iPhone|Mobile)`, "= Android iPhone Mobile"},
		{`abc|abd`, "= abc abd"},
		{`[.]png`, "= .png"},
		{`^/v[0-9]+/(users|orders)/[0-9]+$`, "/users/ /orders/"},
		{`a.*bcd`, "bcd"},
		{`(?i)abc`, "-"},
		{`(abc)?`, "-"},
		{`(abc)+x`, "abc"},
		{`(abc){2,}`, "abc"},
		{`a*`, "-"},
		{`.`, "-"},
		{`a|`, "-"},
		{`[ab][cd][ef]`, "= ace acf ade adf bce bcf bde bdf"},
		{`[ab][cd][ef][gh]`, "ace acf ade adf bce bcf bde bdf"},
		{`\bfoo\b`, "foo"},
	} {
		got := "-"
		if l := literalsOf(c.pattern); l != nil {
			got = ""
			if l.whole {
				got = "= "
			}
			var texts []string
			for _, b := range l.texts {
				texts = append(texts, b.String())
			}
			got += strings.Join(texts, " ")
		}
		if got != c.texts {
			t.Errorf("%s: %s, want %s", c.pattern, got, c.texts)
		}
	}
}

// FuzzLiterals holds searches by literals against the engine alone.
func FuzzLiterals(f *testing.F) {
	f.Add(`(Android|iPhone|Mobile)`, "an iPhone")
	f.Add(`^/v[0-9]+/(users|orders)/[0-9]+$`, "/v1/users/5")
	f.Add(`a(b|c)+d`, "abcd")
	f.Add("[\u00e9f]", "\u00e9")
	f.Fuzz(func(t *testing.T, pattern, subject string) {
		re, err := regexp.Compile(pattern)
		if err != nil || len(pattern) > 100 || len(subject) > 1000 {
			return
		}
		r := &Regex{re: re, literals: literalsOf(pattern)}
		b := []byte(subject)
		var a buf.Arena
		if ascii(b) && r.Match(b, &a) != re.Match(b) {
			t.Errorf("%q in %q: %v", pattern, subject, !re.Match(b))
		}
	})
}
