package loop

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// dial opens c with a connect to addr in progress.
func dial(t *testing.T, l *Loop, c *Conn, addr *net.TCPAddr) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(fd, sockaddrOf(addr)); err != nil && err != unix.EINPROGRESS {
		t.Fatal(err)
	}
	if err := l.Open(c, fd); err != nil {
		t.Fatal(err)
	}
}

func TestWaitConnected(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	nl, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	task(l, func(a *Task) {
		var c Conn
		dial(t, l, &c, nl.Addr().(*net.TCPAddr))
		for range 2 { // the second finds it connected
			if err := c.WaitConnected(a, l.After(patience)); err != nil {
				t.Error(err)
			}
		}
		if err := c.SocketError(); err != nil {
			t.Error(err)
		}
		c.Close()
	})
	nl.Close()
	task(l, func(a *Task) {
		var c Conn
		dial(t, l, &c, nl.Addr().(*net.TCPAddr))
		if err := c.WaitConnected(a, l.After(patience)); err != syscall.ECONNREFUSED {
			t.Error(err)
		}
		c.Close()
	})
}

func TestWatchAConnectInProgress(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	nl, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	task(l, func(a *Task) {
		var c Conn
		dial(t, l, &c, nl.Addr().(*net.TCPAddr))
		c.Connecting()
		if c.Connected() || c.Writable() {
			t.Error("connected before the loop has looked")
		}
		a.Watch(&c, Out)
		if cause := a.Wait(l.After(patience)); cause != Ready || !c.Connected() || !c.Writable() {
			t.Error(cause)
		}
		c.Connecting() // it knows better
		if !c.Writable() {
			t.Error("not writable when connected")
		}
		c.Close()
	})
}

func TestWaitConnectedHasADeadline(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	// A listener whose queue is full leaves connects in progress.
	lfd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(lfd)
	if err := unix.Bind(lfd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	unix.Listen(lfd, 0)
	name, _ := unix.Getsockname(lfd)
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}
	task(l, func(a *Task) {
		var conns [8]Conn
		var last error
		for i := range conns {
			dial(t, l, &conns[i], addr)
			last = conns[i].WaitConnected(a, l.After(5*time.Millisecond))
		}
		if !errors.Is(last, Expired.Err()) {
			t.Error(last)
		}
		for i := range conns {
			conns[i].Reset()
		}
	})
}

// TestSplice relays through a pipe, in both roles, more than pipe and sockets hold.
func TestSplice(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var from, to Conn
	farFrom, farTo := pair(t, l, &from), pair(t, l, &to)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	got := make(chan []byte, 1)
	go func() {
		farFrom.Write(want)
		farFrom.CloseWrite()
	}()
	go func() {
		all, _ := io.ReadAll(farTo)
		got <- all
	}()
	task(l, func(a *Task) {
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(p[0])
		defer unix.Close(p[1])
		held, deadline := 0, l.After(patience)
		for {
			n, err := from.TrySpliceIn(p[1], 1<<20, held == 0)
			held += n
			if err == io.EOF {
				break
			}
			if err == ErrAgain && held == 0 {
				if from.WaitReadable(a, deadline) != Ready {
					t.Fatal("nothing to read")
				}
			} else if err != nil && err != ErrAgain {
				t.Fatal(err)
			}
			for held > 0 {
				n, err := to.TrySpliceOut(p[0], held)
				held -= n
				if err == ErrAgain && to.WaitWritable(a, deadline) != Ready || err != nil && err != ErrAgain {
					t.Fatal(err)
				}
			}
		}
		if _, err := from.TrySpliceIn(p[1], 10, true); err != io.EOF || !from.AtEnd() {
			t.Error(err)
		}
		to.CloseWrite()
		from.Close()
		to.Close()
		if _, err := from.TrySpliceIn(p[1], 10, true); err != net.ErrClosed {
			t.Error(err)
		}
		if _, err := to.TrySpliceOut(p[0], 10); err != net.ErrClosed {
			t.Error(err)
		}
	})
	if all := receive(t, got); !bytes.Equal(all, want) {
		t.Errorf("got %d bytes, want %d", len(all), len(want))
	}
}

func TestSpliceIntoAFullPipeKeepsTheConnectionReadable(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var c Conn
	far := pair(t, l, &c)
	go far.Write(make([]byte, 1<<20))
	task(l, func(a *Task) {
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(p[0])
		defer unix.Close(p[1])
		unix.FcntlInt(uintptr(p[0]), unix.F_SETPIPE_SZ, 4096)
		c.WaitReadable(a, l.After(patience))
		for held := 0; ; {
			n, err := c.TrySpliceIn(p[1], 1<<20, held == 0)
			if held += n; err == ErrAgain && held > 0 {
				break
			} else if err != nil && err != ErrAgain {
				t.Fatal(err)
			}
		}
		if !c.Readable() {
			t.Error("a full pipe was taken for an empty connection")
		}
		c.Reset()
	})
}

func TestPumpedConnectionsCannotSplice(t *testing.T) {
	l := start(t, Options{Form: Goroutines}).Loops()[0]
	var c Conn
	pair(t, l, &c)
	on(l, func() {
		if _, err := c.TrySpliceIn(0, 1, true); err != errors.ErrUnsupported {
			t.Error(err)
		}
		if _, err := c.TrySpliceOut(0, 1); err != errors.ErrUnsupported {
			t.Error(err)
		}
		c.Close()
	})
}

func TestUnixSockets(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("unix"), 1<<18)
	task(l, func(a *Task) {
		var c, d Conn
		if err := errors.Join(l.Open(&c, fds[0]), l.Open(&d, fds[1])); err != nil {
			t.Fatal(err)
		}
		l.Spawn(RunFunc(func(b *Task) {
			if n, err := d.Write(b, want, l.After(patience)); n != len(want) || err != nil {
				t.Error(n, err)
			}
			d.Close()
		}))
		var got []byte
		b := make([]byte, 3000)
		for {
			n, err := c.Read(a, b, l.After(patience))
			if got = append(got, b[:n]...); err != nil {
				if err != io.EOF {
					t.Error(err)
				}
				break
			}
		}
		if !bytes.Equal(got, want) {
			t.Error("got", len(got))
		}
		c.Close()
	})
}

// TestEventsOfAClosedConnectionAreLost closes, in the handler of the first of two events of one turn, the connection of
// the second, and opens another in its place.
func TestEventsOfAClosedConnectionAreLost(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var c, d, fresh Conn
	farC, farD := pair(t, l, &c), pair(t, l, &d)
	near, _ := tcpPair(t)
	fd := duplicateOf(t, near)
	calls := 0
	swap := func(other *Conn) readyFunc {
		return func(*Conn) {
			calls++
			other.Close()
			if err := l.Open(&fresh, fd); err != nil {
				t.Error(err)
			}
		}
	}
	on(l, func() {
		c.SetIdle(swap(&d))
		d.SetIdle(swap(&c))
		// Both in one turn: the loop does not look while this runs.
		farC.Close()
		farD.Close()
		for _, far := range []*Conn{&c, &d} {
			fds := []unix.PollFd{{Fd: int32(far.FD()), Events: unix.POLLRDHUP}}
			if n, err := unix.Poll(fds, int(patience/time.Millisecond)); n != 1 {
				t.Error(err)
			}
		}
	})
	task(l, func(a *Task) {
		for calls == 0 {
			a.Yield()
		}
		a.Sleep(2 * time.Millisecond)
		if calls != 1 || fresh.PeerClosed() || fresh.Readable() {
			t.Errorf("%d calls, the new connection heard of the old one's end: %v", calls, fresh.PeerClosed())
		}
		fresh.Close()
		c.Close()
		d.Close()
	})
}

func TestListenerInBlockingMode(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fd := duplicateOf(t, nl.(*net.TCPListener))
	defer unix.Close(fd)
	unix.SetNonblock(fd, false)
	h := &accepting{t: t, got: make(chan Socket, 10)}
	var a Acceptor
	on(l, func() {
		if err := l.Listen(&a, fd, h, 0); err != nil {
			t.Error(err)
		}
	})
	nc, err := net.Dial("tcp", nl.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	receive(t, h.got).Close()
	on(l, func() { a.Close() }) // the loop still runs
}

func TestAcceptRestsAfterAnError(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fd := duplicateOf(t, nl.(*net.TCPListener))
	defer unix.Close(fd)
	h := &accepting{t: t, got: make(chan Socket, 10), failed: make(chan error, 10)}
	var a Acceptor
	on(l, func() {
		if err := l.Listen(&a, fd, h, 0); err != nil {
			t.Error(err)
		}
	})
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(client)
	var limit unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	none := limit
	none.Cur = 0
	unix.Setrlimit(unix.RLIMIT_NOFILE, &none)
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	unix.Connect(client, sockaddrOf(nl.Addr().(*net.TCPAddr)))
	if err := receive(t, h.failed); err != syscall.EMFILE {
		t.Error(err)
	}
	unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	receive(t, h.got).Close() // after the rest
	on(l, func() {
		if n := l.Counters(); n.AcceptErrors == 0 || n.Accepted != 1 {
			t.Errorf("%+v", n)
		}
		a.Close()
	})
}

func sockaddrOf(addr *net.TCPAddr) unix.Sockaddr {
	return &unix.SockaddrInet4{Port: addr.Port, Addr: addr.AddrPort().Addr().As4()}
}

// TestFlagsAreEpolls holds the flags to the kernel's values.
func TestFlagsAreEpolls(t *testing.T) {
	for f, want := range map[flags]uint32{
		canRead: unix.EPOLLIN, canWrite: unix.EPOLLOUT, sawErr: unix.EPOLLERR, sawHup: unix.EPOLLHUP, sawRDHup: unix.EPOLLRDHUP,
	} {
		if uint32(f) != want {
			t.Errorf("%#x, want %#x", f, want)
		}
	}
	for ev, want := range map[uint32]flags{
		unix.EPOLLIN:                   canRead,
		unix.EPOLLIN | unix.EPOLLOUT:   canRead | canWrite | sawOut,
		unix.EPOLLRDHUP:                canRead | sawRDHup,
		unix.EPOLLHUP:                  canRead | canWrite | sawHup,
		unix.EPOLLERR | unix.EPOLLHUP:  canRead | canWrite | sawErr | sawHup,
		unix.EPOLLPRI | unix.EPOLLOUT:  canWrite | sawOut,
		unix.EPOLLIN | unix.EPOLLRDHUP: canRead | sawRDHup,
	} {
		if got := newsOf(ev); got != want {
			t.Errorf("newsOf(%#x) = %#x, want %#x", ev, got, want)
		}
	}
}
