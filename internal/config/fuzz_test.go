package config

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func FuzzScan(f *testing.F) {
	for _, name := range corpusFiles(f) {
		if text, err := os.ReadFile(name); err == nil && strings.HasPrefix(name, "testdata/") {
			f.Add(text)
		}
	}
	for _, s := range []string{"a \"b ${C-d", "'\\x4", "\r\n\x00", "a\\", "\"${L[*]}${L[*]-x}\"", "no newline"} {
		f.Add([]byte(s))
	}
	env := NewEnv([]string{"L=a b c", "C=1", "EMPTY="})
	f.Fuzz(func(t *testing.T, text []byte) {
		file := Scan("f", text)
		if !bytes.Equal(file.Bytes(), text) {
			t.Fatalf("printed as %q", file.Bytes())
		}
		for i := range file.Lines {
			l := &file.Lines[i]
			for j := range l.Words {
				w := &l.Words[j]
				if w.Text == "" || !strings.HasPrefix(l.Text()[w.Col-1:], w.Text) {
					t.Fatalf("line %d: word %+v is not at its column", i+1, w)
				}
			}
			words, err := Expand(l, env.Lookup)
			if len(words) > MaxWords {
				t.Fatalf("%d words", len(words))
			}
			if err != nil && (err.Col < 0 || err.Col > len(l.Text())+1) {
				t.Fatalf("line %d: error at column %d of %d", i+1, err.Col, len(l.Text()))
			}
			if err != nil && err.Shown {
				mark(l.Text(), err.Col)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, name := range corpusFiles(f) {
		if text, err := os.ReadFile(name); err == nil && strings.HasPrefix(name, "testdata/") {
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, first := parse(text)
		_, second := parse(text)
		if strings.Join(first, "\n") != strings.Join(second, "\n") {
			t.Fatal("two readings differ")
		}
	})
}

func FuzzEvalCondition(f *testing.F) {
	for _, c := range conditions {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := EvalCondition(text, &Facts{Version: "3.5-dev5", OpenSSLVersion: "3.0.0"}, NewEnv(nil))
		if err != nil && (err.Col < 1 || err.Col > len(text)+1) {
			t.Fatalf("error at %d of %d", err.Col, len(text))
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, c := range addresses {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rules := range []AddressRules{BindAddress, ServerAddress, LogAddress} {
			p := AddressParser{Rules: rules}
			list, err := p.ParseList(text)
			for _, a := range list {
				if a.Port > a.PortHi || a.PortHi > 65535 && !a.PortRel {
					t.Fatalf("ports %d to %d", a.Port, a.PortHi)
				}
			}
			if err == nil && len(list) == 0 {
				t.Fatal("no address and no error")
			}
		}
	})
}
