package sample

import (
	"strings"
	"testing"
	"time"

	"sluice/internal/buf"
)

// TestRegex holds what PCRE says of patterns that engines disagree about. find is what the first match covers, "-" for none.
func TestRegex(t *testing.T) {
	for _, c := range []struct {
		pattern, subject, find string
	}{
		{`a(?=b)`, "xab", "a"},
		{`(?<!x)y`, "xyzy", "y"},
		{`(a|b)\1`, "abb", "bb"},
		{`(?P<n>a|b)(?P=n)`, "abb", "bb"},
		{`(?<n>a|b)\k<n>`, "abb", "bb"},
		{`(a)(b)\g{2}`, "abb", "abb"},
		{`a++a`, "aaa", "-"},
		{`a*+b`, "aab", "aab"},
		{`(?>a|ab)c`, "abc", "-"},
		{`a$`, "a\n", "a"},
		{`a$`, "a\n\n", "-"},
		{`a\z`, "a\n", "-"},
		{`a\Z`, "a\n", "a"},
		{`a{3,2000}`, strings.Repeat("a", 1500), strings.Repeat("a", 1500)},
		{`\h+`, "a \t\xa0b", " \t\xa0"},
		{`\H+`, " \xe9\t", "\xe9"},
		{`\R`, "a\r\nb", "\r\n"},
		{`\v`, "a\x0b", "\x0b"},
		{`\N+`, "ab\nc", "ab"},
		{`foo\Kbar`, "xfoobar", "bar"},
		{`^.\xff$`, "\xc3\xff", "\xc3\xff"},
		{"^.\xff$", "\xc3\xff", "\xc3\xff"},
		{`\d+`, "\xd9\xa31", "1"},
		{`\w+`, "\xe9a_1\xe9", "a_1"},
		{`\s`, "a\x0bb", "\x0b"},
		{`\bb(?=c)`, "\xe9bc", "b"},
		{`(?i)\xe9(?-i)a`, "\xc9a\xe9a", "\xe9a"},
		{`[[:alpha:][:^print:]]+`, "1\x01ab2", "\x01ab"},
		{`[^[:space:]]+`, " a\xe9 ", "a\xe9"},
		{`[]a]+`, "x]a]", "]a]"},
		{`[\w-]+`, "+a-b", "a-b"},
		{`[a\-z]+`, "y-z", "-z"},
		{`\Qa.b\E+`, "a.bb", "a.bb"},
		{`a{,3}`, "a{,3}", "a{,3}"},
		{`a{2}{3}`, "aaaaaaa", "aaaaaa"},
		{`(?x) a  b # c`, "ab", "ab"},
		{`(?x: a b) c`, "ab c", "ab c"},
		{`(?#note)a`, "a", "a"},
		{`\x41\o{102}\103\cA\e`, "ABC\x01\x1b", "ABC\x01\x1b"},
		{`\x41\o{102}\cA\e\0`, "AB\x01\x1b\x00", "AB\x01\x1b\x00"},
		{`(?m)^b$`, "a\nb\nc", "b"},
		{`(?s)a.b`, "a\nb", "a\nb"},
		{`a.b`, "a\nb", "-"},
		{`(?U)a+`, "aa", "!"},
		{`(?|(a)|(b))`, "", "!"},
		{`(?R)`, "", "!"},
		{`(*UTF8)a`, "", "!"},
		{`(a`, "", "!"},
	} {
		r, err := CompileRegex(c.pattern, false)
		if err != nil {
			if c.find != "!" {
				t.Errorf("%s: %v", c.pattern, err)
			}
			continue
		}
		var a buf.Arena
		b := []byte(c.subject)
		places := r.Find(b, new(Found), &a)
		got := "-"
		if places != nil {
			got = c.subject[places[0]:places[1]]
		}
		if got != c.find {
			t.Errorf("%s on %q finds %q, want %q", c.pattern, c.subject, got, c.find)
		}
		if r.Match(b, &a) != (places != nil) {
			t.Errorf("%s on %q: Match and Find disagree", c.pattern, c.subject)
		}
	}
}

// TestRegexGroups holds that groups have PCRE's numbers in both engines, the named ones too.
func TestRegexGroups(t *testing.T) {
	for _, pattern := range []string{`(?<x>a)(b)(c)?(?P<y>d)`, `(?<x>a)(b)(c)?(?P<y>d)(?=e)`, `q\K(?<x>a)(b)(c)?(?P<y>d)`} {
		r, err := CompileRegex(pattern, false)
		if err != nil {
			t.Fatal(pattern, err)
		}
		if r.Groups() != 4 {
			t.Errorf("%s has %d groups", pattern, r.Groups())
		}
		var a buf.Arena
		b := []byte("qabde")
		if got := string(Expand(nil, []byte(`\0-\1\2\3\4`), b, r.Find(b, new(Found), &a))); got != "abd-abd" {
			t.Errorf("%s: %q", pattern, got)
		}
	}
}

// TestRegexMistakes holds the words for what is wrong, which are PCRE's.
func TestRegexMistakes(t *testing.T) {
	for pattern, want := range map[string]string{
		`(x`:         "missing closing parenthesis, erroffset=2",
		`)`:          "unmatched closing parenthesis, erroffset=0",
		`[a`:         "missing terminating ] for character class, erroffset=2",
		`*a`:         "quantifier does not follow a repeatable item, erroffset=0",
		`a**`:        "quantifier does not follow a repeatable item, erroffset=2",
		`[z-a]`:      "range out of order in character class, erroffset=3",
		`a{2,1}`:     "numbers out of order in {} quantifier, erroffset=5",
		`(?z)`:       "unrecognized character after (? or (?-, erroffset=2",
		`\`:          `\ at end of pattern, erroffset=1`,
		`\c`:         `\c at end of pattern, erroffset=2`,
		`[[:foo:]]`:  "unknown POSIX class name, erroffset=3",
		`\x{100}`:    `character code point value in \x{} or \o{} is too large, erroffset=6`,
		`(?1)(a)`:    "recursion, conditions and branch resets are not supported, erroffset=2",
		`(*ACCEPT)a`: "verbs as in (*NAME) are not supported, erroffset=2",
	} {
		_, err := CompileRegex(pattern, false)
		if full := "regex '" + pattern + "' is invalid (error=" + want + ")"; err == nil || err.Error() != full {
			t.Errorf("%s: %v, want %s", pattern, err, full)
		}
	}
}

// TestRegexHoldsNoCore lets patterns that go back for ever see how long they may.
func TestRegexHoldsNoCore(t *testing.T) {
	for _, pattern := range []string{`^(a+)+(?=b)$`, `^(a|aa)+\1c`, `(?=(a*)*b)x`, `^(a+)+$`, `((a?){30}a{30})\1b`} {
		r, err := CompileRegex(pattern, false)
		if err != nil {
			t.Fatal(pattern, err)
		}
		var a buf.Arena
		begin := time.Now()
		r.Match([]byte(strings.Repeat("a", 8000)+"c"), &a)
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s took %v", pattern, took)
		}
	}
}

// TestManySearchesHoldNoCore lets one stream search again and again: after a while no search begins.
func TestManySearchesHoldNoCore(t *testing.T) {
	r, err := CompileRegex(`^(a+)+(?=b)$`, false)
	if err != nil {
		t.Fatal(err)
	}
	var a buf.Arena
	subject := []byte(strings.Repeat("a", 8000) + "c")
	searches := 0
	for ; !Exhausted(&a) && searches < 100; searches++ {
		r.Match(subject, &a)
	}
	begin := time.Now()
	for range 10000 {
		var room Found
		if r.Match(subject, &a) || r.Find(subject, &room, &a) != nil {
			t.Fatal("a match")
		}
	}
	if took := time.Since(begin); took > time.Second || searches == 100 {
		t.Errorf("%d searches, then %v", searches, took)
	}
	if a.GivenUp != searches+20000 || a.GivenUpOn != r.Text {
		t.Errorf("%d searches for %s were given up, want %d", a.GivenUp, a.GivenUpOn, searches+20000)
	}
	a.Reset()
	if Exhausted(&a) || a.GivenUp != 0 {
		t.Error("the next stream has no time")
	}
	if !r.Match([]byte("aab"), &a) && a.GivenUp != 0 {
		t.Error("a search without a match counts as given up")
	}
}

// FuzzRegex looks for patterns that panic and for searches that disagree with themselves.
func FuzzRegex(f *testing.F) {
	for _, seed := range []string{`a(?=b)`, `[[:alpha:]-z]\x{41}`, `(?<n>a)\k<n>{2,3}+`, `\Qa\E$`, `(?i)\xe9`} {
		f.Add(seed, "xab\n")
	}
	f.Fuzz(func(t *testing.T, pattern, subject string) {
		if len(pattern) > 200 || len(subject) > 200 {
			return
		}
		r, err := CompileRegex(pattern, false)
		if err != nil {
			return
		}
		var a buf.Arena
		for _, p := range r.Find([]byte(subject), new(Found), &a) {
			if p < -1 || p > len(subject) {
				t.Fatalf("place %d", p)
			}
		}
		r.Match([]byte(subject), &a)
	})
}
