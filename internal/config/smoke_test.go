package config

import (
	"strings"
	"testing"
)

// seen is what the rows of the tests fill in: one line per call.
type seen struct{ calls []string }

func (s *seen) note(l *Line) {
	call := l.Section
	if l.Title != "" {
		call += " " + l.Title
	}
	call += ": "
	switch l.Form {
	case Negated:
		call += "no "
	case Default:
		call += "default "
	}
	s.calls = append(s.calls, call+l.Keyword()+" <"+strings.Join(Values(l.Args), "|")+">")
}

func note(s *seen, l *Line) { s.note(l) }

func testRegistry() *Registry[*seen] {
	named := func(_ *seen, l *Line) {
		if len(l.Args) == 0 {
			l.Abortf(l.End(), "'%s' expects an <id> argument", l.Section)
		}
	}
	nameless := func(_ *seen, l *Line) {
		if len(l.Args) > 0 {
			l.Errorf(l.Arg(0), "'%s' cannot handle unexpected argument '%s'.", l.Section, l.Arg(0).Value)
		}
	}
	return NewRegistry([]Section[*seen]{
		{Name: "backend", Doc: "A backend.", Place: InBackend, Open: named},
		{Name: "defaults", Doc: "Defaults.", Place: InDefaults},
		{Name: "frontend", Doc: "A frontend.", Place: InFrontend, Open: named},
		{Name: "global", Doc: "The process.", Place: InGlobal, Open: nameless},
		{Name: "listen", Doc: "Both.", Place: InListen, Open: named, Close: func(s *seen, l *Line) {
			s.calls = append(s.calls, "end of "+l.Arg(0).Value)
		}},
	}, []Keyword[*seen]{
		{Name: "balance", Doc: "A row of backends.", In: InBack, Min: 1, Max: -1, Parse: note, Expects: "an algorithm"},
		{Name: "bind", Doc: "A row of frontends.", In: InFrontend | InListen, Max: -1, Parse: note},
		{Name: "daemon", Doc: "No arguments.", In: InGlobal, Parse: note},
		{Name: "maxconn", Doc: "A row of two kinds of sections.", In: InGlobal | InFront, Min: 1, Max: 1, Parse: note},
		{Name: "mode", Doc: "A row of all proxies.", In: InProxy, Min: 1, Max: 1, Parse: note},
		{Name: "nbproc", Doc: "Was removed.", In: InGlobal, Removed: "nbproc is not supported any more"},
		{Name: "option", Doc: "Options.", In: InProxy, No: true, Default: true, Leaf: true, Sub: []Keyword[*seen]{
			{Name: "httplog", Doc: "Not to be negated.", In: InProxy, Max: 1, Parse: note},
			{Name: "redispatch", Doc: "Of backends.", In: InBack, Leaf: true, Max: 1, No: true, Default: true, Parse: note},
		}},
		{Name: "server", Doc: "Refused in frontends.", In: InListen | InBackend, Max: -1, Misplaced: Refused, Parse: note},
		{Name: "timeout", Doc: "Timeouts.", In: InProxy, Sub: []Keyword[*seen]{
			{Name: "client", Doc: "Of frontends.", In: InFront, Min: 1, Max: 1, Parse: note},
			{Name: "server", Doc: "Of backends.", In: InBack, Min: 1, Max: 1, Parse: note},
		}},
	}, EnvKeywords[*seen]())
}

// parse runs one text and returns the calls and the texts of the diagnostics.
func parse(text string) (calls, texts []string) {
	s, r := &seen{}, &Report{}
	Parse(testRegistry(), s, []*File{Scan("t.cfg", []byte(text))}, Settings{Report: r, Env: NewEnv(nil)})
	for _, d := range r.Diagnostics() {
		texts = append(texts, d.Level.String()+" "+d.Text)
	}
	return s.calls, texts
}

func TestLinesReachTheirRows(t *testing.T) {
	calls, texts := parse(`global
	maxconn 10 # comment
	setenv A "1 2"
listen a
	mode "h"tt'p'
	.if streq("$A","1 2")
	bind :80 name "${A[*]}"
	.else
	foo
	.endif
	no option redispatch
	timeout server 1s
`)
	want := []string{"global: maxconn <10>", "listen a: mode <http>", "listen a: bind <:80|name|1|2>",
		"listen a: no option redispatch <>", "listen a: timeout server <1s>", "end of a"}
	if strings.Join(calls, "\n") != strings.Join(want, "\n") || texts != nil {
		t.Errorf("calls:\n%s\ndiagnostics:\n%s", strings.Join(calls, "\n"), strings.Join(texts, "\n"))
	}
}
