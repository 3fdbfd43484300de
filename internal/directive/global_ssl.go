package directive

import (
	"slices"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// builderTLS is what is known of TLS while lines are read.
type builderTLS struct {
	store                    *secure.Store
	caBase, crtBase, keyBase string
	bind, server             secure.Settings // ssl-default-bind-*, ssl-default-server-*
	noVerify                 bool            // ssl-server-verify none
	binds                    map[*proxy.Bind]*bindSecure
	told                     map[string]bool // remarks that were made already
	section                  *crtStore       // the crt-store section being read
	sessions                 *secure.Sessions
	records                  secure.Records
	wants                    proxy.TLSWants // what is kept of handshakes
	forged                   int            // certificates kept that were made while clients waited
}

func newBuilderTLS() builderTLS {
	return builderTLS{store: secure.NewStore(), binds: map[*proxy.Bind]*bindSecure{}, told: map[string]bool{},
		sessions: secure.NewSessions(), forged: secure.DefaultForged}
}

// globalSSL are the keywords of the global section about TLS (configuration.txt 3.1, 3.2).
var globalSSL = []Keyword{
	{Name: "ca-base", Doc: "The folder of authorities with relative names.", In: config.InGlobal, Max: 1,
		Parse: parseBase(func(t *builderTLS) *string { return &t.caBase })},
	{Name: "crt-base", Doc: "The folder of certificates with relative names.", In: config.InGlobal, Max: 1,
		Parse: parseBase(func(t *builderTLS) *string { return &t.crtBase })},
	{Name: "key-base", Doc: "The folder of keys with relative names.", In: config.InGlobal, Max: 1,
		Parse: parseBase(func(t *builderTLS) *string { return &t.keyBase })},
	{Name: "maxsslconn", Doc: "The most client connections of TLS at once.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.MaxSSLConn })},
	{Name: "ssl-default-bind-ciphers", Doc: "The ciphers up to TLSv1.2 of bind lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a cipher suite", bindDefaults, func(s *secure.Settings) *string { return &s.Ciphers })},
	{Name: "ssl-default-bind-ciphersuites", Doc: "The ciphers of TLSv1.3 of bind lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a cipher suite", bindDefaults, func(s *secure.Settings) *string { return &s.Suites })},
	{Name: "ssl-default-bind-client-sigalgs", Doc: "The signatures of clients' certificates of bind lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a signature algorithm list", bindDefaults, func(s *secure.Settings) *string { return &s.ClientSig })},
	{Name: "ssl-default-bind-curves", Doc: "The groups of bind lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a curves suite", bindDefaults, func(s *secure.Settings) *string { return &s.Curves })},
	{Name: "ssl-default-bind-options", Doc: "Options of all bind lines.", In: config.InGlobal, Max: -1, Parse: parseBindDefaults},
	{Name: "ssl-default-bind-sigalgs", Doc: "The signatures of bind lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a signature algorithm list", bindDefaults, func(s *secure.Settings) *string { return &s.SigAlgs })},
	{Name: "ssl-default-server-ciphers", Doc: "The ciphers up to TLSv1.2 of server lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a cipher suite", serverDefaults, func(s *secure.Settings) *string { return &s.Ciphers })},
	{Name: "ssl-default-server-ciphersuites", Doc: "The ciphers of TLSv1.3 of server lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a cipher suite", serverDefaults, func(s *secure.Settings) *string { return &s.Suites })},
	{Name: "ssl-default-server-client-sigalgs", Doc: "The signatures of own certificates of server lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a signature algorithm list", serverDefaults, func(s *secure.Settings) *string { return &s.ClientSig })},
	{Name: "ssl-default-server-curves", Doc: "The groups of server lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a curves suite", serverDefaults, func(s *secure.Settings) *string { return &s.Curves })},
	{Name: "ssl-default-server-options", Doc: "Options of all server lines.", In: config.InGlobal, Max: -1, Parse: parseServerDefaults},
	{Name: "ssl-default-server-sigalgs", Doc: "The signatures of server lines that name none.", In: config.InGlobal, Max: 1,
		Parse: parseTLSDefault("a signature algorithm list", serverDefaults, func(s *secure.Settings) *string { return &s.SigAlgs })},
	{Name: "ssl-load-extra-del-ext", Doc: "The name of a key is that of its certificate with another end.", In: config.InGlobal, No: true,
		Parse: func(b *Builder, l *config.Line) { b.tls.store.DropExt = l.Form != config.Negated }},
	{Name: "ssl-load-extra-files", Doc: "The files that are looked for beside certificates.", In: config.InGlobal, Max: -1, Parse: parseExtraFiles},
	{Name: "ssl-server-verify", Doc: "Whether servers' certificates are verified where a line does not say so.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: parseServerVerify},
	{Name: "tune.ssl.capture-buffer-size", Doc: "How much of a client's hello is kept.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: setTLSCount(func(t *builderTLS) *int { return &t.wants.Hello })},
	{Name: "tune.ssl.capture-cipherlist-size", Doc: "The name that tune.ssl.capture-buffer-size once had.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: parseCipherListSize},
	{Name: "tune.ssl.default-dh-param", Doc: "The size of parameters for DHE ciphers.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: parseDHParam},
	{Name: "tune.ssl.force-private-cache", Doc: "Sessions are not shared between processes.", In: config.InGlobal,
		Parse: moot("there is no other process to share sessions with")},
	{Name: "tune.ssl.keylog", Doc: "The secrets of connections are kept for fetches.", In: config.InGlobal, Max: 1, Parse: parseKeyLog},
	{Name: "tune.ssl.keyupdate-rate-limit", Doc: "The most changes of keys that a peer may ask for.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: mootCount("crypto/tls has its own limit, 16 without data between them")},
}

func bindDefaults(b *Builder) *secure.Settings   { return &b.tls.bind }
func serverDefaults(b *Builder) *secure.Settings { return &b.tls.server }

// parseBase makes the function of a keyword that names a folder.
func parseBase(field func(*builderTLS) *string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) == 0 {
			l.Errorf(l.End(), "global statement '%s' expects a directory path as an argument.", l.Keyword())
			return
		}
		*field(&b.tls) = l.Arg(0).Value
	}
}

// parseTLSDefault makes the function of a keyword that sets a default of one side.
func parseTLSDefault(what string, side func(*Builder) *secure.Settings, field func(*secure.Settings) *string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) == 0 {
			l.Errorf(l.End(), "global statement '%s' expects %s as an argument.", l.Keyword(), what)
			return
		}
		*field(side(b)) = l.Arg(0).Value
	}
}

// bindDefaultOptions and serverDefaultOptions are the options that may be given to all lines at once.
var (
	bindDefaultOptions = []string{"allow-0rtt", "force-sslv3", "force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13", "no-sslv3",
		"no-tls-tickets", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13", "prefer-client-ciphers", "ssl-max-ver", "ssl-min-ver",
		"strict-sni", "tls-tickets"}
	serverDefaultOptions = []string{"force-sslv3", "force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13", "no-renegotiate", "no-sslv3",
		"no-tls-tickets", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13", "ssl-max-ver", "ssl-min-ver", "tls-tickets"}
)

// parseBindDefaults runs the options' own functions on a line that stands for all.
func parseBindDefaults(b *Builder, l *config.Line) {
	x := &bindLine{b: b, what: "global statement '" + l.Keyword() + "'", tls: &bindSecure{own: b.tls.bind}}
	walkDefaults(l, bindDefaultOptions, func(name string, args []config.Word) (int, bool) {
		o := b.bindRows.Find(name)
		if len(args) < o.Args {
			return o.Args, false
		}
		o.Parse(x, l, l.Name(), args[:o.Args])
		return o.Args, true
	})
	b.tls.bind = x.tls.own
}

func parseServerDefaults(b *Builder, l *config.Line) {
	x := &serverLine{b: b, what: "global statement '" + l.Keyword() + "'", tls: &serverSecure{own: b.tls.server}}
	walkDefaults(l, serverDefaultOptions, func(name string, args []config.Word) (int, bool) {
		o := b.serverRows.Find(name)
		if len(args) < o.Args {
			return o.Args, false
		}
		o.Parse(x, l, l.Name(), args[:o.Args])
		return o.Args, true
	})
	b.tls.server = x.tls.own
}

// walkDefaults gives each option of a line to one; that returns how many words it took, and false when they are missing.
func walkDefaults(l *config.Line, known []string, one func(name string, args []config.Word) (int, bool)) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "global statement '%s' expects an option as an argument.", l.Keyword())
		return
	}
	for words := l.Args; len(words) > 0; {
		if !slices.Contains(known, words[0].Value) {
			l.Errorf(words[0], "unknown option '%s' on global statement '%s'.", words[0].Value, l.Keyword())
			return
		}
		n, ok := one(words[0].Value, words[1:])
		if !ok {
			l.Errorf(l.End(), "'%s' : %s on global statement '%s'.", words[0].Value, missingVersion, l.Keyword())
			return
		}
		words = words[1+n:]
	}
}

func parseExtraFiles(b *Builder, l *config.Line) {
	t := b.tls.store
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects one or multiple arguments (none, all, bundle, sctl, ocsp, issuer, key).", l.Keyword())
		return
	}
	t.NoBundles, t.NoKeys, t.NoOCSP, t.NoIssuers = true, true, true, true
	for _, w := range l.Args {
		switch w.Value {
		case "none", "sctl":
		case "ocsp":
			t.NoOCSP = false
		case "issuer":
			t.NoIssuers = false
		case "all":
			t.NoBundles, t.NoKeys, t.NoOCSP, t.NoIssuers = false, false, false, false
		case "bundle":
			t.NoBundles = false
		case "key":
			t.NoKeys = false
		default:
			l.Errorf(w, "'%s' expects one or multiple arguments (none, all, bundle, sctl, ocsp, issuer, key).", l.Keyword())
			return
		}
	}
}

func parseServerVerify(b *Builder, l *config.Line) {
	switch l.Arg(0).Value {
	case "none":
		b.tls.noVerify = true
	case "required":
		b.tls.noVerify = false
	default:
		l.Errorf(l.Arg(0), "'%s' expects 'none' or 'required' as argument.", l.Keyword())
	}
}

func parseCipherListSize(b *Builder, l *config.Line) {
	l.Warnf(l.Name(), "'%s' is deprecated and will be removed in version 2.7. Please use 'tune.ssl.capture-buffer-size' instead.", l.Keyword())
	setTLSCount(func(t *builderTLS) *int { return &t.wants.Hello })(b, l)
}

func parseKeyLog(b *Builder, l *config.Line) {
	switch l.Arg(0).Value {
	case "on":
		b.tls.wants.Log = true
	case "off":
		b.tls.wants.Log = false
	default:
		l.Errorf(l.Arg(0), "'%s' expects either 'on' or 'off' but got '%s'.", l.Keyword(), l.Arg(0).Value)
	}
}

func parseDHParam(b *Builder, l *config.Line) {
	n, ok := integer(l, l.Arg(0))
	if ok && n < 1024 {
		l.Errorf(l.Arg(0), "'%s' expects a value >= 1024.", l.Keyword())
		return
	}
	if ok {
		moot(noDHE)(b, l)
	}
}
