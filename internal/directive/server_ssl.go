package directive

import (
	"sluice/internal/config"
	"sluice/internal/secure"
)

// serverSSLTable is what server lines may say about TLS (configuration.txt 5.2).
var serverSSLTable = []config.Option[*serverLine]{
	{Name: "allow-0rtt", Doc: "Data may be sent before the handshake is over.", Parse: serverVoid("early data is never sent")},
	{Name: "alpn", Doc: "The protocols offered to the server.", Args: 1, Missing: missingALPN + ".", Parse: serverTLS(setALPN)},
	{Name: "ca-file", Doc: "The authorities that the server's certificate may come from.", Args: 1, Missing: missingCA + ".", Parse: serverTLS(setCA)},
	{Name: "ciphers", Doc: "The ciphers up to TLSv1.2.", Args: 1, Missing: missingCipher + ".", Parse: serverTLS(setTLSText(func(s *secure.Settings) *string { return &s.Ciphers }))},
	{Name: "ciphersuites", Doc: "The ciphers of TLSv1.3.", Args: 1, Missing: missingCipher + ".", Parse: serverTLS(setTLSText(func(s *secure.Settings) *string { return &s.Suites }))},
	{Name: "client-sigalgs", Doc: "The signatures that the own certificate may be proved by.", Args: 1, Missing: missingSig + ".",
		Parse: serverTLS(setTLSText(func(s *secure.Settings) *string { return &s.ClientSig }))},
	{Name: "crl-file", Doc: "The lists of revoked certificates of servers.", Args: 1, Missing: missingCRL + ".", Parse: serverTLS(setCRL)},
	{Name: "crt", Doc: "The certificate shown to the server.", Args: 1, Missing: "missing certificate file path.", Parse: serverCrt},
	{Name: "curves", Doc: "The groups that keys are agreed on in.", Args: 1, Missing: missingCurves + ".", Parse: serverTLS(setTLSText(func(s *secure.Settings) *string { return &s.Curves }))},
	{Name: "force-sslv3", Doc: "The server must speak SSLv3.", Parse: serverTLS(forceVersion(secure.SSL30))},
	{Name: "force-tlsv10", Doc: "The server must speak TLSv1.0.", Parse: serverTLS(forceVersion(secure.TLS10))},
	{Name: "force-tlsv11", Doc: "The server must speak TLSv1.1.", Parse: serverTLS(forceVersion(secure.TLS11))},
	{Name: "force-tlsv12", Doc: "The server must speak TLSv1.2.", Parse: serverTLS(forceVersion(secure.TLS12))},
	{Name: "force-tlsv13", Doc: "The server must speak TLSv1.3.", Parse: serverTLS(forceVersion(secure.TLS13))},
	{Name: "no-renegotiate", Doc: "The server may not ask for another handshake.",
		Parse: func(*serverLine, *config.Line, config.Word, []config.Word) int { return 0 }}, // it never may
	{Name: "no-sni-auto", Doc: "The server is asked for no name that a request brings.", Parse: serverTLSFlag(true, func(x *serverSecure) *bool { return &x.noAuto })},
	{Name: "no-ssl", Doc: "The server does not speak TLS.", Parse: serverNoTLS},
	{Name: "no-ssl-reuse", Doc: "Sessions with the server are not resumed.", Parse: serverTLSFlag(true, func(x *serverSecure) *bool { return &x.noReuse })},
	{Name: "no-sslv3", Doc: "The server may not speak SSLv3.", Parse: serverTLS(refuseVersion(secure.SSL30))},
	{Name: "no-tls-tickets", Doc: "Sessions are not resumed by tickets.", Parse: serverTLS(setTickets(false))},
	{Name: "no-tlsv10", Doc: "The server may not speak TLSv1.0.", Parse: serverTLS(refuseVersion(secure.TLS10))},
	{Name: "no-tlsv11", Doc: "The server may not speak TLSv1.1.", Parse: serverTLS(refuseVersion(secure.TLS11))},
	{Name: "no-tlsv12", Doc: "The server may not speak TLSv1.2.", Parse: serverTLS(refuseVersion(secure.TLS12))},
	{Name: "no-tlsv13", Doc: "The server may not speak TLSv1.3.", Parse: serverTLS(refuseVersion(secure.TLS13))},
	{Name: "npn", Doc: "The protocols offered in the way that was before alpn.", Args: 1, Missing: "missing the comma-delimited NPN protocol suite.", Parse: serverNPN},
	{Name: "sigalgs", Doc: "The signatures of handshakes.", Args: 1, Missing: missingSig + ".", Parse: serverTLS(setTLSText(func(s *secure.Settings) *string { return &s.SigAlgs }))},
	{Name: "sni", Doc: "The name that the server is asked for.", Args: 1, Missing: "missing sni expression.", Parse: serverSNI},
	{Name: "sni-auto", Doc: "The server is asked for the name in the request.", Parse: serverTLSFlag(false, func(x *serverSecure) *bool { return &x.noAuto })},
	{Name: "ssl", Doc: "The server speaks TLS.", Parse: serverSSL},
	{Name: "ssl-max-ver", Doc: "The highest version that the server may speak.", Args: 1, Missing: missingVersion + ".", Parse: serverTLS(setMaxVer)},
	{Name: "ssl-min-ver", Doc: "The lowest version that the server may speak.", Args: 1, Missing: missingVersion + ".", Parse: serverTLS(setMinVer)},
	{Name: "ssl-reuse", Doc: "Sessions with the server are resumed.", Parse: serverTLSFlag(false, func(x *serverSecure) *bool { return &x.noReuse })},
	{Name: "tls-tickets", Doc: "Sessions are resumed by tickets.", Parse: serverTLS(setTickets(true))},
	{Name: "verify", Doc: "What is asked of the server's certificate.", Args: 1, Missing: missingVerify + ".", Parse: serverTLS(setVerify)},
	{Name: "verifyhost", Doc: "The name that the server's certificate must be for.", Args: 1, Missing: "missing hostname to verify against.", Parse: serverVerifyHost},
}

// serverSecure is what a server line says about TLS.
type serverSecure struct {
	on, noReuse, noAuto bool
	// off is what no-ssl says; ready, that something before it had asked for TLS, which the runtime API may turn on.
	off, ready bool
	own        secure.Settings
	sni        phrase
	host       string
	cert       *secure.Certificate
}

// serverNPN says that crypto/tls does not have NPN.
func serverNPN(_ *serverLine, l *config.Line, w config.Word, _ []config.Word) int {
	l.Warnf(w, "'npn' has no effect: servers are offered protocols by ALPN. Write 'alpn' instead.")
	return 0
}

// secured returns the line's own x.extra.tls: what default-server says is copied at the first change.
func (x *serverLine) secured() *serverSecure {
	if x.tls == nil {
		x.tls = &serverSecure{}
		if from := x.extra.tls; from != nil {
			*x.tls = *from
		}
		x.extra.tls = x.tls
	}
	return x.tls
}

// serverTLS makes the function of an option that server lines share with bind lines.
func serverTLS(set tlsSetter) serverParse {
	return func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
		if text := set(tlsPlace{b: x.b, file: l.Pos.File, server: true}, &x.secured().own, w.Value, tlsWord(args)); text != "" {
			l.Errorf(w, "%s : %s.", x.what, text)
		}
		return 0
	}
}

func serverTLSFlag(on bool, field func(*serverSecure) *bool) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
		*field(x.secured()) = on
		return 0
	}
}

func serverSSL(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
	t := x.secured()
	t.on, t.off = true, false
	return 0
}

func serverNoTLS(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
	t := x.secured()
	t.ready = t.ready || t.on
	t.on, t.off = false, true
	return 0
}

// serverVoid makes the function of an option that has no effect, which a notice says.
func serverVoid(why string) serverParse {
	return func(_ *serverLine, l *config.Line, w config.Word, _ []config.Word) int {
		l.Noticef(w, "'%s' has no effect: %s.", w.Value, why)
		return 0
	}
}

func serverCrt(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	at := tlsPlace{b: x.b, file: l.Pos.File, server: true}
	c, err := x.b.tls.store.Certificate(at.crt(args[0].Value))
	if err != nil {
		l.Errorf(args[0], "%s : %v.", x.what, err)
		return 0
	}
	x.secured().cert = c
	return 0
}

func serverSNI(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	x.secured().sni = phrase{args[0].Value, l.At(args[0])}
	return 0
}

func serverVerifyHost(x *serverLine, _ *config.Line, _ config.Word, args []config.Word) int {
	x.secured().host = args[0].Value
	return 0
}
