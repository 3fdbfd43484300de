package directive

import (
	"net"
	"time"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// globalOCSP are the keywords of the global section about what authorities say of certificates, and about the client that
// asks them (configuration.txt 3.1, 3.4).
var globalOCSP = []Keyword{
	{Name: "httpclient.resolvers.prefer", Doc: "The family of addresses that is tried first where an authority has both.", In: config.InGlobal, Max: 1, Parse: parseAskPrefer},
	{Name: "httpclient.retries", Doc: "How often a connection to an authority is tried again.", In: config.InGlobal, Min: 1, Max: 1, Expects: "an integer argument",
		Parse: func(b *Builder, l *config.Line) {
			if n, ok := atLeast(l, l.Arg(0), 0); ok {
				b.tls.store.Updates.Retries = n
			}
		}},
	{Name: "httpclient.timeout.connect", Doc: "How long a connection to an authority may take.", In: config.InGlobal, Min: 1, Max: 1, Expects: "an integer argument", Parse: parseAskConnect},
	{Name: "ocsp-update.disable", Doc: "No answer of an authority is kept fresh, whatever else is said.", In: config.InGlobal, Max: 1,
		Parse: updateSwitch(func(u *secure.Updates) *bool { return &u.Disabled })},
	{Name: "ocsp-update.httpproxy", Doc: "The proxy that authorities are asked through.", In: config.InGlobal, Max: 1, Parse: parseUpdateProxy},
	{Name: "ocsp-update.maxdelay", Doc: "The most seconds between two updates of an answer.", In: config.InGlobal, Min: 1, Max: 1, Expects: "an integer argument", Parse: parseUpdateMost},
	{Name: "ocsp-update.mindelay", Doc: "The least seconds between two updates of an answer.", In: config.InGlobal, Min: 1, Max: 1, Expects: "an integer argument", Parse: parseUpdateLeast},
	{Name: "ocsp-update.mode", Doc: "Whether answers are kept fresh where nothing else is said.", In: config.InGlobal, Max: 1,
		Parse: updateSwitch(func(u *secure.Updates) *bool { return &u.Mode })},
	{Name: "tune.ssl.ocsp-update.maxdelay", Doc: "The name that ocsp-update.maxdelay once had.", In: config.InGlobal, Min: 1, Max: 1, Expects: "an integer argument", Parse: parseUpdateMost},
	{Name: "tune.ssl.ocsp-update.mindelay", Doc: "The name that ocsp-update.mindelay once had.", In: config.InGlobal, Min: 1, Max: 1, Expects: "an integer argument", Parse: parseUpdateLeast},
}

// updateSwitch makes the function of a keyword that is on or off. Another word is a warning only, as in HAProxy.
func updateSwitch(field func(*secure.Updates) *bool) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		switch l.Arg(0).Value {
		case "on":
			*field(&b.tls.store.Updates) = true
		case "off":
			*field(&b.tls.store.Updates) = false
		default:
			l.Warnf(l.Arg(0), "'%s' : expecting <on|off>", l.Keyword())
		}
	}
}

func parseAskPrefer(b *Builder, l *config.Line) {
	switch l.Arg(0).Value {
	case "ipv4":
		b.tls.store.Updates.OldFirst = true
	case "ipv6":
		b.tls.store.Updates.OldFirst = false
	default:
		l.Errorf(l.Arg(0), "'%s' expects 'ipv4' or 'ipv6' as argument.", l.Keyword())
	}
}

func parseAskConnect(b *Builder, l *config.Line) {
	if d, ok := duration(l, l.Arg(0), l.Keyword()); ok {
		b.tls.store.Updates.Connect = time.Duration(d)
	}
}

func parseUpdateMost(b *Builder, l *config.Line) {
	n, ok := atLeast(l, l.Arg(0), 0)
	u := &b.tls.store.Updates
	switch d := time.Duration(n) * time.Second; {
	case !ok:
	case d < u.Least:
		l.Errorf(l.Arg(0), "'%s' can not be lower than tune.ssl.ocsp-update.mindelay.", l.Keyword())
	default:
		u.Most = d
	}
}

func parseUpdateLeast(b *Builder, l *config.Line) {
	n, ok := atLeast(l, l.Arg(0), 0)
	u := &b.tls.store.Updates
	switch d := time.Duration(n) * time.Second; {
	case !ok:
	case d > u.Most:
		l.Errorf(l.Arg(0), "'%s' can not be higher than tune.ssl.ocsp-update.maxdelay.", l.Keyword())
	default:
		u.Least = d
	}
}

// parseUpdateProxy takes the address of a proxy, whose port is 80 unless it is named.
func parseUpdateProxy(b *Builder, l *config.Line) {
	text := l.Arg(0).Value
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, "80"
	}
	if host == "" {
		l.Errorf(l.Name(), "'%s' expects an address with or without a port.", l.Keyword())
		return
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		l.Errorf(l.Arg(0), "ocsp-update: Failed to parse destination address in invalid character '%.1s' in port number '%s' in '%s'", port, port, text)
		return
	}
	b.tls.store.Updates.Proxy = net.JoinHostPort(host, port)
}
