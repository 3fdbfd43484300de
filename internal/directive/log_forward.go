package directive

import (
	"fmt"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// logForwardKeywords are those of a log-forward section (configuration.txt 12.6).
var logForwardKeywords = []Keyword{
	{Name: "backlog", Doc: "How many connections may wait to be accepted.", In: config.InLogForward, Min: 1, Max: 1, Expects: "an integer argument.",
		Parse: setForwardCount(func(f *forwardDraft) *int { return &f.backlog })},
	{Name: "bind", Doc: "Addresses where streams of messages come.", In: config.InLogForward, Max: -1, Parse: parseForwardBind},
	{Name: "dgram-bind", Doc: "Addresses where messages come as datagrams.", In: config.InLogForward, Max: -1, Parse: parseDgramBind},
	{Name: "log", Doc: "Where the messages go.", In: config.InLogForward, Max: -1, No: true, Parse: parseForwardLog},
	{Name: "maxconn", Doc: "The most connections at once.", In: config.InLogForward, Min: 1, Max: 1, Expects: "an integer argument.",
		Parse: setForwardCount(func(f *forwardDraft) *int { return &f.MaxConn })},
	{Name: "option", Doc: "A behaviour.", In: config.InLogForward, Max: -1, Parse: unknownForwardOption, Sub: []Keyword{
		{Name: "assume-rfc6587-ntf", Doc: "A stream is lines, whatever they begin with.", Parse: func(b *Builder, _ *config.Line) { b.forward.Lines = true }},
		{Name: "dont-parse-log", Doc: "Messages pass as they are.", Parse: func(b *Builder, _ *config.Line) { b.forward.Blind = true }},
		{Name: "host", Doc: "What is written where a message names its host.", Max: -1, Parse: parseForwardHost},
	}},
	{Name: "timeout", Doc: "How long something may take.", In: config.InLogForward, Max: -1, Parse: unknownForwardTimeout, Sub: []Keyword{
		{Name: "client", Doc: "How long a sender may be silent.", Max: -1, Parse: parseForwardTimeout},
	}},
}

// forwardMaxConn is how many connections a log-forward section takes where it does not say.
const forwardMaxConn = 10

// A forwardDraft is a log-forward section while it is read.
type forwardDraft struct {
	*proxy.LogForward
	backlog int
	global  bool // `log global`
}

func openLogForward(b *Builder, l *config.Line) {
	f := &forwardDraft{LogForward: &proxy.LogForward{Name: l.Arg(0).Value, Pos: place(l), MaxConn: forwardMaxConn}}
	b.forward = f
	switch c := permitted(f.Name); {
	case len(l.Args) == 0:
		l.Abortf(l.End(), "missing name for log-forward section.")
		return
	case c != 0:
		l.Abortf(l.Arg(0), "character '%c' is not permitted in 'log-forward' name '%s'.", c, f.Name)
		return
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'log-forward' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	}
	for _, old := range b.snap.Forwards {
		if old.Name == f.Name {
			l.Report().Errorf(place(l), "config : Parsing [%v]: log-forward section '%s' has the same name as another log-forward section declared at %v.", f.Pos, f.Name, old.Pos)
			return
		}
	}
	if old := b.names[f.Name]; old != nil {
		l.Report().Errorf(place(l), "config : Parsing [%v]: log forward section '%s' has the same name as %s '%s' declared at %v.", f.Pos, f.Name, noun(old.Caps), old.Name, old.Pos)
		return
	}
	b.snap.Forwards = append(b.snap.Forwards, f.LogForward)
	b.forwards = append(b.forwards, f)
}

func closeLogForward(b *Builder, l *config.Line) {
	f := b.forward
	if len(f.Binds)+len(f.Dgrams) == 0 {
		l.Report().Warnf(f.Pos, "frontend '%s' has no 'bind' directive. Please declare it as a backend if this was intended.", f.Name)
	}
	for _, x := range f.Binds {
		if x.Backlog == 0 {
			x.Backlog = f.backlog
		}
	}
	b.forward = nil
}

// setForwardCount makes the function of a keyword that takes a number above 0.
func setForwardCount(field func(*forwardDraft) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if n, ok := atLeast(l, l.Arg(0), 1); ok {
			*field(b.forward) = n
		}
	}
}

func parseForwardBind(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.")
		return
	}
	what := fmt.Sprintf("'bind %s' in section 'log-forward'", l.Arg(0).Value)
	b.forward.Binds = append(b.forward.Binds, b.bindLine(l, fmt.Sprintf("'bind %s'", l.Arg(0).Value), what)...)
}

func parseDgramBind(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'dgram-bind' expects {addr1:port1[-end1]}{,[addr]:port[-end]}... as arguments.")
		return
	}
	what := fmt.Sprintf("'dgram-bind %s'", l.Arg(0).Value)
	addrs, err := b.address(config.DgramBindAddress, inheritedSocket).ParseList(l.Arg(0).Value)
	if err != nil {
		l.Errorf(l.Arg(0), "%s : %v", what, err)
		return
	}
	line := &bindLine{b: b, what: what, Bind: proxy.Bind{Pos: place(l), UID: -1, GID: -1}}
	if !b.bindRows.Walk(line, l, l.Args[1:], what+" in section 'log-forward'") {
		return
	}
	line.tls = nil // what means nothing for datagrams is passed over, as the manual says
	b.forward.Dgrams = append(b.forward.Dgrams, line.expand(addrs)...)
}

func parseForwardLog(b *Builder, l *config.Line) {
	switch {
	case l.Form == config.Negated:
		b.forward.Loggers, b.forward.global = nil, false
	case len(l.Args) == 1 && l.Arg(0).Value == "global":
		b.forward.global = true
	default:
		if g := b.logLine(l, "or global"); g != nil {
			b.forward.Loggers = append(b.forward.Loggers, g)
		}
	}
}

func unknownForwardOption(_ *Builder, l *config.Line) {
	l.Errorf(l.Arg(0), "unknown option '%s' in log-forward section.", l.Arg(0).Value)
}

func parseForwardHost(b *Builder, l *config.Line) {
	for i, name := range [...]string{"fill", "replace", "keep", "append"} {
		if l.Arg(0).Value == name {
			b.forward.Host = proxy.HostStrategy(i)
			return
		}
	}
	l.Errorf(l.Arg(0), "option 'host' expects {replace|fill|keep|append}.")
}

func unknownForwardTimeout(_ *Builder, l *config.Line) {
	l.Errorf(l.Arg(0), "unknown keyword 'timeout %s' in log-forward section.", l.Arg(0).Value)
}

func parseForwardTimeout(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "missing timeout client value.")
		return
	}
	if d, ok := duration(l, l.Arg(0), l.Keyword()); ok {
		b.forward.Client = d
	}
}

// forwards joins the log targets of the log-forward sections.
func (r *resolver) forwards() {
	for _, f := range r.b.forwards {
		if f.global {
			f.Loggers = append(f.Loggers[:len(f.Loggers):len(f.Loggers)], r.b.global.Loggers...)
		}
		for _, g := range f.Loggers {
			r.target(g)
		}
		for _, x := range f.Binds {
			r.b.secureBind(r.report, x, proxy.ModeTCP, f.Name)
		}
	}
}
