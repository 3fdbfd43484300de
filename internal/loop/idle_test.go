package loop

import "testing"

func TestIdle(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		ready := make(chan string, 10)
		take := readyFunc(func(c *Conn) {
			var b [10]byte
			n, err := c.TryRead(b[:])
			if err != nil {
				ready <- err.Error()
				return
			}
			ready <- string(b[:n])
		})
		on(l, func() { c.SetIdle(take) })
		far.Write([]byte("one"))
		if got := receive(t, ready); got != "one" {
			t.Error(got)
		}
		// Once per SetIdle: what comes now waits for the next one.
		far.Write([]byte("two"))
		task(l, func(a *Task) {
			if cause := c.WaitReadable(a, l.After(patience)); cause != Ready {
				t.Error(cause)
			}
			c.SetIdle(take)
			if len(ready) != 0 {
				t.Error("the handler ran inside of SetIdle")
			}
		})
		if got := receive(t, ready); got != "two" {
			t.Error(got)
		}
		// Taken back: not called.
		on(l, func() {
			c.SetIdle(take)
			c.SetIdle(nil)
		})
		far.Write([]byte("three"))
		task(l, func(a *Task) {
			c.WaitReadable(a, l.After(patience))
			c.SetIdle(take)
			c.SetIdle(nil)
			a.Yield()
			if len(ready) != 0 {
				t.Error("called after SetIdle(nil)")
			}
			c.TryRead(make([]byte, 10))
			c.SetIdle(take)
		})
		far.Close()
		if got := receive(t, ready); got != "EOF" {
			t.Error(got)
		}
		on(l, func() { c.Close() })
	})
}

func TestIdleClosedBeforeItsTurn(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		far.Write([]byte("x"))
		task(l, func(a *Task) {
			c.WaitReadable(a, l.After(patience))
			c.SetIdle(readyFunc(func(*Conn) { t.Error("called after Close") }))
			c.Close()
			a.Yield()
		})
	})
}
