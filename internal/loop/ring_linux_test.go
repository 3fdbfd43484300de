package loop

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// ringed runs f with a loop that makes its calls in batches, where the system allows that, and with one that makes them
// one by one.
func ringed(t *testing.T, f func(t *testing.T, l *Loop)) {
	for _, single := range []bool{false, true} {
		t.Run("single="+strconv.FormatBool(single), func(t *testing.T) {
			l := start(t, Options{Form: Epoll, SingleCalls: single}).Loops()[0]
			wants(t, l, !single)
			f(t, l)
		})
	}
}

// wants holds that the loop has a ring, or none. Where the system allows none the test is skipped.
func wants(t *testing.T, l *Loop, ring bool) {
	t.Helper()
	var has bool
	task(l, func(*Task) { has = l.ring != nil })
	switch err := RingFault(); {
	case has == ring:
	case ring && err != nil:
		t.Skip(err)
	default:
		t.Fatalf("the loop has a ring: %v", has)
	}
}

// TestCrowdEchoes has many connections echo what they read, then end, all in the same turns.
func TestCrowdEchoes(t *testing.T) {
	ringed(t, func(t *testing.T, l *Loop) {
		message := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 1+i*50) }
		k := newCrowd(t, l, func(c *Conn) { l.Spawn(echo{c}) }, message)
		for i, f := range k.far {
			b := make([]byte, len(message(i)))
			if _, err := io.ReadFull(f, b); err != nil || !bytes.Equal(b, message(i)) {
				t.Errorf("connection %d: %q, %v", i, b, err)
			}
			f.CloseWrite()
		}
		for i, f := range k.far {
			if b, err := io.ReadAll(f); err != nil || string(b) != "bye" {
				t.Errorf("connection %d ended with %q, %v", i, b, err)
			}
		}
		settled(t, l)
	})
}

// echo reads and writes late until the end, and says goodbye.
type echo struct{ c *Conn }

func (e echo) Run(a *Task) {
	b := make([]byte, 4096)
	for {
		n, err := e.c.Read(a, b, a.Loop().After(patience))
		if err != nil {
			break
		}
		e.c.TryWriteLate(b[:n])
	}
	e.c.TryWriteLate([]byte("bye"))
	e.c.Close()
}

// TestEndAfterLateWrite has connections end while something waits for the end of the turn and something of the peer's is
// unread: the peer gets all that was written, and is not reset before it.
func TestEndAfterLateWrite(t *testing.T) {
	ringed(t, func(t *testing.T, l *Loop) {
		k := newCrowd(t, l, func(*Conn) {}, func(int) []byte { return []byte("never read") })
		task(l, func(*Task) {
			for i := range k.near {
				k.near[i].TryWriteLate([]byte("one "))
			}
			for i := range k.near { // not next to each other
				k.near[i].TryWriteLate([]byte("two"))
				k.near[i].Close()
				if k.near[i].IsOpen() {
					t.Error("open after Close")
				}
			}
		})
		for i, f := range k.far {
			b := make([]byte, 7)
			if _, err := io.ReadFull(f, b); err != nil || string(b) != "one two" {
				t.Errorf("connection %d: %q, %v", i, b, err)
			}
		}
		settled(t, l)
	})
}

// TestCrowdResets has every other connection reset in the turn in which it wrote.
func TestCrowdResets(t *testing.T) {
	ringed(t, func(t *testing.T, l *Loop) {
		k := newCrowd(t, l, func(*Conn) {}, func(int) []byte { return []byte("x") })
		task(l, func(*Task) {
			for i := range k.near {
				k.near[i].TryWriteLate([]byte("last"))
				if i%2 == 0 {
					k.near[i].Reset()
				} else {
					k.near[i].Close()
				}
			}
		})
		for i, f := range k.far {
			b, err := io.ReadAll(f)
			if i%2 == 0 && (len(b) > 0 || !errors.Is(err, unix.ECONNRESET)) || i%2 == 1 && string(b) != "last" {
				t.Errorf("connection %d: %q, %v", i, b, err)
			}
		}
		settled(t, l)
	})
}

// TestRingFails takes the ring away from a loop in the middle of its work.
func TestRingFails(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	wants(t, l, true)
	var near [2 * ringLeast]Conn
	var far [2 * ringLeast]*net.TCPConn
	for i := range near {
		far[i] = pair(t, l, &near[i])
	}
	task(l, func(*Task) {
		null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Dup3(null, l.ring.fd, unix.O_CLOEXEC) // no ring any more
		unix.Close(null)
		for i := range near {
			near[i].TryWriteLate([]byte("x"))
			near[i].Close()
		}
	})
	for i, f := range far {
		if b, err := io.ReadAll(f); err != nil || string(b) != "x" {
			t.Errorf("connection %d: %q, %v", i, b, err)
		}
	}
	task(l, func(*Task) {
		if l.ring != nil {
			t.Error("a broken ring is still in use")
		}
	})
	settled(t, l)
}

// TestClosesGiveDescriptorsBack accepts and opens where only what was closed in the same turn has left descriptors.
func TestClosesGiveDescriptorsBack(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var c Conn
	pair(t, l, &c)
	task(l, func(*Task) {
		fd := int(c.fd)
		c.TryWriteLate([]byte("x"))
		c.Close()
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			t.Error("closed before its time:", err)
		}
		if !l.Settle() {
			t.Error("nothing was closed")
		}
		if l.Settle() {
			t.Error("closed twice")
		}
	})
	settled(t, l)
}

// TestEmptyBatch leaves nothing of a batch to be done before its turn comes: what the ring held before is not done again.
func TestEmptyBatch(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	wants(t, l, true)
	nl, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	file, err := nl.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	copies := func() (fds [2 * ringCalls]int) {
		for i := range fds {
			if fds[i], err = unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0); err != nil {
				t.Fatal(err)
			}
		}
		return fds
	}
	for name, empty := range map[string]func(conns []Conn){
		"writes that have left": func(conns []Conn) {
			for i := range conns {
				conns[i].TryWriteLate([]byte("x"))
				conns[i].TryWrite([]byte("y"))
			}
		},
		"connections that have ended": func(conns []Conn) {
			for i := range conns {
				s, err := conns[i].Detach()
				if err != nil {
					t.Fatal(err)
				}
				l.OpenSocket(&conns[i], s)
				if s, err = conns[i].Detach(); err != nil {
					t.Fatal(err)
				}
				defer s.Close()
			}
		},
	} {
		task(l, func(a *Task) {
			conns, _ := pairs(t, a, l, nl, 2*ringLeast)
			for _, fd := range copies() {
				l.dismiss(int32(fd))
			}
			l.closeLate()
			again := copies()
			empty(conns)
			a.Yield()
			for _, fd := range again {
				if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
					t.Errorf("%s: a descriptor was closed that nobody gave away: %v", name, err)
					break
				}
				unix.Close(fd)
			}
			for i := range conns {
				conns[i].Close()
			}
		})
	}
}
