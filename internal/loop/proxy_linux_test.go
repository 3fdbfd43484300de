package loop

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The proxy below is the yardstick of this package: HTTP/1.1 keep-alive requests, taken from an idle client connection
// to an idle server connection and back, with a trusting parser and with every deadline that a real proxy has. What it
// costs per request is the price of the loops and of the system calls.

var proxyFlag = flag.String("proxy", "", "LISTEN,SERVER: serve as a proxy between the two addresses until interrupted")

// TestServeProxy is not a test but the yardstick as a program, for load generators:
//
//	go test -c ./internal/loop && ./loop.test -test.run ServeProxy -proxy 127.0.0.1:8000,127.0.0.1:9000
func TestServeProxy(t *testing.T) {
	if *proxyFlag == "" {
		t.Skip("a program, not a test: runs with -proxy LISTEN,SERVER")
	}
	listen, server, _ := strings.Cut(*proxyFlag, ",")
	p := startProxy(t, Options{}, listen, server)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	var used unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &used)
	requests := 0
	p.g.Each(func(l *Loop) {
		requests += p.loops[l.ID()].requests
		t.Logf("%+v", l.Counters())
	})
	p.g.Stop()
	p.g.Wait()
	cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	fmt.Printf("%d requests, %v of processor time, %v each\n", requests, cpu.Round(time.Millisecond), cpu/time.Duration(max(requests, 1)))
}

// TestProxy sends requests through the yardstick, so that what it measures is work done.
func TestProxy(t *testing.T) {
	p := startProxy(t, Options{Loops: 2}, "127.0.0.1:0", startServer(t, Options{}))
	task(p.g.Loops()[0], func(a *Task) { talk(t, a, p.addr, 500) })
	task(p.g.Loops()[1], func(a *Task) { talk(t, a, p.addr, 500) })
	requests := 0
	p.g.Each(func(l *Loop) { requests += p.loops[l.ID()].requests })
	if requests != 1000 {
		t.Error(requests)
	}
}

// BenchmarkProxy is one request through client, proxy and server, each with a loop of its own, 64 clients at a time.
func BenchmarkProxy(b *testing.B) {
	p := startProxy(b, Options{}, "127.0.0.1:0", startServer(b, Options{}))
	l := start(b, Options{}).Loops()[0]
	done := make(chan struct{})
	b.ReportAllocs()
	for i := range 64 {
		l.PostSpawn(RunFunc(func(a *Task) {
			talk(b, a, p.addr, (b.N+i)/64)
			done <- struct{}{}
		}))
	}
	for range 64 {
		<-done
	}
}

const (
	testRequest = "GET /some/path HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n"
	testAnswer  = "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 10\r\n\r\n0123456789"
)

// talk sends n requests over one connection.
func talk(tb testing.TB, a *Task, addr string, n int) {
	l := a.Loop()
	var c Conn
	if err := connectTo(a, &c, socketAddr(addr)); err != nil {
		tb.Error(err)
		return
	}
	defer c.Close()
	var b [len(testAnswer)]byte
	for range n {
		c.Write(a, []byte(testRequest), l.After(patience))
		if _, err := c.ReadFull(a, b[:], l.After(patience)); err != nil || string(b[:]) != testAnswer {
			tb.Errorf("%v %q", err, b[:])
			return
		}
	}
}

// serving answers every request on its connections.
type serving struct{ tb testing.TB }

func (serving) AcceptFailed(*Acceptor, error) {}

func (s serving) Accepted(a *Acceptor, sock Socket, _ netip.AddrPort) {
	a.Loop().Spawn(RunFunc(func(t *Task) {
		l := t.Loop()
		var c Conn
		if err := l.OpenSocket(&c, sock); err != nil {
			s.tb.Error(err)
			return
		}
		defer c.Close()
		b := make([]byte, 4096)
		for {
			n, err := c.Read(t, b, NoDeadline)
			if err != nil {
				return
			}
			if bytes.HasSuffix(b[:n], []byte("\r\n\r\n")) {
				c.Write(t, []byte(testAnswer), NoDeadline)
			}
		}
	}))
}

func startServer(tb testing.TB, o Options) (addr string) {
	l := start(tb, o).Loops()[0]
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	fd := duplicateOf(tb, nl.(*net.TCPListener))
	tb.Cleanup(func() { closeFD(fd) })
	a := &Acceptor{}
	on(l, func() {
		if err := l.Listen(a, fd, serving{tb}, 0); err != nil {
			tb.Error(err)
		}
	})
	return nl.Addr().String()
}

func socketAddr(addr string) *unix.SockaddrInet4 {
	ap := netip.MustParseAddrPort(addr)
	return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}
}

// connectTo opens c with a connection to addr.
func connectTo(t *Task, c *Conn, addr *unix.SockaddrInet4) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	own := *addr // which Connect writes, while another loop may do the same
	if err := unix.Connect(fd, &own); err != nil && err != unix.EINPROGRESS {
		unix.Close(fd)
		return err
	}
	l := t.Loop()
	if err := l.Open(c, fd); err != nil {
		unix.Close(fd)
		return err
	}
	if err := c.WaitConnected(t, l.After(5*time.Second)); err != nil {
		c.Close()
		return err
	}
	return nil
}

type testProxy struct {
	g      *Group
	addr   string
	server *unix.SockaddrInet4
	loops  []proxyLoop
}

// proxyLoop is what the proxy keeps per loop.
type proxyLoop struct {
	acceptor Acceptor
	idle     []*serverConn
	work     []*work
	requests int
}

// work is what a request needs while it is worked on.
type work struct {
	in, sb, out []byte
	hs          []header
}

type clientSession struct {
	Conn
	timer Timer
	p     *testProxy
}

type serverConn struct {
	Conn
	timer Timer
}

func startProxy(tb testing.TB, o Options, listen, server string) *testProxy {
	tb.Helper()
	g := start(tb, o)
	p := &testProxy{g: g, server: socketAddr(server), loops: make([]proxyLoop, len(g.Loops()))}
	nl, err := net.Listen("tcp", listen)
	if err != nil {
		tb.Fatal(err)
	}
	p.addr = nl.Addr().String()
	fd := duplicateOf(tb, nl.(*net.TCPListener))
	tb.Cleanup(func() { closeFD(fd) })
	g.Each(func(l *Loop) {
		if err := l.Listen(&p.loops[l.ID()].acceptor, fd, p, 64); err != nil {
			tb.Error(err)
		}
	})
	return p
}

func (p *testProxy) Accepted(a *Acceptor, s Socket, _ netip.AddrPort) {
	unix.SetsockoptInt(s.FD, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	c := &clientSession{p: p}
	if err := a.Loop().Open(&c.Conn, s.FD); err != nil {
		s.Close()
		return
	}
	c.idleAgain(a.Loop())
}

func (p *testProxy) AcceptFailed(*Acceptor, error) {}

func (s *clientSession) idleAgain(l *Loop) {
	l.Arm(&s.timer, l.After(10*time.Second), s)
	s.SetIdle(s)
}

// Ready takes the client up.
func (s *clientSession) Ready(c *Conn) {
	l := c.Loop()
	l.Suspend(&s.timer)
	l.Spawn(s)
}

// Expired ends an idle client.
func (s *clientSession) Expired(*Loop, *Timer) { s.end() }

func (s *clientSession) end() {
	if l := s.Loop(); l != nil {
		l.Disarm(&s.timer)
		s.Close()
	}
}

// Ready finds an idle server connection closed.
func (s *serverConn) Ready(c *Conn) { s.end() }

// Expired ends an idle server connection.
func (s *serverConn) Expired(*Loop, *Timer) { s.end() }

func (s *serverConn) end() {
	if l := s.Loop(); l != nil {
		l.Disarm(&s.timer)
		s.Close()
	}
}

// Run serves requests until the client has no other at hand.
func (s *clientSession) Run(t *Task) {
	l := t.Loop()
	here := &s.p.loops[l.ID()]
	var w *work
	if n := len(here.work); n > 0 {
		w, here.work = here.work[n-1], here.work[:n-1]
	} else {
		w = &work{in: make([]byte, 16384), sb: make([]byte, 16384), out: make([]byte, 0, 16384), hs: make([]header, 0, 64)}
	}
	if s.serve(t, l, here, w) {
		s.idleAgain(l)
	} else {
		s.end()
	}
	here.work = append(here.work, w)
}

func (s *clientSession) serve(t *Task, l *Loop, here *proxyLoop, w *work) bool {
	for n := 0; ; {
		end := 0
		for {
			if end, w.hs, _ = parseHead(w.in[:n], w.hs[:0]); end > 0 {
				break
			}
			m, err := s.Read(t, w.in[n:], l.After(5*time.Second))
			if err != nil {
				return false
			}
			n += m
		}
		w.out = emitHead(w.out[:0], w.in[:end], w.hs)
		copy(w.in, w.in[end:n])
		n -= end
		srv, err := s.p.take(t, l, here)
		if err != nil {
			return false
		}
		if _, err = srv.Write(t, w.out, l.After(10*time.Second)); err == nil {
			err = s.answer(t, l, w, srv)
		}
		if err != nil {
			srv.end()
			return false
		}
		l.Arm(&srv.timer, l.After(10*time.Second), srv)
		srv.SetIdle(srv)
		here.idle = append(here.idle, srv)
		here.requests++
		if n == 0 && !s.Readable() {
			return true
		}
	}
}

func (s *clientSession) answer(t *Task, l *Loop, w *work, srv *serverConn) error {
	m, end, length := 0, 0, 0
	for end == 0 {
		k, err := srv.Read(t, w.sb[m:], l.After(10*time.Second))
		if err != nil {
			return err
		}
		m += k
		end, w.hs, length = parseHead(w.sb[:m], w.hs[:0])
	}
	w.out = append(emitHead(w.out[:0], w.sb[:end], w.hs), w.sb[end:m]...)
	_, err := s.Write(t, w.out, l.After(10*time.Second))
	for left := length - (m - end); left > 0 && err == nil; left -= m {
		if m, err = srv.Read(t, w.sb, l.After(10*time.Second)); err == nil {
			_, err = s.Write(t, w.sb[:m], l.After(10*time.Second))
		}
	}
	return err
}

// take finds an idle server connection or connects.
func (p *testProxy) take(t *Task, l *Loop, here *proxyLoop) (*serverConn, error) {
	for n := len(here.idle); n > 0; n = len(here.idle) {
		srv := here.idle[n-1]
		here.idle[n-1] = nil
		here.idle = here.idle[:n-1]
		if srv.IsOpen() {
			srv.SetIdle(nil)
			l.Suspend(&srv.timer)
			return srv, nil
		}
	}
	srv := &serverConn{}
	if err := connectTo(t, &srv.Conn, p.server); err != nil {
		return nil, err
	}
	return srv, nil
}

type header struct{ n0, n1, v0, v1 int }

func parseHead(b []byte, hs []header) (int, []header, int) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, hs, 0
	}
	i := bytes.IndexByte(b, '\n') + 1
	length := 0
	for i < end+2 {
		j := i + bytes.IndexByte(b[i:], '\n')
		k := i + bytes.IndexByte(b[i:j], ':')
		v := k + 1
		for b[v] == ' ' {
			v++
		}
		hs = append(hs, header{i, k, v, j - 1})
		if k-i == 14 && bytes.EqualFold(b[i:k], []byte("content-length")) {
			for _, d := range b[v : j-1] {
				length = length*10 + int(d-'0')
			}
		}
		i = j + 1
	}
	return end + 4, hs, length
}

func emitHead(out []byte, b []byte, hs []header) []byte {
	i := bytes.IndexByte(b, '\n') + 1
	out = append(out, b[:i]...)
	for _, h := range hs {
		out = append(out, b[h.n0:h.n1]...)
		out = append(out, ':', ' ')
		out = append(out, b[h.v0:h.v1]...)
		out = append(out, '\r', '\n')
	}
	return append(out, '\r', '\n')
}
