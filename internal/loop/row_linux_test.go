package loop

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// crowd is as many connections as make a row, and their far ends. All near ends have something to read when it is made.
type crowd struct {
	near [rowCount]Conn
	far  [rowCount]*net.TCPConn
}

func newCrowd(t *testing.T, l *Loop, prepare func(c *Conn), send func(i int) []byte) *crowd {
	k := &crowd{}
	for i := range k.near {
		k.far[i] = pair(t, l, &k.near[i])
	}
	task(l, func(a *Task) {
		for i := range k.near {
			prepare(&k.near[i])
		}
	})
	blocked := make(chan struct{})
	held := make(chan struct{})
	l.Post(func() { close(held); <-blocked }) // what comes meanwhile is announced at once
	<-held
	for i, f := range k.far {
		if _, err := f.Write(send(i)); err != nil {
			t.Fatal(err)
		}
		received(t, int(k.near[i].fd), len(send(i)))
	}
	close(blocked)
	return k
}

// received waits until the system has n bytes for fd.
func received(t *testing.T, fd, n int) {
	t.Helper()
	b := make([]byte, n+1)
	for range 1_000_000 {
		if got, _, _ := unix.Recvfrom(fd, b, unix.MSG_PEEK|unix.MSG_DONTWAIT); got >= n {
			return
		}
	}
	t.Fatal("the bytes do not come")
}

// reader is an idle handler that reads all there is in pieces of a size, or nothing at first when it is lazy.
type reader struct {
	piece int
	lazy  bool
	got   []byte
	rows  int // how often the bytes had been read before
	err   error
}

func (r *reader) Ready(c *Conn) {
	if c.flags&taken != 0 {
		r.rows++
	}
	if r.lazy {
		r.lazy = false
		c.l.Post(func() { r.Ready(c) })
		return
	}
	for b := make([]byte, r.piece); ; {
		n, err := c.TryRead(b)
		r.got = append(r.got, b[:n]...)
		if err != nil {
			if err != ErrAgain {
				r.err = err
			}
			break
		}
	}
	if r.err == nil {
		c.SetIdle(r)
	}
}

// TestRows reads short and long messages of many connections, by handlers that take them in pieces, some of them late.
func TestRows(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	for _, size := range []int{1, 100, rowRoom - 1, rowRoom, rowRoom + 1, 5000} {
		for _, lazy := range []bool{false, true} {
			message := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, size) }
			var readers [rowCount]reader
			n := 0
			k := newCrowd(t, l, func(c *Conn) {
				readers[n] = reader{piece: 1 + 7*n*n, lazy: lazy && n%2 == 0}
				c.Eager()
				c.SetIdle(&readers[n])
				n++
			}, message)
			until := func(done func(r *reader) bool) {
				task(l, func(a *Task) {
					for i := range readers {
						for end := l.After(patience); !done(&readers[i]) && l.Now() < end; {
							a.Sleep(tickNs)
						}
					}
				})
			}
			until(func(r *reader) bool { return len(r.got) == size })
			for i := range k.far {
				k.far[i].CloseWrite()
			}
			until(func(r *reader) bool { return r.err != nil })
			task(l, func(a *Task) {
				rows := 0
				for i := range readers {
					if r := &readers[i]; !bytes.Equal(r.got, message(i)) || r.err != io.EOF {
						t.Errorf("%d bytes, lazy %v: connection %d read %d, %v", size, lazy, i, len(r.got), r.err)
					}
					rows += readers[i].rows
					k.near[i].Close()
				}
				if rows == 0 {
					t.Error("nothing was read in a row")
				}
				if n := len(l.row.strays); n != 0 {
					t.Errorf("%d strays", n)
				}
			})
		}
	}
}

// TestRowsOfTasks has tasks wait that then read, splice, close or reset.
func TestRowsOfTasks(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	message := func(i int) []byte { return fmt.Appendf(nil, "message %d", i) }
	var pipes [rowCount][2]int
	done := make(chan string, rowCount)
	n := 0
	k := newCrowd(t, l, func(c *Conn) {
		i := n
		n++
		if err := unix.Pipe2(pipes[i][:], unix.O_NONBLOCK); err != nil {
			t.Fatal(err)
		}
		l.Spawn(RunFunc(func(a *Task) {
			if cause := c.WaitReadable(a, l.After(patience)); cause != Ready {
				t.Error(cause)
			}
			b := make([]byte, 100)
			m, err := 0, error(nil)
			switch i % 4 {
			case 0:
				m, err = c.TryRead(b)
			case 1:
				if m, err = c.TrySpliceIn(pipes[i][1], 1<<16, true); err == nil {
					m, err = unix.Read(pipes[i][0], b)
				}
			case 2:
				if _, err := c.Detach(); c.flags&taken != 0 && err != errBytes {
					t.Error(err)
				}
				m = copy(b, message(i))
				c.Close()
			case 3:
				c.Reset()
				m = copy(b, message(i))
			}
			done <- fmt.Sprint(string(b[:m]), err)
		}))
	}, message)
	want := map[string]bool{}
	for i := range k.near {
		want[fmt.Sprint(string(message(i)), error(nil))] = true
	}
	for range k.near {
		if got := <-done; !want[got] {
			t.Errorf("%q", got)
		}
	}
	task(l, func(*Task) {
		for i := range k.near {
			k.near[i].Close()
			unix.Close(pipes[i][0])
			unix.Close(pipes[i][1])
		}
		if n := len(l.row.strays); n != 0 {
			t.Errorf("%d strays", n)
		}
	})
}

// TestStrayError keeps the error that a row met for the reader.
func TestStrayError(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var c Conn
	pair(t, l, &c)
	task(l, func(*Task) {
		c.strand(&stray{err: unix.ECONNRESET})
		c.flags |= canRead
		if _, err := c.TryRead(make([]byte, 1)); err != unix.ECONNRESET {
			t.Error(err)
		}
		if c.flags&taken != 0 || len(l.row.strays) != 0 {
			t.Error("the error stays")
		}
		c.strand(&stray{b: []byte("x")})
		c.Close()
		if len(l.row.strays) != 0 {
			t.Error("a stray outlives its connection")
		}
	})
}

// TestLargeReadsLeaveTheRow has connections send more than a row takes, then little, then little again.
func TestLargeReadsLeaveTheRow(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var c Conn
	far := pair(t, l, &c)
	task(l, func(*Task) {
		defer c.Close()
		c.Eager()
		c.SetIdle(&reader{piece: 1})
		for _, step := range []struct {
			size int
			row  bool // the next one may be read in a row
		}{{rowRoom, false}, {1, true}, {5000, false}, {rowRoom - 1, true}} {
			far.Write(make([]byte, step.size))
			received(t, int(c.fd), step.size)
			c.flags |= canRead
			if _, err := c.TryRead(make([]byte, 8192)); err != nil {
				t.Error(err)
			}
			if c.reads() != step.row {
				t.Errorf("after %d bytes a row takes it: %v", step.size, c.reads())
			}
		}
	})
}
