package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusFiles are the configuration files kept beside this package and, where the collection of real ones is at hand,
// those too.
func corpusFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.cfg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no configuration in testdata: %v", err)
	}
	real, _ := filepath.Glob("../../../shared/corpus/*")
	more, _ := filepath.Glob("../../../shared/corpus/*/*")
	if len(real) == 0 {
		t.Log("the collection of real configurations is not here: only testdata is read")
	}
	return append(append(files, real...), more...)
}

func TestPrintingATreeGivesTheFile(t *testing.T) {
	for _, name := range corpusFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a directory
		}
		var printed bytes.Buffer
		if _, err := Scan(name, text).WriteTo(&printed); err != nil || !bytes.Equal(printed.Bytes(), text) {
			t.Errorf("%s is not printed as it was written (%v)", name, err)
		}
	}
}

func TestWordsKeepTheirPlaceAndQuoting(t *testing.T) {
	f := Scan("f", []byte("\t bind :80\\ x 'a'\"b\"  \"c # tail\"#end\n\n  # only\r\nlast"))
	type w struct {
		text  string
		col   int
		quote Quoting
	}
	want := [][]w{
		{{"bind", 3, 0}, {":80\\ x", 8, Escaped}, {"'a'\"b\"", 15, Strong | Weak}, {"\"c # tail\"", 23, Weak}},
		nil, nil,
		{{"last", 1, 0}},
	}
	if len(f.Lines) != len(want) {
		t.Fatalf("%d lines", len(f.Lines))
	}
	for i, line := range f.Lines {
		if len(line.Words) != len(want[i]) {
			t.Fatalf("line %d: %+v", i+1, line.Words)
		}
		for j, word := range line.Words {
			if got := (w{word.Text, word.Col, word.Quote}); got != want[i][j] {
				t.Errorf("line %d word %d: %+v, want %+v", i+1, j, got, want[i][j])
			}
		}
	}
	if c := f.Lines[0].Comment(); c != "#end" {
		t.Errorf("comment %q", c)
	}
	if f.Lines[2].Comment() != "# only\r" || f.Lines[3].EOL != "" || f.Lines[0].EOL != "\n" {
		t.Errorf("line ends are not kept")
	}
}

func TestAnOpenQuoteIsKept(t *testing.T) {
	l := scanLine(`a "b c`, "", '#')
	if len(l.Words) != 2 || l.Words[1].Quote&Open == 0 || l.Text() != `a "b c` {
		t.Errorf("%+v", l)
	}
}

// words expands one line with the environment of the tests and joins the words.
func words(t testing.TB, line string) (string, *SyntaxError) {
	t.Helper()
	env := NewEnv([]string{"FOO=a b  c", "EMPTY=", "X1=v", "L= lead trail ", "NL=a\nb", "T=a\tb\rc", `Q=q"u'o\te$X1 #z`})
	raw := scanLine(line, "", '#')
	got, err := Expand(&raw, env.Lookup)
	return strings.Join(Values(got), "|"), err
}

// The expectations are what HAProxy 3.5 shows by -dC for the same words.
func TestQuotesEscapesAndVariables(t *testing.T) {
	for _, c := range [][2]string{
		{`a\d\;\0\,`, `a\d\;\0\,`},
		{`"a\d\;\0\,\a"`, `a\d\;\0\,\a`},
		{`a\nb\rc\td\x41e`, "a\nb\rc\tdAe"},
		{`"a\nb\x41\$X1"`, "a\nbA$X1"},
		{`'a\nb\x41\$X1'`, `a\nb\x41\$X1`},
		{`a\#b\ c\\d\"e\'f`, `a#b c\d"e'f`},
		{`a"b"c'd'`, "abcd"},
		{`a#b c`, "a"},
		{`"a#b"`, "a#b"},
		{`"$X1" "${X1}" $X1 ${X1}`, "v|v|$X1|${X1}"},
		{`"${FOO}" "${FOO[*]}"`, "a b  c|a|b|c"},
		{`pre"x${FOO[*]}y"post`, "prexa|b|cypost"},
		{`"$FOO[*]"`, "a b  c[*]"},
		{`"${NOPE-def}" "${NOPE-a b}" "${EMPTY-def}" x`, "def|a b||x"},
		{`"${NOPE[*]-a b}"`, "a|b"},
		{`"${FOO[*]-zz}" end`, "a|b|c|end"},
		{`"${NOPE-${X1}}"`, "${X1}"},
		{`"${NOPE-\}x}"`, `\x}`},
		{`"${NOPE-a"b}" c`, `a"b|c`},
		{`"${NOPE-a\"b}"`, `a\"b`},
		{`"${X1-a\n}"`, "v"},
		{`"${EMPTY[*]}" end`, "end"},
		{`"${NOPE[*]}" end`, "end"},
		{`a "${EMPTY[*]}"b`, "a|b"},
		{`"${L[*]}" end`, "lead|trail|end"},
		{`x"${L[*]}"y end`, "x|lead|trail|y|end"},
		{`"${L[*]}${L[*]}"`, "lead|trail|lead|trail"},
		{`"${X1}${FOO[*]}${X1}"`, "va|b|cv"},
		{`"${NL[*]}" "${T[*]}" "$NL"`, "a|b|a|b|c|a\nb"},
		{`"$X1$X1" "$X1.b" "$X1-b" "${X1}b"`, "vv|v.b|v-b|vb"},
		{`"$Q" "${Q[*]}"`, `q"u'o\te$X1 #z|q"u'o\te$X1|#z`},
		{"a\vb\fc", "a|b|c"},
		{`"\x00b" c`, "|c"},
		{`'a\'`, `a\`},
		{"a\\", `a\`},
		{"a\\\tb", `a\|b`},
		{`\x41\x20\x23z`, "A #z"},
		{`"\x24X1" "$X1"'$X1'`, "$X1|v$X1"},
		{`\$b \} "\}"`, `\$b|\}|\}`},
		{"10\rfoo bar", "10"},
		{"10 \rfoo bar", "10|foo|bar"},
		{"a\\\rb c", `a\`},
		{"\"${NOPE-a\rb}\" c", "a\rb|c"},
		{`""a """b" ""`, "a|b|"},
		{"caf\xe9 a\x01b", "caf\xe9|a\x01b"},
	} {
		if got, err := words(t, c[0]); err != nil || got != c[1] {
			t.Errorf("%q: %q (%v), want %q", c[0], got, err, c[1])
		}
	}
}

func TestExpansionErrors(t *testing.T) {
	for _, c := range [][2]string{
		{`x "abc`, "unmatched quote at position 3:"},
		{`x 'abc`, "unmatched quote at position 3:"},
		{"x \"a\rb\"", "unmatched quote at position 3:"},
		{"x 'a\rb'", "unmatched quote at position 3:"},
		{`x "\"`, "unmatched quote at position 3:"},
		{`x "a${"`, "forbidden first char in environment variable name at position 7:"},
		{`x "${}"`, "forbidden first char in environment variable name at position 6:"},
		{`x "$1"`, "forbidden first char in environment variable name at position 5:"},
		{`x "$"`, "forbidden first char in environment variable name at position 5:"},
		{`x "$.NOPE"`, "forbidden first char in environment variable name at position 5:"},
		{`x "${-a}"`, "forbidden first char in environment variable name at position 6:"},
		{`x "${FOO"`, "unmatched brace in environment variable name at position 5:"},
		{`x "${X1 }"`, "unmatched brace in environment variable name at position 5:"},
		{`x "${X1-a"`, "unmatched brace in environment variable name at position 5:"},
		{`x "${X1[1]}"`, "truncated or invalid word expansion sequence at position 8:"},
		{`x "${X1[*}"`, "truncated or invalid word expansion sequence at position 8:"},
		{`x \x4g`, "truncated or invalid hexadecimal sequence at position 3:"},
		{`x "a\x0"`, "truncated or invalid hexadecimal sequence at position 5:"},
		{"x a\x00b", "Stray NUL character at position 4."},
		{"x # a\x00b", "Stray NUL character at position 6."},
	} {
		_, err := words(t, c[0])
		if err == nil || err.Text != c[1] {
			t.Errorf("%q: %v, want %q", c[0], err, c[1])
		}
	}
}

func TestALineHas64Words(t *testing.T) {
	if _, err := words(t, "k"+strings.Repeat(" w", MaxWords-1)); err != nil {
		t.Errorf("%d words: %v", MaxWords, err)
	}
	if _, err := words(t, "k"+strings.Repeat(" w", MaxWords)); err == nil || !strings.Contains(err.Text, "too many words, truncating after word 64") {
		t.Errorf("%d words: %v", MaxWords+1, err)
	}
}
