package h1

import (
	"bytes"
	"strings"
	"testing"

	"sluice/internal/msg"
)

// bodies are chunked bodies and what they hold; a reason instead means refusal.
var bodies = []struct {
	name, in, payload, trailers, reason string
}{
	{name: "one chunk", in: "3\r\nabc\r\n0\r\n\r\n", payload: "abc"},
	{name: "empty", in: "0\r\n\r\n"},
	{name: "two chunks", in: "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", payload: "01234567890123456789"},
	{name: "leading zeros", in: "000000000000000000003\r\nabc\r\n000\r\n\r\n", payload: "abc"},
	{name: "extension", in: "3;a=b\r\nabc\r\n0;c\r\n\r\n", payload: "abc"},
	{name: "blanks behind the size", in: "3 \t;a=b\r\nabc\r\n0 \r\n\r\n", payload: "abc"},
	{name: "empty extension", in: "3;\r\nabc\r\n0\r\n\r\n", payload: "abc"},
	{name: "quoted extension", in: "3;a=\"b;\\\"c\"\r\nabc\r\n0\r\n\r\n", payload: "abc"},
	{name: "high bytes in an extension", in: "3;\x80\r\nabc\r\n0\r\n\r\n", payload: "abc"},
	{name: "trailers", in: "3\r\nabc\r\n0\r\nX: 1\r\nY:2 \r\n\r\n", payload: "abc", trailers: "x: 1\r\ny: 2\r\n"},
	{name: "trailers with LF", in: "0\r\nX: 1\n\n", trailers: "x: 1\r\n"},
	{name: "folded trailer", in: "0\r\nX: 1\r\n 2\r\n\r\n", trailers: "x: 1   2\r\n"},
	{name: "framing in trailers", in: "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: b\r\n\r\n", trailers: "host: b\r\n"},
	{name: "largest size", in: "FFFFFFFFFFFFF\r\nabc", payload: "abc"},
	{name: "size out of range", in: "10000000000000\r\nabc", reason: "chunk size out of range"},
	{name: "LF alone behind the size", in: "3\nabc\r\n0\r\n\r\n", reason: "invalid character in a chunk size"},
	{name: "LF alone behind the payload", in: "3\r\nabc\n0\r\n\r\n", reason: "chunk longer than its size, or without CR LF"},
	{name: "CR alone behind the payload", in: "3\r\nabc\r0\r\n\r\n", reason: "chunk without LF behind CR"},
	{name: "CR alone behind the size", in: "3\rabc\r\n0\r\n\r\n", reason: "chunk size without LF behind CR"},
	{name: "too long", in: "3\r\nabcd\r\n0\r\n\r\n", reason: "chunk longer than its size, or without CR LF"},
	{name: "no size", in: ";a\r\nabc\r\n0\r\n\r\n", reason: "chunk without size"},
	{name: "blank before the size", in: " 3\r\nabc\r\n0\r\n\r\n", reason: "chunk without size"},
	{name: "prefix 0x", in: "0x3\r\nabc\r\n0\r\n\r\n", reason: "invalid character in a chunk size"},
	{name: "sign", in: "-3\r\nabc\r\n0\r\n\r\n", reason: "chunk without size"},
	{name: "word behind the size", in: "3 a\r\nabc\r\n0\r\n\r\n", reason: "invalid character in a chunk size"},
	{name: "LF in an extension", in: "3;a\nabc\r\n0\r\n\r\n", reason: "invalid character in a chunk extension"},
	{name: "CR in an extension", in: "3;a\rb\r\nabc\r\n0\r\n\r\n", reason: "chunk size without LF behind CR"},
	{name: "NUL in an extension", in: "3;a\x00b\r\nabc\r\n0\r\n\r\n", reason: "invalid character in a chunk extension"},
	{name: "open quote", in: "3;a=\"b\r\nabc\r\n0\r\n\r\n", reason: "invalid character in a quoted chunk extension"},
	{name: "bad trailer", in: "0\r\nX : 1\r\n\r\n", reason: "invalid character in a header name"},
	{name: "trailer without colon", in: "0\r\nX\r\n\r\n", reason: "invalid character in a header name"},
	{name: "CR in a trailer", in: "0\r\nX: a\rb\r\n\r\n", reason: "CR without LF in a header field"},
	{name: "endless extension", in: "3;" + strings.Repeat("a", maxExtension+1), reason: "chunk extension too long"},
	{name: "endless zeros", in: strings.Repeat("0", maxExtension+2), reason: "chunk extension too long"},
}

// decode feeds in to a decoder in pieces that end at cuts. Each piece is a copy behind what was not used up of the one
// before, as it is after a buffer was compacted.
func decode(d *Chunked, in string, cuts ...int) (payload, trailers string, used int, v Verdict) {
	var body []byte
	var rest []byte
	last := 0
	for _, cut := range append(cuts, len(in)) {
		rest = append(bytes.Clone(rest), in[last:cut]...)
		last = cut
		for {
			var from, to, n int
			from, to, n, v = d.Next(rest, &Options{})
			body = append(body, rest[from:to]...)
			rest = rest[n:]
			used += n
			if v != Part {
				break
			}
		}
		if v != NeedMore {
			break
		}
	}
	var tail []byte
	for _, f := range d.Trailers {
		tail = AppendField(tail, f.Name, f.Value)
	}
	return string(body), string(tail), used, v
}

func TestChunkedBodies(t *testing.T) {
	for _, c := range bodies {
		t.Run(c.name, func(t *testing.T) {
			whole := []int{}
			check(t, c.in, c.payload, c.trailers, c.reason, whole)
			if len(c.in) > 1000 {
				return
			}
			for i := range c.in {
				check(t, c.in, c.payload, c.trailers, c.reason, []int{i})
			}
			each := []int{}
			for i := range c.in {
				each = append(each, i)
			}
			check(t, c.in, c.payload, c.trailers, c.reason, each)
		})
	}
}

func check(t *testing.T, in, payload, trailers, reason string, cuts []int) {
	t.Helper()
	var d Chunked
	p, tr, used, v := decode(&d, in, cuts...)
	if reason != "" {
		if v != Failed || d.Err.Reason != reason {
			t.Fatalf("cut at %v: verdict %v, reason %q, want %q", cuts, v, d.Err.Reason, reason)
		}
		return
	}
	want := Done
	if strings.HasPrefix(in, "FFFF") {
		want = NeedMore
	}
	if v != want || p != payload || tr != trailers || used != len(in) {
		t.Fatalf("cut at %v: verdict %v (%v), payload %q, trailers %q, %d bytes used", cuts, v, d.Err, p, tr, used)
	}
}

func TestChunkedStopsAtTheNextMessage(t *testing.T) {
	var d Chunked
	_, _, used, v := decode(&d, "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n")
	if v != Done || used != len("3\r\nabc\r\n0\r\n\r\n") {
		t.Errorf("verdict %v, %d bytes used", v, used)
	}
}

// TestWire passes bodies on unchanged as far as possible and takes apart what is left: the payload stays the same,
// wherever the input is cut.
func TestWire(t *testing.T) {
	for _, c := range bodies {
		if len(c.in) > 1000 {
			continue
		}
		for cut := range len(c.in) + 1 {
			out, v := relay(t, c.in, cut)
			if c.reason != "" {
				if v != Failed {
					t.Errorf("%s cut at %d: verdict %v, want refusal", c.name, cut, v)
				}
				continue
			}
			var d Chunked
			p, tr, _, _ := decode(&d, out)
			if p != c.payload || tr != c.trailers {
				t.Errorf("%s cut at %d: passed on as %q", c.name, cut, out)
			}
		}
	}
}

// relay sends a chunked body on as a proxy does.
func relay(t *testing.T, in string, cut int) (string, Verdict) {
	var d Chunked
	var out, rest []byte
	var v Verdict
	for _, piece := range []string{in[:cut], in[cut:]} {
		rest = append(bytes.Clone(rest), piece...)
		for {
			var n int
			n, v = d.Wire(rest)
			out = append(out, rest[:n]...)
			rest = rest[n:]
			if v != Rewrite {
				break
			}
			n, v = d.Head(rest, &Options{})
			if v == Part {
				out = AppendChunkHead(out, d.Left())
			}
			rest = rest[n:]
			if v == Done {
				return string(AppendTrailers(out, d.Trailers)), Done
			}
			if v != Part {
				break
			}
		}
		if v == Done || v == Failed {
			break
		}
	}
	return string(out), v
}

func TestWireNeedsNoRewriteForPlainBodies(t *testing.T) {
	in := []byte("5\r\nhello\r\nFFF\r\n" + strings.Repeat("x", 0xfff) + "\r\n0\r\n\r\n")
	var d Chunked
	if n, v := d.Wire(in); n != len(in) || v != Done {
		t.Errorf("Wire = %d, %v, want all of it", n, v)
	}
}

func TestChunkHeads(t *testing.T) {
	for n, want := range map[uint64]string{1: "1\r\n", 16: "10\r\n", 0xabc: "ABC\r\n", 1<<52 - 1: "FFFFFFFFFFFFF\r\n"} {
		if got := string(AppendChunkHead(nil, n)); got != want {
			t.Errorf("head of %d bytes is %q, want %q", n, got, want)
		}
	}
	if got := string(AppendTrailers(nil, []msg.Field{{Name: []byte("a"), Value: []byte("1")}, {Name: []byte("b"), Dead: true}})); got != "0\r\na: 1\r\n\r\n" {
		t.Errorf("trailers are %q", got)
	}
}
