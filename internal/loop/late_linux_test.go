package loop

import (
	"bytes"
	"crypto/tls"
	"io"
	"testing"
)

// TestLateWritesKeepTheirOrder mixes writes that wait for the end of the turn with those that do not.
func TestLateWritesKeepTheirOrder(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		task(l, func(a *Task) {
			c.TryWriteLate([]byte("1"))
			c.TryWriteLate([]byte("2"))
			c.TryWrite([]byte("3"))
			c.TryWriteLate([]byte("4"))
			c.TryWritev([]byte("5"), []byte("6"))
			c.TryWriteLate([]byte("7"))
			c.TryWriteMore([]byte("8"), nil)
			c.TryWriteLate([]byte("9"))
			a.Yield()
			if n := len(l.out.writes); n != 0 {
				t.Errorf("%d writes outlived the turn", n)
			}
			c.TryWriteLate(bytes.Repeat([]byte("x"), mostLate+1)) // too long to wait
			c.TryWriteLate([]byte("end"))
			c.CloseWrite()
			c.Close()
		})
		want := "123456789" + string(bytes.Repeat([]byte("x"), mostLate+1)) + "end"
		if b, err := io.ReadAll(far); err != nil || string(b) != want {
			t.Errorf("%q, %v", b, err)
		}
	})
}

// TestLateWritesThroughTLS does so through a layer.
func TestLateWritesThroughTLS(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		var client *tls.Conn
		task(l, func(a *Task) {
			client = secure(t, a, &c, far, config)
			c.TryWriteLate([]byte("1"))
			c.TryWrite([]byte("2"))
			c.TryWriteLate([]byte("3"))
			c.Close()
		})
		if b, err := io.ReadAll(client); err != nil || string(b) != "123" {
			t.Errorf("%q, %v", b, err)
		}
	})
}

// overfill writes late until the system takes no more, and returns how much that was.
func overfill(c *Conn, a *Task, b []byte) (n int) {
	for c.flags&owes == 0 {
		m, _ := c.TryWriteLate(b)
		n += m
		a.Yield()
	}
	return n
}

// TestLateWritesThatTheSystemDoesNotTake has a peer that reads nothing until the connection was closed.
func TestLateWritesThatTheSystemDoesNotTake(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	b := bytes.Repeat([]byte("0123456789abcdef"), mostLate/16)
	for _, shut := range []bool{false, true} {
		var c Conn
		far := pair(t, l, &c)
		n := 0
		if !shut {
			far.Write([]byte("nobody reads this"))
			received(t, int(c.fd), 1)
		}
		task(l, func(a *Task) {
			n = overfill(&c, a, b)
			if _, err := c.TryWriteLate(b); err != ErrAgain {
				t.Error(err)
			}
			if _, err := c.TryWrite(b); err != ErrAgain {
				t.Error(err)
			}
			if _, err := c.Detach(); err != errBytes {
				t.Error(err)
			}
			if shut {
				c.CloseWrite()
			} else {
				c.Close()
			}
		})
		got, err := io.ReadAll(far)
		if err != nil || len(got) != n || !bytes.Equal(got, bytes.Repeat(b, n/len(b))) {
			t.Errorf("%d bytes of %d, %v", len(got), n, err)
		}
		task(l, func(*Task) { c.Close() })
		settled(t, l)
	}
}

// TestLateWritesToOneWhoLeaves resets the peer under a debt, and a connection with one.
func TestLateWritesToOneWhoLeaves(t *testing.T) {
	l := start(t, Options{Form: Epoll}).Loops()[0]
	b := bytes.Repeat([]byte("x"), mostLate)
	for _, near := range []bool{false, true} {
		var c Conn
		far := pair(t, l, &c)
		task(l, func(a *Task) {
			overfill(&c, a, b)
			if near {
				c.Reset()
				return
			}
			far.SetLinger(0)
			far.Close()
			if cause := c.WaitWritable(a, l.After(patience)); cause != Ready {
				t.Error(cause)
			}
			c.Close()
		})
		settled(t, l)
	}
}

// TestDebtThroughTLS closes a connection with a layer whose peer has read nothing.
func TestDebtThroughTLS(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	l := start(t, Options{Form: Epoll}).Loops()[0]
	b := bytes.Repeat([]byte("0123456789abcdef"), mostLate/16)
	var c Conn
	far := pair(t, l, &c)
	var client *tls.Conn
	n := 0
	task(l, func(a *Task) {
		client = secure(t, a, &c, far, config)
		n = overfill(&c, a, b)
		c.Close()
	})
	if got, err := io.ReadAll(client); err != nil || !bytes.Equal(got, bytes.Repeat(b, n/len(b))) {
		t.Errorf("%d bytes of %d, %v", len(got), n, err)
	}
	settled(t, l)
}

// settled checks that nothing is left of connections that have ended.
func settled(t *testing.T, l *Loop) {
	t.Helper()
	task(l, func(a *Task) {
		for until := l.After(patience); l.Conns() > 0 && l.Now() < until; {
			a.Sleep(tickNs)
		}
		if n, debts := l.Conns(), len(l.out.debts); n > 0 || debts > 0 {
			t.Errorf("%d connections, %d debts", n, debts)
		}
	})
}
