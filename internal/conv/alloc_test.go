//go:build !race

package conv_test

import (
	"strings"
	"testing"

	"sluice/internal/sample"
	"sluice/internal/value"
)

// TestConvertersAllocateNothing runs what is often on the path of a request over an arena in its steady state.
func TestConvertersAllocateNothing(t *testing.T) {
	b := newBench(t)
	b.set(t, "txn.in", `"/a//b/c.d?e=f%20g&h=1"`)
	for _, convs := range []string{
		"field(2,/)", "word(-1,/)", "word(1,/,2)", "param(h)", "url_dec", "url_enc", "concat(x,txn.n,y)", "add_item(;,txn.s)",
		"base64", "base64,b64dec", "ub64enc,ub64dec", "hex", "crc32(1)", "crc32c", "djb2", "sdbm", "wt6", "xxh32", "xxh64",
		"xxh64(5)", "xxh3", "xxh3(5)", "sha1", "sha2(512)", "digest(sha3-256)", "hmac(sha256,a2V5)", "length,add(txn.n),mul(3)",
		"host_only", "port_only", "reverse", "lower", "ltrim(/)", "cut_crlf", "bytes(1,5)", "be2hex(:,2)", "be2dec(:,2)",
		"has_ctl", "strcmp(txn.s)", "secure_memcmp(txn.s)", "iif(a,b)", "length,http_date", "length,utime(%F)",
		"length,ms_ltime(%c)", "length,x509_v_err_str", "regsub(xyz,abc,g)", "fe_exists", "nbsrv", "srv_is_up", "when(normal)",
		"set-var(txn.in2),length", "map(text-str.map,x)", "map_beg(text-str.map)", "map_sub_ip(text-ip.map)", "length,map_int_int(num-int.map,5)",
	} {
		e, _, err := sample.ParseExpr(strings.Fields("var(txn.in),"+convs), b.env)
		if err != nil {
			t.Fatal(convs, err)
		}
		var v value.Value
		run := func() {
			m := b.stream.Arena.Mark()
			e.Eval(b.stream, &v)
			b.stream.Arena.Release(m)
		}
		for range 40 {
			run()
		}
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %v allocations", convs, n)
		}
	}
	// A regular expression that matches costs the places of its groups.
	e, _, err := sample.ParseExpr([]string{"var(txn.in),regsub(/+,/)"}, b.env)
	if err != nil {
		t.Fatal(err)
	}
	var v value.Value
	if n := testing.AllocsPerRun(100, func() {
		m := b.stream.Arena.Mark()
		e.Eval(b.stream, &v)
		b.stream.Arena.Release(m)
	}); n > 1 {
		t.Errorf("regsub: %v allocations", n)
	}
}

// TestReadersAllocateNothing does the same for what reads formats.
func TestReadersAllocateNothing(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ in, convs, want string }{
		{`"{\"a\":[1,{\"b\":\"x\\ny\"}],\"n\":-12.5,\"t\":true}"`, "json_query($.a[1].b)", `"x\ny"`},
		{`"{\"a\":[1,{\"b\":\"x\\ny\"}],\"n\":-12.5,\"t\":true}"`, "json_query($.n)", `"-12.5"`},
		{`"{\"a\":[1,{\"b\":\"x\\ny\"}],\"n\":-12.5,\"t\":true}"`, "json_query($.n,int)", "-12"},
		{`"a/\"b\"\u00e9"`, "json(utf8)", `"a\\/\\\"b\\\"\\u00e9"`},
		{`"for=\"[::1]:80\";proto=https"`, "rfc7239_is_valid", "1"},
		{`"for=\"[::1]:80\";proto=https"`, "rfc7239_field(for),rfc7239_n2nn", "::1"},
		{`"for=\"[::1]:80\";proto=https"`, "rfc7239_field(for),rfc7239_n2np", "80"},
		{`"abc"`, "rfc7239_nn", `"_abc"`},
		{`bin:"\x10\x18\x00\x04MQTT\x05\x02\x00<\x03!\x00\x14\x00\x08meter 17"`, "mqtt_is_valid", "1"},
		{`bin:"\x10\x18\x00\x04MQTT\x05\x02\x00<\x03!\x00\x14\x00\x08meter 17"`, "mqtt_field_value(connect,33)", `"20"`},
		{`bin:"\n\x04\b\a\x10\t"`, "protobuf(1.2,int32)", "9"},
		{`bin:"\x00\x00\x00\x00\x06\n\x04\b\a\x10\t"`, "ungrpc(1.2,int32)", "9"},
		{`bin:"8=FIX.4.4\x019=5\x0135=A\x0110=180\x01"`, "fix_is_valid", "1"},
		{`bin:"8=FIX.4.4\x019=5\x0135=A\x0110=180\x01"`, "fix_tag_value(MsgType)", `"A"`},
		{`"fr;q=0.8,en-GB;q=0.9"`, "language(fr;en,de)", `"en"`},
		{`"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AA"`, "jwt_payload_query($.sub)", `"1"`},
		{`bin:"E\xab\x00(\x124@\x00@\x06\xab\xcd\x01\x02\x03\x04\x05\x06\a\b\x00P\xc3P\x01\x02\x03\x04\x05\x06\a\bP\xc2\xff\xff\x124\x00\x00"`, "ip.fp(7)", `"\xabSP\xff\xff\x00\x00\x00@\x01\x02\x03\x04"`},
		{`bin:"E\xab\x00(\x124@\x00@\x06\xab\xcd\x01\x02\x03\x04\x05\x06\a\b\x00P\xc3P\x01\x02\x03\x04\x05\x06\a\bP\xc2\xff\xff\x124\x00\x00"`, "ip.data,tcp.src", "80"},
	} {
		if got := b.eval(t, c.convs, c.in); got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.convs, c.in, got, c.want)
		}
		e, _, err := sample.ParseExpr([]string{"var(txn.in)," + c.convs}, b.env)
		if err != nil {
			t.Fatal(c.convs, err)
		}
		var v value.Value
		run := func() {
			m := b.stream.Arena.Mark()
			e.Eval(b.stream, &v)
			b.stream.Arena.Release(m)
		}
		for range 40 {
			run()
		}
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %v allocations", c.convs, n)
		}
	}
}
