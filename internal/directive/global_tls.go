package directive

import (
	"encoding/pem"
	"os"
	"os/exec"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// globalTLS are the keywords of the global section that tune TLS, and those which are about OpenSSL's parts
// (configuration.txt 3.1, 3.2).
var globalTLS = []Keyword{
	{Name: "issuers-chain-path", Doc: "The folder of chains for certificates that come without one.", In: config.InGlobal, Max: 1, Parse: parseIssuers},
	{Name: "maxsslrate", Doc: "The most new client connections of TLS per second.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.MaxSSLRate })},
	{Name: "ssl-dh-param-file", Doc: "The parameters for DHE ciphers.", In: config.InGlobal, Max: 1, Parse: parseDHFile},
	{Name: "ssl-engine", Doc: "Engines of OpenSSL.", In: config.InGlobal, Max: -1,
		Parse: func(_ *Builder, l *config.Line) {
			l.Errorf(l.Name(), "'ssl-engine' is not supported (built without USE_ENGINE or with -DOPENSSL_NO_ENGINE).")
		}},
	{Name: "ssl-mode-async", Doc: "Engines may work while others wait.", In: config.InGlobal, Parse: moot("there are no engines that work beside the threads")},
	{Name: "ssl-passphrase-cmd", Doc: "The command that tells the passphrases of keys.", In: config.InGlobal, Max: -1, Parse: parsePassphrase},
	{Name: "ssl-propquery", Doc: "What the algorithms of OpenSSL's providers must be like.", In: config.InGlobal, Min: 1, Max: 1, Expects: "a query string",
		Parse: func(_ *Builder, l *config.Line) {
			l.Errorf(l.Arg(0), "'ssl-propquery' : there are no providers to choose algorithms from.")
		}},
	{Name: "ssl-provider", Doc: "Providers of OpenSSL.", In: config.InGlobal, Min: 1, Max: 1, Expects: "a provider name", Parse: parseProvider},
	{Name: "ssl-provider-path", Doc: "The folder of OpenSSL's providers.", In: config.InGlobal, Min: 1, Max: 1, Expects: "a directory path",
		Parse: moot("there are no providers to be loaded")},
	{Name: "ssl-security-level", Doc: "How strong keys and algorithms must be, from 0 to 5.", In: config.InGlobal, Max: 1, Parse: parseSecurityLevel},
	{Name: "ssl-skip-self-issued-ca", Doc: "An authority that signs itself is not sent to clients.", In: config.InGlobal,
		Parse: func(b *Builder, _ *config.Line) { b.tls.store.SkipRoot = true }},
	{Name: "tune.ssl.cachesize", Doc: "The most sessions kept for resumption.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: setTLSCount(func(t *builderTLS) *int { return &t.sessions.Size })},
	{Name: "tune.ssl.certificate-compression", Doc: "Certificates are compressed.", In: config.InGlobal, Max: 1,
		Parse: func(_ *Builder, l *config.Line) {
			l.Errorf(l.Name(), "'%s' is not supported by your TLS library. It is known to work only with OpenSSL >= 3.2.0.", l.Keyword())
		}},
	{Name: "tune.ssl.hard-maxrecord", Doc: "The most bytes of a record.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: setTLSCount(func(t *builderTLS) *int { return &t.records.Most })},
	{Name: "tune.ssl.lifetime", Doc: "How long a session may be resumed, in seconds.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "ssl sessions <lifetime> in seconds as argument", Parse: parseSSLLifetime},
	{Name: "tune.ssl.maxrecord", Doc: "The most bytes of a record at the beginning and after a pause.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: parseMaxRecord},
	{Name: "tune.ssl.ssl-ctx-cache-size", Doc: "The most certificates kept that were made while clients waited.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: setTLSCount(func(t *builderTLS) *int { return &t.forged })},
}

// setTLSCount makes the function of a keyword that sets a number that is not negative.
func setTLSCount(field func(*builderTLS) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if n, ok := atLeast(l, l.Arg(0), 0); ok {
			*field(&b.tls) = n
		}
	}
}

// parsePassphrase takes a command that is called with the path of a key, then its own arguments.
func parsePassphrase(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Warnf(l.End(), "global statement '%s' expects a command line to a passphrase-providing tool (script/binary...) and its arguments.", l.Keyword())
		return
	}
	command := l.Arg(0).Value
	var own []string
	for _, w := range l.Args[1:] {
		own = append(own, w.Value)
	}
	b.tls.store.Passphrase = func(path string) ([]byte, error) {
		cmd := exec.Command(command, append([]string{path}, own...)...)
		cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr // it may ask a person
		return cmd.Output()
	}
}

func parseIssuers(b *Builder, l *config.Line) {
	if err := b.tls.store.ReadIssuers(l.Arg(0).Value); err != nil {
		l.Errorf(l.Arg(0), "global statement '%s' expects a directory path as an argument.", l.Keyword())
	}
}

func parseDHFile(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects a file path as an argument.", l.Keyword())
		return
	}
	text, err := os.ReadFile(b.path(l.Pos.File, l.Arg(0).Value))
	if block, _ := pem.Decode(text); err != nil || block == nil || block.Type != "DH PARAMETERS" && block.Type != "X9.42 DH PARAMETERS" {
		l.Errorf(l.Arg(0), "'%s': unable to load DH parameters from file <%s>.", l.Keyword(), l.Arg(0).Value)
		return
	}
	moot(noDHE)(b, l)
}

// noDHE is why parameters of DHE ciphers have no effect.
const noDHE = "DHE ciphers are not there, keys are agreed on over elliptic curves"

// parseProvider takes the names of what crypto/tls amounts to; what somebody expects of other providers would not be there.
func parseProvider(b *Builder, l *config.Line) {
	switch l.Arg(0).Value {
	case "default", "base":
		moot("crypto/tls has all its algorithms in it")(b, l)
	default:
		l.Errorf(l.Arg(0), "'ssl-provider' : unable to load provider '%s': there are none beside 'default' and 'base'.", l.Arg(0).Value)
	}
}

// parseSecurityLevel takes the levels that crypto/tls amounts to. It refuses keys and algorithms of its own account, but
// not as much as the levels above demand.
func parseSecurityLevel(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' : missing value", l.Keyword())
		return
	}
	const highest, reached = 5, 2
	n, ok := integer(l, l.Arg(0))
	switch {
	case !ok:
	case n < 0 || n > highest:
		l.Errorf(l.Arg(0), "'%s' : expects a value between 0 and 5", l.Keyword())
	case n > reached:
		l.Errorf(l.Arg(0), "'%s' : the levels above 2 cannot be had; use 'ssl-default-bind-options ssl-min-ver', 'ciphers' and 'curves' to demand more.", l.Keyword())
	default:
		moot("crypto/tls refuses weak keys and algorithms at one level of its own")(b, l)
	}
}

func parseSSLLifetime(b *Builder, l *config.Line) {
	if d, ok := l.TimeIn(l.Arg(0), l.Keyword(), time.Second); ok {
		b.tls.sessions.Lifetime = d
	}
}

// parseMaxRecord turns small records on; how small is crypto/tls's choice.
func parseMaxRecord(b *Builder, l *config.Line) {
	n, ok := atLeast(l, l.Arg(0), 0)
	if !ok {
		return
	}
	if b.tls.records.Small = n > 0; b.tls.records.Small {
		l.Noticef(l.Name(), "'%s': records begin at the size of a TCP segment, whatever the number.", l.Keyword())
	}
}

// tuned adds what the global section says of records, and what is to be kept of handshakes.
func (t *builderTLS) tuned(s *secure.Settings) { s.Records, s.Wants = t.records, &t.wants }
