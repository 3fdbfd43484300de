package directive

import (
	"net"
	"time"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// globalOCSP are the keywords of the global section about what authorities say of certificates (configuration.txt 3.1).
var globalOCSP = []Keyword{
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
