package fetch

import (
	"slices"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/value"
)

// sslRows are the fetches of TLS on both sides (configuration.txt 7.3.4).
func sslRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "ssl_bc", Doc: "Whether the server's connection is one of TLS.", Out: value.Bool, Uses: sample.ServerConn, Eval: isSecure(backTLS)},
		{Name: "ssl_bc_alg_keysize", Doc: "Length of the cipher's keys towards the server in bits.", Out: value.Sint, Uses: sample.ServerConn, Eval: cipherBits(backTLS)},
		{Name: "ssl_bc_alpn", Doc: "Protocol agreed on with the server.", Out: value.Str, Uses: sample.ServerConn, Eval: sslText(backTLS, agreedOf)},
		{Name: "ssl_bc_cipher", Doc: "Cipher agreed on with the server.", Out: value.Str, Uses: sample.ServerConn, Eval: sslText(backTLS, secure.CipherOf)},
		{Name: "ssl_bc_curve", Doc: "Group that keys were agreed on in with the server.", Out: value.Str, Uses: sample.ServerConn, Eval: sslText(backTLS, curveOf)},
		{Name: "ssl_bc_err", Doc: "Number of the error of TLS with the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: errorCode(backTLS)},
		{Name: "ssl_bc_err_str", Doc: "Error of TLS with the server in words.", Out: value.Str, Uses: sample.ServerConn, Eval: sslText(backTLS, errorTextOf)},
		{Name: "ssl_bc_is_resumed", Doc: "Whether an earlier session with the server was resumed.", Out: value.Bool, Uses: sample.ServerConn, Eval: sslBool(backTLS, isResumed)},
		{Name: "ssl_bc_npn", Doc: "Protocol agreed on with the server before there was ALPN.", Out: value.Str, Uses: sample.ServerConn, Eval: never},
		{Name: "ssl_bc_protocol", Doc: "Version of TLS towards the server.", Out: value.Str, Uses: sample.ServerConn, Eval: sslText(backTLS, (*proxy.TLSState).Version)},
		{Name: "ssl_bc_sni", Doc: "Name that the server was asked for.", Out: value.Str, Uses: sample.ServerConn, Eval: sslText(backTLS, serverNameOf)},
		{Name: "ssl_bc_unique_id", Doc: "Unique id of the server's connection, up to TLSv1.2.", Out: value.Bin, Uses: sample.ServerConn, Eval: bindingOf(backTLS)},
		{Name: "ssl_bc_use_keysize", Doc: "Bits of the cipher's keys in use towards the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: cipherBits(backTLS)},
		{Name: "ssl_fc", Doc: "Whether the client's connection is one of TLS.", Out: value.Bool, Uses: sample.ClientConn, Eval: isSecure(frontTLS)},
		{Name: "ssl_fc_alg_keysize", Doc: "Length of the cipher's keys towards the client in bits.", Out: value.Sint, Uses: sample.ClientConn, Eval: cipherBits(frontTLS)},
		{Name: "ssl_fc_alpn", Doc: "Protocol agreed on with the client.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, agreedOf)},
		{Name: "ssl_fc_cipher", Doc: "Cipher agreed on with the client.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, secure.CipherOf)},
		{Name: "ssl_fc_crtname", Doc: "File of the certificate that the client was shown.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, crtNameOf)},
		{Name: "ssl_fc_curve", Doc: "Group that keys were agreed on in with the client.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, curveOf)},
		{Name: "ssl_fc_early_rcvd", Doc: "Whether the client sent data before the handshake was over: never.", Out: value.Bool, Uses: sample.ClientConn, Eval: sslBool(frontTLS, hasEarly)},
		{Name: "ssl_fc_err", Doc: "Number of the error of TLS with the client.", Out: value.Sint, Uses: sample.ClientConn, Eval: errorCode(frontTLS)},
		{Name: "ssl_fc_err_str", Doc: "Error of TLS with the client in words.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, errorTextOf)},
		{Name: "ssl_fc_has_crt", Doc: "Whether the client showed a certificate on this connection.", Out: value.Bool, Uses: sample.ClientConn, Eval: sslBool(frontTLS, hasCrt)},
		{Name: "ssl_fc_has_early", Doc: "Whether there is data whose handshake is not over: never.", Out: value.Bool, Uses: sample.ClientConn, Eval: sslBool(frontTLS, hasEarly)},
		{Name: "ssl_fc_has_sni", Doc: "Whether the client asked for a name.", Out: value.Bool, Uses: sample.ClientConn, Eval: sslBool(frontTLS, hasSNI)},
		{Name: "ssl_fc_is_resumed", Doc: "Whether the client resumed an earlier session.", Out: value.Bool, Uses: sample.ClientConn, Eval: sslFlag(frontTLS, isResumed)},
		{Name: "ssl_fc_npn", Doc: "Protocol agreed on with the client before there was ALPN.", Out: value.Str, Uses: sample.ClientConn, Eval: never},
		{Name: "ssl_fc_protocol", Doc: "Version of TLS towards the client.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, (*proxy.TLSState).Version)},
		{Name: "ssl_fc_sni", Doc: "Name that the client asked for.", Out: value.Str, Uses: sample.ClientConn, Eval: sslText(frontTLS, serverNameOf)},
		{Name: "ssl_fc_unique_id", Doc: "Unique id of the client's connection, up to TLSv1.2.", Out: value.Bin, Uses: sample.ClientConn, Eval: bindingOf(frontTLS)},
		{Name: "ssl_fc_use_keysize", Doc: "Bits of the cipher's keys in use towards the client.", Out: value.Sint, Uses: sample.ClientConn, Eval: cipherBits(frontTLS)},
	}
}

// sslSide finds the TLS of one side, nil without.
type sslSide = func(*proxy.Stream) *proxy.TLSState

func frontTLS(s *proxy.Stream) *proxy.TLSState {
	if s.Sess != nil && s.Sess.Extra != nil {
		return s.Sess.Extra.TLS
	}
	return nil
}

func backTLS(s *proxy.Stream) *proxy.TLSState {
	if c := s.Log.BackConn; c != nil {
		return c.TLS
	}
	return nil
}

func isSecure(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetBool(side(s) != nil)
		return true
	}
}

func cipherBits(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		if t == nil || !t.Facts().HandshakeComplete {
			return false
		}
		v.SetInt(int64(secure.CipherBits(t.Facts().CipherSuite)))
		return true
	}
}

// sslText makes the fetch of a text about one side; an empty one is no sample.
func sslText(side sslSide, get func(*proxy.TLSState) string) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		if t == nil {
			return false
		}
		text := get(t)
		return text != "" && setName(s, text, v)
	}
}

// sslBool makes the fetch of a fact about one side.
func sslBool(side sslSide, get func(*proxy.TLSState) bool) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		v.SetBool(t != nil && get(t))
		return t != nil
	}
}

// sslFlag is sslBool for what is false where there is no TLS.
func sslFlag(side sslSide, get func(*proxy.TLSState) bool) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		v.SetBool(t != nil && get(t))
		return true
	}
}

func agreedOf(t *proxy.TLSState) string     { return t.Facts().NegotiatedProtocol }
func crtNameOf(t *proxy.TLSState) string    { return t.Path }
func curveOf(t *proxy.TLSState) string      { return secure.CurveName(t.Facts().CurveID) }
func errorTextOf(t *proxy.TLSState) string  { return secure.ErrorText(t.Code) }
func serverNameOf(t *proxy.TLSState) string { return t.Facts().ServerName }

func hasEarly(*proxy.TLSState) bool    { return false }
func hasSNI(t *proxy.TLSState) bool    { return t.Facts().ServerName != "" }
func isResumed(t *proxy.TLSState) bool { return t.Facts().DidResume }

func hasCrt(t *proxy.TLSState) bool {
	return !t.Facts().DidResume && len(t.Facts().PeerCertificates) > 0
}

func errorCode(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		if t == nil {
			return false
		}
		v.SetInt(int64(t.Code))
		return true
	}
}

func bindingOf(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		if t == nil || len(t.Facts().TLSUnique) == 0 {
			return false
		}
		v.Type, v.Bytes = value.Bin, t.Facts().TLSUnique
		return true
	}
}

// securityRows are the rows of this chapter, joined.
func securityRows() []sample.Fetch { return slices.Concat(sslRows(), seenRows(), certRows()) }
