package fetch

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
	"sluice/internal/wire/clienthello"
)

// helloUses is what HAProxy says that the fetches of the lists of a hello draw on, whatever the side.
const helloUses = sample.Frontend | sample.ClientAddress | sample.ClientConn | sample.RequestBuffer

// helloRows are the fetches of a TLS client's first message while it passes through (configuration.txt 7.3.5).
func helloRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "rep_ssl_hello_type", Doc: "Type of the TLS hello of the server.", Out: value.Sint, Uses: sample.ResponseBuffer, Eval: resHelloType},
		{Name: "req.ssl_alpn", Doc: "First protocol that the TLS client offers.", Out: value.Str, Uses: sample.RequestBuffer, Eval: helloALPN},
		{Name: "req.ssl_cipherlist", Doc: "Ciphers that the TLS client offers, two bytes for each.", Out: value.Bin, Uses: helloUses, Eval: helloCiphers},
		{Name: "req.ssl_ec_ext", Doc: "Whether the TLS client names elliptic curves.", Out: value.Bool, Uses: sample.RequestBuffer, Eval: helloCurves},
		{Name: "req.ssl_hello_type", Doc: "Type of the TLS hello of the client.", Out: value.Sint, Uses: sample.RequestBuffer, Eval: reqHelloType},
		{Name: "req.ssl_keyshare_groups", Doc: "Groups that the TLS client has keys of, two bytes for each.", Out: value.Bin, Uses: helloUses, Eval: helloShares},
		{Name: "req.ssl_sigalgs", Doc: "Signature algorithms of the TLS client, two bytes for each.", Out: value.Bin, Uses: helloUses, Eval: helloList(clienthello.Extensions.Signatures)},
		{Name: "req.ssl_sni", Doc: "Host name that the TLS client asks for.", Out: value.Str, Uses: sample.RequestBuffer, Eval: helloName},
		{Name: "req.ssl_st_ext", Doc: "Whether the TLS client takes session tickets (1), and has one (2).", Out: value.Sint, Uses: sample.RequestBuffer, Eval: helloTicket},
		{Name: "req.ssl_supported_groups", Doc: "Groups that the TLS client supports, two bytes for each.", Out: value.Bin, Uses: helloUses, Eval: helloList(clienthello.Extensions.Groups)},
		{Name: "req.ssl_ver", Doc: "Version in the TLS hello of the client, the major number times 65536.", Out: value.Sint, Uses: sample.RequestBuffer, Eval: helloVersion},
		{Name: "req_ssl_hello_type", Doc: "Type of the TLS hello of the client.", Out: value.Sint, Uses: sample.RequestBuffer, Eval: reqHelloType},
		{Name: "req_ssl_sni", Doc: "Host name that the TLS client asks for.", Out: value.Str, Uses: sample.RequestBuffer, Eval: helloName},
		{Name: "req_ssl_ver", Doc: "Version in the TLS hello of the client, the major number times 65536.", Out: value.Sint, Uses: sample.RequestBuffer, Eval: helloVersion},
		{Name: "res.ssl_hello_type", Doc: "Type of the TLS hello of the server.", Out: value.Sint, Uses: sample.ResponseBuffer, Eval: resHelloType},
	}
}

// hello reads the ClientHello at the beginning of what the client sent.
func hello(s *proxy.Stream, v *value.Value) (h clienthello.Hello, ok bool) {
	b, ok := received(s, &s.In)
	if !ok {
		return h, false
	}
	h, err := clienthello.Parse(b, s.Arena.Alloc)
	if err == clienthello.ErrMore {
		unsure(s, &s.In, v)
	}
	return h, err == nil
}

// extensions is hello for what is found among the extensions; without any there is nothing to say.
func extensions(s *proxy.Stream, v *value.Value) (clienthello.Extensions, bool) {
	h, ok := hello(s, v)
	return h.Extensions, ok && h.Extensions != nil
}

func helloType(s *proxy.Stream, in *proxy.InputView, v *value.Value) bool {
	b, ok := received(s, in)
	if !ok {
		return false
	}
	m, err := clienthello.First(b, s.Arena.Alloc)
	if err == clienthello.ErrMore {
		unsure(s, in, v)
	}
	v.SetInt(int64(m.Type))
	return err == nil
}

func reqHelloType(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return helloType(s, &s.In, v) }
func resHelloType(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return helloType(s, &s.Out, v)
}

func helloVersion(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	b, ok := received(s, &s.In)
	if !ok {
		return false
	}
	n, err := clienthello.Version(b)
	if err == clienthello.ErrMore {
		unsure(s, &s.In, v)
	}
	v.SetInt(int64(n>>8)<<16 | int64(n&0xff))
	return err == nil
}

func helloName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	e, ok := extensions(s, v)
	if !ok {
		return false
	}
	name, ok := e.ServerName()
	v.SetStr(name)
	return ok
}

func helloALPN(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	e, ok := extensions(s, v)
	if !ok {
		return false
	}
	list, _ := e.Protocols()
	name, _, ok := list.Next()
	v.SetStr(name)
	return ok
}

func helloCiphers(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	h, ok := hello(s, v)
	v.SetBin(h.Ciphers)
	return ok && h.Extensions != nil
}

func helloCurves(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	e, ok := extensions(s, v)
	if !ok {
		return false
	}
	_, ok = e.Find(clienthello.ExtGroups)
	v.SetBool(ok)
	return ok
}

func helloTicket(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	e, ok := extensions(s, v)
	if !ok {
		return false
	}
	ticket, found := e.Find(clienthello.ExtSessionTicket)
	switch {
	case !found:
		v.SetInt(0)
	case len(ticket) == 0:
		v.SetInt(1)
	default:
		v.SetInt(2)
	}
	return true
}

// helloList makes the fetch of an extension that is a list.
func helloList(get func(clienthello.Extensions) ([]byte, bool)) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		e, ok := extensions(s, v)
		if !ok {
			return false
		}
		list, ok := get(e)
		v.SetBin(list)
		return ok
	}
}

func helloShares(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	e, ok := extensions(s, v)
	if !ok {
		return false
	}
	list, ok := e.KeyShares()
	b := s.Arena.Tail(len(list))
	for group, rest, more := list.Next(); more; group, rest, more = rest.Next() {
		b = append(b, group...)
	}
	v.Type, v.Bytes = value.Bin, s.Arena.Keep(b)
	return ok
}
