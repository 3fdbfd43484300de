package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalDebug are the keywords for debugging (configuration.txt 3.3) and those that no longer exist.
var globalDebug = []Keyword{
	{Name: "anonkey", Doc: "The key that hides names and addresses in what the CLI shows.", In: config.InGlobal, Max: -1, Parse: parseAnonKey},
	{Name: "daemon", Doc: "The process runs in the background.", In: config.InGlobal,
		Parse: func(_ *Builder, l *config.Line) {
			l.Noticef(l.Name(), "'daemon' is not available yet: the process stays in the foreground, run it under a supervisor or with '&'.")
		}},
	{Name: "master-worker", Doc: "A master supervised workers.", In: config.InGlobal, Max: -1, Parse: parseMasterWorker},
	{Name: "nbproc", Doc: "The number of processes.", In: config.InGlobal, Max: -1, Parse: parseNbProc},
	{Name: "quiet", Doc: "Nothing is printed.", In: config.InGlobal, Parse: setFlag(func(g *proxy.Global) *bool { return &g.Quiet })},
	{Name: "zero-warning", Doc: "Any warning prevents the start.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.ZeroWarning })},
}

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
		l.Warnf(l.Name(), "'nbproc' was removed in HAProxy 2.5: %d loops are used instead, write 'nbthread %d', or nothing for one per processor.", n, n)
	default:
		l.Warnf(l.Name(), "'nbproc' was removed in HAProxy 2.5 and has no effect: remove the line.")
	}
}

func parseMasterWorker(_ *Builder, l *config.Line) {
	l.Warnf(l.Name(), "'master-worker' was removed in HAProxy 3.5 and has no effect: remove the line, or start the program with -W where it is available.")
}
