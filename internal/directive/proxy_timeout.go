package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyTimeout are the timeouts of a proxy (configuration.txt 4.2).
var proxyTimeout = []Keyword{
	{Name: "clitimeout", Doc: "The old name of a timeout.", In: config.InFront, Max: -1, Parse: oldTimeout("client", clientTimeout)},
	{Name: "contimeout", Doc: "The old name of a timeout.", In: config.InBack, Max: -1, Parse: oldTimeout("connect", connectTimeout)},
	{Name: "srvtimeout", Doc: "The old name of a timeout.", In: config.InBack, Max: -1, Parse: oldTimeout("server", serverTimeout)},
	{Name: "timeout", Doc: "How long something may take.", In: config.InProxy, Max: -1, Parse: unknownTimeout, Sub: []Keyword{
		{Name: "check", Doc: "How long a health check may wait for an answer.", In: config.InBack, Max: -1, Misplaced: config.Own,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.Check })},
		{Name: "client", Doc: "How long a client may be silent.", In: config.InFront, Max: -1, Misplaced: config.Own, Parse: setTimeout(clientTimeout)},
		{Name: "client-fin", Doc: "How long a client may be silent once one direction is closed.", In: config.InFront, Max: -1, Misplaced: config.Own,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.ClientFin })},
		{Name: "client-hs", Doc: "How long a client's handshake may take.", In: config.InFront, Max: -1, Misplaced: config.Own,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.ClientHS })},
		{Name: "connect", Doc: "How long a connection to a server may take.", In: config.InBack, Max: -1, Misplaced: config.Own, Parse: setTimeout(connectTimeout)},
		{Name: "http-keep-alive", Doc: "How long the next request may take to come.", In: config.InProxy, Max: -1,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.HTTPKeepAlive })},
		{Name: "http-request", Doc: "How long a request may take to be complete.", In: config.InProxy, Max: -1,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.HTTPRequest })},
		{Name: "queue", Doc: "How long a stream may wait for a server.", In: config.InBack, Max: -1, Misplaced: config.Own,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.Queue })},
		{Name: "server", Doc: "How long a server may be silent.", In: config.InBack, Max: -1, Misplaced: config.Own, Parse: setTimeout(serverTimeout)},
		{Name: "server-fin", Doc: "How long a server may be silent once one direction is closed.", In: config.InBack, Max: -1, Misplaced: config.Own,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.ServerFin })},
		{Name: "tarpit", Doc: "How long a refused client is kept waiting.", In: config.InProxy, Max: -1,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.Tarpit })},
		{Name: "tunnel", Doc: "How long both sides of a tunnel may be silent.", In: config.InBack, Max: -1, Misplaced: config.Own,
			Parse: setTimeout(func(t *proxy.Timeouts) *int64 { return &t.Tunnel })},
	}},
}

func clientTimeout(t *proxy.Timeouts) *int64  { return &t.Client }
func connectTimeout(t *proxy.Timeouts) *int64 { return &t.Connect }
func serverTimeout(t *proxy.Timeouts) *int64  { return &t.Server }

func unknownTimeout(_ *Builder, l *config.Line) {
	if hint := l.Absent("timeout " + l.Arg(0).Value); hint != "" {
		l.Errorf(l.Arg(0), "unknown keyword 'timeout %s'%s", l.Arg(0).Value, hint)
		return
	}
	l.Errorf(l.Arg(0), "'timeout' supports 'client', 'server', 'connect', 'queue', 'handshake', 'http-keep-alive', 'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin' (got '%s')", l.Arg(0).Value)
}

// frontTimeouts and backTimeouts are what only one role uses.
func sideOf(name string) config.Place {
	switch name {
	case "client", "client-fin", "client-hs":
		return config.InFront
	case "check", "connect", "queue", "server", "server-fin", "tunnel":
		return config.InBack
	}
	return config.InProxy
}

func setTimeout(field func(*proxy.Timeouts) *int64) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		what := l.Keyword()
		switch len(l.Args) {
		case 0:
			l.Errorf(l.End(), "'%s' expects an integer value (in milliseconds)", what)
			return
		case 1:
		default:
			l.Errorf(l.Arg(1), "'%s' : unexpected extra argument '%s' after value '%s'.", what, l.Arg(1).Value, l.Arg(0).Value)
			return
		}
		d, ok := duration(l, l.Arg(0), what)
		if !ok {
			return
		}
		if in := sideOf(l.Words[1].Value); in&l.Place == 0 {
			side := "backend"
			if in == config.InFront {
				side = "frontend"
			}
			l.Warnf(l.Name(), "'%s' will be ignored because %s '%s' has no %s capability", what, noun(b.at.Caps), b.at.Name, side)
			return
		}
		b.at.once(l, what)
		*field(&b.at.Timeout) = d
	}
}

// once warns when a setting is given twice in one section.
func (d *draft) once(l *config.Line, what string) {
	if _, again := d.given[what]; again {
		l.Warnf(l.Name(), "overwriting '%s' which was already specified", what)
	}
	if d.given == nil {
		d.given = map[string]proxy.Pos{}
	}
	d.given[what] = place(l)
}

// oldTimeout honours the names that timeouts had before 2.1.
func oldTimeout(name string, field func(*proxy.Timeouts) *int64) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		l.Oldf(l.Name(), "the '"+l.Keyword()+"' directive is not supported anymore since HAProxy 2.1. Use 'timeout "+name+"'.", "the '%s' directive was removed in HAProxy 2.1: write 'timeout %s'.", l.Keyword(), name)
		if d, ok := duration(l, l.Arg(0), l.Keyword()); ok {
			*field(&b.at.Timeout) = d
		}
	}
}
