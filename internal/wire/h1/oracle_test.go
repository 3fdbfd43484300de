package h1

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var record = flag.Bool("record", false, "write HAProxy's answers into "+verdictFile)

// TestOracle asks the program that HAPROXY names about every row of the table. Releases before 3.5 differ from it in
// some rows.
func TestOracle(t *testing.T) {
	program := os.Getenv("HAPROXY")
	if program == "" {
		t.Skip("HAPROXY does not name a haproxy program to compare with")
	}
	o := startOracle(t, program)
	rows, text := table(t)
	for _, r := range rows {
		strict, relaxed := o.ask(t, r, o.strict), o.ask(t, r, o.relaxed)
		if *record {
			text[r.line-1] += "\n  strict " + strict.String()
			if relaxed != strict {
				text[r.line-1] += "\n  relaxed " + relaxed.String()
			}
			continue
		}
		for _, c := range []struct {
			name      string
			got, want outcome
		}{{"strict", strict, r.strict}, {"relaxed", relaxed, r.relaxed}} {
			if c.got.status != c.want.status || !generated(c.want.head) && c.got.head != c.want.head {
				t.Errorf("%s:%d: %s %s\n  %s: it says %s\n  the table has %s", verdictFile, r.line, r.kind, quoted(r.input), c.name, c.got, c.want)
			}
		}
	}
	if *record {
		var out []string
		for _, line := range text {
			if !strings.HasPrefix(line, " ") {
				out = append(out, line)
			}
		}
		if err := os.WriteFile(verdictFile, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// generated says whether a head holds a random value.
func generated(head string) bool {
	_, key, found := strings.Cut(head, "sec-websocket-key: ")
	return found && !strings.HasPrefix(key, "dGhl") && strings.Contains(key, "==\r\n")
}

// oracle is a running haproxy with a server behind it that takes down what it is sent.
type oracle struct {
	strict, relaxed           string // addresses of frontends that pass requests on
	strictReply, relaxedReply string // addresses of frontends that answer themselves
	origin                    net.Listener
	got                       chan string
	reply                     chan answer
}

// answer is what the server sends, and whether it closes then.
type answer struct {
	text   string
	closes bool
}

func startOracle(t *testing.T, program string) *oracle {
	t.Helper()
	o := &oracle{got: make(chan string, 16), reply: make(chan answer, 16)}
	var err error
	if o.origin, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.origin.Close() })
	go o.serve()
	addresses := []*string{&o.strict, &o.relaxed, &o.strictReply, &o.relaxedReply}
	fronts := make([]*os.File, len(addresses))
	for i := range fronts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*addresses[i] = l.Addr().String()
		if fronts[i], err = l.(*net.TCPListener).File(); err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
	config := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(config, fmt.Appendf(nil, oracleConfig, o.origin.Addr(), o.origin.Addr()), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-db", "-f", config)
	cmd.ExtraFiles = fronts
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Log(stderr.String())
		}
	})
	for _, f := range fronts {
		f.Close()
	}
	return o
}

const oracleConfig = `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  timeout http-request 500ms
  timeout http-keep-alive 5s
  timeout tunnel 5s
  retries 0
  http-reuse never
frontend strict
  bind fd@3
  default_backend to-strict
backend to-strict
  server s %s
frontend relaxed
  bind fd@4
  option accept-unsafe-violations-in-http-request
  default_backend to-relaxed
backend to-relaxed
  option accept-unsafe-violations-in-http-response
  server s %s
frontend strict-reply
  bind fd@5
  http-request wait-for-body time 5s if { req.hdr(transfer-encoding) -m found }
  http-request return status 200
frontend relaxed-reply
  bind fd@6
  option accept-unsafe-violations-in-http-request
  http-request return status 200
`

// serve takes one connection after the other: the head that arrives goes to got, the answer comes from reply.
func (o *oracle) serve() {
	for {
		c, err := o.origin.Accept()
		if err != nil {
			return
		}
		head := readHead(c)
		if head == "" {
			c.Close() // the program thought better of it
			continue
		}
		reply := <-o.reply
		o.got <- head
		c.Write([]byte(reply.text))
		if reply.closes {
			c.(*net.TCPConn).CloseWrite()
		}
		go func() {
			c.SetDeadline(time.Now().Add(2 * time.Second))
			for buf := make([]byte, 4096); ; {
				if _, err := c.Read(buf); err != nil {
					c.Close()
					return
				}
			}
		}()
	}
}

// readHead reads up to and with the first empty line.
func readHead(c net.Conn) string {
	c.SetDeadline(time.Now().Add(5 * time.Second))
	var head []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		head = append(head, buf[:n]...)
		if i := bytes.Index(head, []byte("\r\n\r\n")); i >= 0 {
			return string(head[:i+4])
		}
		if err != nil || bytes.HasPrefix(head, []byte("\x00\x00")) {
			return string(head)
		}
	}
}

// ask sends a row's message through the program.
func (o *oracle) ask(t *testing.T, r *row, address string) outcome {
	t.Helper()
	for len(o.got) > 0 {
		<-o.got
	}
	for len(o.reply) > 0 {
		<-o.reply
	}
	request, reply := r.input, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	if r.kind != "req" {
		request, _ = asked(r.kind)
		reply = r.input
	}
	o.reply <- answer{reply, r.kind != "req"}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	head := readHead(c)
	if strings.HasPrefix(head, "\x00") {
		return outcome{status: "h2"}
	}
	_, rest, _ := strings.Cut(head, " ")
	status, _, _ := strings.Cut(rest, " ")
	if r.kind != "req" {
		if strings.Contains(head, "<html>") || status == "502" {
			return outcome{status: "502"}
		}
		return outcome{status, head}
	}
	if status != "200" {
		return outcome{status: status}
	}
	return outcome{status, <-o.got}
}

// places are spots of a request where every byte is tried.
var places = []string{
	"G%T / HTTP/1.1\r\nHost: a\r\n\r\n",
	"%T / HTTP/1.1\r\nHost: a\r\n\r\n",
	"G% / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /a%b HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET %b HTTP/1.1\r\nHost: a\r\n\r\n",
	"OPTIONS % HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET h%p://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET %p://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET http://a%b/ HTTP/1.1\r\n\r\n",
	"GET http://a:%/ HTTP/1.1\r\n\r\n",
	"GET http://u%v@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"CONNECT a%b:80 HTTP/1.1\r\n\r\n",
	"CONNECT ab:8% HTTP/1.1\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a%b\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: %b\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: b:%\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: [%]:80\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: [a]%\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX%Y: b\r\n\r\n",
	"GET / HTTP/1.1\r\nX: a\r\n%Y: b\r\n\r\n",
	"GET / HTTP/1.1\r\nX%",
	"GET / HTTP/1.1\r\nHost: a\r\nX: a%b\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n",
	"GET / HTTP/%.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.%\r\nHost: a\r\n\r\n",
	"GET / HTT%/1.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.1%\r\nHost: a\r\n\r\n",
	"GET%/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 0%0\r\n\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: %chunked\r\n\r\n0\r\n\r\n",
	"GET / HTTP/1.1\r\n\r\n%",
}

// TestOracleBytes tries every byte in every place and compares the verdicts.
func TestOracleBytes(t *testing.T) {
	program := os.Getenv("HAPROXY")
	if program == "" {
		t.Skip("HAPROXY does not name a haproxy program to compare with")
	}
	o := startOracle(t, program)
	for _, place := range places {
		for c := range 256 {
			input := strings.Replace(place, "%", string([]byte{byte(c)}), 1)
			r := &row{kind: "req", input: input}
			for _, side := range []struct {
				address string
				o       Options
			}{{o.strictReply, Options{}}, {o.relaxedReply, Options{Relaxed: true}}} {
				want := parse(r, &side.o).status
				if want == "408" {
					continue // would only cost time
				}
				if got := status(t, side.address, input); got != want {
					t.Errorf("%s, relaxed %v: here %s, there %s", quoted(input), side.o.Relaxed, want, got)
				}
			}
		}
	}
}

// TestOracleChunks compares the verdicts on chunked bodies: those of the tests, and every byte in some places.
func TestOracleChunks(t *testing.T) {
	program := os.Getenv("HAPROXY")
	if program == "" {
		t.Skip("HAPROXY does not name a haproxy program to compare with")
	}
	o := startOracle(t, program)
	var inputs []string
	for _, c := range bodies {
		if len(c.in) < 1000 && !strings.HasPrefix(c.in, "FFF") {
			inputs = append(inputs, c.in)
		}
	}
	for _, place := range []string{
		"%3\r\nabc\r\n0\r\n\r\n", "0%\r\n\r\n", "0%;a\r\n\r\n", "0;%\r\n\r\n", "0;a%b\r\n\r\n", "0;a=\"%\"\r\n\r\n",
		"0;a=\"\\%\"\r\n\r\n", "0;a=\"b\"%\r\n\r\n", "0\r%\r\n\r\n", "1\r\na\r%0\r\n\r\n", "1\r\na%\n0\r\n\r\n", "0\r\nX%: 1\r\n\r\n",
		"0\r\nX: %\r\n\r\n",
	} {
		for c := range 256 {
			inputs = append(inputs, strings.Replace(place, "%", string([]byte{byte(c)}), 1))
		}
	}
	for _, in := range inputs {
		var d Chunked
		_, _, _, v := decode(&d, in)
		want := "200"
		switch v {
		case Failed:
			want = "400"
		case NeedMore:
			continue
		}
		if got := status(t, o.strictReply, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"+in); got != want {
			t.Errorf("%s: here %s, there %s", quoted(in), want, got)
		}
	}
}

func status(t *testing.T, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(readHead(c), " ")
	s, _, _ := strings.Cut(rest, " ")
	return s
}
