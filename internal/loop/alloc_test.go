package loop

import (
	"testing"
	"time"
)

// noAllocs says that fn, run in a task, allocates nothing.
func noAllocs(t *testing.T, what string, fn func()) {
	t.Helper()
	fn() // pools and queues reach their size
	if n := testing.AllocsPerRun(200, fn); n != 0 {
		t.Errorf("%s: %v allocations", what, n)
	}
}

func TestNoAllocations(t *testing.T) {
	l := start(t, Options{}).Loops()[0]
	var c, d, e Conn
	pair(t, l, &e)
	near, far := tcpPair(t)
	sc, sd := socketOf(t, l.g, near), socketOf(t, l.g, far)
	task(l, func(a *Task) {
		if err := l.OpenSocket(&c, sc); err != nil {
			t.Fatal(err)
		}
		if err := l.OpenSocket(&d, sd); err != nil {
			t.Fatal(err)
		}
		l.Spawn(RunFunc(func(b *Task) {
			var buf [64]byte
			for {
				n, err := d.Read(b, buf[:], l.After(patience))
				if err != nil {
					break
				}
				d.Writev(b, buf[:1], buf[1:n], l.After(patience))
			}
			d.Close()
		}))
		var buf [64]byte
		ping := []byte("ping") // what is written escapes: it may pass a layer
		noAllocs(t, "a turn of ping-pong", func() {
			c.Write(a, ping, l.After(patience))
			if n, err := c.Read(a, buf[:], l.After(patience)); n != 4 || err != nil {
				t.Error(n, err)
			}
		})
		noAllocs(t, "several watches and a deadline", func() {
			a.Watch(&c, In)
			a.Watch(&e, Hup)
			a.Wait(l.After(time.Microsecond))
		})
		noAllocs(t, "a sleep", func() { a.Sleep(time.Millisecond) })

		var timers [8]Timer
		h := &timing{}
		noAllocs(t, "timers", func() {
			for i := range timers {
				l.Arm(&timers[i], l.After(time.Duration(i+1)*time.Second), h)
				l.Arm(&timers[i], l.After(time.Hour), h)
			}
			for i := range timers {
				l.Suspend(&timers[i])
				l.Disarm(&timers[i])
			}
		})

		p := &counting{}
		noAllocs(t, "a post", func() {
			l.PostRunner(p)
			a.Yield()
		})
		runs := 0
		r := RunFunc(func(*Task) { runs++ })
		noAllocs(t, "a task", func() {
			l.Spawn(r)
			a.Yield()
		})
		ref := a.Ref()
		noAllocs(t, "a wake by reference", func() {
			ref.Wake()
			if cause := a.Wait(l.After(patience)); cause != Woken {
				t.Error(cause)
			}
		})
		idle := &taker{}
		noAllocs(t, "an idle connection taken up", func() {
			idle.calls = 0
			c.SetIdle(idle)
			c.Write(a, ping[:1], NoDeadline)
			for idle.calls == 0 {
				a.Yield()
			}
		})
		if p.n == 0 || runs == 0 {
			t.Error("nothing ran")
		}
		c.Close()
		e.Close()
	})
}

// taker empties what becomes readable.
type taker struct {
	calls int
	buf   [64]byte
}

func (k *taker) Ready(c *Conn) {
	k.calls++
	c.TryRead(k.buf[:])
}
