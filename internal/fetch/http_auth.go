package fetch

import (
	"bytes"
	"encoding/base64"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// authRows are the fetches of credentials that need no list of users (configuration.txt 7.3.6).
func authRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "http_auth_bearer", Doc: "Token of the Bearer scheme.", Args: "[string]", Out: value.Str, Uses: sample.RequestHeaders, Eval: authBearer, Check: checkField},
		{Name: "http_auth_pass", Doc: "Password that the client gave.", Out: value.Str, Uses: sample.RequestHeaders, Eval: authPass},
		{Name: "http_auth_type", Doc: "Scheme of the client's credentials.", Out: value.Str, Uses: sample.RequestHeaders, Eval: authType},
		{Name: "http_auth_user", Doc: "Name that the client gave.", Out: value.Str, Uses: sample.RequestHeaders, Eval: authUser},
	}
}

// authorization cuts the credentials of the request: to a proxy when the target names a host, as RFC 9110 11.7 has it.
func authorization(s *proxy.Stream, v *value.Value) (scheme, rest []byte, ok bool) {
	if !request(s, v) {
		return nil, nil, false
	}
	known := msg.Authorization
	if s.AsProxy() {
		known = msg.ProxyAuthorization
	}
	f := s.Req.Fields.First(known)
	if f == nil {
		return nil, nil, false
	}
	scheme, rest, ok = bytes.Cut(f.Value, blank[:])
	return scheme, trim(rest), ok && len(scheme) > 0
}

// basic decodes the name and password of the Basic scheme (RFC 7617).
func basic(s *proxy.Stream, v *value.Value) (user, pass []byte, ok bool) {
	scheme, rest, ok := authorization(s, v)
	if !ok || !bytes.EqualFold(scheme, basicName[:]) {
		return nil, nil, false
	}
	b := s.Arena.Alloc(base64.StdEncoding.DecodedLen(len(rest)))
	n, err := base64.StdEncoding.Decode(b, rest)
	if err != nil {
		return nil, nil, false
	}
	return cutColon(b[:n])
}

var basicName = [5]byte{'b', 'a', 's', 'i', 'c'}
var bearerName = [6]byte{'b', 'e', 'a', 'r', 'e', 'r'}

func cutColon(b []byte) (user, pass []byte, ok bool) {
	i := bytes.IndexByte(b, ':')
	if i < 0 {
		return nil, nil, false
	}
	return b[:i], b[i+1:], true
}

func authType(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if _, _, ok := basic(s, v); ok {
		v.SetStr(basicText[:])
		return true
	}
	scheme, _, ok := authorization(s, v)
	if !ok || !bytes.EqualFold(scheme, bearerName[:]) {
		return false
	}
	v.SetStr(bearerText[:])
	return true
}

var basicText = [5]byte{'B', 'a', 's', 'i', 'c'}
var bearerText = [6]byte{'B', 'e', 'a', 'r', 'e', 'r'}

func authUser(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	user, _, ok := basic(s, v)
	v.SetStr(user)
	return ok
}

func authPass(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	_, pass, ok := basic(s, v)
	v.SetStr(pass)
	return ok
}

func authBearer(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !a.Has(0) {
		scheme, token, ok := authorization(s, v)
		v.SetStr(token)
		return ok && len(token) > 0 && bytes.EqualFold(scheme, bearerName[:])
	}
	if !request(s, v) {
		return false
	}
	i := s.Req.Fields.Next(a[0].Field, 0)
	if i < 0 {
		v.SetStr(nil) // as HAProxy: there is no field, and so no other scheme
		return true
	}
	scheme, token, ok := bytes.Cut(s.Req.Fields[i].Value, blank[:])
	token = trim(token)
	v.SetStr(token)
	return ok && len(token) > 0 && bytes.EqualFold(scheme, bearerName[:])
}
