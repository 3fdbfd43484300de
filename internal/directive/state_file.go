package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalState are the places of state files (configuration.txt 3.1, server-state-base, server-state-file).
var globalState = []Keyword{
	{Name: "server-state-base", Doc: "The folder of state files.", In: config.InGlobal, Max: 1,
		Parse: stateText("'server-state-base' expects one argument: a directory path.", func(g *proxy.Global) *string { return &g.ServerStateBase })},
	{Name: "server-state-file", Doc: "The file that tells of the state of all servers.", In: config.InGlobal, Max: 1,
		Parse: stateText("'server-state-file' expect one argument: a file path.", func(g *proxy.Global) *string { return &g.ServerStateFile })},
}

// proxyState says which state file a backend reads (configuration.txt 4.2, load-server-state-from-file).
var proxyState = []Keyword{
	{Name: "load-server-state-from-file", Doc: "Where the servers' states are read from at the start.", In: config.InBack, Max: -1, Parse: parseLoadState},
	{Name: "server-state-file-name", Doc: "The backend's own state file.", In: config.InBack, Max: 1, Parse: parseStateFileName},
}

func stateText(missing string, field func(*proxy.Global) *string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		switch at := field(b.global); {
		case len(l.Args) == 0:
			l.Errorf(l.End(), "%s", missing)
		case *at != "":
			l.Errorf(l.Name(), "'%s' already specified. Continuing.", l.Keyword())
		default:
			*at = l.Arg(0).Value
		}
	}
}

func parseLoadState(b *Builder, l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "global":
		b.at.LoadFile = proxy.LoadGlobal
	case "local":
		b.at.LoadFile = proxy.LoadLocal
	case "none":
		b.at.LoadFile = proxy.LoadNone
	default:
		l.Errorf(w, "'load-server-state-from-file' expects 'global', 'local' or 'none'. Got '%s'", w.Value)
	}
}

func parseStateFileName(b *Builder, l *config.Line) {
	b.at.StateFile = l.Arg(0).Value
	if b.at.StateFile == "use-backend-name" {
		b.at.StateFile = ""
	}
}

// stateFile warns about a backend whose file nobody has named.
func (r *resolver) stateFile(d *draft) {
	if d.IsBack() && d.LoadFile == proxy.LoadGlobal && r.b.global.ServerStateFile == "" {
		r.report.Warnf(d.Pos, "backend '%s' configured to load server state file from global section 'server-state-file' directive. Unfortunately, 'server-state-file' is not set!", d.Name)
	}
}
