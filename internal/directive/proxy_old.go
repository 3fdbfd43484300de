package directive

import (
	"slices"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// proxyOld are keywords of proxies that HAProxy once had and that old files still carry. Where what they meant can be kept,
// it is, with a warning that names today's form; else the file is refused, as by HAProxy.
var proxyOld = []Keyword{
	{Name: "appsession", Doc: "Gone.", In: config.InProxy,
		Removed: "'appsession' is not supported anymore since HAProxy 1.6: use 'stick-table' and 'stick on' instead."},
	{Name: "bind-process", Doc: "The processes of a proxy.", In: config.InProxy, Max: -1, Parse: oldBindProcess},
	{Name: "block", Doc: "Requests that are refused before all other rules.", In: config.InProxy, Max: -1, Parse: oldBlock},
	oldRule("cliexp", "'http-request replace-path', 'http-request replace-uri' or 'http-request replace-header'"),
	{Name: "grace", Doc: "How long a proxy goes on after a soft stop.", In: config.InProxy, Max: -1, Parse: oldGrace},
	oldRule("reqadd", "'http-request add-header'"),
	oldRule("reqallow", "'http-request allow'"),
	oldRule("reqdel", "'http-request del-header'"),
	oldRule("reqdeny", "'http-request deny'"),
	oldRule("reqiallow", "'http-request allow'"),
	oldRule("reqidel", "'http-request del-header'"),
	oldRule("reqideny", "'http-request deny'"),
	oldRule("reqipass", "'http-request' rules with conditions"),
	oldRule("reqirep", "'http-request replace-header', or 'http-request replace-path' for the first line"),
	oldRule("reqisetbe", "'use_backend'"),
	oldRule("reqitarpit", "'http-request tarpit'"),
	oldRule("reqpass", "'http-request' rules with conditions"),
	oldRule("reqrep", "'http-request replace-path', 'http-request replace-uri' or 'http-request replace-header'"),
	oldRule("reqsetbe", "'use_backend'"),
	oldRule("reqtarpit", "'http-request tarpit'"),
	oldRule("rspadd", "'http-response add-header'"),
	oldRule("rspdel", "'http-response del-header'"),
	oldRule("rspdeny", "'http-response deny'"),
	oldRule("rspidel", "'http-response del-header'"),
	oldRule("rspideny", "'http-response deny'"),
	oldRule("rspirep", "'http-response replace-header'"),
	oldRule("rsprep", "'http-response replace-header'"),
	oldRule("srvexp", "'http-response replace-header'"),
}

// since21 is what HAProxy says of a keyword that went with version 2.1.
func since21(keyword, now string) string {
	return "The '" + keyword + "' directive is not supported anymore since HAProxy 2.1. Use " + now + " instead."
}

// oldRule is the row of a rule about lines of the head (action, lineRows); now is what is written today.
func oldRule(name, now string) Keyword {
	return Keyword{Name: name, Doc: "A rule about lines of the head, as HAProxy had them before 2.1.", In: config.InProxy, Max: -1,
		Parse: func(b *Builder, l *config.Line) { b.oldRule(l, now) }}
}

// oldRule reads a rule about lines of the head.
func (b *Builder) oldRule(l *config.Line, now string) {
	gone := since21(l.Keyword(), now)
	if l.Place == config.InDefaults {
		l.Errorf(l.Name(), "%s", gone)
		return
	}
	set, list := rule.OldRequest, &b.at.Rules.OldRequest
	if l.Keyword()[0] != 'r' && l.Keyword() != "cliexp" || l.Keyword()[1] == 's' {
		set, list = rule.OldResponse, &b.at.Rules.OldResponse
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), 0, "")
	r, err := rule.Parse(b.lang.Actions, set, config.Values(l.Words), b.at.scope(b), env)
	if err != nil {
		b.ruleError(l, l.Words, err)
		return
	}
	r.ID, r.Text = b.ruleID(), written(l)
	end := len(*list)
	if !adds(r) {
		if i := slices.IndexFunc(*list, adds); i >= 0 {
			end = i
		}
	}
	*list = slices.Insert(*list, end, r)
	if a, ok := r.Action.(backendChooser); ok && a.Backend() != "" {
		b.lineBackend(l, r, a.Backend())
	}
	l.Oldf(l.Name(), gone, "'%s' was removed in HAProxy 2.1 and still works here: write %s.", l.Keyword(), now)
}

// adds reports whether a rule adds a line: those come last.
func adds(r *proxy.Rule) bool { return r.Name == "reqadd" || r.Name == "rspadd" }

// backendChooser is the action of reqsetbe.
type backendChooser interface{ Backend() string }

// lineBackend makes the switching rule that a reqsetbe rule wants: before those of use_backend.
func (b *Builder) lineBackend(l *config.Line, r *proxy.Rule, name string) {
	if !b.at.IsFront() {
		l.Warnf(l.Name(), "'%s' has no effect in a backend.", l.Keyword())
		return
	}
	rules := &b.at.Rules.Switching
	*rules = slices.Insert(*rules, 0, &proxy.SwitchRule{ID: b.ruleID(), Pos: r.Pos, Text: r.Text, Name: name, Cond: chosenByLine(name)})
}

// chosenByLine holds for streams whose backend a reqsetbe rule chose.
type chosenByLine string

// Match reports whether it was this one.
func (c chosenByLine) Match(s *proxy.Stream) bool { return s.Tune.Lines.Backend == string(c) }

// oldBlock reads a condition that refuses requests, before all other rules (configuration.txt of HAProxy 1.8, block).
func oldBlock(b *Builder, l *config.Line) {
	if l.Place == config.InDefaults {
		l.Errorf(l.Name(), "'block' not allowed in 'defaults' section.")
		return
	}
	cond, ok := b.condition(l, l.Args, "'block'", "a block condition", sample.Places(0)|requestPlaces(b.at.Proxy))
	if !ok {
		return
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), 0, "")
	r, err := rule.Parse(b.lang.Actions, rule.HTTPRequest, []string{"deny"}, b.at.scope(b), env)
	if err != nil {
		b.ruleError(l, l.Words, err)
		return
	}
	r.ID, r.Text, r.Cond = b.ruleID(), written(l), cond
	b.at.Rules.HTTPRequest = slices.Insert(b.at.Rules.HTTPRequest, b.at.blocks, r)
	b.at.blocks++
	l.Oldf(l.Name(), "The 'block' directive is not supported anymore since HAProxy 2.1. Use 'http-request deny' which uses the exact same syntax.",
		"'block' was removed in HAProxy 2.1 and still works here: write 'http-request deny', before all other http-request rules.")
}

// oldBindProcess warns: there is one process, and the proxies that were spread over several share its threads.
func oldBindProcess(_ *Builder, l *config.Line) {
	l.Oldf(l.Name(), "'bind-process' is not supported anymore.", "'bind-process' is not supported anymore: there is one process, whose threads serve every proxy. "+
		"Remove it, or write 'thread' on the 'bind' lines.")
}
