package config

import (
	"strings"
	"testing"
)

func TestOptionsTakeTheirArguments(t *testing.T) {
	var got []string
	take := func(_ *seen, _ *Line, w Word, args []Word) int {
		got = append(got, w.Value+"<"+strings.Join(Values(args), "|")+">")
		return 0
	}
	table := NewOptions([]Option[*seen]{
		{Name: "crt", Doc: "One.", Args: 1, Parse: take},
		{Name: "list", Doc: "All up to end.", More: true, Parse: func(_ *seen, _ *Line, _ Word, args []Word) int {
			for i, a := range args {
				if a.Value == "end" {
					return i + 1
				}
			}
			return len(args)
		}},
		{Name: "new", Doc: "Guarded.", Status: Experimental, Parse: take},
		{Name: "tfo", Doc: "None.", Parse: take},
	})
	for _, c := range [][2]string{
		{"bind :1 tfo crt x tfo", ""},
		{"bind :1 list a b end tfo", ""},
		{"bind :1 crt", "'bind :1' in section 'listen' : 'crt' expects an argument."},
		{"bind :1 tf0 bar", "'bind :1' in section 'listen': unknown keyword 'tf0'; did you mean 'tfo' maybe ?"},
		{"bind :1 xyzzy tfo", "'bind :1' in section 'listen': unknown keyword 'xyzzy'"},
		{"bind :1 new", "'bind :1' in section 'listen' : 'new' is experimental, must be allowed via a global 'expose-experimental-directives'"},
	} {
		got = nil
		reg := NewRegistry([]Section[*seen]{{Name: "listen", Place: InListen}}, []Keyword[*seen]{
			{Name: "bind", In: InListen, Max: -1, Parse: func(s *seen, l *Line) {
				table.Walk(s, l, l.Args[1:], "'bind "+l.Arg(0).Value+"' in section '"+l.Section+"'")
			}}})
		r := &Report{}
		Parse(reg, &seen{}, []*File{Scan("f", []byte("listen a\n"+c[0]+"\n"))}, Settings{Report: r})
		text := ""
		if d := r.Diagnostics(); len(d) > 0 {
			text = strings.TrimPrefix(d[0].Text, "config : parsing [f:2] : ")
		}
		if text != c[1] {
			t.Errorf("%s: %q, want %q", c[0], text, c[1])
		}
		if c[1] == "" && !strings.HasSuffix(strings.Join(got, " "), "tfo<>") {
			t.Errorf("%s: %v", c[0], got)
		}
	}
}

func TestSuggestions(t *testing.T) {
	known := []string{"bind", "default-server", "frontend", "http-request", "httplog", "maxconn", "server", "stick-table", "timeout"}
	for word, want := range map[string]string{
		"frontedn": "frontend", "serve": "server", "srever": "server", "maxcon": "maxconn", "default_server": "default-server",
		"stick-tabel": "stick-table", "httplogg": "httplog", "http-requets": "http-request", "tiemout": "timeout",
		"foo": "", "x": "", "": "", "completely": "", strings.Repeat("a", 500): "",
	} {
		if want != "" {
			want = "; did you mean '" + want + "' maybe ?"
		}
		if got := Suggest(word, known); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
