package stream_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"sluice/internal/proxy"
)

func TestKeepAliveServesManyRequestsOnOneServerConnection(t *testing.T) {
	var conns atomic.Int32
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		conns.Add(1)
		for {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			io.WriteString(c, hello)
		}
	})
	b := start(t, proxy.ModeHTTP, []string{srv}, nil)
	c := b.dial()
	for i := range 10 {
		c.send(get("/" + fmt.Sprint(i)))
		if res, body := c.response("GET"); res.StatusCode != 200 || body != "hello" {
			t.Fatalf("request %d: %d %q", i, res.StatusCode, body)
		}
	}
	// The first request of a session opens a connection of its own; the others reuse it.
	if n := conns.Load(); n != 1 {
		t.Errorf("%d server connections for one client", n)
	}
	if got := b.logs.wait(t, 9); got != "s1 200 --" {
		t.Errorf("log %q", got)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		for {
			q, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(q.URL.Path), q.URL.Path)
		}
	})
	c := start(t, proxy.ModeHTTP, []string{srv}, nil).dial()
	c.send(get("/one") + get("/two") + get("/three"))
	for _, want := range []string{"/one", "/two", "/three"} {
		if _, body := c.response("GET"); body != want {
			t.Fatalf("got %q, want %q", body, want)
		}
	}
}

func TestBodiesPassUnchangedInEveryFraming(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB: past the point where it is spliced
	echo := raw(t, func(c net.Conn, r *bufio.Reader) {
		for {
			q, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(q.Body)
			switch q.URL.Path {
			case "/chunked":
				io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n")
				for len(body) > 0 {
					n := min(len(body), 10000)
					fmt.Fprintf(c, "%x;ext=1\r\n%s\r\n", n, body[:n])
					body = body[n:]
				}
				io.WriteString(c, "0\r\nX: y\r\n\r\n")
			case "/close":
				c.Write(append([]byte("HTTP/1.1 200 OK\r\n\r\n"), body...))
				return
			default:
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			}
		}
	})
	b := start(t, proxy.ModeHTTP, []string{echo}, nil)
	for _, answer := range []string{"/length", "/chunked", "/close"} {
		for _, size := range []int{0, 1, 5000, 100000, len(big)} {
			for _, chunked := range []bool{false, true} {
				c := b.dial()
				body := big[:size]
				go func() {
					if !chunked {
						fmt.Fprintf(c.TCPConn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", answer, size, body)
						return
					}
					fmt.Fprintf(c.TCPConn, "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", answer)
					for rest := body; len(rest) > 0; {
						n := min(len(rest), 7777)
						fmt.Fprintf(c.TCPConn, "%x\r\n%s\r\n", n, rest[:n])
						rest = rest[n:]
					}
					io.WriteString(c.TCPConn, "0\r\n\r\n")
				}()
				res, got := c.response("POST")
				if sha256.Sum256([]byte(got)) != sha256.Sum256([]byte(body)) {
					t.Fatalf("%s size %d chunked %v: got %d bytes", answer, size, chunked, len(got))
				}
				if answer == "/chunked" && res.Trailer.Get("X") != "y" {
					t.Errorf("trailer lost: %v", res.Trailer)
				}
				c.Close()
			}
		}
	}
}

func TestInterimResponsesPass(t *testing.T) {
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		q, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		body, _ := io.ReadAll(q.Body)
		fmt.Fprintf(c, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	})
	c := start(t, proxy.ModeHTTP, []string{srv}, nil).dial()
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	if res, _ := c.response("PUT"); res.StatusCode != 100 {
		t.Fatalf("got %d", res.StatusCode)
	}
	c.send("body")
	if res, _ := c.response("PUT"); res.StatusCode != 103 {
		t.Fatalf("got %d", res.StatusCode)
	}
	if res, body := c.response("PUT"); res.StatusCode != 200 || body != "body" {
		t.Fatalf("got %d %q", res.StatusCode, body)
	}
}

func TestUpgradeBecomesATunnel(t *testing.T) {
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(c, r)
	})
	b := start(t, proxy.ModeHTTP, []string{srv}, nil)
	c := b.dial()
	c.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
	if res, _ := c.response("GET"); res.StatusCode != 101 {
		t.Fatalf("got %d", res.StatusCode)
	}
	for range 3 {
		c.send("ping\n")
		if s, err := c.r.ReadString('\n'); s != "ping\n" {
			t.Fatal(s, err)
		}
	}
	c.CloseWrite()
	c.closed()
	if got := b.logs.wait(t, 0); got != "s1 101 --" {
		t.Errorf("log %q", got)
	}
}

func TestConnectionModes(t *testing.T) {
	b := start(t, proxy.ModeHTTP, []string{origin(t, hello)}, nil)
	for _, x := range []struct {
		request, connection string
		stays               bool
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", true},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", false},
		{"GET / HTTP/1.0\r\n\r\n", "close", false},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", true},
	} {
		c := b.dial()
		c.send(x.request)
		res, _ := c.response("GET")
		if got := res.Header.Get("Connection"); got != x.connection && !(res.Close && x.connection == "close") {
			t.Errorf("%q: connection %q, want %q", x.request, got, x.connection)
		}
		if !x.stays {
			c.closed()
			continue
		}
		c.send(x.request)
		if res, _ := c.response("GET"); res.StatusCode != 200 {
			t.Errorf("%q again: %d", x.request, res.StatusCode)
		}
	}
}

func TestFailuresHaveTheirStatusAndState(t *testing.T) {
	silent := func(t *testing.T) string {
		return raw(t, func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	}
	hangUp := func(t *testing.T) string { return raw(t, func(c net.Conn, r *bufio.Reader) { http.ReadRequest(r) }) }
	for _, x := range []struct {
		name   string
		server func(*testing.T) string
		adjust func(*bench)
		send   string
		status int
		log    string
	}{
		{"refused", nobody, nil, get("/"), 503, "s1 503 SC"},
		{"no answer in time", silent, func(b *bench) { b.back.Timeout.Server = 50e6 }, get("/"), 504, "s1 504 sH"},
		{"closes without an answer", hangUp, nil, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 502, "s1 502 SH"},
		{"garbage", func(t *testing.T) string { return origin(t, "SSH-2.0-x\r\n\r\n") }, nil, get("/"), 502, "s1 502 PH"},
		{"a status below 100", func(t *testing.T) string { return origin(t, "HTTP/1.1 099 X\r\n\r\n") }, nil, get("/"), 502, "s1 502 PH"},
		{"broken chunks", func(t *testing.T) string {
			return origin(t, "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n")
		}, nil, get("/"), 502, "s1 502 PH"},
		{"bad request", silent, nil, "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "<NOSRV> 400 PR"},
		{"slow request", silent, func(b *bench) { b.front.Timeout.HTTPRequest = 50e6 }, "GET / HT", 408, "<NOSRV> 408 cR"},
		{"all servers down", nobody, func(b *bench) {
			b.back.Servers[0].State.Oper.Store(uint32(proxy.OperStopped))
		}, get("/"), 503, "<NOSRV> 503 SC"},
		{"no backend", silent, func(b *bench) { b.front.DefaultBackendPtr = nil }, get("/"), 503, "<NOSRV> 503 SC"},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := start(t, proxy.ModeHTTP, []string{x.server(t)}, x.adjust)
			c := b.dial()
			c.send(x.send)
			if res, _ := c.response("GET"); res.StatusCode != x.status {
				t.Errorf("status %d, want %d", res.StatusCode, x.status)
			}
			if got := b.logs.wait(t, 0); got != x.log {
				t.Errorf("log %q, want %q", got, x.log)
			}
		})
	}
}

// TestAClientThatGivesUp has the server's side forgotten at once: its socket, and the port of it, wait for nothing.
func TestAClientThatGivesUp(t *testing.T) {
	asked, ended := make(chan bool, 1), make(chan error, 1)
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		asked <- true
		_, err := r.ReadByte()
		ended <- err
	})
	b := start(t, proxy.ModeHTTP, []string{srv}, nil)
	c := b.dial()
	c.send(get("/"))
	<-asked
	c.Close()
	if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server's connection ended with %v", err)
	}
}

func TestATruncatedResponseClosesTheClient(t *testing.T) {
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
	})
	b := start(t, proxy.ModeHTTP, []string{srv}, nil)
	c := b.dial()
	c.send(get("/"))
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); string(body) != "half" || err != io.ErrUnexpectedEOF {
		t.Errorf("%q, %v", body, err)
	}
	if got := b.logs.wait(t, 0); got != "s1 200 SD" {
		t.Errorf("log %q", got)
	}
}

func TestInvalidRequestsAreKept(t *testing.T) {
	b := start(t, proxy.ModeHTTP, []string{nobody(t)}, nil)
	c := b.dial()
	c.send("GET / HTTP/1.1\r\nHost: a\r\nBad\x00Name: x\r\n\r\n")
	c.response("GET")
	q, _ := b.eng.Errors.Of(b.front)
	if q.Wall == 0 || !strings.Contains(strings.ToLower(string(q.Bytes)), "bad") || q.Reason == "" {
		t.Errorf("kept %+v", q)
	}
}

func TestRequestsGoRoundTheServers(t *testing.T) {
	name := func(n string) string {
		return origin(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"+n)
	}
	b := start(t, proxy.ModeHTTP, []string{name("a"), name("b"), name("c")}, nil)
	c := b.dial()
	got := ""
	for range 6 {
		c.send(get("/"))
		_, body := c.response("GET")
		got += body
	}
	if got != "abcabc" {
		t.Errorf("order %q", got)
	}
}
