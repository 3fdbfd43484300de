package secure

import (
	"reflect"
	"strings"
	"testing"
)

func TestListLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want ListLine
	}{
		{"a.pem\n", ListLine{File: "a.pem"}},
		{"a.pem *.b !c.b\n", ListLine{File: "a.pem", Filters: []string{"*.b", "!c.b"}}},
		{"a.pem [alpn h2 verify none] x # y\n", ListLine{File: "a.pem", Options: []string{"alpn", "h2", "verify", "none"}, Filters: []string{"x"}}},
		{"a.pem [ alpn h2 ]\tx\r\n", ListLine{File: "a.pem", Options: []string{"alpn", "h2"}, Filters: []string{"x"}}},
		{"a.pem x [npn y] z\n", ListLine{File: "a.pem", Options: []string{"npn", "y"}, Filters: []string{"x", "z"}, Misplaced: true}},
	} {
		got, err := ParseList("l", []byte("\n# comment\n"+c.text))
		if err != nil || len(got) != 1 {
			t.Errorf("%q: %v, %v", c.text, got, err)
			continue
		}
		c.want.Place, c.want.Line = "[l:3]", 3
		if !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%q: %+v, want %+v", c.text, got[0], c.want)
		}
	}
}

func TestListRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a.pem":            "parsing [l:1]: Missing LF on last line, file might have been truncated at position 6.",
		"a.pem [alpn h2\n": "parsing [l:1]: unclosed '['",
		"a.pem alpn]\n":    "parsing [l:1]: too many ']'",
		"a.pem [a] [b]\n":  "parsing [l:1]: too many '['",
		"[a] b\n":          "parsing [l:1]: file name can't be empty!",
	} {
		if _, err := ParseList("l", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"a.pem [alpn h2] *.b !c.b\n", "#\n\na b c\n", "a [", "a ]\n", "[]\n", "a [b [c]]\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := ParseList("l", b)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.File == "" || strings.ContainsAny(l.File, " \t") {
				t.Errorf("file %q", l.File)
			}
			for _, w := range append(l.Options, l.Filters...) {
				if w == "" || strings.ContainsAny(w, " \t") {
					t.Errorf("word %q", w)
				}
			}
			l.Useless()
		}
	})
}
