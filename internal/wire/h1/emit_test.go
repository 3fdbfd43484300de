package h1

import (
	"testing"

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
