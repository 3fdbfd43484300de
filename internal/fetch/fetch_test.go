package fetch_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"sluice/internal/conv"
	"sluice/internal/fetch"
	"sluice/internal/msg"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// registry is what the program has.
func registry() *sample.Registry {
	return sample.NewRegistry(fetch.Rows(), conv.Rows(), fetch.ACLs())
}

// environment is that of an http-request rule in a frontend called fe.
func environment(t *testing.T) *sample.Env {
	return &sample.Env{Reg: registry(), Names: new(proxy.Names), Pending: new(sample.Pending), Where: sample.FrontHTTPReq,
		Proxy: &proxy.Proxy{Name: "fe", Caps: proxy.CapListen}, Pos: proxy.Pos{File: "test.cfg", Line: 1},
		What: "http-request expression", Warn: func(text string) { t.Log("warning:", text) }}
}

// stream returns a stream with a request given as its lines, the first one apart from the fields.
func stream(head string) *proxy.Stream {
	s := new(proxy.Stream)
	s.Reset()
	s.Mode = proxy.ModeHTTP
	s.Sess = &proxy.Session{Src: netip.MustParseAddrPort("192.0.2.1:1234"), Dst: netip.MustParseAddrPort("192.0.2.2:80"), Flags: proxy.SessDstKnown, Requests: 1}
	s.Front = &proxy.Proxy{Name: "fe", Caps: proxy.CapListen, ID: 2}
	s.Snap = &proxy.Snapshot{Proc: new(proxy.Process), Global: new(proxy.Global)}
	lines := strings.Split(head, "\n")
	first := strings.Split(lines[0], " ")
	s.Log.Line = []byte(lines[0])
	s.Req.Method, s.Req.Target, s.Req.VerBytes = []byte(first[0]), []byte(first[1]), []byte(first[2])
	s.Req.MethodID, s.Req.Form, s.Req.Version = value.LookupMethod(s.Req.Method), msg.FormOf(s.Req.Target), msg.HTTP11
	for _, l := range lines[1:] {
		name, val, _ := strings.Cut(l, ":")
		n := bytes.ToLower([]byte(name))
		s.Req.Fields = append(s.Req.Fields, msg.Field{Name: n, Value: bytes.TrimSpace([]byte(val)), Known: msg.Lookup(n)})
	}
	return s
}

func TestHTTPLogAllocatesNothing(t *testing.T) {
	env := environment(t)
	env.Where = sample.Logs
	f, err := sample.ParseFormat(sample.HTTPLog, sample.ForLog, env)
	if err != nil {
		t.Fatal(err)
	}
	s := stream("GET /a?b HTTP/1.1\nHost: x")
	s.Times = proxy.Times{AcceptNs: 1234567890123 * 1e6, RequestNs: 1234567890124 * 1e6, Request: 1e6, Queue: 3e6, Connect: 6e6, Response: 10e6, Close: 15e6}
	s.Log.Status, s.Log.ResIn = 200, 77
	s.Log.ReqCapture = [][]byte{[]byte("a|b"), nil}
	buf := f.Append(nil, s)
	if n := testing.AllocsPerRun(100, func() { buf = f.Append(buf[:0], s) }); n != 0 {
		t.Errorf("%v allocations per line", n)
	}
	want := `192.0.2.1:1234 [13/Feb/2009:23:31:30.124] fe fe/<NOSRV> 1/2/3/4/15 200 77 - - ---- 0/0/0/0/0 0/0 {a#7Cb|} "GET /a?b HTTP/1.1"`
	if got := string(buf); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestConditionsAllocateNothing(t *testing.T) {
	env := environment(t)
	scope := pattern.NewScope(pattern.NewLists())
	if err := scope.Define(strings.Fields("local src 10.0.0.0/8 192.0.2.0/24"), env); err != nil {
		t.Fatal(err)
	}
	s := stream("GET /Static/x.png?b HTTP/1.1\nHost: www.example.com\nCookie: a=1; b=2\nX-Forwarded-For: 1.2.3.4, 5.6.7.8")
	for _, text := range []string{
		"local { path,lower -m beg /static } { path_end .gif .png }",
		"{ hdr(host) -i WWW.example.COM }", "{ req.hdr_ip(x-forwarded-for) 5.6.7.0/24 }", "{ req.cook(b) 2 } METH_GET HTTP_1.1",
		"!{ path_sub admin }", "{ urlp(z) -m found } or { path_dir Static }", "{ src_port 1:65535 } { path_len gt 3 }",
	} {
		allocatesNothing(t, text, scope, env, s)
	}
}

// allocatesNothing checks that a condition holds for s, at no cost in memory.
func allocatesNothing(t *testing.T, text string, scope *pattern.Scope, env *sample.Env, s *proxy.Stream) {
	t.Helper()
	c, err := scope.ParseCond(strings.Fields(text), false, env)
	if err != nil {
		t.Fatal(text, err)
	}
	if !c.Match(s) {
		t.Errorf("%s: no match", text)
	}
	if n := testing.AllocsPerRun(100, func() { c.Match(s) }); n != 0 {
		t.Errorf("%s: %v allocations", text, n)
	}
}
