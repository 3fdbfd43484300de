package directive

import (
	"os"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// The texts about arguments that are missing.
const (
	missingALPN    = "missing the comma-delimited ALPN protocol suite"
	missingCA      = "missing CAfile path"
	missingCipher  = "missing cipher suite"
	missingCRL     = "missing CRLfile path"
	missingCrt     = "missing certificate location"
	missingCurves  = "missing curve suite"
	missingIgnore  = "missing error IDs list"
	missingSig     = "missing signature algorithm list"
	missingVersion = "missing the ssl/tls version"
	missingVerify  = "missing verify method"
)

// bindSSLTable is what bind lines may say about TLS (configuration.txt 5.1).
var bindSSLTable = []config.Option[*bindLine]{
	{Name: "allow-0rtt", Doc: "Data may come before the handshake is over.", Parse: bindVoid("early data is never taken, so that clients send it again after the handshake")},
	{Name: "alpn", Doc: "The protocols offered to clients.", Args: 1, Missing: missingALPN, Parse: bindTLS(setALPN)},
	{Name: "ca-file", Doc: "The authorities that clients' certificates may come from.", Args: 1, Missing: missingCA, Parse: bindTLS(setCA)},
	{Name: "ca-ignore-err", Doc: "The errors above a client's certificate that do not matter.", Args: 1, Missing: missingIgnore,
		Parse: bindTLS(ignoreErrors(func(s *secure.Settings) *secure.ErrorSet { return &s.IgnoreCA }))},
	{Name: "ca-sign-file", Doc: "The authority that signs certificates made for clients.", Args: 1, Missing: missingCA, Parse: bindSign},
	{Name: "ca-sign-pass", Doc: "The passphrase of that authority's key.", Args: 1, Missing: "missing CAkey password",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, args []config.Word) int {
			x.secured().phrase = args[0].Value
			return 0
		}},
	{Name: "ca-verify-file", Doc: "Authorities that clients are not told of.", Args: 1, Missing: missingCA, Parse: bindTLS(setVerifyCA)},
	{Name: "ciphers", Doc: "The ciphers up to TLSv1.2.", Args: 1, Missing: missingCipher, Parse: bindTLS(setTLSText(func(s *secure.Settings) *string { return &s.Ciphers }))},
	{Name: "ciphersuites", Doc: "The ciphers of TLSv1.3.", Args: 1, Missing: missingCipher, Parse: bindTLS(setTLSText(func(s *secure.Settings) *string { return &s.Suites }))},
	{Name: "client-sigalgs", Doc: "The signatures that clients' certificates may prove themselves by.", Args: 1, Missing: missingSig,
		Parse: bindTLS(setTLSText(func(s *secure.Settings) *string { return &s.ClientSig }))},
	{Name: "crl-file", Doc: "The lists of revoked certificates of clients.", Args: 1, Missing: missingCRL, Parse: bindTLS(setCRL)},
	{Name: "crt", Doc: "A certificate, or a folder of them.", Args: 1, Missing: missingCrt, Parse: bindCrt(false)},
	{Name: "crt-ignore-err", Doc: "The errors of a client's certificate that do not matter.", Args: 1, Missing: missingIgnore,
		Parse: bindTLS(ignoreErrors(func(s *secure.Settings) *secure.ErrorSet { return &s.IgnoreCrt }))},
	{Name: "crt-list", Doc: "A file that lists certificates with the names they are for.", Args: 1, Missing: missingCrt, Parse: bindCrtList},
	{Name: "curves", Doc: "The groups that keys are agreed on in.", Args: 1, Missing: missingCurves, Parse: bindTLS(setTLSText(func(s *secure.Settings) *string { return &s.Curves }))},
	{Name: "default-crt", Doc: "A certificate for clients who ask for no name that is known.", Args: 1, Missing: missingCrt, Parse: bindCrt(true)},
	{Name: "ecdhe", Doc: "The one group that keys are agreed on in.", Args: 1, Missing: "missing named curve", Parse: bindTLS(setTLSText(func(s *secure.Settings) *string { return &s.ECDHE }))},
	{Name: "force-sslv3", Doc: "Clients must speak SSLv3.", Parse: bindTLS(forceVersion(secure.SSL30))},
	{Name: "force-tlsv10", Doc: "Clients must speak TLSv1.0.", Parse: bindTLS(forceVersion(secure.TLS10))},
	{Name: "force-tlsv11", Doc: "Clients must speak TLSv1.1.", Parse: bindTLS(forceVersion(secure.TLS11))},
	{Name: "force-tlsv12", Doc: "Clients must speak TLSv1.2.", Parse: bindTLS(forceVersion(secure.TLS12))},
	{Name: "force-tlsv13", Doc: "Clients must speak TLSv1.3.", Parse: bindTLS(forceVersion(secure.TLS13))},
	{Name: "generate-certificates", Doc: "Certificates are made for names that there is none for.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int {
			x.secured().forges = true
			return 0
		}},
	{Name: "no-alpn", Doc: "Clients are offered no protocols.", Parse: bindTLS(setNoALPN)},
	{Name: "no-ca-names", Doc: "Clients are not told which authorities are known.", Parse: bindTLS(setTLSFlag(true, func(s *secure.Settings) *bool { return &s.NoCANames }))},
	{Name: "no-sslv3", Doc: "Clients may not speak SSLv3.", Parse: bindTLS(refuseVersion(secure.SSL30))},
	{Name: "no-strict-sni", Doc: "Clients without a known name get a default certificate.", Parse: bindTLS(setStrict(false))},
	{Name: "no-tls-tickets", Doc: "Sessions are not resumed by tickets.", Parse: bindTLS(setTickets(false))},
	{Name: "no-tlsv10", Doc: "Clients may not speak TLSv1.0.", Parse: bindTLS(refuseVersion(secure.TLS10))},
	{Name: "no-tlsv11", Doc: "Clients may not speak TLSv1.1.", Parse: bindTLS(refuseVersion(secure.TLS11))},
	{Name: "no-tlsv12", Doc: "Clients may not speak TLSv1.2.", Parse: bindTLS(refuseVersion(secure.TLS12))},
	{Name: "no-tlsv13", Doc: "Clients may not speak TLSv1.3.", Parse: bindTLS(refuseVersion(secure.TLS13))},
	{Name: "npn", Doc: "The protocols offered in the way that was before alpn.", Args: 1, Missing: "missing the comma-delimited NPN protocol suite", Parse: bindNPN},
	{Name: "prefer-client-ciphers", Doc: "The order of the client's ciphers counts.", Parse: bindTLS(setTLSFlag(true, func(s *secure.Settings) *bool { return &s.PreferClient }))},
	{Name: "sigalgs", Doc: "The signatures of handshakes.", Args: 1, Missing: missingSig, Parse: bindTLS(setTLSText(func(s *secure.Settings) *string { return &s.SigAlgs }))},
	{Name: "ssl", Doc: "Clients speak TLS.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.secured().on = true; return 0 }},
	{Name: "ssl-max-ver", Doc: "The highest version that clients may speak.", Args: 1, Missing: missingVersion, Parse: bindTLS(setMaxVer)},
	{Name: "ssl-min-ver", Doc: "The lowest version that clients may speak.", Args: 1, Missing: missingVersion, Parse: bindTLS(setMinVer)},
	{Name: "strict-sni", Doc: "Clients without a known name are refused.", Parse: bindTLS(setStrict(true))},
	{Name: "tls-ticket-keys", Doc: "The file of the keys of session tickets.", Args: 1, Missing: "missing TLS ticket keys file path", Parse: bindTLS(setTicketKeys)},
	{Name: "tls-tickets", Doc: "Sessions are resumed by tickets.", Parse: bindTLS(setTickets(true))},
	{Name: "verify", Doc: "What is asked of clients' certificates.", Args: 1, Missing: missingVerify, Parse: bindTLS(setVerify)},
}

// bindSecure is what a bind line says about TLS. All addresses of the line share it, and what is made of it.
type bindSecure struct {
	on   bool
	own  secure.Settings
	base secure.Settings // the defaults that hold where the line stands
	uses []secure.Use

	lists  []*secure.List
	forges bool   // generate-certificates
	sign   string // ca-sign-file
	phrase string // ca-sign-pass
	made   *secure.Front
	bad    bool // nothing could be made of it, which was reported
}

// secured returns x.tls, made at the first use.
func (x *bindLine) secured() *bindSecure {
	if x.tls == nil {
		x.tls = &bindSecure{}
	}
	return x.tls
}

// bindTLS makes the function of an option that bind lines share with others.
func bindTLS(set tlsSetter) bindParse {
	return func(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
		if text := set(tlsPlace{b: x.b, file: l.Pos.File}, &x.secured().own, w.Value, tlsWord(args)); text != "" {
			l.Errorf(w, "%s : %s", x.what, text)
		}
		return 0
	}
}

// bindSign takes the file of an authority with its key. It is read when certificates are to be made.
func bindSign(x *bindLine, l *config.Line, _ config.Word, args []config.Word) int {
	at := tlsPlace{b: x.b, file: l.Pos.File}
	x.secured().sign = at.base(x.b.tls.caBase, args[0].Value)
	return 0
}

// bindVoid makes the function of an option that has no effect, which a notice says.
func bindVoid(why string) bindParse {
	return func(_ *bindLine, l *config.Line, w config.Word, _ []config.Word) int {
		l.Noticef(w, "'%s' has no effect: %s.", w.Value, why)
		return 0
	}
}

// setTickets and setStrict remember which of the two forms came last.
func setTickets(on bool) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, _, _ string) string {
		s.Tickets = secure.Off
		if on {
			s.Tickets = secure.On
		}
		return ""
	}
}

func setStrict(on bool) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, _, _ string) string {
		s.Strict = secure.Off
		if on {
			s.Strict = secure.On
		}
		return ""
	}
}

// bindCrt makes the function of crt and default-crt.
func bindCrt(preferred bool) bindParse {
	return func(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
		at := tlsPlace{b: x.b, file: l.Pos.File}
		path := at.crt(args[0].Value)
		certs, err := x.b.tls.store.Certificates(path)
		if err != nil {
			l.Errorf(args[0], "%s : %v.", x.what, err)
			return 0
		}
		for _, c := range certs {
			warning, err := x.b.tls.store.Serve(c, "")
			if err != nil {
				l.Errorf(args[0], "%s : %v", x.what, err)
				return 0
			}
			if warning != "" {
				l.Warnf(args[0], "%s : %s", x.what, warning)
			}
		}
		if in, err := os.Stat(path); err == nil && in.IsDir() && !preferred {
			x.uses(x.b.tls.store.Folder(path, certs))
			return 0
		}
		t := x.secured()
		whole := preferred || len(t.uses) == 0 && len(certs) > 1 // of a bundle all are the default
		for _, c := range certs {
			t.uses = append(t.uses, secure.Use{Cert: c, Preferred: whole})
		}
		return 0
	}
}

// bindNPN answers the option for what came before ALPN: no client asks that way any more, and crypto/tls does not know
// it. As with HAProxy it keeps ALPN from being offered unless that is asked for.
func bindNPN(x *bindLine, l *config.Line, w config.Word, _ []config.Word) int {
	l.Warnf(w, "'npn' has no effect: clients ask for protocols by ALPN. Write 'alpn' instead.")
	x.secured().own.HasALPN = true
	return 0
}
