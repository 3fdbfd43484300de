package directive

import (
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// proxySwitch are the keywords that choose backends and servers by rules (configuration.txt 4.2).
var proxySwitch = []Keyword{
	{Name: "be-unpublished", Doc: "Other proxies do not switch to the backend until it is published.", In: config.InFrontend | config.InListen | config.InBackend,
		Max: -1, Parse: parseUnpublished},
	{Name: "default_backend", Doc: "The backend of streams that no rule has chosen one for.", In: config.InFront, Max: 1, Parse: parseDefaultBackend},
	{Name: "force-be-switch", Doc: "Streams that match switch to backends though they are disabled or unpublished.",
		In: config.InFrontend | config.InListen | config.InBackend, Max: -1, Parse: parseForceSwitch},
	{Name: "force-persist", Doc: "Streams that match go to the server of their cookie though it is down.", In: config.InListen | config.InBackend, Max: -1,
		Parse: parsePersist(false)},
	{Name: "ignore-persist", Doc: "Streams that match do not go to the server of their cookie.", In: config.InListen | config.InBackend, Max: -1,
		Parse: parsePersist(true)},
	{Name: "use-server", Doc: "The server of streams that match.", In: config.InListen | config.InBackend, Max: -1, Parse: parseUseServer},
	{Name: "use_backend", Doc: "The backend of streams that match.", In: config.InFrontend | config.InListen, Max: -1, Parse: parseUseBackend},
}

// ruleID gives out the number of a rule's hit counter.
func (b *Builder) ruleID() uint32 {
	b.rules++
	return uint32(b.rules - 1)
}

func parseDefaultBackend(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'default_backend' expects a backend name.")
		return
	}
	b.at.DefaultBackend, b.at.DefaultBackendRule = l.Arg(0).Value, place(l)
}

func parseUseBackend(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'use_backend' expects a backend name.")
		return
	}
	r := &proxy.SwitchRule{ID: b.ruleID(), Pos: place(l), Text: written(l), Name: l.Arg(0).Value}
	if len(l.Args) > 1 {
		w := l.Arg(1)
		if w.Value != "if" && w.Value != "unless" {
			l.Errorf(w, "unexpected keyword '%s' after switching rule, only 'if' and 'unless' are allowed.", w.Value)
			return
		}
		cond, ok := b.condition(l, l.Args[1:], "'use_backend'", "switching rule", sample.FrontSwitch)
		if !ok {
			return
		}
		r.Cond = cond
	}
	if dynamicName(r.Name) {
		f, err := sample.ParseFormat(r.Name, sample.ForValue, b.sampleEnv(b.at, l.Report(), place(l), sample.FrontSwitch, "use_backend expression"))
		if err != nil {
			l.Report().Errorf(l.At(l.Arg(0)), "Parsing [%v]: failed to parse use_backend rule '%s' : %v.", place(l), r.Name, err)
			return
		}
		r.Format = f
	}
	b.at.ranked(l, rankUseBackend)
	b.at.Rules.Switching = append(b.at.Rules.Switching, r)
}

// dynamicName says whether a name is a format that is evaluated for each stream.
func dynamicName(name string) bool { return strings.Contains(name, "%") }

func parseUseServer(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'use-server' expects a server name.")
		return
	}
	cond, ok := b.condition(l, l.Args[1:], "'use-server'", "switching rule", sample.BackServer)
	if !ok {
		return
	}
	r := &proxy.UseServerRule{ID: b.ruleID(), Pos: place(l), Text: written(l), Name: l.Arg(0).Value, Cond: cond}
	if dynamicName(r.Name) {
		f, err := sample.ParseFormat(r.Name, sample.ForValue, b.sampleEnv(b.at, l.Report(), place(l), sample.BackServer, "use-server"))
		if err != nil {
			l.Errorf(l.Arg(0), "failed to parse use-server rule '%s' : %v.", r.Name, err)
			return
		}
		r.Format = f
	}
	b.at.ranked(l, rankUseServer)
	b.at.Rules.UseServer = append(b.at.Rules.UseServer, r)
}

func parseUnpublished(b *Builder, l *config.Line) {
	if !b.at.IsBack() {
		l.Errorf(l.Name(), "'be-unpublished' only available in backend or listen section.")
		return
	}
	b.at.Unpublished = true
}

func parseForceSwitch(b *Builder, l *config.Line) {
	if !b.at.IsFront() {
		l.Errorf(l.Name(), "'force-be-switch' only available in frontend or listen section.")
		return
	}
	cond, ok := b.condition(l, l.Args, "'force-be-switch'", "a 'force-be-switch' rule", sample.FrontSwitch)
	if ok {
		b.at.Rules.ForceSwitch = append(b.at.Rules.ForceSwitch,
			&proxy.ForceSwitchRule{ID: b.ruleID(), Pos: place(l), Text: l.Raw().Text(), Cond: cond})
	}
}

func parsePersist(ignore bool) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		name := l.Keyword()
		cond, ok := b.condition(l, l.Args, "'"+name+"'", "a '"+name+"' rule", sample.BackTCPReq)
		if ok {
			b.at.Rules.Persist = append(b.at.Rules.Persist,
				&proxy.PersistRule{ID: b.ruleID(), Pos: place(l), Text: written(l), Cond: cond, Ignore: ignore})
		}
	}
}
