package fetch_test

import (
	"bytes"
	"testing"

	"sluice/internal/fetch"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// each evaluates expressions on a stream, one occurrence after the other, and holds that this comes to an end and gives
// pieces of what went in.
func each(t *testing.T, s *proxy.Stream, most int, texts ...string) {
	env := environment(t)
	env.Where = 0
	for _, text := range texts {
		e, _, err := sample.ParseExpr([]string{text}, env)
		if err != nil {
			t.Fatal(err)
		}
		v := value.Value{Flags: value.Iterate}
		for n := 0; e.Eval(s, &v); n++ {
			if n > most {
				t.Fatalf("%s gives more than %d samples", text, most)
			}
			if v.Flags&value.NotLast == 0 {
				break
			}
			v = value.Value{Flags: value.Iterate, Cursor: v.Cursor}
		}
		v = value.Value{}
		e.Eval(s, &v)
	}
}

func FuzzCookies(f *testing.F) {
	f.Add([]byte(`a=1; b="x;y"; =; c`), []byte("d=2;;e"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		s := stream("GET / HTTP/1.1")
		for _, b := range [][]byte{one, two} {
			s.Req.Fields = append(s.Req.Fields, msg.Field{Name: []byte("cookie"), Value: b, Known: msg.Cookie})
			s.Res.Fields = append(s.Res.Fields, msg.Field{Name: []byte("set-cookie"), Value: b, Known: msg.SetCookie})
		}
		s.Res.Status = 200
		each(t, s, len(one)+len(two)+2, "req.cook", "req.cook(a)", "req.cook_cnt", "req.cook_names", "res.cook", "res.cook_cnt(a)", "res.cook_names")
	})
}

func FuzzParameters(f *testing.F) {
	f.Add([]byte("/x?a=1&b;c=2&&=3"))
	f.Fuzz(func(t *testing.T, target []byte) {
		s := stream("GET / HTTP/1.1")
		s.Req.Target, s.Req.Form = target, msg.FormOf(target)
		s.ReqBody.Bytes = target
		each(t, s, len(target)+1, "urlp", "urlp(a)", "urlp(A,,i)", "urlp(a,;)", "req.body_param", "path", "query", "base", "url_ip", "url_port", "urlp_val(a)")
	})
}

func FuzzFirstBytes(f *testing.F) {
	f.Add([]byte("\x03\x00\x00\x23\x1e\xe0\x00\x00\x00\x00\x00Cookie: mstshash=user1\r\n"))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Add([]byte("DIST00000001ARGV00000003gcc"))
	f.Add([]byte("\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03"))
	var texts []string
	for _, row := range fetch.Rows() {
		if row.Uses&sample.RequestBuffer != 0 && row.Args == "" || bytes.HasPrefix([]byte(row.Name), []byte("req.ssl_")) {
			texts = append(texts, row.Name)
		}
	}
	texts = append(texts, "req.payload(3,0)", "req.payload(0,5)", "req.payload_lv(0,2)", "req.payload_lv(1,4,+2)", "req.payload_lv(4,1,2)",
		"req.rdp_cookie", "req.rdp_cookie_cnt(a)", "distcc_param(ARGV)", "distcc_body(ARGV,2)", "req.proto_http")
	f.Fuzz(func(t *testing.T, b []byte) {
		s := stream("GET / HTTP/1.1")
		s.Mode = proxy.ModeTCP
		s.In.Bytes = bytes.Clone(b)
		each(t, s, 1, texts...)
		if !bytes.Equal(s.In.Bytes, b) {
			t.Fatal("a fetch has changed what goes to the server")
		}
	})
}
