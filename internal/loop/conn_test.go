package loop

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"
	"unsafe"
)

func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 64 {
		t.Errorf("a Conn has %d bytes: an idle client pays for it", n)
	}
	if n := unsafe.Sizeof(Timer{}); n > 56 {
		t.Errorf("a Timer has %d bytes", n)
	}
	if n := unsafe.Sizeof(Task{}); n > 128 {
		t.Errorf("a Task has %d bytes, more than two cache lines", n)
	}
	if n := unsafe.Offsetof(Task{}.watching); n >= 64 {
		t.Errorf("what every switch touches reaches to byte %d", n)
	}
}

func TestReadWrite(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		go func() {
			io.Copy(far, far)
			far.CloseWrite()
		}()
		task(l, func(a *Task) {
			deadline := l.After(patience)
			if n, err := c.Write(a, []byte("hello "), deadline); n != 6 || err != nil {
				t.Error(n, err)
			}
			if n, err := c.Writev(a, []byte("wide "), []byte("world"), deadline); n != 10 || err != nil {
				t.Error(n, err)
			}
			var b [16]byte
			if n, err := c.ReadFull(a, b[:], deadline); n != 16 || err != nil || string(b[:]) != "hello wide world" {
				t.Errorf("%d %v %q", n, err, b[:n])
			}
			if err := c.CloseWrite(); err != nil {
				t.Error(err)
			}
			if n, err := c.Read(a, b[:], deadline); n != 0 || err != io.EOF {
				t.Error(n, err)
			}
			if !c.AtEnd() || !c.PeerClosed() {
				t.Error("the end left no trace")
			}
			if _, err := c.Write(a, []byte("x"), deadline); err == nil {
				t.Error("a write after CloseWrite succeeded")
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestTryNeverWaits(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		task(l, func(a *Task) {
			var b [8]byte
			if n, err := c.TryRead(b[:]); n != 0 || err != ErrAgain {
				t.Error("nothing there:", n, err)
			}
			far.Write([]byte("abc"))
			if cause := c.WaitReadable(a, l.After(patience)); cause != Ready || !c.Readable() {
				t.Error(cause)
			}
			if n, err := c.TryRead(nil); n != 0 || err != nil {
				t.Error("empty buffer:", n, err)
			}
			if n, err := c.TryRead(b[:]); n != 3 || err != nil {
				t.Error(n, err)
			}
			if c.Readable() {
				t.Error("readable after a short read")
			}
			if n, err := c.TryWrite(nil); n != 0 || err != nil {
				t.Error("empty buffer:", n, err)
			}
			if n, err := c.TryWritev(nil, []byte("x")); n != 1 || err != nil {
				t.Error(n, err)
			}
			if n, err := c.TryWritev([]byte("x"), nil); n != 1 || err != nil {
				t.Error(n, err)
			}
			c.Close()
			if _, err := c.TryRead(b[:]); err != net.ErrClosed {
				t.Error(err)
			}
			if _, err := c.TryWrite(b[:]); err != net.ErrClosed {
				t.Error(err)
			}
			if _, err := c.TryWritev(b[:1], b[:1]); err != net.ErrClosed {
				t.Error(err)
			}
			if cause := c.WaitReadable(a, NoDeadline); cause != Ready {
				t.Error(cause)
			}
			for _, err := range []error{c.Close(), c.Reset(), c.CloseWrite(), c.SocketError(), c.WaitConnected(a, NoDeadline)} {
				if err != net.ErrClosed {
					t.Error(err)
				}
			}
			if c.FD() != -1 || c.IsOpen() || c.Loop() != nil {
				t.Error("a closed connection looks open")
			}
		})
	})
}

func TestWriteWaitsForThePeer(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<19) // 8 MiB: more than any socket's buffer
		got := make(chan []byte, 1)
		task(l, func(a *Task) {
			n, err := c.Write(a, big[:1<<22], l.After(5*time.Millisecond))
			if err == nil {
				n, err = c.Write(a, big[1<<22:], l.After(5*time.Millisecond))
				n += 1 << 22
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == len(big) {
				t.Fatal("the peer took everything without reading:", n, err)
			}
			if c.Writable() {
				t.Error("writable with a full buffer")
			}
			if m, err := c.TryWrite(big); m != 0 || err != ErrAgain {
				t.Error(m, err)
			}
			go func() {
				all, _ := io.ReadAll(far)
				got <- all
			}()
			if m, err := c.Writev(a, big[n:n+3], big[n+3:], l.After(patience)); m != len(big)-n || err != nil {
				t.Error(m, err)
			}
			c.Close()
		})
		if all := receive(t, got); !bytes.Equal(all, big) {
			t.Errorf("got %d bytes, want %d", len(all), len(big))
		}
	})
}

func TestDeadlinesOfReads(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		pair(t, l, &c)
		task(l, func(a *Task) {
			for _, d := range []time.Duration{5, 1, 3} {
				end := l.After(d * time.Millisecond)
				if _, err := c.Read(a, make([]byte, 1), end); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error(err)
				}
				if l.Now() < end {
					t.Error("expired early by", end-l.Now())
				}
			}
			c.Close()
		})
	})
}

func TestPeerEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(far *net.TCPConn)
		eof  bool
	}{
		{"close", func(far *net.TCPConn) { far.Close() }, true},
		{"half close", func(far *net.TCPConn) { far.CloseWrite() }, true},
		{"reset", func(far *net.TCPConn) { far.SetLinger(0); far.Close() }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			forms(t, func(t *testing.T, l *Loop) {
				var c Conn
				far := pair(t, l, &c)
				task(l, func(a *Task) {
					test.end(far)
					a.Watch(&c, Hup)
					if cause := a.Wait(l.After(patience)); cause != Ready || !c.PeerClosed() {
						t.Error(cause)
					}
					_, err := c.Read(a, make([]byte, 10), l.After(patience))
					if (err == io.EOF) != test.eof || err == nil || err == os.ErrDeadlineExceeded {
						t.Error(err)
					}
					if c.Failed() == test.eof {
						t.Error("Failed says", c.Failed())
					}
					c.Close()
				})
			})
		})
	}
}

func TestBytesBeforeTheEnd(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		far.Write([]byte("last words"))
		far.CloseWrite()
		task(l, func(a *Task) {
			a.Watch(&c, Hup)
			a.Wait(l.After(patience))
			var got []byte
			var b [4]byte
			for {
				n, err := c.Read(a, b[:], l.After(patience))
				got = append(got, b[:n]...)
				if err != nil {
					if err != io.EOF {
						t.Error(err)
					}
					break
				}
			}
			if string(got) != "last words" {
				t.Errorf("%q", got)
			}
			// The other direction still works.
			if _, err := c.Write(a, []byte("answer"), l.After(patience)); err != nil {
				t.Error(err)
			}
			c.Close()
		})
		if all, err := io.ReadAll(far); string(all) != "answer" || err != nil {
			t.Errorf("%q %v", all, err)
		}
	})
}

func TestResetReachesThePeer(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		on(l, func() { c.Reset() })
		if _, err := far.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Error("not reset:", err)
		}
	})
}

func TestReadFullOfTooLittle(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		far.Write([]byte("ab"))
		far.CloseWrite()
		task(l, func(a *Task) {
			if n, err := c.ReadFull(a, make([]byte, 4), l.After(patience)); n != 2 || err != io.ErrUnexpectedEOF {
				t.Error(n, err)
			}
			if n, err := c.ReadFull(a, make([]byte, 4), l.After(patience)); n != 0 || err != io.EOF {
				t.Error(n, err)
			}
			c.Close()
		})
	})
}

func TestWatchSeveral(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c, d Conn
		farC, farD := pair(t, l, &c), pair(t, l, &d)
		task(l, func(a *Task) {
			var b [8]byte
			for _, step := range []struct {
				far  *net.TCPConn
				near *Conn
			}{{farC, &c}, {farD, &d}, {farD, &d}, {farC, &c}} {
				step.far.Write([]byte("x"))
				a.Watch(&c, In|Hup)
				a.Watch(&d, In)
				if cause := a.Wait(l.After(patience)); cause != Ready {
					t.Fatal(cause)
				}
				if !step.near.Readable() || c.Readable() == d.Readable() {
					t.Error("readable:", c.Readable(), d.Readable())
				}
				step.near.TryRead(b[:])
			}
			a.Watch(&c, In)
			a.Watch(&d, In)
			if cause := a.Wait(l.After(time.Millisecond)); cause != Expired {
				t.Error(cause)
			}
			if c.rt != nil || d.rt != nil || len(a.watched) != 0 {
				t.Error("watches outlived the wait")
			}
			a.Watch(&c, In|Out)
			if cause := a.Wait(NoDeadline); cause != Ready || !c.Writable() {
				t.Error(cause)
			}
			c.Close()
			d.Close()
		})
	})
}

func TestHupWatchIgnoresBytes(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		task(l, func(a *Task) {
			far.Write([]byte("pipelined"))
			a.Watch(&c, In)
			a.Wait(l.After(patience)) // the bytes are there
			a.Watch(&c, Hup)
			if cause := a.Wait(l.After(2 * time.Millisecond)); cause != Expired {
				t.Error("bytes ended it:", cause)
			}
			far.Write([]byte("more"))
			a.Watch(&c, Hup)
			if cause := a.Wait(l.After(5 * time.Millisecond)); cause != Expired {
				t.Error("more bytes ended it:", cause)
			}
			far.CloseWrite()
			a.Watch(&c, Hup)
			if cause := a.Wait(l.After(patience)); cause != Ready {
				t.Error(cause)
			}
			c.Close()
		})
	})
}

func TestTwoTasksOneConnection(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		big := bytes.Repeat([]byte("x"), 8<<20)
		got := make(chan int, 1)
		task(l, func(writer *Task) {
			done := false
			l.Spawn(RunFunc(func(reader *Task) {
				var b [5]byte
				if _, err := c.ReadFull(reader, b[:], l.After(patience)); err != nil {
					t.Error(err)
				}
				done = true
				writer.Wake()
			}))
			writer.Yield() // both wait now
			go func() {
				far.Write([]byte("hello"))
				n, _ := io.Copy(io.Discard, far)
				got <- int(n)
			}()
			if n, err := c.Write(writer, big, l.After(patience)); n != len(big) || err != nil {
				t.Error(n, err)
			}
			for !done {
				writer.Wait(NoDeadline)
			}
			c.Close()
		})
		if n := receive(t, got); n != len(big) {
			t.Error(n)
		}
	})
}

func TestCloseUnderAWaitingTask(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		pair(t, l, &c)
		task(l, func(a *Task) {
			l.Spawn(RunFunc(func(*Task) { c.Close() }))
			if _, err := c.Read(a, make([]byte, 1), NoDeadline); err != net.ErrClosed {
				t.Error(err)
			}
		})
	})
}

func TestMisuseOfConnectionsPanics(t *testing.T) {
	var seen record
	g := start(t, Options{Loops: 2, OnPanic: func(_ *Loop, v any, _ []byte) { seen.add(v.(string)) }})
	l, other := g.Loops()[0], g.Loops()[1]
	var c Conn
	pair(t, l, &c)
	idle := readyFunc(func(*Conn) {})
	task(l, func(a *Task) {
		l.Spawn(RunFunc(func(b *Task) { b.Watch(&c, In) }))
		l.Spawn(RunFunc(func(b *Task) { b.Watch(&c, Hup) }))
		l.Spawn(RunFunc(func(b *Task) { c.SetIdle(idle) }))
		a.Watch(&c, In|Out)
		a.Wait(1)
		a.Watch(&c, In)
		l.Spawn(RunFunc(func(b *Task) { l.Open(&c, 0) }))
		a.Wait(l.After(2 * time.Millisecond))
	})
	task(other, func(b *Task) { b.Watch(&c, In) })
	on(l, func() {
		c.SetIdle(idle)
		l.Spawn(RunFunc(func(b *Task) { c.Read(b, make([]byte, 1), NoDeadline) }))
	})
	on(l, func() { c.Close() })
	on(l, func() { l.Spawn(RunFunc(func(*Task) { c.SetIdle(idle) })) })
	on(l, func() {})
	got := seen.all()
	if len(got) != 7 {
		t.Errorf("%d panics, want 7: %q", len(got), got)
	}
	slices.Sort(got)
	if n := len(slices.Compact(got)); n != 5 {
		t.Errorf("%d different ones, want 5: %q", n, got)
	}
}

func TestDetachToAnotherLoop(t *testing.T) {
	for _, form := range []Form{Epoll, Goroutines} {
		t.Run(form.String(), func(t *testing.T) {
			if form == Epoll && !haveEpoll {
				t.Skip("no epoll on this system")
			}
			g := start(t, Options{Form: form, Loops: 2})
			from, to := g.Loops()[0], g.Loops()[1]
			var c, d Conn
			far := pair(t, from, &c)
			far.Write([]byte("before "))
			var s Socket
			task(from, func(a *Task) {
				c.WaitReadable(a, from.After(patience))
				c.SetIdle(readyFunc(func(*Conn) { t.Error("called after Detach") }))
				var err error
				if s, err = c.Detach(); err != nil {
					t.Error(err)
				}
				if c.IsOpen() {
					t.Error("open after Detach")
				}
				if _, err := c.Detach(); err != net.ErrClosed {
					t.Error(err)
				}
			})
			far.Write([]byte("after"))
			task(to, func(a *Task) {
				if err := to.OpenSocket(&d, s); err != nil {
					t.Fatal(err)
				}
				var b [12]byte
				if _, err := d.ReadFull(a, b[:], to.After(patience)); err != nil || string(b[:]) != "before after" {
					t.Errorf("%q %v", b[:], err)
				}
				if _, err := d.Write(a, []byte("back"), to.After(patience)); err != nil {
					t.Error(err)
				}
				s, _ = d.Detach()
				s.Close()
			})
			if all, err := io.ReadAll(far); string(all) != "back" || err != nil {
				t.Errorf("%q %v", all, err)
			}
		})
	}
}

// TestBusyTasksYield lets a task read what is always there, in the ways that never park, and counts how often another
// task had its turn meanwhile.
func TestBusyTasksYield(t *testing.T) {
	for name, read := range map[string]func(a *Task, c *Conn, b []byte) (int, error){
		"Read": func(a *Task, c *Conn, b []byte) (int, error) { return c.Read(a, b, a.l.After(patience)) },
		"WaitReadable": func(a *Task, c *Conn, b []byte) (int, error) {
			c.WaitReadable(a, a.l.After(patience))
			return c.TryRead(b)
		},
		"Watch": func(a *Task, c *Conn, b []byte) (int, error) {
			a.Watch(c, In)
			a.Wait(a.l.After(patience))
			return c.TryRead(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			forms(t, func(t *testing.T, l *Loop) {
				var c Conn
				far := pair(t, l, &c)
				go far.Write(bytes.Repeat([]byte("x"), 1000))
				task(l, func(a *Task) {
					ran := 0
					l.Spawn(RunFunc(func(b *Task) {
						for ran = 1; ran < 1000; ran++ {
							b.Yield()
						}
					}))
					var b [1]byte
					for range 1000 {
						if _, err := read(a, &c, b[:]); err != nil && err != ErrAgain {
							t.Fatal(err)
						}
					}
					if ran < 1000/fairShare/2 {
						t.Errorf("another task ran %d times while one read 1000 bytes", ran)
					}
					c.Close()
				})
			})
		})
	}
}

func TestOpenOfWhatCannotBeOpened(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		on(l, func() {
			var c Conn
			if err := l.Open(&c, int(f.Fd())); err == nil {
				t.Error("a plain file was opened")
			}
			if c.IsOpen() || l.Counters().ConnsOpen != 0 {
				t.Error("it is open all the same")
			}
			if err := l.Open(&c, 1<<20); err == nil {
				t.Error("a descriptor that does not exist was opened")
			}
		})
		if _, err := f.WriteString("x"); err != nil {
			t.Error("the descriptor was closed:", err)
		}
	})
}
