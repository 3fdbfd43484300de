package directive

import (
	"os"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalLog are the keywords of the global section about logs (configuration.txt 3.1).
var globalLog = []Keyword{
	{Name: "log", Doc: "Where the process and the proxies with 'log global' write their logs.", In: config.InGlobal,
		Max: -1, No: true, Default: true, Parse: parseGlobalLog},
	{Name: "log-send-hostname", Doc: "Log lines name the host.", In: config.InGlobal, Max: -1, Parse: parseLogSendHostname},
	{Name: "log-tag", Doc: "The name of the program in log lines.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a tag for use in syslog", Parse: setText(func(g *proxy.Global) *string { return &g.LogTag })},
}

func parseGlobalLog(b *Builder, l *config.Line) {
	if l.Form == config.Negated {
		if len(l.Args) > 0 {
			l.Errorf(l.Arg(0), "log : 'no log' does not expect arguments")
			return
		}
		b.global.Loggers = nil
		return
	}
	if g := b.logLine(l, ""); g != nil {
		b.global.Loggers = append(b.global.Loggers, g)
	}
}

func parseLogSendHostname(b *Builder, l *config.Line) {
	if !b.once(l, "log-send-hostname", "'log-send-hostname' already specified. Continuing.") {
		return
	}
	name := l.Arg(0).Value
	if name == "" {
		name, _ = os.Hostname()
	}
	b.global.LogSendHostname = name
}
