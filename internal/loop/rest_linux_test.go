package loop

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// restForms runs a test with a listener and a loop that makes its calls in batches, and one that makes them one by one.
func restForms(t *testing.T, test func(t *testing.T, l *Loop, nl *net.TCPListener)) {
	t.Helper()
	for name, single := range map[string]bool{"batches": false, "one by one": true} {
		t.Run(name, func(t *testing.T) {
			nl, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer nl.Close()
			test(t, start(t, Options{Form: Epoll, SingleCalls: single}).Loops()[0], nl)
		})
	}
}

// pairs opens n connections and returns them with their peers.
func pairs(t *testing.T, a *Task, l *Loop, nl *net.TCPListener, n int) ([]Conn, []net.Conn) {
	t.Helper()
	conns, peers := make([]Conn, n), make([]net.Conn, n)
	for i := range conns {
		dial(t, l, &conns[i], nl.Addr().(*net.TCPAddr))
		connected(t, a, l, &conns[i])
		var err error
		if peers[i], err = nl.Accept(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { peers[i].Close() })
	}
	return conns, peers
}

func connected(t *testing.T, a *Task, l *Loop, c *Conn) {
	t.Helper()
	if err := c.WaitConnected(a, l.After(patience)); err != nil {
		t.Fatal(err)
	}
}

// TestRest uses a row of sockets for one connection after the other: each peer sees a reset, or an end when it has said
// its own, and the next one an ordinary connection on which bytes go both ways.
func TestRest(t *testing.T) {
	restForms(t, func(t *testing.T, l *Loop, nl *net.TCPListener) {
		task(l, func(a *Task) {
			const n = 2 * ringLeast
			r := l.NewResting()
			conns, peers := pairs(t, a, l, nl, n)
			for range 3 {
				for i := 0; i < n; i += 2 {
					peers[i].(*net.TCPConn).CloseWrite()
					if _, err := conns[i].Read(a, make([]byte, 1), l.After(patience)); err != io.EOF {
						t.Error(err)
					}
				}
				was := map[int]bool{}
				for i := range conns {
					was[conns[i].FD()] = true
					conns[i].Rest(r, 1)
				}
				if conns[0].IsOpen() {
					t.Error("a connection at rest is open")
				}
				if _, ok := r.Take(1); ok {
					t.Error("a socket is given away before it is disconnected")
				}
				a.Yield()
				if _, ok := r.Take(2); ok {
					t.Error("a socket of another kind is given away")
				}
				for i := range conns {
					want := error(syscall.ECONNRESET)
					if i%2 == 0 {
						want = io.EOF
					}
					if _, err := peers[i].Read(make([]byte, 1)); !errors.Is(err, want) {
						t.Errorf("the peer sees %v, not %v", err, want)
					}
					fd, ok := r.Take(1)
					if !ok || !was[fd] {
						t.Fatalf("%v %v is none of the sockets", fd, ok)
					}
					delete(was, fd)
					again(t, a, l, nl, &conns[i], fd)
					var err error
					if peers[i], err = nl.Accept(); err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { peers[i].Close() })
				}
				for i := range conns {
					exchange(t, a, l, &conns[i], peers[i])
				}
			}
			for i := range conns {
				conns[i].Close()
			}
		})
	})
}

// again connects a socket that rested, and waits for it.
func again(t *testing.T, a *Task, l *Loop, nl *net.TCPListener, c *Conn, fd int) {
	t.Helper()
	if err := unix.Connect(fd, sockaddrOf(nl.Addr().(*net.TCPAddr))); err != nil && err != unix.EINPROGRESS {
		t.Fatal(err)
	}
	l.OpenAgain(c, fd)
	connected(t, a, l, c)
}

func exchange(t *testing.T, a *Task, l *Loop, c *Conn, peer net.Conn) {
	t.Helper()
	var b [5]byte
	if n, err := c.Write(a, []byte("hello"), l.After(patience)); n != 5 || err != nil {
		t.Error(n, err)
	}
	if n, err := peer.Read(b[:]); string(b[:n]) != "hello" || err != nil {
		t.Error(n, err)
	}
	peer.Write([]byte("x"))
	if n, err := c.Read(a, b[:], l.After(patience)); n != 1 || b[0] != 'x' || err != nil {
		t.Error(n, err)
	}
}

// TestRestBeforeEpollHears ends a connection in the turn in which it began.
func TestRestBeforeEpollHears(t *testing.T) {
	restForms(t, func(t *testing.T, l *Loop, nl *net.TCPListener) {
		task(l, func(a *Task) {
			r := l.NewResting()
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := unix.Connect(fd, sockaddrOf(nl.Addr().(*net.TCPAddr))); err != nil && err != unix.EINPROGRESS {
				t.Fatal(err)
			}
			var c Conn
			if err := l.OpenNew(&c, fd); err != nil {
				t.Fatal(err)
			}
			c.Rest(r, 1)
			a.Yield()
			got, ok := r.Take(1)
			if !ok || got != fd {
				t.Fatal(got, ok)
			}
			again(t, a, l, nl, &c, fd)
			for { // the first one may or may not have come to be accepted
				peer, err := nl.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer peer.Close()
				if own, _ := unix.Getsockname(fd); own.(*unix.SockaddrInet4).Port == peer.RemoteAddr().(*net.TCPAddr).Port {
					exchange(t, a, l, &c, peer)
					break
				}
			}
			c.Close()
		})
	})
}

// TestRestIsBounded holds that sockets rest in a bounded number, and not for longer than they are needed.
func TestRestIsBounded(t *testing.T) {
	restForms(t, func(t *testing.T, l *Loop, nl *net.TCPListener) {
		task(l, func(a *Task) {
			r := l.NewResting()
			conns, _ := pairs(t, a, l, nl, mostResting+3)
			for i := range conns {
				conns[i].Rest(r, 1)
			}
			a.Yield()
			if n := len(r.sockets); n != mostResting {
				t.Errorf("%d rest", n)
			}
			take := func() {
				fd, ok := r.Take(1)
				if !ok {
					t.Fatal("none is given away")
				}
				closeFD(fd)
			}
			pass := func() { // restSpan passes
				if !r.timer.Armed() {
					t.Error("sockets rest without end")
				}
				l.Disarm(&r.timer)
				r.Expired(l, &r.timer)
			}
			if pass(); len(r.sockets) != mostResting {
				t.Error("sockets are closed that have just come")
			}
			take()
			take()
			if pass(); len(r.sockets) != 0 {
				t.Errorf("%d are kept that nobody needed", len(r.sockets))
			}
			conns, _ = pairs(t, a, l, nl, 2)
			for i := range conns {
				conns[i].Rest(r, 1)
			}
			a.Yield()
			pass()
			take()
			if pass(); len(r.sockets) != 0 || r.timer.Armed() {
				t.Errorf("%d rest", len(r.sockets))
			}
		})
	})
}

// TestSettleGivesRestingSocketsBack closes what rests when there is nothing else to close.
func TestSettleGivesRestingSocketsBack(t *testing.T) {
	restForms(t, func(t *testing.T, l *Loop, nl *net.TCPListener) {
		task(l, func(a *Task) {
			r := l.NewResting()
			if l.Settle() {
				t.Error("a descriptor comes from nowhere")
			}
			conns, _ := pairs(t, a, l, nl, 3)
			conns[0].Rest(r, 1)
			conns[1].Rest(r, 1)
			if !l.Settle() || len(r.sockets) != 0 {
				t.Errorf("%d rest", len(r.sockets))
			}
			conns[2].Close()
			if !l.Settle() || l.Settle() {
				t.Error("a close gives one descriptor back")
			}
		})
	})
}
