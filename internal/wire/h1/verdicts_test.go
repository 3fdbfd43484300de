package h1

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"sluice/internal/msg"
	"sluice/internal/value"
)

const verdictFile = "testdata/verdicts.txt"

// row is one message of the table and what HAProxy answered.
type row struct {
	line    int
	kind    string // "req", or "res" and the request
	input   string
	ours    bool // the head is passed on differently here
	strict  outcome
	relaxed outcome
}

// outcome is the status the client saw, "h2" for the preface of HTTP/2, and the head as it was passed on.
type outcome struct {
	status string
	head   string
}

func (o outcome) String() string {
	if o.head == "" {
		return o.status
	}
	return o.status + " " + quoted(o.head)
}

func quoted(s string) string { return strconv.QuoteToASCII(latin(s)) }

// latin maps every byte to the rune of the same number, and bytes maps it back, so that quoting shows bytes.
func latin(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

func unlatin(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// table reads the rows; text holds the lines as they are, for rewriting.
func table(t *testing.T) (rows []*row, text []string) {
	t.Helper()
	raw, err := os.ReadFile(verdictFile)
	if err != nil {
		t.Fatal(err)
	}
	text = strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for i, line := range text {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == ' ':
			r := rows[len(rows)-1]
			name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			status, head, _ := strings.Cut(rest, " ")
			o := outcome{status: status}
			if head != "" {
				s, err := strconv.Unquote(head)
				if err != nil {
					t.Fatalf("%s:%d: %v", verdictFile, i+1, err)
				}
				o.head = unlatin(s)
			}
			if name == "strict" {
				r.strict, r.relaxed = o, o
			} else {
				r.relaxed = o
			}
		default:
			at := strings.IndexByte(line, '"')
			s, err := strconv.Unquote(line[at:])
			if err != nil {
				t.Fatalf("%s:%d: %v", verdictFile, i+1, err)
			}
			kind, ours := strings.CutSuffix(strings.TrimSpace(line[:at]), "!")
			rows = append(rows, &row{line: i + 1, kind: kind, ours: ours, input: unlatin(s)})
		}
	}
	return rows, text
}

// asked are the requests that the responses of the table answer.
func asked(kind string) (head string, a Asked) {
	const end = "\r\n\r\n"
	switch kind {
	case "res GET":
		return "GET / HTTP/1.1\r\nHost: a" + end, Asked{Method: value.GET}
	case "res GET10":
		return "GET / HTTP/1.0\r\nHost: a" + end, Asked{Method: value.GET}
	case "res KEEP10":
		return "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive" + end, Asked{Method: value.GET}
	case "res CLOSE":
		return "GET / HTTP/1.1\r\nHost: a\r\nConnection: close" + end, Asked{Method: value.GET}
	case "res HEAD":
		return "HEAD / HTTP/1.1\r\nHost: a" + end, Asked{Method: value.HEAD}
	case "res CONNECT":
		return "CONNECT a:80 HTTP/1.1\r\nHost: a" + end, Asked{Method: value.CONNECT}
	case "res UPGRADE":
		return "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo\r\nConnection: upgrade" + end, Asked{Method: value.GET, Upgrade: true}
	case "res WEBSOCKET":
		return "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" + end, Asked{Method: value.GET, Upgrade: true}
	}
	panic("no request " + kind)
}

// parse says what this package makes of a row's message, in the words of the table. The Connection fields are those of
// a proxy that keeps connections on both sides.
func parse(r *row, o *Options) outcome {
	var p Parser
	b := []byte(r.input)
	if r.kind == "req" {
		var q msg.Request
		q.Reset()
		_, v := p.Request(b, &q, o)
		var pl Plan
		if q.Version < msg.HTTP11 && q.Body != msg.Chunked && q.Flags&msg.ConnUpgrade == 0 {
			pl.Connection = "keep-alive"
		}
		return said(v, &p, "200", string(AppendRequest(nil, &q, &pl)))
	}
	var s msg.Response
	s.Reset()
	_, a := asked(r.kind)
	_, v := p.Response(b, &s, a, o)
	return said(v, &p, strconv.Itoa(s.Status), string(AppendResponse(nil, &s, answerPlan(r.kind, &s))))
}

func answerPlan(kind string, s *msg.Response) *Plan {
	var pl Plan
	keeps := s.Flags&msg.ForceClose == 0 && s.Body != msg.Tunnel
	old := kind == "res GET10" || kind == "res KEEP10"
	switch {
	case s.Status/100 == 1 || s.Body == msg.Tunnel:
	case s.Version >= msg.HTTP11 && (s.Body == msg.UntilClose || kind == "res CLOSE" || kind == "res GET10"):
		pl.Connection = "close"
	case keeps && (old || s.Version < msg.HTTP11):
		pl.Connection = "keep-alive"
	}
	return &pl
}

func said(v Verdict, p *Parser, status, head string) outcome {
	switch v {
	case Done:
		return outcome{status, head}
	case Failed:
		return outcome{status: strconv.Itoa(p.Err.Status)}
	case Preface:
		return outcome{status: "h2"}
	}
	if p.mode == response {
		return outcome{status: "502"} // the server closed
	}
	return outcome{status: "408"}
}

// plain cuts leading zeros off a status.
func plain(status string) string {
	for len(status) > 1 && status[0] == '0' {
		status = status[1:]
	}
	return status
}

// TestVerdicts compares every row of the table with what this package says.
func TestVerdicts(t *testing.T) {
	rows, _ := table(t)
	if len(rows) < 300 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, r := range rows {
		for _, c := range []struct {
			name string
			want outcome
			o    Options
		}{{"strict", r.strict, Options{}}, {"relaxed", r.relaxed, Options{Relaxed: true}}} {
			got := parse(r, &c.o)
			if plain(got.status) != plain(c.want.status) || !r.ours && got.head != c.want.head {
				t.Errorf("%s:%d: %s %s\n  %s: got %s\n  want %s", verdictFile, r.line, r.kind, quoted(r.input), c.name, got, c.want)
			}
		}
	}
}
