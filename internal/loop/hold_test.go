package loop

import (
	"bytes"
	"crypto/tls"
	"io"
	"testing"
)

// TestTLSHold writes a last answer that waits for the end of its connection, one that is released, and one too large to
// wait.
func TestTLSHold(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		var client *tls.Conn
		task(l, func(a *Task) {
			client = secure(t, a, &c, far, config)
			kept := func() int { return len(c.a.below.kept) }
			c.Hold()
			c.TryWrite([]byte("one"))
			if kept() == 0 {
				t.Error("nothing was held")
			}
			c.Release()
			if kept() != 0 {
				t.Error("a release left something")
			}
			c.TryWrite([]byte("two"))
			if kept() != 0 {
				t.Error("held after the release")
			}
			c.Hold()
			c.TryWrite(bytes.Repeat([]byte("x"), 2*mostHeld))
			if kept() != 0 {
				t.Errorf("%d bytes were held", kept())
			}
			c.TryWrite([]byte("last"))
			if kept() == 0 {
				t.Error("the last was not held")
			}
			c.Close()
			if c.IsOpen() {
				t.Error("open after Close")
			}
		})
		b, err := io.ReadAll(client)
		if err != nil || !bytes.HasPrefix(b, []byte("onetwox")) || !bytes.HasSuffix(b, []byte("xlast")) {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
}
