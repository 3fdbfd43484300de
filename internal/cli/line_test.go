package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for in, want := range map[string][][]string{
		"":             {nil},
		"a b":          {{"a", "b"}},
		" a\tb ; c;":   {{"a", "b"}, {"c"}, nil},
		`a\ b\;c \\`:   {{"a b;c", `\`}},
		`a\`:           {{`a\`}},
		`"a b"`:        {{`"a`, `b"`}},
		"a\x00b \xff;": {{"a\x00b", "\xff"}, nil},
		`\  \ `:        {{" ", " "}},
	} {
		if got := split([]byte(in)); !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCutPayload(t *testing.T) {
	for in, want := range map[string]struct {
		rest, pattern string
		ok            bool
	}{
		"a <<":                           {"a ", "", true},
		"a <<EOF":                        {"a ", "EOF", true},
		"<<%":                            {"", "%", true},
		"a<<EOF":                         {"a<<EOF", "", false},
		"a << EOF":                       {"a << EOF", "", false},
		"a <<" + strings.Repeat("x", 64): {"a ", strings.Repeat("x", 64), true},
		"a <<" + strings.Repeat("x", 65): {"a <<" + strings.Repeat("x", 65), "", false},
		"a <":                            {"a <", "", false},
	} {
		rest, pattern, ok := cutPayload([]byte(in))
		if string(rest) != want.rest || pattern != want.pattern || ok != want.ok {
			t.Errorf("%q: %q %q %v", in, rest, pattern, ok)
		}
	}
}

// FuzzLine takes any line apart: nothing is lost but blanks, semicolons and backslashes, and no command gets a word out
// of nothing.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"show info;show stat", `echo a\;b \\ <<EOF`, "\\", ";;;", "<<", " \t\r", "a <<\x00"} {
		f.Add([]byte(s))
	}
	commands := Commands()
	f.Fuzz(func(t *testing.T, line []byte) {
		rest, pattern, ok := cutPayload(line)
		if ok && string(rest)+"<<"+pattern != string(line) {
			t.Fatalf("%q: %q and %q", line, rest, pattern)
		}
		total := 0
		for _, words := range split(rest) {
			for _, w := range words {
				if w == "" {
					t.Fatalf("%q: an empty word", line)
				}
				total += len(w)
			}
			find(commands, words)
		}
		if total > len(rest) {
			t.Fatalf("%q: %d bytes of words", line, total)
		}
	})
}

// FuzzDump dumps any message: each line is within 79 characters, none is empty, and all bytes are printable.
func FuzzDump(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nA: b\r\n\r\n"))
	f.Add([]byte(strings.Repeat("\x00\\", 200)))
	f.Add([]byte("\n\n\x1b\t" + strings.Repeat("a", 69) + "\n"))
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) > 1<<16 {
			return
		}
		for line := range strings.Lines(string(appendDump(nil, message))) {
			if text := strings.TrimSuffix(line, "\n"); len(text) > 80 || len(text) < 10 || printable(text) != text {
				t.Fatalf("%q", line)
			}
		}
	})
}
