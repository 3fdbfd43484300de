package loop

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// accepting hands what is accepted to the test.
type accepting struct {
	t      *testing.T
	got    chan Socket
	failed chan error
	peer   atomic.Pointer[netip.AddrPort]
}

func (h *accepting) Accepted(_ *Acceptor, s Socket, peer netip.AddrPort) {
	h.peer.Store(&peer)
	h.got <- s
}

func (h *accepting) AcceptFailed(_ *Acceptor, err error) {
	if h.failed == nil {
		h.t.Error(err)
		return
	}
	h.failed <- err
}

// listen makes a listen on a fresh port.
func listen(t *testing.T, l *Loop, a *Acceptor, h AcceptHandler, most int) (addr string) {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = nl.Addr().String()
	if l.g.Form() == Goroutines {
		on(l, func() { l.ListenNet(a, nl, h) })
		return addr
	}
	fd := duplicateOf(t, nl.(*net.TCPListener))
	t.Cleanup(func() { closeFD(fd) })
	on(l, func() {
		if err := l.Listen(a, fd, h, most); err != nil {
			t.Error(err)
		}
	})
	return addr
}

func connect(t *testing.T, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

func TestAccept(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		h := &accepting{t: t, got: make(chan Socket, 10)}
		var a Acceptor
		addr := listen(t, l, &a, h, 1)
		for range 3 {
			nc := connect(t, addr)
			s := receive(t, h.got)
			if got, want := h.peer.Load().String(), nc.LocalAddr().String(); got != want {
				t.Errorf("peer %s, want %s", got, want)
			}
			s.Close()
			if _, err := nc.Read(make([]byte, 1)); err == nil {
				t.Error("Socket.Close did not close")
			}
		}
		on(l, func() {
			if n := l.Counters(); n.Accepted != 3 || a.Loop() != l {
				t.Errorf("%+v", n)
			}
			a.Close()
			a.Close()
			a.Pause()
			a.Resume()
			if a.Loop() != nil {
				t.Error("closed, but has a loop")
			}
		})
	})
}

func TestAcceptPauses(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		h := &accepting{t: t, got: make(chan Socket, 10)}
		var a Acceptor
		addr := listen(t, l, &a, h, 0)
		on(l, func() {
			a.Pause()
			a.Pause()
		})
		connect(t, addr)
		connect(t, addr)
		task(l, func(t *Task) { t.Sleep(5 * time.Millisecond) })
		if len(h.got) != 0 {
			t.Fatal("accepted while paused")
		}
		on(l, func() {
			a.Resume()
			a.Resume()
		})
		receive(t, h.got).Close()
		receive(t, h.got).Close()
		on(l, func() { a.Close() })
	})
}

// pausing pauses its acceptor at each connection.
type pausing struct{ accepting }

func (h *pausing) Accepted(a *Acceptor, s Socket, peer netip.AddrPort) {
	a.Pause()
	h.got <- s
}

func TestAcceptHandlerMayPauseAndClose(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		h := &pausing{accepting{t: t, got: make(chan Socket, 10)}}
		var a Acceptor
		addr := listen(t, l, &a, h, 0)
		on(l, func() { a.Pause() })
		for range 3 {
			connect(t, addr)
		}
		for range 3 {
			on(l, func() { a.Resume() })
			receive(t, h.got).Close()
			on(l, func() {})
			if len(h.got) != 0 {
				t.Error("accepted after Pause")
			}
		}
		on(l, func() { a.Close() })
	})
}

func TestAcceptOnSeveralLoops(t *testing.T) {
	for _, form := range []Form{Epoll} {
		if !haveEpoll {
			t.Skip("no epoll on this system")
		}
		g := start(t, Options{Form: form, Loops: 3})
		nl, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := nl.Addr().String()
		fd := duplicateOf(t, nl.(*net.TCPListener))
		defer closeFD(fd)
		h := &accepting{t: t, got: make(chan Socket, 100)}
		as := make([]Acceptor, 3)
		g.Each(func(l *Loop) {
			if err := l.Listen(&as[l.ID()], fd, h, 0); err != nil {
				t.Error(err)
			}
		})
		for range 50 {
			connect(t, addr)
		}
		for range 50 {
			receive(t, h.got).Close()
		}
		total := uint64(0)
		g.Each(func(l *Loop) {
			total += l.Counters().Accepted
			as[l.ID()].Close()
		})
		if total != 50 {
			t.Error(total)
		}
	}
}

func TestAcceptorsAreClosedAtTheEnd(t *testing.T) {
	g, err := New(Options{Form: Goroutines})
	if err != nil {
		t.Fatal(err)
	}
	g.Start()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var a Acceptor
	on(g.Loops()[0], func() { g.Loops()[0].ListenNet(&a, nl, &accepting{t: t}) })
	g.Stop()
	g.Wait()
	if _, err := nl.Accept(); err == nil {
		t.Error("the listener is open")
	}
}
