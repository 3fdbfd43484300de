package loop

import (
	"net"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// disconnect takes the connection from the socket of c.
func disconnect(t *testing.T, c *Conn) {
	t.Helper()
	unspec := unix.RawSockaddrInet4{Family: unix.AF_UNSPEC}
	if err := connectRaw(c.FD(), &unspec); err != nil {
		t.Fatal(err)
	}
}

// TestConnectAnew uses one socket for one connection after the other. What the kernel said of the socket at rest, whenever
// it is heard, is not taken for the end of the next connect.
func TestConnectAnew(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	nl, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	to := nl.Addr().(*net.TCPAddr)
	var c Conn
	task(l, func(a *Task) {
		dial(t, l, &c, to)
		for range 3 {
			if err := c.WaitConnected(a, l.After(patience)); err != nil {
				t.Error(err)
			}
			if n, err := c.Write(a, []byte("hello"), l.After(patience)); n != 5 || err != nil {
				t.Error(n, err)
			}
			peer, err := nl.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			disconnect(t, &c)
			peer.Close()
			a.Yield() // the loop hears of it
			if err := unix.Connect(c.FD(), sockaddrOf(to)); err != unix.EINPROGRESS {
				t.Error(err)
			}
			c.Anew()
		}
		if err := c.WaitConnected(a, l.After(patience)); err != nil {
			t.Error(err)
		}
		peer, err := nl.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		peer.Write([]byte("x"))
		var b [1]byte
		if n, err := c.Read(a, b[:], l.After(patience)); n != 1 || err != nil {
			t.Error(n, err)
		}
		peer.Close()
		c.Close()
	})
}

// TestStaleNewsOfASocket tells a connecting socket what was true before.
func TestStaleNewsOfASocket(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	// A listener whose queue is full: the system does not answer the next one that connects.
	full, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(full)
	if err := unix.Bind(full, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(full, 0); err != nil {
		t.Fatal(err)
	}
	name, _ := unix.Getsockname(full)
	to := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}
	task(l, func(a *Task) {
		var first, c Conn
		dial(t, l, &first, to) // fills the queue
		defer first.Close()
		dial(t, l, &c, to)
		defer c.Close()
		const old = canRead | canWrite | sawHup | sawErr
		c.Anew()
		l.Post(func() { c.event(l, old) })
		if err := c.WaitConnected(a, l.After(50*time.Millisecond)); err == nil || err == syscall.ECONNREFUSED {
			t.Errorf("a connect that nobody answers ends with %v", err)
		}
	})
}

func connectRaw(fd int, to *unix.RawSockaddrInet4) error {
	_, _, e := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(to)), unix.SizeofSockaddrInet4)
	if e != 0 {
		return e
	}
	return nil
}
