//go:build !race

package loop

import (
	"crypto/tls"
	"testing"
)

// TestTLSSteadyStateAllocates sends and receives small messages. crypto/tls allocates once for each record that it reads,
// which are one on each side; nothing else may.
func TestTLSSteadyStateAllocates(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, DynamicRecordSizingDisabled: true}
	if !haveEpoll {
		t.Skip("the goroutine form allocates")
	}
	l := start(t, Options{Form: Epoll}).Loops()[0]
	var c Conn
	far := pair(t, l, &c)
	task(l, func(a *Task) {
		client := secure(t, a, &c, far, config)
		b, far := make([]byte, 512), make([]byte, 512)
		if n := testing.AllocsPerRun(50, func() {
			client.Write(far[:100])
			if _, err := c.Read(a, b, 0); err != nil {
				t.Error(err)
			}
			c.TryWritev(b[:50], b[50:100])
			client.Read(far)
		}); n > 2 {
			t.Errorf("%v allocations for a message each way", n)
		}
		c.Close()
	})
}
