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
		{Name: "daemon", Doc: "No arguments.", In: InGlobal, Early: true, Parse: note},
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

const (
	negation  = "negation/default currently supported only for options, log, busy-polling, set-dumpable, strict-limits, insecure-fork-wanted and numa-cpu-mapping."
	emptyArg  = "\nAborting to prevent all subsequent arguments from being silently ignored. If this is caused by an environment variable expansion, please have a look at section 2.3 of the configuration manual to find solutions to address this."
	alert     = "ALERT config : parsing [t.cfg:"
	errorsIn  = "ALERT config : Error(s) found in configuration file : t.cfg"
	allErrors = "ALERT config : Fatal errors found in configuration."
)

// TestWhatIsWrongIsSaid holds the diagnostics of whole files against what HAProxy 3.5 says, line by line. What its first
// walk over the file finds is all that it shows.
func TestWhatIsWrongIsSaid(t *testing.T) {
	for _, c := range []struct {
		text  string
		fatal bool // "Fatal errors found": the walk was not cut short
		want  []string
	}{
		{"foo\nlisten a\n foo\n mode a b\n mode\n", true, []string{
			alert + "1]: unknown keyword 'foo' out of section.",
			alert + "3] : unknown keyword 'foo' in 'listen' section",
			alert + "4] : 'mode' cannot handle unexpected argument 'b'.",
			alert + "5] : 'mode' expects an argument."}},
		{"global foo\n maxcon 10\n maxconn 1\n bind\n Daemon\n", true, []string{
			alert + "1] : 'global' cannot handle unexpected argument 'foo'.",
			alert + "2] : unknown keyword 'maxcon' in 'global' section; did you mean 'maxconn' maybe ?",
			alert + "4] : unknown keyword 'bind' in 'global' section",
			alert + "5] : unknown keyword 'Daemon' in 'global' section; did you mean 'daemon' maybe ?"}},
		{"listen\n foo\n", false, []string{alert + "1] : 'listen' expects an <id> argument"}},
		{"frontend f\n balance x\n server s\n timeout server 1s\n option redispatch\nbackend b\n bind :1\n maxconn 1\ndefaults\n bind :1\n server s\n", true, []string{
			"WARNING config : parsing [t.cfg:2] : 'balance' ignored because frontend 'f' has no backend capability.",
			alert + "3] : 'server' not allowed because frontend 'f' has no backend capability.",
			"WARNING config : parsing [t.cfg:4] : 'timeout server' ignored because frontend 'f' has no backend capability.",
			"WARNING config : parsing [t.cfg:5] : 'redispatch' ignored because frontend 'f' has no backend capability.",
			"WARNING config : parsing [t.cfg:7] : 'bind' ignored because backend 'b' has no frontend capability.",
			"WARNING config : parsing [t.cfg:8] : 'maxconn' ignored because backend 'b' has no frontend capability.",
			alert + "10] : 'bind' not allowed in 'defaults' section.",
			alert + "11] : 'server' not allowed in 'defaults' section."}},
		{"listen a\n option foo\n option httplogg\n option httplog a b\n no option httplog\n default option httplog\n no option foo\n", true, []string{
			alert + "2] : unknown option 'foo'.",
			alert + "3] : unknown option 'httplogg'; did you mean 'httplog' maybe ?",
			alert + "4] : 'option httplog' cannot handle unexpected argument 'b'.",
			alert + "5]: negation/default is not supported for option 'httplog'.",
			alert + "6]: negation/default is not supported for option 'httplog'.",
			alert + "7]: negation/default is not supported for option 'foo'."}},
		{"listen a\n option foo\n no option httplog\n default option httplog\n no option foo\n\n\n no mode tcp\n no foo\n no\n default\nno listen x\n", true, []string{
			alert + "8]: " + negation, alert + "9]: " + negation, alert + "10]: " + negation, alert + "11]: " + negation,
			alert + "12]: " + negation}},
		{"global\n nbproc 2\n daemon", true, []string{
			alert + "3]: Missing LF on last line, file might have been truncated at position 8."}},
		{"listen a\n mode \"\" tcp\n \"\" foo\n bind \"\"\n .if 0\n mode \"\"\n .foo\n x\n .endif\n .foo\n", true, []string{
			alert + "2]: argument number 1 at position 8 is empty and marks the end of the argument list:\n  mode \"\" tcp\n        ^" + emptyArg,
			alert + "4]: argument number 1 at position 8 is empty and marks the end of the argument list:\n  bind \"\"\n        ^" + emptyArg,
			alert + "10]: unknown directive '.foo'."}},
		{"listen a\n mode \"\" tcp\n foo\n .if 0\n .foo\n \"x\n .endif\n .foo\n", true, []string{alert + "6]: unmatched quote at position 2:\n  \"x\n  ^"}},
		{"listen a\n foo\nglobal\n foo\n daemon x\n daemon \"\" x\n maxconn\n", true, []string{alert + "5] : 'daemon' cannot handle unexpected argument 'x'."}},
		{"global\n .if 1 2\n", false, []string{
			alert + "2]: unexpected character '2' at the end of conditional expression '1 2' in '.if' at position 3:\n  .if 1 2\n        ^"}},
		{"global\n .if 0\n .elif   \"1\"  2\n", false, []string{
			alert + "3]: unexpected character '2' at the end of conditional expression '1 2' in '.elif' at position 3:\n  .elif 1 2\n          ^"}},
		{"global\n .elif 1\n", false, []string{alert + "2]: lone '.elif' with no matching '.if'."}},
		{"global\n .else\n", false, []string{alert + "2]: lone '.else' with no matching '.if'."}},
		{"global\n .endif\n", false, []string{alert + "2]: lone '.endif' with no matching '.if'."}},
		{"global\n .if 1\n .else\n .elif 1\n", false, []string{alert + "4]: '.elif' after '.else' is not permitted."}},
		{"global\n .if 1\n .else\n .else\n", false, []string{alert + "4]: '.else' after '.else' is not permitted."}},
		{"global\n .if 0\n .if (\n .elif (\n .endif\n .endif x\n", false, []string{alert + "6]: Unexpected argument 'x' for '.endif'.", alert + "6]: non-terminated '.if' block."}},
		{"global\n .if 1\n .elif (\n .endif\n .if 0\n .elif\n .else y\n", false, []string{alert + "7]: Unexpected argument 'y' for '.else'.", alert + "7]: non-terminated '.if' block."}},
		{"global\n .if 1\n .if 0\n", false, []string{alert + "3]: non-terminated '.if' block."}},
		{"global\n" + strings.Repeat(" .if 0\n", 100), false, []string{alert + "101]: too many nested '.if', max is 100."}},
		{".notice a\n.warning\n.diag c\nglobal\n.notice x y\n.alert \"the end\"\nfoo\n", false, []string{
			"NOTICE config : parsing [t.cfg:1]: 'a'.", "WARNING config : parsing [t.cfg:2]: ''.", "DIAG config : parsing [t.cfg:3]: 'c'.",
			alert + "5]: Unexpected argument 'y' for '.notice'. Use quotes if the message should contain spaces.",
			alert + "6]: 'the end'."}},
		{"global\n setenv\n setenv A\n setenv A b c\n setenv A=B c\n presetenv A\n unsetenv\n", true, []string{
			alert + "2] : 'setenv' expects environment variable name.",
			alert + "3] : 'setenv' expects environment variable value for 'A'.",
			alert + "4] : 'setenv' cannot handle unexpected argument 'c'.",
			alert + "5] : 'setenv' failed on variable 'A=B' : Invalid argument.",
			alert + "6] : 'presetenv' expects environment variable value for 'A'.",
			alert + "7] : 'unsetenv' expects at least one variable name."}},
		{"listen a\n[]\n[b\n[c]\n[d] x\n", false, []string{
			alert + "2] : empty scope name is forbidden.", alert + "3] : empty scope name is forbidden.",
			"WARNING config : parsing [t.cfg:4] : the scope '[c]' has no effect in this file: remove the line.",
			alert + "5] : character 'x' is not permitted after scope declaration."}},
		{"listen a\n timeout\n timeout clent 1s\n timeout foo\n", true, []string{
			alert + "2] : 'timeout' expects 'client' or 'server'.",
			alert + "3] : unknown keyword 'clent' after 'timeout'; did you mean 'client' maybe ?",
			alert + "4] : unknown keyword 'foo' after 'timeout'"}},
	} {
		want := append(c.want[:len(c.want):len(c.want)], errorsIn)
		if c.fatal {
			want = append(want, allErrors)
		}
		_, texts := parse(c.text)
		if strings.Join(texts, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q:\n%s\nwant:\n%s", c.text, strings.Join(texts, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestBlocksChooseTheirLines(t *testing.T) {
	calls, texts := parse(`global
 setenv A 1
 .if defined(A)
  maxconn 1
  .if 0
   maxconn 2
  .elif streq("$A",1)
   maxconn 3
  .elif 1
   maxconn 4
  .else
   maxconn 5
  .endif
 .else
  maxconn 6
  .if 1
   maxconn 7
  .endif
 .endif
 .if
 .elif 0
 .else
  maxconn 8
 .endif
`)
	if got := strings.Join(calls, " "); got != "global: maxconn <1> global: maxconn <3> global: maxconn <8>" || texts != nil {
		t.Errorf("%s\n%v", got, texts)
	}
}

// A variable is already set above its line, as HAProxy walks over the global sections once before it reads them.
func TestEnvironmentIsSetBeforeTheFirstLine(t *testing.T) {
	calls, texts := parse(`.if defined(LATE)
listen early
.endif
global
 setenv LATE 1
 presetenv LATE 2
 setenv GONE 1
 unsetenv GONE
listen "l$LATE"
 mode "${GONE-none}"
`)
	want := "end of early end of l1"
	got := strings.Join(calls, " ")
	if !strings.HasPrefix(got, "end of early") || !strings.Contains(got, "listen l1: mode <none>") || texts != nil {
		t.Errorf("%s %v, want %s", got, texts, want)
	}
}

func TestEnvironmentOfALaterFileIsSeenByAnEarlierOne(t *testing.T) {
	s, r := &seen{}, &Report{}
	Parse(testRegistry(), s, []*File{
		Scan("1.cfg", []byte("global\n.if 1\n setenv A 1\n.endif\nlisten \"l$A$B\"\n")), Scan("2.cfg", []byte("global\n setenv B 2\n")),
	}, Settings{Report: r})
	if got := strings.Join(s.calls, " "); got != "end of l12" || r.Fatal() {
		t.Errorf("%s %v", got, r.Diagnostics())
	}
}

func TestResetenvKeepsTheNamedVariables(t *testing.T) {
	env := NewEnv([]string{"A=1", "B=2", "C=3"})
	Parse(testRegistry(), &seen{}, []*File{Scan("t.cfg", []byte("global\n resetenv B\n setenv D 4\n"))}, Settings{Env: env})
	if got := strings.Join(env.Environ(), " "); got != "B=2 D=4" {
		t.Errorf("%s", got)
	}
}

func TestPseudoVariables(t *testing.T) {
	calls, _ := parse("global\n setenv S \"$.SECTION\"\nlisten web\n mode \"$.FILE:$.LINE:$.SECTION\"\n\nglobal\n maxconn \"$S$.SECTION\"\n")
	if got := strings.Join(calls, " "); got != "listen web: mode <t.cfg:4:web> end of web global: maxconn <globalglobal>" {
		t.Errorf("%s", got)
	}
}

func TestEachFileBeginsWithASection(t *testing.T) {
	s, r := &seen{}, &Report{}
	Parse(testRegistry(), s, []*File{
		Scan("1.cfg", []byte("listen a\n foo\n")), Scan("2.cfg", []byte(" mode tcp\nlisten b\n mode http\n")),
	}, Settings{Report: r})
	var texts []string
	for _, d := range r.Diagnostics() {
		texts = append(texts, d.Text)
	}
	want := []string{"config : parsing [1.cfg:2] : unknown keyword 'foo' in 'listen' section", "config : Error(s) found in configuration file : 1.cfg",
		"config : parsing [2.cfg:1]: unknown keyword 'mode' out of section.", "config : Error(s) found in configuration file : 2.cfg",
		"config : Fatal errors found in configuration."}
	if strings.Join(texts, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(texts, "\n"))
	}
	if !r.Fatal() || r.Aborted() || r.Count(Alert) != 5 || strings.Join(s.calls, " ") != "end of a listen b: mode <http> end of b" {
		t.Errorf("%v %v", r, s.calls)
	}
}

func TestAbsentKeywordsSaySo(t *testing.T) {
	s, r := &seen{}, &Report{}
	Parse(testRegistry(), s, []*File{Scan("t.cfg", []byte("global\n tune.lua.maxmem 1\nlisten a\n option spop-check\n"))},
		Settings{Report: r, Absent: []string{"option spop-check", "tune.lua.maxmem"}})
	d := r.Diagnostics()
	if d[0].Text != "config : parsing [t.cfg:2] : unknown keyword 'tune.lua.maxmem' in 'global' section; it is a keyword of HAProxy that is not supported yet" ||
		d[1].Text != "config : parsing [t.cfg:4] : unknown option 'spop-check'; it is a keyword of HAProxy that is not supported yet" {
		t.Errorf("%q %q", d[0].Text, d[1].Text)
	}
}

func TestAbsentSectionsAreOneError(t *testing.T) {
	calls, texts := parse("userlist u\n user a\n group b\n foo\nlisten a\n mode tcp\n")
	want := alert + "1]: section 'userlist' is a section of HAProxy that is not supported yet. " + errorsIn + " " + allErrors
	if strings.Join(texts, " ") != want || strings.Join(calls, " ") != "listen a: mode <tcp> end of a" {
		t.Errorf("%q %q", calls, texts)
	}
}

func TestDiagnosticsPointAtWords(t *testing.T) {
	r := &Report{}
	Parse(testRegistry(), &seen{}, []*File{Scan("t.cfg", []byte("listen a\n  mode  http  \"tcp\"\n"))}, Settings{Report: r})
	d := r.Diagnostics()[0]
	if d.Pos.String() != "t.cfg:2" || d.Pos.Col != 15 || d.Width != 5 || d.Source != `  mode  http  "tcp"` || !d.Fatal {
		t.Errorf("%+v", d)
	}
}

func TestExperimentalAndDeprecatedKeywords(t *testing.T) {
	reg := NewRegistry([]Section[*seen]{
		{Name: "acme", Doc: "Guarded.", Place: InAcme, Status: Experimental},
		{Name: "global", Doc: "Global.", Place: InGlobal},
	}, []Keyword[*seen]{
		{Name: "expose", Doc: "Allows.", In: InGlobal, Max: 1, Parse: func(_ *seen, l *Line) {
			l.Expose(map[string]Status{"e": Experimental, "d": Deprecated}[l.Arg(0).Value])
		}},
		{Name: "new", Doc: "New.", In: InGlobal, Status: Experimental, Parse: note},
		{Name: "old", Doc: "Old.", In: InGlobal, Status: Deprecated, Parse: note},
	})
	s, r := &seen{}, &Report{}
	Parse(reg, s, []*File{Scan("t.cfg", []byte("global\n new\n old\n expose e\n expose d\n new\n old\nacme\n"))}, Settings{Report: r})
	if got := strings.Join(s.calls, " "); got != "global: old <> global: new <> global: old <>" {
		t.Errorf("%s", got)
	}
	if d := r.Diagnostics(); !strings.Contains(d[0].Text, "is experimental") || d[1].Level != Warning {
		t.Errorf("%v", d)
	}
}

func TestRegistryRefusesMistakes(t *testing.T) {
	for name, rows := range map[string][]Keyword[*seen]{
		"twice":    {{Name: "a", In: InGlobal, Parse: note}, {Name: "a", In: InGlobal | InListen, Parse: note}},
		"idle":     {{Name: "a", In: InGlobal}},
		"nowhere":  {{Name: "a", Parse: note}},
		"no place": {{Name: "a", In: InCache, Parse: note}},
		"bounds":   {{Name: "a", In: InGlobal, Min: 2, Max: 1, Parse: note}},
		"sub":      {{Name: "a", In: InGlobal, Sub: []Keyword[*seen]{{Name: "b", Parse: note}, {Name: "b", Parse: note}}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			NewRegistry([]Section[*seen]{{Name: "global", Place: InGlobal}, {Name: "listen", Place: InListen}}, rows)
		}()
	}
}

func TestFilesWithManyErrorsAreNotReadOn(t *testing.T) {
	s, r := &seen{}, &Report{}
	Parse(testRegistry(), s, []*File{
		Scan("1.cfg", []byte("listen a\n"+strings.Repeat(" foo\n", 60))), Scan("2.cfg", []byte("listen b\n foo\n")),
		Scan("3.cfg", []byte("listen c\n"+strings.Repeat(" foo\n", 50))),
	}, Settings{Report: r})
	var texts []string
	for _, d := range r.Diagnostics() {
		if !strings.Contains(d.Text, "unknown keyword 'foo'") {
			texts = append(texts, d.Text)
		}
	}
	want := "config : parsing [1.cfg:52]: too many fatal errors (50), stopping now.\nconfig : Error(s) found in configuration file : 1.cfg\n" +
		"config : Error(s) found in configuration file : 2.cfg\nconfig : Error(s) found in configuration file : 3.cfg\n" +
		"config : Fatal errors found in configuration."
	if got := strings.Join(texts, "\n"); got != want || len(r.Diagnostics()) != 101+5 {
		t.Errorf("%d: %s", len(r.Diagnostics()), got)
	}
}
