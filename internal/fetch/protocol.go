package fetch

import (
	"bytes"
	"errors"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
	"sluice/internal/wire/distcc"
	"sluice/internal/wire/h1"
	"sluice/internal/wire/rdp"
)

// protocolRows are the fetches that know RDP, distcc and HTTP when they see them (configuration.txt 7.3.5).
func protocolRows() []sample.Fetch {
	both := sample.RequestBuffer | sample.ResponseBuffer
	return []sample.Fetch{
		{Name: "distcc_body", Doc: "What belongs to a token of a distcc message.", Args: "string[,integer]", Out: value.Bin, Uses: both, Bind: bindDistcc(distccBody)},
		{Name: "distcc_param", Doc: "Number behind a token of a distcc message.", Args: "string[,integer]", Out: value.Sint, Uses: both, Bind: bindDistcc(distccParam)},
		{Name: "rdp_cookie", Doc: "Cookie of an RDP client.", Args: "[string]", Out: value.Str, Uses: sample.RequestBuffer, Eval: rdpCookie},
		{Name: "rdp_cookie_cnt", Doc: "Number of cookies of an RDP client.", Args: "[string]", Out: value.Sint, Uses: sample.RequestBuffer, Eval: rdpCookieCount},
		{Name: "req.proto_http", Doc: "Whether the client speaks HTTP.", Out: value.Bool, Uses: sample.RequestLine, Eval: protoHTTP},
		{Name: "req.rdp_cookie", Doc: "Cookie of an RDP client.", Args: "[string]", Out: value.Str, Uses: sample.RequestBuffer, Eval: rdpCookie},
		{Name: "req.rdp_cookie_cnt", Doc: "Number of cookies of an RDP client.", Args: "[string]", Out: value.Sint, Uses: sample.RequestBuffer, Eval: rdpCookieCount},
		{Name: "req_proto_http", Doc: "Whether the client speaks HTTP.", Out: value.Bool, Uses: sample.RequestLine, Eval: protoHTTP},
	}
}

// cookieOf finds the client's RDP cookie, of any name or of the one in the first argument.
func cookieOf(s *proxy.Stream, a sample.Args, v *value.Value) (val []byte, found, known bool) {
	b, ok := received(s, &s.In)
	if !ok {
		return nil, false, false
	}
	name, val, err := rdp.Cookie(b)
	switch {
	case err == rdp.ErrMore:
		unsure(s, &s.In, v)
		return nil, false, false
	case err != nil:
		return nil, false, true
	}
	return val, !a.Has(0) || bytes.EqualFold(name, a[0].Str), true
}

func rdpCookie(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	val, found, _ := cookieOf(s, a, v)
	v.SetStr(val)
	return found
}

func rdpCookieCount(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	_, found, known := cookieOf(s, a, v)
	v.SetInt(0)
	if found {
		v.SetInt(1)
	}
	return known || s.Mode == proxy.ModeHTTP // where there are none to wait for
}

// protoHTTP parses what a TCP client sent as the head of a request.
func protoHTTP(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(true)
	if s.Mode == proxy.ModeHTTP {
		return true
	}
	if len(s.In.Bytes) == 0 {
		unsure(s, &s.In, v)
		return false
	}
	// The parser writes into what it reads, and the bytes go on to the server.
	b := s.Arena.Copy(s.In.Bytes)
	var q msg.Request
	var p h1.Parser
	switch _, verdict := p.Request(b, &q, &httpOptions); verdict {
	case h1.Done, h1.Preface:
		return true
	case h1.NeedMore:
		unsure(s, &s.In, v)
		return false
	}
	v.SetBool(false)
	return true
}

var httpOptions = h1.Options{MaxFields: 101}

// bindDistcc checks the token and chooses the side.
func bindDistcc(get func(*proxy.Stream, *proxy.InputView, sample.Args, *value.Value) bool) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(a sample.Args, e *sample.Env) (sample.Func, error) {
		if len(a[0].Str) != distcc.TokenLen {
			return nil, errors.New("token name must be exactly 4 characters")
		}
		return bindBuffer(
			func(s *proxy.Stream, a sample.Args, v *value.Value) bool { return get(s, &s.In, a, v) },
			func(s *proxy.Stream, a sample.Args, v *value.Value) bool { return get(s, &s.Out, a, v) })(a, e)
	}
}

// packet finds the packet that the arguments name.
func packet(s *proxy.Stream, in *proxy.InputView, a sample.Args, v *value.Value) (p distcc.Packet, ok bool) {
	b, ok := received(s, in)
	if !ok {
		return p, false
	}
	p, err := distcc.Find(b, a[0].Str, int(max(a.Int(1), 1)))
	if err == distcc.ErrMore {
		unsure(s, in, v)
	}
	return p, err == nil
}

func distccParam(s *proxy.Stream, in *proxy.InputView, a sample.Args, v *value.Value) bool {
	p, ok := packet(s, in, a, v)
	v.SetInt(int64(p.Param))
	return ok
}

func distccBody(s *proxy.Stream, in *proxy.InputView, a sample.Args, v *value.Value) bool {
	p, ok := packet(s, in, a, v)
	if !ok || !p.HasBody() {
		return false
	}
	if len(p.Body) < int(p.Param) {
		unsure(s, in, v)
		return false
	}
	v.SetBin(p.Body)
	return true
}
