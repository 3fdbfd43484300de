package loop

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// bubble runs a test in virtual time on a loop of the goroutine form.
func bubble(t *testing.T, test func(t *testing.T, l *Loop)) {
	bubbleWith(t, Options{}, test)
}

func bubbleWith(t *testing.T, o Options, test func(t *testing.T, l *Loop)) {
	synctest.Test(t, func(t *testing.T) {
		o.Form = Goroutines
		g, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		g.Start()
		test(t, g.Loops()[0])
		g.Stop()
		g.Wait()
	})
}

// TestVirtualTime: deadlines of hours pass at once, and to the nanosecond.
func TestVirtualTime(t *testing.T) {
	bubble(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			for _, d := range []time.Duration{time.Millisecond, 50 * time.Millisecond, 65 * time.Millisecond, 5 * time.Second, time.Hour, 1000 * time.Hour} {
				before, wall := l.Now(), time.Now()
				if cause := a.Sleep(d); cause != Expired {
					t.Error(cause)
				}
				if got := l.Now() - before; got != int64(d) || time.Since(wall) != d {
					t.Errorf("slept %v, want %v", time.Duration(got), d)
				}
				if l.Wall() != time.Now().UnixNano() {
					t.Error("the wall clock does not go along")
				}
			}
		})
	})
}

// TestInactivity moves a deadline lazily: each byte of the peer gives it another minute, and the wheel sees none of it.
func TestInactivity(t *testing.T) {
	bubble(t, func(t *testing.T, l *Loop) {
		near, far := net.Pipe()
		var c Conn
		on(l, func() { l.OpenNet(&c, near) })
		go func() {
			for range 10 {
				time.Sleep(50 * time.Second)
				far.Write([]byte("x"))
			}
		}()
		begin := time.Now()
		task(l, func(a *Task) {
			var b [8]byte
			for n := 0; ; n++ {
				if _, err := c.Read(a, b[:], l.After(time.Minute)); err != nil {
					if !errors.Is(err, os.ErrDeadlineExceeded) || n != 10 {
						t.Error(n, err)
					}
					break
				}
			}
			c.Close()
		})
		if d := time.Since(begin); d != 560*time.Second {
			t.Error("gave up after", d)
		}
		far.Close()
	})
}

func TestPipeInABubble(t *testing.T) {
	bubble(t, func(t *testing.T, l *Loop) {
		near, far := net.Pipe()
		var c Conn
		on(l, func() { l.OpenNet(&c, near) })
		done := make(chan string)
		go func() {
			b, _ := io.ReadAll(far)
			done <- string(b)
		}()
		task(l, func(a *Task) {
			if err := c.WaitConnected(a, NoDeadline); err != nil {
				t.Error(err)
			}
			if c.FD() != -1 || c.Net() != near {
				t.Error("FD or Net")
			}
			if err := c.CloseWrite(); err != errors.ErrUnsupported {
				t.Error(err)
			}
			a.Sleep(time.Hour)
			c.Write(a, []byte("hello"), NoDeadline)
			c.Close() // what was written is delivered
		})
		if got := <-done; got != "hello" {
			t.Errorf("%q", got)
		}
	})
}

// TestCloseGivesUpOnAPeerThatDoesNotRead bounds how long a closed connection lingers.
func TestCloseGivesUpOnAPeerThatDoesNotRead(t *testing.T) {
	bubble(t, func(t *testing.T, l *Loop) {
		near, far := net.Pipe()
		var c Conn
		begin := time.Now()
		task(l, func(a *Task) {
			l.OpenNet(&c, near)
			c.Write(a, []byte("hello"), NoDeadline)
			c.Close()
		})
		l.g.Stop()
		l.g.Wait()
		if d := time.Since(begin); d != closeWait {
			t.Error(d)
		}
		far.Close()
	})
}

// TestPumpIsBounded writes more than the buffers to a peer that does not read.
func TestPumpIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, l *Loop) {
		near, far := net.Pipe()
		var c Conn
		task(l, func(a *Task) {
			l.OpenNet(&c, near)
			n, err := c.Write(a, make([]byte, 1<<20), l.After(time.Second))
			if !errors.Is(err, os.ErrDeadlineExceeded) || n < 16384 || n > 3*16384 {
				t.Error(n, err)
			}
			c.Reset()
		})
		far.Close()
		// And the other way: the peer is not read, and stops writing.
		near, far = net.Pipe()
		wrote := make(chan int)
		go func() {
			far.SetDeadline(time.Now().Add(time.Second))
			n, _ := far.Write(make([]byte, 1<<20))
			wrote <- n
		}()
		on(l, func() { l.OpenNet(&c, near) })
		if n := <-wrote; n < 16384 || n > 3*16384 {
			t.Error(n)
		}
		on(l, func() { c.Reset() })
		far.Close()
	})
}

func TestTimersInABubble(t *testing.T) {
	bubble(t, func(t *testing.T, l *Loop) {
		h := &timing{again: 7 * time.Second}
		var tm Timer
		var begin int64
		on(l, func() {
			begin = l.Now()
			l.Arm(&tm, l.After(3*time.Second), h)
		})
		time.Sleep(time.Minute)
		on(l, func() {
			l.Disarm(&tm)
			for i, at := range h.fired {
				if want := begin + int64(3*time.Second) + int64(i)*int64(7*time.Second); at != want {
					t.Errorf("%d: at %d, want %d", i, at-begin, want-begin)
				}
			}
			if len(h.fired) != 9 {
				t.Error(len(h.fired))
			}
		})
	})
}

// TestPoolShrinksToWhatIsNeeded lets a burst of a hundred tasks pass, then ten at a time work on.
func TestPoolShrinksToWhatIsNeeded(t *testing.T) {
	for _, c := range []struct{ keep, want int }{{-1, 10}, {4, 10}, {30, 30}, {0, 100}} {
		bubbleWith(t, Options{KeepFree: c.keep}, func(t *testing.T, l *Loop) {
			burst := func(n int) {
				on(l, func() {
					for range n {
						l.Spawn(RunFunc(func(a *Task) { a.Sleep(time.Millisecond) }))
					}
				})
			}
			free := func() (n int) {
				on(l, func() { n = l.Counters().TasksFree })
				return n
			}
			burst(100)
			time.Sleep(time.Second)
			if n := free(); n != 100 {
				t.Errorf("keep %d: %d free after the burst", c.keep, n)
			}
			for range 20 {
				burst(10)
				time.Sleep(time.Second)
			}
			if n := free(); n != c.want {
				t.Errorf("keep %d: %d free, want %d", c.keep, n, c.want)
			}
			time.Sleep(time.Minute)
			if n := free(); n != min(c.want, max(c.keep, 0)) && c.keep != 0 {
				t.Errorf("keep %d: %d free in the end", c.keep, n)
			}
		})
	}
}
