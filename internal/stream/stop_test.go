package stream_test

import (
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// stop begins a soft stop as the process does, without closing the listeners.
func (b *bench) stop() {
	b.eng.Proc.Stopping.Store(true)
	b.eng.Group.Each(func(l *loop.Loop) { b.eng.Home(l.ID()).SoftStop() })
}

// ask sends a request and returns what the answer says about the connection.
func (c *client) ask() string {
	c.t.Helper()
	c.send(get("/"))
	res, _ := c.response("GET")
	if res.Close {
		return "close"
	}
	return ""
}

func TestSoftStopClosesIdleClientsAndTellsTheOthers(t *testing.T) {
	b := start(t, proxy.ModeHTTP, []string{origin(t, hello)}, nil)
	used, fresh := b.dial(), b.dial()
	if says := used.ask(); says != "" {
		t.Errorf("before the stop: connection %q", says)
	}
	b.logs.wait(t, 0)
	b.stop()
	used.closed()
	if says := fresh.ask(); says != "close" {
		t.Errorf("after the stop: connection %q", says)
	}
	fresh.closed()
}

func TestIdleCloseOnResponseLeavesIdleClientsOneRequest(t *testing.T) {
	b := start(t, proxy.ModeHTTP, []string{origin(t, hello)}, func(b *bench) {
		b.front.Options |= proxy.OptIdleCloseOnResponse
	})
	c := b.dial()
	c.ask()
	b.logs.wait(t, 0)
	b.stop()
	if says := c.ask(); says != "close" {
		t.Errorf("after the stop: connection %q", says)
	}
	c.closed()
}

func TestInfiniteCloseSpreadTimeClosesNobody(t *testing.T) {
	b := start(t, proxy.ModeHTTP, []string{origin(t, hello)}, func(b *bench) { b.snap.Global.CloseSpreadTime = -1 })
	c := b.dial()
	c.ask()
	b.logs.wait(t, 0)
	b.stop()
	for range 3 {
		if says := c.ask(); says != "" {
			t.Errorf("after the stop: connection %q", says)
		}
	}
}

func TestCloseSpreadTimeSpreadsTheEnds(t *testing.T) {
	const spread = 400 * time.Millisecond
	b := start(t, proxy.ModeHTTP, []string{origin(t, hello)}, func(b *bench) { b.snap.Global.CloseSpreadTime = int64(spread) })
	var clients []*client
	for range 20 {
		c := b.dial()
		c.ask()
		clients = append(clients, c)
	}
	b.logs.wait(t, len(clients)-1)
	began := time.Now()
	b.stop()
	early, ends := 0, make(chan time.Duration, len(clients))
	for _, c := range clients {
		go func() {
			c.r.ReadByte()
			ends <- time.Since(began)
		}()
	}
	var last time.Duration
	for range clients {
		at := <-ends
		if last = max(last, at); at < spread/2 {
			early++
		}
	}
	if early == 0 || early == len(clients) {
		t.Errorf("%d of %d were closed in the first half of the time", early, len(clients))
	}
	if last < spread/2 || last > spread+2*time.Second {
		t.Errorf("the last one was closed after %v", last)
	}
}
