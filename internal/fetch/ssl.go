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
		{Name: "ssl_bc_alpn", Doc: "Protocol agreed on with the server.", Out: value.Str, Uses: sample.ServerConn, Eval: agreed(backTLS)},
		{Name: "ssl_bc_cipher", Doc: "Cipher agreed on with the server.", Out: value.Str, Uses: sample.ServerConn, Eval: cipher(backTLS)},
		{Name: "ssl_bc_curve", Doc: "Group that keys were agreed on in with the server.", Out: value.Str, Uses: sample.ServerConn, Eval: group(backTLS)},
		{Name: "ssl_bc_err", Doc: "Number of the error of TLS with the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: errorCode(backTLS)},
		{Name: "ssl_bc_err_str", Doc: "Error of TLS with the server in words.", Out: value.Str, Uses: sample.ServerConn, Eval: errorText(backTLS)},
		{Name: "ssl_bc_is_resumed", Doc: "Whether an earlier session with the server was resumed.", Out: value.Bool, Uses: sample.ServerConn, Eval: resumed(backTLS)},
		{Name: "ssl_bc_npn", Doc: "Protocol agreed on with the server before there was ALPN.", Out: value.Str, Uses: sample.ServerConn, Eval: never},
		{Name: "ssl_bc_protocol", Doc: "Version of TLS towards the server.", Out: value.Str, Uses: sample.ServerConn, Eval: version(backTLS)},
		{Name: "ssl_bc_sni", Doc: "Name that the server was asked for.", Out: value.Str, Uses: sample.ServerConn, Eval: serverName(backTLS)},
		{Name: "ssl_bc_unique_id", Doc: "Unique id of the server's connection, up to TLSv1.2.", Out: value.Bin, Uses: sample.ServerConn, Eval: bindingOf(backTLS)},
		{Name: "ssl_bc_use_keysize", Doc: "Bits of the cipher's keys in use towards the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: cipherBits(backTLS)},
		{Name: "ssl_fc", Doc: "Whether the client's connection is one of TLS.", Out: value.Bool, Uses: sample.ClientConn, Eval: isSecure(frontTLS)},
		{Name: "ssl_fc_alg_keysize", Doc: "Length of the cipher's keys towards the client in bits.", Out: value.Sint, Uses: sample.ClientConn, Eval: cipherBits(frontTLS)},
		{Name: "ssl_fc_alpn", Doc: "Protocol agreed on with the client.", Out: value.Str, Uses: sample.ClientConn, Eval: agreed(frontTLS)},
		{Name: "ssl_fc_cipher", Doc: "Cipher agreed on with the client.", Out: value.Str, Uses: sample.ClientConn, Eval: cipher(frontTLS)},
		{Name: "ssl_fc_crtname", Doc: "File of the certificate that the client was shown.", Out: value.Str, Uses: sample.ClientConn, Eval: crtName},
		{Name: "ssl_fc_curve", Doc: "Group that keys were agreed on in with the client.", Out: value.Str, Uses: sample.ClientConn, Eval: group(frontTLS)},
		{Name: "ssl_fc_early_rcvd", Doc: "Whether the client sent data before the handshake was over: never.", Out: value.Bool, Uses: sample.ClientConn, Eval: noEarly},
		{Name: "ssl_fc_err", Doc: "Number of the error of TLS with the client.", Out: value.Sint, Uses: sample.ClientConn, Eval: errorCode(frontTLS)},
		{Name: "ssl_fc_err_str", Doc: "Error of TLS with the client in words.", Out: value.Str, Uses: sample.ClientConn, Eval: errorText(frontTLS)},
		{Name: "ssl_fc_has_crt", Doc: "Whether the client showed a certificate on this connection.", Out: value.Bool, Uses: sample.ClientConn, Eval: hasCrt},
		{Name: "ssl_fc_has_early", Doc: "Whether there is data whose handshake is not over: never.", Out: value.Bool, Uses: sample.ClientConn, Eval: noEarly},
		{Name: "ssl_fc_has_sni", Doc: "Whether the client asked for a name.", Out: value.Bool, Uses: sample.ClientConn, Eval: hasSNI},
		{Name: "ssl_fc_is_resumed", Doc: "Whether the client resumed an earlier session.", Out: value.Bool, Uses: sample.ClientConn, Eval: resumed(frontTLS)},
		{Name: "ssl_fc_npn", Doc: "Protocol agreed on with the client before there was ALPN.", Out: value.Str, Uses: sample.ClientConn, Eval: never},
		{Name: "ssl_fc_protocol", Doc: "Version of TLS towards the client.", Out: value.Str, Uses: sample.ClientConn, Eval: version(frontTLS)},
		{Name: "ssl_fc_sni", Doc: "Name that the client asked for.", Out: value.Str, Uses: sample.ClientConn, Eval: serverName(frontTLS)},
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

func agreed(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		return t != nil && t.Facts().NegotiatedProtocol != "" && setName(s, t.Facts().NegotiatedProtocol, v)
	}
}

func cipher(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		return t != nil && setName(s, secure.CipherOf(t), v)
	}
}

func group(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		if t == nil {
			return false
		}
		name := secure.CurveName(t.Facts().CurveID)
		return name != "" && setName(s, name, v)
	}
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

func errorText(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		return t != nil && t.Code != 0 && setName(s, secure.ErrorText(t.Code), v)
	}
}

func resumed(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		v.SetBool(t != nil && t.Facts().DidResume)
		return t != nil
	}
}

func version(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		return t != nil && t.Version() != "" && setName(s, t.Version(), v)
	}
}

func serverName(side sslSide) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := side(s)
		return t != nil && t.Facts().ServerName != "" && setName(s, t.Facts().ServerName, v)
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

func crtName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	t := frontTLS(s)
	return t != nil && t.Path != "" && setName(s, t.Path, v)
}

func hasCrt(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	t := frontTLS(s)
	v.SetBool(t != nil && !t.Facts().DidResume && len(t.Facts().PeerCertificates) > 0)
	return t != nil
}

func hasSNI(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	t := frontTLS(s)
	v.SetBool(t != nil && t.Facts().ServerName != "")
	return t != nil
}

func noEarly(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(false)
	return frontTLS(s) != nil
}

// securityRows are the rows of this chapter, joined.
func securityRows() []sample.Fetch { return slices.Concat(sslRows(), certRows()) }
