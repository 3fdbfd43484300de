package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// globalDebug are the keywords for debugging (configuration.txt 3.3) and those that no longer exist.
var globalDebug = []Keyword{
	{Name: "anonkey", Doc: "The key that hides names and addresses in what the CLI shows.", In: config.InGlobal, Max: -1, Parse: parseAnonKey},
	{Name: "daemon", Doc: "The process runs in the background.", In: config.InGlobal, Early: true,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.Daemon })},
	{Name: "master-worker", Doc: "A master supervises the process.", In: config.InGlobal, Early: true, Max: -1, Parse: parseMasterWorker},
	{Name: "mworker-max-reloads", Doc: "How many reloads a worker may survive.", In: config.InGlobal, Early: true, Max: 1, Parse: parseMaxReloads},
	{Name: "nbproc", Doc: "The number of processes.", In: config.InGlobal, Max: -1, Parse: parseNbProc},
	{Name: "profiling.tasks", Doc: "When it is measured what tasks cost.", In: config.InGlobal, Max: -1, Parse: parseProfiling},
	{Name: "quiet", Doc: "Nothing is printed.", In: config.InGlobal, Early: true, Parse: setFlag(func(g *proxy.Global) *bool { return &g.Quiet })},
	{Name: "zero-warning", Doc: "Any warning prevents the start.", In: config.InGlobal, Early: true,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.ZeroWarning })},
}

// parseProfiling reads when tasks are measured. Locks and memory are nothing that tasks wait for here.
func parseProfiling(b *Builder, l *config.Line) {
	words := l.Args
	if len(words) == 0 {
		words = []config.Word{l.End()}
	}
	for _, w := range words {
		switch w.Value {
		case "auto":
			b.global.Profiling = loop.ProfileAuto
		case "on":
			b.global.Profiling = loop.ProfileOn
		case "off":
			b.global.Profiling = loop.ProfileOff
		case "no-lock", "no-memory":
		case "lock", "memory":
			l.Noticef(w, "'%s %s' has no effect: the time that tasks spend with locks or for memory is not measured.", l.Keyword(), w.Value)
		default:
			l.Errorf(w, "'%s' expects a combination of either 'on', 'auto', 'off', 'lock', 'no-lock', 'memory', or 'no-memory', but got '%s'.", l.Keyword(), w.Value)
			return
		}
	}
}

// noProcesses is what HAProxy says of nbproc.
const noProcesses = "nbproc is not supported any more since HAProxy 2.5. Threads will automatically be used on multi-processor machines if available."

func parseAnonKey(b *Builder, l *config.Line) {
	w := l.Arg(0)
	if w.Value == "" {
		l.Tightf(l.End(), "a key is expected after 'anonkey'.")
		return
	}
	n, err := strconv.ParseUint(w.Value, 10, 32)
	if err != nil {
		l.Tightf(w, "'anonkey' value must be within range 0-4294967295 (was '%s').", w.Value)
		return
	}
	b.global.AnonKey = uint32(n)
}

// parseNbProc keeps old files usable: one process was always allowed, and more of them are loops today.
func parseNbProc(b *Builder, l *config.Line) {
	n, ok := integer(l, l.Arg(0))
	switch {
	case !ok:
	case n > 1 && b.global.NbThread == 0:
		b.global.NbThread = min(n, MaxThreads)
		b.cpu.Processes = n
		l.Oldf(l.Name(), noProcesses, "'nbproc' was removed in HAProxy 2.5: %d loops are used instead, write 'nbthread %d', or nothing for one per processor.", n, n)
	default:
		l.Oldf(l.Name(), noProcesses, "'nbproc' was removed in HAProxy 2.5 and has no effect: remove the line.")
	}
}

// parseMasterWorker takes what 3.5 left of the keyword, and the keyword alone as earlier releases did.
func parseMasterWorker(b *Builder, l *config.Line) {
	switch w := l.Arg(0); {
	case len(l.Args) == 0:
		b.global.MasterWorker = true
		l.Oldf(l.Name(), "support for 'master-worker' was removed in version 3.5. Use -W or -Ws in the startup script instead.", "support for 'master-worker' was removed in version 3.5: it is honoured here, use -W or -Ws in the startup script instead.")
	case w.Value == "no-exit-on-failure" && len(l.Args) == 1:
		b.global.NoExitOnFailure = true
	default:
		l.Errorf(w, "'master-worker' only supports 'no-exit-on-failure' option.")
	}
}

// parseMaxReloads bounds how many reloads a worker may survive.
func parseMaxReloads(b *Builder, l *config.Line) {
	w := l.Arg(0)
	n, err := strconv.Atoi(w.Value)
	switch {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'mworker-max-reloads' expects an integer argument.")
	case err != nil || n < 0:
		l.Errorf(w, "'mworker-max-reloads' expects an integer value, not '%s'.", w.Value)
	default:
		b.global.MaxReloads = max(n, 1)
	}
}
