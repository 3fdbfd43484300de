package keyword_test

import (
	"strings"
	"testing"

	"sluice/internal/keyword"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// language returns what expressions need to be compiled and run, and a stream to run them for.
func language() (*sample.Env, *proxy.Stream) {
	tables := keyword.All()
	lang := tables.Language()
	px := &proxy.Proxy{Name: "p", Caps: proxy.CapListen}
	px.Mode = proxy.ModeHTTP
	env := &sample.Env{Reg: lang.Samples, Names: lang.Names, Pending: new(sample.Pending), Proxy: px, Where: sample.FrontHTTPReq,
		Keys: new(proxy.Keys), Counters: 3, Getenv: func(string) (string, bool) { return "", false }}
	s := new(proxy.Stream)
	s.Reset()
	s.Sess = new(proxy.Session)
	s.Front, s.Back = px, px
	s.Snap = &proxy.Snapshot{Global: new(proxy.Global), Proc: &proxy.Process{VarNames: lang.Names}}
	return env, s
}

// FuzzExpression compiles whatever comes as an expression, as a configuration or the runtime API would. It is refused with a
// place in what was written, or it has a text that means the same.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"src", "req.hdr(host,-1),lower,map_str(a)", `str("a,b\"c"),concat(-,txn.x,'z')`, "int(7),add(3),mul(txn.n)", "path,field(2,/,1)",
		"var(txn.a,ifexists)", "req.fhdr(a", "str(),json_query('$.a[0]')", "url_param(a,,b)", "lua.x", "nbsrv(b)", "req.payload(0,10),hex"} {
		f.Add(seed)
	}
	env, _ := language()
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Fields(text)
		env.Pending = new(sample.Pending)
		e, used, err := sample.ParseExpr(words, env)
		if err != nil {
			if bad, ok := err.(*sample.Error); ok && (bad.Word < 0 || bad.Word > len(words) || bad.Off < 0) {
				t.Errorf("the mistake is in word %d, byte %d", bad.Word, bad.Off)
			}
			return
		}
		if e == nil || used < 1 || used > len(words) {
			t.Errorf("%d of %d words used", used, len(words))
		}
	})
}

// FuzzFormat compiles whatever comes as a format, and runs it for a stream that has nothing.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{"%ci:%cp [%tr] %ft", "%{+Q,+X}o %[src] %{-Q}r", `%[str("]"),lower]%%`, "%{+json}o %(a)[path] %(b:sint)[int(1)]", "%{+cbor}o%ID", "%[", "%{", "%(a", "%hr %hs %trg"} {
		f.Add(seed, uint8(0))
	}
	env, s := language()
	f.Fuzz(func(t *testing.T, text string, use uint8) {
		env.Pending = new(sample.Pending)
		format, err := sample.ParseFormat(text, []sample.FormatUse{sample.ForValue, sample.ForHeader}[use%2], env)
		if err != nil || strings.Contains(text, "[") { // expressions have tests of their own
			return
		}
		m := s.Arena.Mark()
		format.Append(nil, s)
		s.Arena.Release(m)
	})
}
