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
		"set-var(txn.in2),length",
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
