package stream_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"sluice/internal/balance"
	"sluice/internal/listener"
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// bench is one frontend and one backend on real loops and real sockets, built without a configuration file.
type bench struct {
	t     *testing.T
	front *proxy.Proxy
	back  *proxy.Proxy
	snap  *proxy.Snapshot
	eng   *stream.Engine
	addr  string
	logs  *lines
}

// lines is a log sink that keeps what it is given.
type lines struct {
	mu   sync.Mutex
	got  []string
	more chan struct{}
}

func (l *lines) Write(_ int, _ *proxy.Logger, _ proxy.LogLevel, _ int64, _ string, _, line []byte) {
	l.mu.Lock()
	l.got = append(l.got, string(line))
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// wait returns the n-th line, from 0.
func (l *lines) wait(t *testing.T, n int) string {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		l.mu.Lock()
		if len(l.got) > n {
			defer l.mu.Unlock()
			return l.got[n]
		}
		l.mu.Unlock()
		select {
		case <-l.more:
		case <-deadline:
			t.Fatalf("no log line %d; have %q", n, l.got)
		}
	}
}

// brief is a log format of the facts that tests look at: server, status, termination state.
type brief struct{}

func (brief) Append(dst []byte, s *proxy.Stream) []byte {
	srv := "<NOSRV>"
	if s.Server != nil {
		srv = s.Server.Name
	}
	dst = fmt.Appendf(dst, "%s %d ", srv, s.Log.Status)
	return s.Term.Append(dst, false)
}

// start runs a bench in the given mode in front of the given servers. adjust may change anything before it begins.
func start(t *testing.T, mode proxy.Mode, servers []string, adjust func(*bench)) *bench {
	t.Helper()
	const loops = 2
	b := &bench{t: t, logs: &lines{more: make(chan struct{}, 1)}}
	g := &proxy.Global{MaxPipes: 16}
	g.Tune.BufSize, g.Tune.MaxRewrite, g.Tune.MaxHdr, g.Tune.LogURILen = 16384, 1024, 101, 1024
	proc := &proxy.Process{Loops: loops}
	b.front = &proxy.Proxy{Name: "fe", Caps: proxy.CapFrontend, State: proxy.NewState(loops)}
	b.front.Mode, b.front.Timeout.Client, b.front.LogFmt = mode, 10e9, brief{}
	b.front.LogWait = proxy.WaitBytes
	b.front.Loggers = []*proxy.Logger{{Level: proxy.LogDebug, Sink: b.logs}}
	b.back = &proxy.Proxy{Name: "be", Caps: proxy.CapBackend, State: proxy.NewState(loops)}
	b.back.Mode, b.back.Timeout.Server, b.back.Timeout.Connect = mode, 10e9, 5e9
	b.back.Options = proxy.OptSpliceAuto
	b.back.HTTPReuse, b.back.RetryOn = proxy.ReuseSafe, proxy.RetryConnFailure
	b.back.Balance.Algo = proxy.AlgoRoundRobin
	for i, a := range servers {
		ap := netip.MustParseAddrPort(a)
		srv := &proxy.Server{Name: fmt.Sprintf("s%d", i+1), ID: i + 1, Index: i, Weight: 1, Proxy: b.back, MaxReuse: -1,
			PoolMaxConn: -1, PoolPurgeDelay: 5e9, Addr: proxy.Addr{Family: proxy.FamIPv4, IP: ap.Addr(), Port: int(ap.Port())}}
		srv.State = proxy.NewServerState(srv, loops)
		b.back.Servers = append(b.back.Servers, srv)
	}
	b.front.DefaultBackendPtr = b.back
	bind := &proxy.Bind{Addr: proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1")}, Proxy: b.front,
		State: proxy.NewState(loops), UID: -1, GID: -1}
	b.snap = &proxy.Snapshot{Global: g, Proxies: []*proxy.Proxy{b.front, b.back}}
	if adjust != nil {
		adjust(b)
	}
	var err error
	if b.back.Balancer, err = balance.New(b.back); err != nil {
		t.Fatal(err)
	}
	b.snap.Prepare(loops)
	group, err := loop.New(loop.Options{Loops: loops})
	if err != nil {
		t.Fatal(err)
	}
	b.eng = stream.New(group, proc, b.snap)
	set := listener.NewSet(b.eng)
	l, err := set.Open(bind)
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	b.addr = l.Addr().String()
	group.Start()
	set.Start()
	t.Cleanup(func() {
		set.Stop(nil)
		group.Stop()
		group.Wait()
	})
	return b
}

// dial opens a raw client connection.
func (b *bench) dial() *client {
	b.t.Helper()
	c, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(20 * time.Second))
	b.t.Cleanup(func() { c.Close() })
	return &client{b.t, c.(*net.TCPConn), bufio.NewReader(c)}
}

type client struct {
	t *testing.T
	*net.TCPConn
	r *bufio.Reader
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.TCPConn, s); err != nil {
		c.t.Fatal(err)
	}
}

// response reads one response to a request of the given method, with its whole body.
func (c *client) response(method string) (*http.Response, string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("response: %v", err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("body: %v (have %d bytes)", err, len(body))
	}
	return res, string(body)
}

// closed checks that the proxy has closed the connection.
func (c *client) closed() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Fatalf("still open: got %q", b)
	}
}

// raw is an origin server that runs script for each connection.
func raw(t *testing.T, script func(c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				script(c, bufio.NewReader(c))
			}()
		}
	}()
	return l.Addr().String()
}

// origin is a raw server that answers every request on its connections with the same bytes.
func origin(t *testing.T, answer string) string {
	return raw(t, func(c net.Conn, r *bufio.Reader) {
		for {
			q, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.Copy(io.Discard, q.Body)
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	})
}

// nobody is the address of a port on which nothing listens.
func nobody(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	defer l.Close()
	return l.Addr().String()
}

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }
