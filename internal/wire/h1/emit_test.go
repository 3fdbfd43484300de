package h1

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/msg"
	"sluice/internal/value"
)

// TestForwardedHead holds what becomes of a head that is parsed and sent on without edits.
func TestForwardedHead(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"names in lower case", "GET /a HTTP/1.1\r\nHost: A\r\nX-Y: 1\r\n\r\n", "GET /a HTTP/1.1\r\nhost: A\r\nx-y: 1\r\n\r\n"},
		{"one space behind the colon", "GET / HTTP/1.1\r\nA:1\r\nB:  2\r\nC: 3 \r\nD:\r\nE: \r\nF: 4\r\n\r\n", "GET / HTTP/1.1\r\na: 1\r\nb: 2\r\nc: 3\r\nd: \r\ne: \r\nf: 4\r\n\r\n"},
		{"line ends", "GET / HTTP/1.1\nA: 1\nB: 2\r\nC: 3\n\n", "GET / HTTP/1.1\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n"},
		{"connection's own fields", "GET / HTTP/1.1\r\nA: 1\r\nConnection: keep-alive, X\r\nUpgrade: foo\r\nTE: gzip, trailers\r\nB: 2\r\n\r\n", "GET / HTTP/1.1\r\na: 1\r\nconnection: X\r\nte: trailers\r\nb: 2\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			var q msg.Request
			b := []byte(c.in)
			if n, v := p.Request(b, &q, &Options{}); v != Done || n != len(b) {
				t.Fatalf("Request = %d, %v (%v)", n, v, p.Err)
			}
			if got := string(AppendRequest(nil, &q, &Plan{})); got != c.want {
				t.Errorf("sent on:\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

// parsed is the request "GET / HTTP/1.1" with these header lines.
func parsed(t *testing.T, lines ...string) *msg.Request {
	t.Helper()
	var p Parser
	q := new(msg.Request)
	q.Reset()
	b := []byte("GET / HTTP/1.1\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n")
	if _, v := p.Request(b, q, &Options{}); v != Done {
		t.Fatal(v, p.Err)
	}
	return q
}

func TestPlan(t *testing.T) {
	var a buf.Arena
	x := msg.NewName("x")
	upper := func(name []byte) []byte { return bytes.ToUpper(name) }
	lines := []string{"Host: a", "X: 1", "Cookie: c", "Y: 2"}
	for _, c := range []struct {
		name string
		edit func(q *msg.Request)
		plan Plan
		want string
	}{
		{"as it is", nil, Plan{}, "host: a\nx: 1\ncookie: c\ny: 2\n"},
		{"dropped", nil, Plan{Drop: msg.SetOf(msg.Cookie, msg.Host)}, "x: 1\ny: 2\n"},
		{"unknown names are never dropped", nil, Plan{Drop: 1}, "host: a\nx: 1\ncookie: c\ny: 2\n"},
		{"added", nil, Plan{Connection: "close", Chunked: true, HasLength: true, Length: 12}, "host: a\nx: 1\ncookie: c\ny: 2\ncontent-length: 12\ntransfer-encoding: chunked\nconnection: close\n"},
		{"case", nil, Plan{Case: upper, Connection: "close"}, "HOST: a\nX: 1\nCOOKIE: c\nY: 2\nCONNECTION: close\n"},
		{"field set", func(q *msg.Request) { q.SetField(x, []byte("3"), &a) }, Plan{}, "host: a\ncookie: c\ny: 2\nx: 3\n"},
		{"value set", func(q *msg.Request) { q.SetValue(1, []byte("33"), &a) }, Plan{}, "host: a\nx: 33\ncookie: c\ny: 2\n"},
		{"value replaced by hand", func(q *msg.Request) { q.Fields[1].Value = []byte("4") }, Plan{}, "host: a\nx: 4\ncookie: c\ny: 2\n"},
		{"value shortened by hand", func(q *msg.Request) { q.Fields[1].Value = q.Fields[1].Value[:0] }, Plan{}, "host: a\nx: \ncookie: c\ny: 2\n"},
		{"name replaced by hand", func(q *msg.Request) { q.Fields[1].Name = []byte("z") }, Plan{}, "host: a\nz: 1\ncookie: c\ny: 2\n"},
		{"all deleted", func(q *msg.Request) { q.DeleteField(msg.Name{}) }, Plan{}, ""},
		{"connection by a rule", func(q *msg.Request) { q.AddField(msg.Connection.Name(), []byte("x, close"), &a) }, Plan{}, "host: a\nx: 1\ncookie: c\ny: 2\nconnection: x\n"},
		{"close by a rule", func(q *msg.Request) { q.AddField(msg.Connection.Name(), []byte("close"), &a) }, Plan{}, "host: a\nx: 1\ncookie: c\ny: 2\n"},
	} {
		q := parsed(t, lines...)
		if c.edit != nil {
			c.edit(q)
		}
		want := "GET / HTTP/1.1\r\n" + strings.ReplaceAll(c.want, "\n", "\r\n") + "\r\n"
		if got := string(AppendRequest(nil, q, &c.plan)); got != want {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, got, want)
		}
	}
}

func TestConnectionFlags(t *testing.T) {
	var a buf.Arena
	q := parsed(t, "Connection: close, x")
	if f := ConnectionFlags(q.Fields); f != 0 || q.Flags != msg.ConnClose {
		t.Errorf("fields say %b, the message %b", f, q.Flags)
	}
	q.AddField(msg.Connection.Name(), []byte("Keep-Alive"), &a)
	if f := ConnectionFlags(q.Fields); f != msg.ConnKeepAlive {
		t.Errorf("fields say %b", f)
	}
}

func TestReasons(t *testing.T) {
	for status, want := range map[int]string{
		200: "OK", 103: "Informational", 299: "Success", 399: "Redirection", 404: "Not Found", 498: "Client Error",
		502: "Bad Gateway or Proxy Error", 599: "Server Error", 600: "Other", 0: "Other", 20: "Other", 1000: "Other",
	} {
		if got := Reason(status); got != want {
			t.Errorf("Reason(%d) = %q, want %q", status, got, want)
		}
	}
	if !slices.IsSortedFunc(reasons[:], func(a, b reason) int { return a.code - b.code }) {
		t.Error("the table of reasons is not sorted")
	}
}

func TestReasonIsFilledIn(t *testing.T) {
	var p Parser
	var r msg.Response
	b := []byte("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n")
	if _, v := p.Response(b, &r, Asked{Method: value.GET}, &Options{}); v != Done {
		t.Fatal(v, p.Err)
	}
	want := "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
	if got := string(AppendResponse(nil, &r, &Plan{Connection: "close"})); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
