package pattern

import (
	"bytes"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// FuzzFile reads files of all kinds. Each entry that was loaded is one of the file's lines, a whole list agrees with the plain
// rule, and what cannot be loaded says so.
func FuzzFile(f *testing.F) {
	f.Add([]byte("a b\n# c\n\n  d\te \r\n"), byte(Str), []byte("a"))
	f.Add([]byte("10.0.0.0/8 x\n::1 y\n1.2.3.4/255.0.255.0"), byte(IP), []byte("10.1.2.3"))
	f.Add([]byte("1:5 x\n:7\n9"), byte(Int), []byte("6"))
	f.Add([]byte("^a(b)? \\1\n[z-"), byte(Reg), []byte("ab"))
	f.Add(bytes.Repeat([]byte("ab cd\nabc x\nb/c\n"), 20), byte(Dir), []byte("x/b/c"))
	f.Fuzz(func(t *testing.T, content []byte, method byte, subject []byte) {
		m := Method(method) % NMethods
		if len(content) > 4096 || len(subject) > 512 || !m.patterns() {
			return
		}
		read := func(string) ([]byte, error) { return content, nil }
		ls := NewLists()
		l, err := ls.Open("f", true, read, proxy.Pos{})
		if err != nil {
			t.Fatal(err)
		}
		l.Each(0, func(_ Ref, key, text []byte) bool {
			if bytes.ContainsAny(key, " \t\n") || bytes.ContainsAny(text, "\n") || !bytes.Contains(content, key) {
				t.Fatalf("%q %q", key, text)
			}
			return true
		})
		o := options{method: m}
		u, err := l.use(o, Maps, value.Str)
		if err != nil {
			return
		}
		want := &model{o: o}
		l.Each(0, func(_ Ref, key, text []byte) bool {
			p, err := o.parse(0, key)
			if err != nil {
				t.Fatalf("%q was loaded: %v", key, err)
			}
			want.entries = append(want.entries, modelEntry{string(key), string(text), p})
			return true
		})
		var a buf.Arena
		v := value.Value{}
		v.SetStr(subject)
		if !v.Cast(input[m], &a) {
			return
		}
		w := v
		key, text, found := want.find(&w)
		gotKey, gotText, ok := u.Find(&v, &a)
		if ok != found || string(gotKey) != key || string(gotText) != text {
			t.Fatalf("%v %q: got %q %q %v, want %q %q %v", m, subject, gotKey, gotText, ok, key, text, found)
		}
	})
}

// FuzzTest parses tests as the configuration writes them.
func FuzzTest(f *testing.F) {
	f.Add("x -m sub -i a b")
	f.Add("x -f file -M -- -i")
	f.Add("x -m int gt 5 3:7")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 500 {
			return
		}
		var words []string
		for _, w := range bytes.Fields([]byte(text)) {
			words = append(words, string(w))
		}
		env := &sample.Env{Reg: sample.NewRegistry(nil, nil, nil), ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}
		NewScope(NewLists()).Define(append([]string{"name"}, words...), env)
	})
}
