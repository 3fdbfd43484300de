package fetch

import (
	"bytes"
	"encoding/binary"
	"errors"

	"sluice/internal/buf"
	"sluice/internal/hash"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// urlRows are the fetches of the request's target (configuration.txt 7.3.6).
func urlRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "base", Doc: "Host and path of the request.", Out: value.Str, Uses: sample.RequestHeaders, Eval: base},
		{Name: "base32", Doc: "Hash of host and path of the request.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: base32},
		{Name: "base32+src", Doc: "Hash of host and path of the request, and the client's address.", Out: value.Bin, Uses: sample.RequestHeaders, Eval: base32Src},
		{Name: "baseq", Doc: "Host, path and query string of the request.", Out: value.Str, Uses: sample.RequestHeaders, Eval: baseq},
		{Name: "path", Doc: "Path of the request.", Out: value.Str, Uses: sample.RequestHeaders, Text: path},
		{Name: "pathq", Doc: "Path and query string of the request.", Out: value.Str, Uses: sample.RequestHeaders, Text: pathq},
		{Name: "query", Doc: "Query string of the request.", Args: "[string]", Out: value.Str, Uses: sample.RequestHeaders, Text: query, Check: checkQuery},
		{Name: "url", Doc: "Target of the request.", Out: value.Str, Uses: sample.RequestHeaders, Text: url},
		{Name: "url32", Doc: "Hash of host, path and query string of the request.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: url32},
		{Name: "url32+src", Doc: "Hash of host, path and query string of the request, and the client's address.", Out: value.Bin, Uses: sample.RequestHeaders, Eval: url32Src},
		{Name: "url_ip", Doc: "Address in the target of the request.", Out: value.IPv4, Uses: sample.RequestHeaders, Eval: urlIP},
		{Name: "url_param", Doc: "Parameter of the query string.", Args: "[string,string,string]", Out: value.Str, Uses: sample.RequestHeaders, Text: urlp, Check: checkParam},
		{Name: "url_port", Doc: "Port in the target of the request.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: urlPort},
		{Name: "urlp", Doc: "Parameter of the query string.", Args: "[string,string,string]", Out: value.Str, Uses: sample.RequestHeaders, Text: urlp, Check: checkParam},
		{Name: "urlp_val", Doc: "Integer in a parameter of the query string.", Args: "[string,string,string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: urlpVal, Check: checkParam},
	}
}

func path(s *proxy.Stream, _ sample.Args, _ int64) ([]byte, int64) { return unlessEmpty(s.Req.Path()) }

func pathq(s *proxy.Stream, _ sample.Args, _ int64) ([]byte, int64) {
	return unlessEmpty(s.Req.PathQuery())
}

func unlessEmpty(b []byte) ([]byte, int64) {
	if len(b) == 0 {
		return nil, sample.NoText
	}
	return b, 0
}

func url(s *proxy.Stream, _ sample.Args, _ int64) ([]byte, int64) { return s.Req.Target, 0 }

func checkQuery(a sample.Args, _ *sample.Env) error {
	if a.Has(0) && string(a[0].Str) != "with_qm" {
		return errors.New("supported options are: 'with_qm'")
	}
	return nil
}

func query(s *proxy.Stream, a sample.Args, _ int64) ([]byte, int64) {
	i := bytes.IndexByte(s.Req.Target, '?')
	if i < 0 {
		return nil, sample.NoText
	}
	if !a.Has(0) || i+1 == len(s.Req.Target) {
		i++
	}
	return s.Req.Target[i:], 0
}

// located joins the Host field and what stands behind it.
func located(s *proxy.Stream, rest []byte, v *value.Value) {
	host := s.Req.Host()
	if len(host) == 0 {
		v.SetStr(rest)
		return
	}
	b := s.Arena.Alloc(len(host) + len(rest))
	copy(b[copy(b, host):], rest)
	v.Type, v.Bytes = value.Str, b
}

func base(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	located(s, s.Req.Path(), v)
	return true
}

func baseq(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	located(s, s.Req.PathQuery(), v)
	return true
}

func base32(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !base(s, a, v) {
		return false
	}
	v.SetInt(int64(hash.Avalanche(hash.SDBM(v.Bytes))))
	return true
}

func url32(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	located(s, s.Req.PathQuery(), v)
	v.SetInt(int64(hash.Avalanche(hash.SDBM(v.Bytes))))
	return true
}

// withSrc appends the client's address to the hash in v.
func withSrc(s *proxy.Stream, v *value.Value) bool {
	ip := s.Src().Addr()
	if !ip.IsValid() {
		return false
	}
	b := s.Arena.Alloc(20)
	binary.BigEndian.PutUint32(b, uint32(v.Int))
	if ip.Is4() {
		v4 := ip.As4()
		b = b[:4+copy(b[4:], v4[:])]
	} else {
		v6 := ip.As16()
		copy(b[4:], v6[:])
	}
	v.Type, v.Bytes = value.Bin, b
	return true
}

func base32Src(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return base32(s, a, v) && withSrc(s, v)
}

func url32Src(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return url32(s, a, v) && withSrc(s, v)
}

// urlAddr reads the address and the port that the target names in digits.
func urlAddr(s *proxy.Stream, v *value.Value) (host []byte, port int64, ok bool) {
	if !request(s, v) {
		return nil, 0, false
	}
	host, port = s.Req.Authority(), 80
	if i := bytes.LastIndexByte(host, ':'); i >= 0 {
		if bytes.IndexByte(host[i:], ']') < 0 {
			port, _ = value.LeadingInt(host[i+1:])
			host = host[:i]
		}
	}
	return host, port, len(host) > 0
}

func urlIP(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	host, _, ok := urlAddr(s, v)
	if !ok {
		return false
	}
	ip, ok := nodeIP(host)
	v.SetIP(ip)
	return ok
}

func urlPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	host, port, ok := urlAddr(s, v)
	if !ok {
		return false
	}
	if _, ok = nodeIP(host); !ok {
		return false
	}
	v.SetInt(port)
	return true
}

// checkParam prepares the delimiter in the second argument and the case in the third.
func checkParam(a sample.Args, _ *sample.Env) error {
	if a.Has(1) {
		a[1].Str = a[1].Str[:1]
	}
	if len(a) > 2 && string(a[2].Str) == "i" {
		a[0].Int = 1
	}
	return nil
}

func urlp(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	open := byte('?')
	if a.Has(1) {
		open = a[1].Str[0]
	}
	i := buf.Index(s.Req.Target, open)
	if i < 0 {
		return nil, sample.NoText
	}
	return parameterAt(s.Req.Target[i+1:], a, at)
}

func urlpVal(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && sample.Text(urlp).Sample(s, a, v) && toInt(v)
}

// parameter puts a parameter among text into v.
func parameter(text []byte, a sample.Args, v *value.Value) bool {
	at := sample.Occurrence(v)
	found, next := parameterAt(text, a, at)
	return sample.SetText(v, at, found, next)
}

// parameterAt finds name=value among what ampersands and semicolons separate: the first of the name, or any without a
// name, one after the other from a place on. Names are case sensitive unless Int of the first argument is set.
func parameterAt(text []byte, a sample.Args, place int64) ([]byte, int64) {
	at := max(int(place), 0)
	for at < len(text) {
		end := at + endOfParameter(text[at:])
		name, val, given := bytes.Cut(text[at:end], equal[:])
		at = end + 1
		if !given {
			continue // what has no equals sign is no parameter
		}
		if len(a) > 0 && len(a[0].Str) > 0 && !sameName(name, a[0].Str, a[0].Int != 0) {
			continue
		}
		return val, int64(at)
	}
	return nil, sample.NoText
}

var equal = [1]byte{'='}

func endOfParameter(b []byte) int {
	for i, c := range b {
		if c == '&' || c == ';' {
			return i
		}
	}
	return len(b)
}

func sameName(got, want []byte, fold bool) bool {
	if fold {
		return bytes.EqualFold(got, want)
	}
	return bytes.Equal(got, want)
}
