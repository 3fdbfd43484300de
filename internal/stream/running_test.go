package stream_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// until calls cond until it holds.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: ", what)
		}
	}
}

// killAll ends the streams that which picks, on all loops.
func (b *bench) killAll(which func(*stream.Running) bool) (n int) {
	b.eng.Group.Each(func(l *loop.Loop) { n += b.eng.Home(l.ID()).Kill(which) })
	return n
}

func TestKillEndsRequestsAndRelays(t *testing.T) {
	silent := raw(t, func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	for name, x := range map[string]struct {
		mode proxy.Mode
		send string
		rest bool // wait until the relay rests
		log  string
	}{
		"request at a server": {proxy.ModeHTTP, get("/where"), false, "s1 503 KH"},
		"resting relay":       {proxy.ModeTCP, "hello", true, "s1 -1 KD"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, x.mode, []string{silent}, nil)
			c := b.dial()
			c.send(x.send)
			at := func(r *stream.Running) bool {
				return r.Server == b.back.Servers[0] && r.Back == b.back && r.Conn != nil && r.Resting == x.rest &&
					(x.mode == proxy.ModeTCP || string(r.Target) == "/where") && (!x.rest || r.In == 5)
			}
			until(t, "the stream to be seen at its server", func() bool {
				seen := 0
				b.eng.Group.Each(func(l *loop.Loop) {
					b.eng.Home(l.ID()).Running(func(r *stream.Running) {
						if at(r) {
							seen++
						}
					})
				})
				return seen == 1
			})
			if n := b.killAll(func(*stream.Running) bool { return false }); n != 0 {
				t.Fatalf("%d killed without being picked", n)
			}
			if n := b.killAll(at); n != 1 {
				t.Fatalf("%d killed, want 1", n)
			}
			io.Copy(io.Discard, c.r) // the connection ends
			if got := b.logs.wait(t, 0); got != x.log {
				t.Errorf("log %q, want %q", got, x.log)
			}
			until(t, "the connection to be forgotten", func() bool { return b.front.State.Front.Cur.Load() == 0 })
		})
	}
}
