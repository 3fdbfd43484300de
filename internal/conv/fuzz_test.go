package conv_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// fuzz runs converters on whatever comes. They must not fail but by giving no result, and must not change what they read.
func fuzz(f *testing.F, convs []string, seeds ...string) {
	for _, seed := range seeds {
		b := []byte(seed)
		if in, err := strconv.Unquote(`"` + seed + `"`); err == nil {
			b = []byte(in)
		}
		f.Add(b)
	}
	env := &sample.Env{Reg: registry(), Names: new(proxy.Names), Pending: new(sample.Pending), Where: sample.FrontHTTPReq, Keys: new(proxy.Keys)}
	s := new(proxy.Stream)
	s.Reset()
	s.Sess = new(proxy.Session)
	ref, err := env.Var("txn.in")
	if err != nil {
		f.Fatal(err)
	}
	exprs := make([]*sample.Expr, len(convs))
	for i, c := range convs {
		if exprs[i], _, err = sample.ParseExpr([]string{"var(txn.in)," + c}, env); err != nil {
			f.Fatal(c, err)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var v value.Value
		v.SetBin(in)
		s.SetVar(ref, &v)
		var got value.Value
		for i, e := range exprs {
			m := s.Arena.Mark()
			e.Eval(s, &got)
			if v = (value.Value{}); !s.GetVar(ref, &v) || !bytes.Equal(v.Bytes, in) {
				t.Fatalf("%s changed its input", convs[i])
			}
			s.Arena.Release(m)
		}
	})
}

func FuzzJSON(f *testing.F) {
	fuzz(f, []string{"json", "json(utf8)", "json(utf8ps)", "json_query($.a)", "json_query($.a.b[2].c,int)", "json_query($)", "json_query($[1])"},
		`{"a":{"b":[1,{"x":"\\u00e9"},{"c":5}]}}`, `[[[1,2.5e3,-0]],true,null]`, `{"a":"\\n`, `\xe0\x80\xaf\xf0\x9f\x98\x80`)
}

func FuzzJWT(f *testing.F) {
	const secret = "dGhpcnR5LXR3byBieXRlcyBmb3Igb25lIGtleSAuLi4="
	fuzz(f, []string{"jwt_header_query($.alg)", "jwt_payload_query($.sub)", "jwt_verify(HS256,key)", `jwt_decrypt_secret("` + secret + `")`, "jwt_decrypt_jwk(txn.in)"},
		"eyJhbGciOiJIUzI1NiIsImtpZCI6IjcifQ.eyJpc3MiOiJzbHVpY2UiLCJzdWIiOiJhbm5hIiwiZXhwIjoxODkzNDU2MDAwfQ.0JqGSNik6miGUaZwZxiTn2HbcHQjwP6iH6VRNiMUjlc",
		"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..dHdlbHZlIGJ5dGVz.Hon-qqeYwFo3B1yS3eFwB0JoPHX9pg.llkFxOHBk5pJVbdeEPlEmw",
		`{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}`, `{"kty":"RSA","n":"AQ","e":"AQ","d":"AQ","p":"Aw","q":"BQ","dp":"AQ","dq":"AQ","qi":"AQ"}`)
}

func FuzzProtobuf(f *testing.F) {
	fuzz(f, []string{"protobuf(1)", "protobuf(1.2,int32)", "protobuf(1.1.1.1,sint64)", "protobuf(3,double)", "ungrpc(1.2,fixed32)"},
		`\x0a\x04\x08\x07\x10\x09`, `\x00\x00\x00\x00\x06\x0a\x04\x08\x07\x10\x09`, `\x19\x00\x00\x00\x00\x00\x00\xf0\xff`)
}

func FuzzMQTT(f *testing.F) {
	fuzz(f, []string{"mqtt_is_valid", "mqtt_field_value(connect,password)", "mqtt_field_value(connect,39)", "mqtt_field_value(connect,8)", "mqtt_field_value(connack,19)"},
		`\x10\x18\x00\x04MQTT\x05\x02\x00<\x03!\x00\x14\x00\x08meter 17`, `\x20\x06\x00\x00\x03"\x00\x0a`)
}

func FuzzFIX(f *testing.F) {
	fuzz(f, []string{"fix_is_valid", "fix_tag_value(35)", "fix_tag_value(CheckSum)"}, `8=FIX.4.4\x019=5\x0135=A\x0110=180\x01`)
}

func FuzzForwarded(f *testing.F) {
	fuzz(f, []string{"rfc7239_is_valid", "rfc7239_field(for)", "rfc7239_n2nn", "rfc7239_n2np", "rfc7239_nn", "rfc7239_np", "language(en;fr,de)"},
		`for="[::1]:_id";host="a.b:80";proto=https`, `192.0.2.7:8001`, `fr;q=0.5,en`)
}

func FuzzPackets(f *testing.F) {
	fuzz(f, []string{"eth.data", "eth.dst", "eth.hdr", "eth.proto", "eth.src", "eth.vlan", "eth.data,ip.data,tcp.options_list", "ip.data", "ip.df", "ip.dst",
		"ip.fp(7)", "ip.hdr", "ip.proto", "ip.src", "ip.tos", "ip.ttl", "ip.ver", "tcp.dst", "tcp.flags", "tcp.options.mss", "tcp.options.sack",
		"tcp.options.tsval", "tcp.options.wscale", "tcp.seq", "tcp.win"},
		`\x45\xab\x00\x3c\x124@\x00@\x06\xab\xcd\x01\x02\x03\x04\x05\x06\x07\x08\x00P\xc3P\x01\x02\x03\x04\x05\x06\x07\x08p\xc2\xff\xff\x124\x00\x00\x02\x04\x05\x8c\x03\x03\x0e\x01`,
		`\x60\x00\x00\x00\x00\x1c\x00@0123456789abcdef0123456789abcdef\x06\x00\x00\x00\x00\x00\x00\x00\x00P\xc3P\x01\x02\x03\x04\x05\x06\x07\x08P\xc2\xff\xff\x124\x00\x00`)
}

// TestReplacementsHoldNoCore replaces where each search looks through all of the text, and where the engine goes back.
func TestReplacementsHoldNoCore(t *testing.T) {
	b := newBench(t)
	for _, c := range []string{`regsub("a.*b|a",x,g)`, `regsub("a(?=a*b)|a",x,g)`, `regsub("(a+)+(?=b)|a",x,g)`} {
		begin := time.Now()
		b.eval(t, c, `"`+strings.Repeat("a", 16000)+`"`)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s took %v", c, took)
		}
	}
}
