package fetch

import (
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/value"
)

// seenRows are the fetches of what is kept of handshakes only where it is asked for (configuration.txt 7.3.4): hellos, by
// tune.ssl.capture-buffer-size; secrets, by tune.ssl.keylog; random numbers and keys of sessions, by their fetches.
func seenRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "ssl_bc_client_early_traffic_secret", Doc: "CLIENT_EARLY_TRAFFIC_SECRET of the server's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(backTLS, proxy.ClientEarlySecret)},
		{Name: "ssl_bc_client_handshake_traffic_secret", Doc: "CLIENT_HANDSHAKE_TRAFFIC_SECRET of the server's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(backTLS, proxy.ClientHandshakeSecret)},
		{Name: "ssl_bc_client_random", Doc: "Random number of the client on the server's connection.", Out: value.Bin, Uses: sample.ServerConn, Check: wantsRandoms, Eval: seenBytes(backTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.ClientRandom })},
		{Name: "ssl_bc_client_traffic_secret_0", Doc: "CLIENT_TRAFFIC_SECRET_0 of the server's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(backTLS, proxy.ClientTrafficSecret)},
		{Name: "ssl_bc_early_exporter_secret", Doc: "EARLY_EXPORTER_SECRET of the server's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(backTLS, proxy.EarlyExporterSecret)},
		{Name: "ssl_bc_server_handshake_traffic_secret", Doc: "SERVER_HANDSHAKE_TRAFFIC_SECRET of the server's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(backTLS, proxy.ServerHandshakeSecret)},
		{Name: "ssl_bc_server_random", Doc: "Random number of the server on the server's connection.", Out: value.Bin, Uses: sample.ServerConn, Check: wantsRandoms, Eval: seenBytes(backTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.ServerRandom })},
		{Name: "ssl_bc_server_traffic_secret_0", Doc: "SERVER_TRAFFIC_SECRET_0 of the server's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(backTLS, proxy.ServerTrafficSecret)},
		{Name: "ssl_bc_session_id", Doc: "Id of the session on the server's connection.", Out: value.Bin, Uses: sample.ServerConn, Check: wantsSession, Eval: seenBytes(backTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.SessionID })},
		{Name: "ssl_bc_session_key", Doc: "Master secret up to TLSv1.2 on the server's connection.", Out: value.Bin, Uses: sample.ServerConn, Check: wantsMaster, Eval: seenBytes(backTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.Master })},
		{Name: "ssl_fc_cipherlist_bin", Doc: "Ciphers in the client's hello.", Args: "[integer]", Out: value.Str, Uses: sample.ClientConn, Eval: seenList(value.Str, func(x *proxy.TLSSeen) []byte { return x.Ciphers })},
		{Name: "ssl_fc_cipherlist_hex", Doc: "Ciphers in the client's hello, in hexadecimal.", Args: "[integer]", Out: value.Bin, Uses: sample.ClientConn, Eval: seenCipherHex},
		{Name: "ssl_fc_cipherlist_str", Doc: "Names of the ciphers in the client's hello.", Args: "[integer]", Out: value.Str, Uses: sample.ClientConn, Eval: seenCipherNames},
		{Name: "ssl_fc_cipherlist_xxh", Doc: "Hash of all ciphers in the client's hello.", Out: value.Sint, Uses: sample.ClientConn, Eval: seenNumber(func(x *proxy.TLSSeen) int64 { return int64(x.CipherHash) })},
		{Name: "ssl_fc_client_early_traffic_secret", Doc: "CLIENT_EARLY_TRAFFIC_SECRET of the client's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(frontTLS, proxy.ClientEarlySecret)},
		{Name: "ssl_fc_client_handshake_traffic_secret", Doc: "CLIENT_HANDSHAKE_TRAFFIC_SECRET of the client's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(frontTLS, proxy.ClientHandshakeSecret)},
		{Name: "ssl_fc_client_random", Doc: "Random number of the client on the client's connection.", Out: value.Bin, Uses: sample.ClientConn, Check: wantsRandoms, Eval: seenBytes(frontTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.ClientRandom })},
		{Name: "ssl_fc_client_traffic_secret_0", Doc: "CLIENT_TRAFFIC_SECRET_0 of the client's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(frontTLS, proxy.ClientTrafficSecret)},
		{Name: "ssl_fc_early_exporter_secret", Doc: "EARLY_EXPORTER_SECRET of the client's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(frontTLS, proxy.EarlyExporterSecret)},
		{Name: "ssl_fc_ecformats_bin", Doc: "Formats of points in the client's hello.", Out: value.Str, Uses: sample.ClientConn, Eval: seenBytes(frontTLS, value.Str, func(x *proxy.TLSSeen) []byte { return x.Formats })},
		{Name: "ssl_fc_eclist_bin", Doc: "Curves in the client's hello.", Args: "[integer]", Out: value.Str, Uses: sample.ClientConn, Eval: seenList(value.Str, func(x *proxy.TLSSeen) []byte { return x.Curves })},
		{Name: "ssl_fc_extlist_bin", Doc: "Kinds of the extensions in the client's hello.", Args: "[integer]", Out: value.Str, Uses: sample.ClientConn, Eval: seenList(value.Str, func(x *proxy.TLSSeen) []byte { return x.Extensions })},
		{Name: "ssl_fc_protocol_hello_id", Doc: "Version in the client's hello.", Out: value.Sint, Uses: sample.ClientConn, Eval: seenNumber(func(x *proxy.TLSSeen) int64 { return int64(x.Version) })},
		{Name: "ssl_fc_server_handshake_traffic_secret", Doc: "SERVER_HANDSHAKE_TRAFFIC_SECRET of the client's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(frontTLS, proxy.ServerHandshakeSecret)},
		{Name: "ssl_fc_server_random", Doc: "Random number of the server on the client's connection.", Out: value.Bin, Uses: sample.ClientConn, Check: wantsRandoms, Eval: seenBytes(frontTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.ServerRandom })},
		{Name: "ssl_fc_server_traffic_secret_0", Doc: "SERVER_TRAFFIC_SECRET_0 of the client's connection, in hexadecimal.", Out: value.Str, Uses: sample.ClientConn, Eval: secretOf(frontTLS, proxy.ServerTrafficSecret)},
		{Name: "ssl_fc_session_id", Doc: "Id of the session on the client's connection.", Out: value.Bin, Uses: sample.ClientConn, Check: wantsSession, Eval: seenBytes(frontTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.SessionID })},
		{Name: "ssl_fc_session_key", Doc: "Master secret up to TLSv1.2 on the client's connection.", Out: value.Bin, Uses: sample.ClientConn, Check: wantsMaster, Eval: seenBytes(frontTLS, value.Bin, func(x *proxy.TLSSeen) []byte { return x.Master })},
		{Name: "ssl_fc_sigalgs_bin", Doc: "Signature algorithms in the client's hello.", Args: "[integer]", Out: value.Bin, Uses: sample.ClientConn, Eval: seenList(value.Bin, func(x *proxy.TLSSeen) []byte { return x.Signatures })},
		{Name: "ssl_fc_supported_versions_bin", Doc: "Versions in the client's hello.", Args: "[integer]", Out: value.Bin, Uses: sample.ClientConn, Eval: seenList(value.Bin, func(x *proxy.TLSSeen) []byte { return x.Versions })},
	}
}

// wantsRandoms has random numbers kept.
func wantsRandoms(_ sample.Args, e *sample.Env) error {
	if e.Wants != nil {
		e.Wants.Randoms = true
	}
	return nil
}

// wantsSession has the ids of sessions kept.
func wantsSession(_ sample.Args, e *sample.Env) error {
	if e.Wants != nil {
		e.Wants.Session = true
	}
	return nil
}

// wantsMaster has the master secrets of sessions kept.
func wantsMaster(_ sample.Args, e *sample.Env) error {
	if e.Wants != nil {
		e.Wants.Master = true
	}
	return nil
}

// seenOn is what was kept of the handshake of one side, nil when that is nothing.
func seenOn(s *proxy.Stream, side sslSide) *proxy.TLSSeen {
	if t := side(s); t != nil {
		return t.Seen
	}
	return nil
}

func seenBytes(side sslSide, kind value.Type, get func(*proxy.TLSSeen) []byte) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		x := seenOn(s, side)
		if x == nil || get(x) == nil {
			return false
		}
		v.Type, v.Bytes = kind, get(x)
		return true
	}
}

func secretOf(side sslSide, which proxy.Secret) sample.Func {
	return seenBytes(side, value.Str, func(x *proxy.TLSSeen) []byte { return x.Secrets[which] })
}

func seenNumber(get func(*proxy.TLSSeen) int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		x := seenOn(s, frontTLS)
		if x == nil || x.Version == 0 {
			return false
		}
		v.SetInt(get(x))
		return true
	}
}

// withoutGrease is a list of numbers of two bytes, without those that mean nothing (RFC 8701) where the argument is 1.
func withoutGrease(s *proxy.Stream, list []byte, args sample.Args) []byte {
	if len(args) == 0 || args[0].Int != 1 {
		return list
	}
	out := s.Arena.Tail(len(list))
	for i := 0; i+1 < len(list); i += 2 {
		if list[i] != list[i+1] || list[i]&0xf != 0xa {
			out = append(out, list[i], list[i+1])
		}
	}
	return s.Arena.Keep(out)
}

func seenList(kind value.Type, get func(*proxy.TLSSeen) []byte) sample.Func {
	return func(s *proxy.Stream, args sample.Args, v *value.Value) bool {
		x := seenOn(s, frontTLS)
		if x == nil || get(x) == nil {
			return false
		}
		v.Type, v.Bytes = kind, withoutGrease(s, get(x), args)
		return true
	}
}

func seenCipherHex(s *proxy.Stream, args sample.Args, v *value.Value) bool {
	x := seenOn(s, frontTLS)
	if x == nil || x.Ciphers == nil {
		return false
	}
	list := withoutGrease(s, x.Ciphers, args)
	const digits = "0123456789ABCDEF"
	out := s.Arena.Tail(2 * len(list))
	for _, c := range list {
		out = append(out, digits[c>>4], digits[c&15])
	}
	v.Type, v.Bytes = value.Bin, s.Arena.Keep(out)
	return true
}

func seenCipherNames(s *proxy.Stream, args sample.Args, v *value.Value) bool {
	x := seenOn(s, frontTLS)
	if x == nil || x.Ciphers == nil {
		return false
	}
	list := withoutGrease(s, x.Ciphers, args)
	const longest = 40
	out := s.Arena.Tail(len(list) / 2 * longest)
	for i := 0; i+1 < len(list); i += 2 {
		if i > 0 {
			out = append(out, ',')
		}
		id := uint16(list[i])<<8 | uint16(list[i+1])
		if name := secure.OfferedName(id); name != "" {
			out = append(out, name...)
		} else {
			out = strconv.AppendUint(append(out, "UNKNOWN("...), uint64(id), 16)
			out = append(out, ')')
		}
	}
	v.Type, v.Bytes = value.Str, s.Arena.Keep(out)
	return true
}
