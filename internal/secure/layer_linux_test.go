package secure

import (
	"crypto/tls"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// descriptor is the socket of a connection for a loop; the connection is closed.
func descriptor(t testing.TB, c net.Conn) loop.Socket {
	t.Helper()
	f, err := c.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	syscall.SetNonblock(fd, true)
	c.Close()
	return loop.Socket{FD: fd}
}

// BenchmarkHandshake measures a full handshake of both sides with a certificate on P-256; what it allocates is of both
// sides too.
func BenchmarkHandshake(b *testing.B) {
	f := benchFront(b)
	l := startLoop(b, loop.Epoll)
	client := &tls.Config{InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519}}
	b.ReportAllocs()
	for b.Loop() {
		left, right := pair(b)
		near := descriptor(b, left)
		done := make(chan error, 1)
		l.PostSpawn(loop.RunFunc(func(t *loop.Task) {
			var c loop.Conn
			if err := l.OpenSocket(&c, near); err != nil {
				done <- err
				return
			}
			done <- f.Secure(&proxy.Handshake{Conn: &c, Task: t, State: &proxy.TLSState{}})
			c.Close()
		}))
		if err := tls.Client(right, client).Handshake(); err != nil {
			b.Fatal(err)
		}
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		right.Close()
	}
}

// TestRecordsAllocateNothing sends and receives small messages, and large ones.
func TestRecordsAllocateNothing(t *testing.T) {
	if raceOn {
		t.Skip("the race detector allocates")
	}
	f := benchFront(t)
	l := startLoop(t, loop.Epoll)
	for _, size := range []int{100, 40_000} {
		c, client, near := over(t, l, f, descriptor)
		in, out, far := make([]byte, size), make([]byte, size), make([]byte, size)
		onTask(l, func(a *loop.Task) {
			if n := testing.AllocsPerRun(50, func() {
				client.Write(out)
				for n := 0; n < size; {
					k, err := c.Read(a, in[n:], l.After(10*time.Second))
					if err != nil {
						t.Error(err)
						return
					}
					n += k
				}
				c.Writev(a, in[:50], in[50:], l.After(10*time.Second))
				io.ReadFull(client, far)
			}); n > float64(1+size/16_000) { // those of the client
				t.Errorf("%v allocations for a message of %d bytes each way", n, size)
			}
			c.Close()
		})
		near()
	}
}
