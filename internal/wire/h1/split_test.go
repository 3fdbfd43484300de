package h1

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sluice/internal/msg"
	"sluice/internal/value"
)

// result is all that a parser says about a message.
type result struct {
	v          Verdict
	n          int
	err        Error
	violations int
	laxPos     int
	q          msg.Request
	r          msg.Response
}

// run parses input as a buffer that fills up to each of cuts and then wholly. With moved the bytes are somewhere else
// after each cut, and the parser begins anew.
func run(kind, input string, o *Options, moved bool, cuts ...int) result {
	var p Parser
	var s result
	s.q.Reset()
	s.r.Reset()
	b := []byte(input)
	for _, end := range append(cuts, len(b)) {
		if moved {
			p.Original(b, append(s.q.Fields, s.r.Fields...))
			b = bytes.Clone(b)
			p.Reset()
			s.q.Reset()
			s.r.Reset()
		}
		// Bytes that did not arrive yet must not matter.
		part := b[:end:end]
		if kind == "req" {
			s.n, s.v = p.Request(part, &s.q, o)
		} else {
			_, a := asked(kind)
			s.n, s.v = p.Response(part, &s.r, a, o)
		}
		if s.v != NeedMore {
			break
		}
	}
	s.violations, s.laxPos = p.Violations, p.LaxPos
	if s.v == Failed {
		s.err = p.Err
		s.violations, s.laxPos = 0, 0 // how many were met before depends on what was looked at first
		s.q, s.r = msg.Request{}, msg.Response{}
	}
	if len(s.q.Fields) == 0 {
		s.q.Fields = nil
	}
	if len(s.r.Fields) == 0 {
		s.r.Fields = nil
	}
	return s
}

// TestSplitInput cuts every message of the table at every byte: the result must not depend on how the bytes arrive, nor
// on the buffer staying where it was, and what is incomplete asks for more or fails as the whole does.
func TestSplitInput(t *testing.T) {
	rows, _ := table(t)
	for _, r := range rows {
		for _, o := range []Options{{}, {Relaxed: true}} {
			whole := run(r.kind, r.input, &o, false)
			var each []int
			for cut := range len(r.input) {
				each = append(each, cut)
				for _, moved := range []bool{false, true} {
					compare(t, r, fmt.Sprintf("cut at %d, moved %v", cut, moved), run(r.kind, r.input, &o, moved, cut), whole)
				}
				part := run(r.kind, r.input[:cut], &o, false)
				if part.v == Failed && (whole.v != Failed || part.err != whole.err) || part.v == Done && part.n != whole.n {
					t.Fatalf("%s:%d: %s: the first %d bytes give %v %v, all give %v %v", verdictFile, r.line, quoted(r.input), cut, part.v, part.err, whole.v, whole.err)
				}
			}
			compare(t, r, "byte by byte", run(r.kind, r.input, &o, false, each...), whole)
		}
	}
}

func compare(t *testing.T, r *row, how string, got, want result) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:%d: %s %s, %s:\n  %+v\nwhole:\n  %+v", verdictFile, r.line, r.kind, quoted(r.input), how, got, want)
	}
}

func TestLimits(t *testing.T) {
	head := func(n int) string { return strings.Repeat("X: a\r\n", n) + "\r\n" }
	for _, c := range []struct {
		name   string
		kind   string
		input  string
		o      Options
		status int
	}{
		{"100 fields", "req", "GET / HTTP/1.1\r\n" + head(100), Options{}, 0},
		{"101 fields", "req", "GET / HTTP/1.1\r\n" + head(101), Options{}, 400},
		{"101 fields in a response", "res GET", "HTTP/1.1 200 OK\r\n" + head(101), Options{}, 502},
		{"repeated Host does not count", "req", "GET / HTTP/1.1\r\n" + strings.Repeat("Host: a\r\n", 200) + "\r\n", Options{}, 0},
		{"tune.http.maxhdr", "req", "GET / HTTP/1.1\r\n" + head(9), Options{MaxFields: 10}, 0},
		{"beyond tune.http.maxhdr", "req", "GET / HTTP/1.1\r\n" + head(10), Options{MaxFields: 10}, 400},
		{"payload in HTTP/1.0", "req", "GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", Options{}, 413},
		{"payload in HTTP/1.0 allowed", "req", "GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", Options{AnyPayload: true}, 0},
	} {
		s := run(c.kind, c.input, &c.o, false)
		if status := s.err.Status; status != c.status || (s.v == Failed) != (c.status != 0) {
			t.Errorf("%s: verdict %v, %v", c.name, s.v, s.err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	for input, want := range map[string]int{
		"GET /" + strings.Repeat("a", 100):                 414,
		"GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 100): 431,
		"GET / HTTP/1.1\r\n":                               431,
	} {
		var p Parser
		var q msg.Request
		if _, v := p.Request([]byte(input), &q, &Options{}); v != NeedMore {
			t.Errorf("%q: verdict %v", input, v)
		}
		if err := p.TooLarge(); err.Status != want {
			t.Errorf("%q: status %d, want %d", input, err.Status, want)
		}
	}
}

// TestSlowInputCostsItsLength feeds a long head byte by byte and counts how often a byte is looked at again.
func TestSlowInputCostsItsLength(t *testing.T) {
	for _, input := range []string{
		"GET /" + strings.Repeat("a", 8000) + " HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\n" + strings.Repeat("a", 8000) + ": b\r\n\r\n",
		"GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 8000) + "\r\n\r\n",
		"GET / HTTP/1.1\r\nX: a\r\n" + strings.Repeat(" ", 8000) + "a\r\n\r\n",
	} {
		var p Parser
		var q msg.Request
		q.Reset()
		b := []byte(input)
		for i := range b {
			before := p.pos
			_, v := p.Request(b[:i+1], &q, &Options{})
			if v == Done {
				break
			}
			if v == Failed || p.pos < before || i-p.pos > 2 || i-p.checked > 2 && p.state >= atLine {
				t.Fatalf("%.40q at byte %d: verdict %v, stands at %d, checked up to %d", input, i, v, p.pos, p.checked)
			}
		}
	}
}

func TestFlagsAndBodies(t *testing.T) {
	for _, c := range []struct {
		kind, input string
		flags       msg.Flags
		body        int64
	}{
		{"req", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", msg.ConnClose, 0},
		{"req", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", msg.ConnKeepAlive, 0},
		{"req", "POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n", msg.HasCL | msg.Expect100, 5},
		{"req", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", msg.HasCL, 1<<63 - 1},
		{"req", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", msg.HasTE, msg.Chunked},
		{"req", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", msg.HasTE | msg.ForceClose, msg.Chunked},
		{"req", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", msg.HasTE | msg.ForceClose, msg.Chunked},
		{"req", "GET / HTTP/1.1\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n", msg.ConnUpgrade, 0},
		{"req", "GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", 0, 0},
		{"req", "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", msg.ConnUpgrade | msg.WebSocket, 0},
		{"req", "CONNECT a:80 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 0, msg.Tunnel},
		{"res GET", "HTTP/1.1 200 OK\r\n\r\n", msg.ForceClose, msg.UntilClose},
		{"res GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", msg.HasCL, 5},
		{"res GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", msg.HasTE, msg.Chunked},
		{"res GET", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", msg.NoBody, 0},
		{"res GET", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", msg.NoBody | msg.HasCL, 0},
		{"res GET", "HTTP/1.1 100 Go on\r\n\r\n", msg.NoBody, 0},
		{"res HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", msg.NoBody | msg.HasTE, 0},
		{"res CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0, msg.Tunnel},
		{"res CONNECT", "HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\n", msg.HasCL, 5},
		{"res UPGRADE", "HTTP/1.1 101 Sw\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n", msg.ConnUpgrade, msg.Tunnel},
	} {
		s := run(c.kind, c.input, &Options{}, false)
		flags, body := s.q.Flags, s.q.Body
		if c.kind != "req" {
			flags, body = s.r.Flags, s.r.Body
		}
		if s.v != Done || flags != c.flags || body != c.body {
			t.Errorf("%s %q: verdict %v (%v), flags %b, body %d; want flags %b, body %d", c.kind, c.input, s.v, s.err, flags, body, c.flags, c.body)
		}
	}
}

func TestTrustLength(t *testing.T) {
	s := run("req", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", &Options{TrustLength: true}, false)
	if s.v != Done || s.q.Flags != msg.HasTE {
		t.Errorf("verdict %v, flags %b", s.v, s.q.Flags)
	}
}

func TestNoAllocation(t *testing.T) {
	var p Parser
	var q msg.Request
	var r msg.Response
	var d Chunked
	var o Options
	buf, out := make([]byte, 4096), make([]byte, 0, 4096)
	body := "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"
	step := func() {
		p.Reset()
		q.Reset()
		n := copy(buf, browser)
		p.Request(buf[:n/2], &q, &o)
		p.Request(buf[:n], &q, &o)
		out = AppendRequest(out[:0], &q, &Plan{Connection: "close", Drop: msg.SetOf(msg.Cookie)})
		p.Reset()
		r.Reset()
		n = copy(buf, page)
		p.Response(buf[:n], &r, Asked{Method: value.GET}, &o)
		out = AppendResponse(out[:0], &r, &Plan{Chunked: true, Drop: msg.SetOf(msg.ContentLength)})
		d.Reset()
		n = copy(buf, body)
		for b := buf[:n]; ; {
			_, _, used, v := d.Next(b, &o)
			b = b[used:]
			if v != Part {
				break
			}
		}
		out = AppendTrailers(AppendChunkHead(out[:0], 5), d.Trailers)
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
