package stream_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// counting is an origin that counts its connections, and how many are open.
func counting(t *testing.T) (addr string, made, open *atomic.Int32) {
	made, open = new(atomic.Int32), new(atomic.Int32)
	addr = raw(t, func(c net.Conn, r *bufio.Reader) {
		made.Add(1)
		open.Add(1)
		defer open.Add(-1)
		for {
			q, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.Copy(io.Discard, q.Body)
			if _, err := io.WriteString(c, hello); err != nil {
				return
			}
		}
	})
	return addr, made, open
}

// settle returns when what the loops have posted to each other has run.
func (b *bench) settle() {
	for range 2 {
		b.eng.Group.Each(func(*loop.Loop) {})
	}
}

func TestIdleConnectionsAreTakenOverFromOtherLoops(t *testing.T) {
	for _, shared := range []bool{true, false} {
		addr, made, _ := counting(t)
		b := start(t, proxy.ModeHTTP, []string{addr}, func(b *bench) {
			b.back.HTTPReuse = proxy.ReuseAlways
			b.snap.Global.Tune.IdlePoolShared = shared
			if !shared {
				b.back.Servers[0].PoolLowConn = 2 // each loop keeps one
			}
			b.snap.Global.Tune.MultiQueue = "fair" // one client on each loop in turn
		})
		if b.eng.Group.Form() != loop.Epoll {
			t.Skip("descriptors are the epoll form's only")
		}
		for i := range 10 {
			c := b.dial()
			if says := c.ask(); says != "" {
				t.Fatalf("connection %q", says)
			}
			b.logs.wait(t, i) // the connection is idle
			b.settle()
		}
		want := int32(1)
		if !shared {
			want = 2
		}
		if n := made.Load(); n != want {
			t.Errorf("shared %v: %d connections to the server for clients of two loops, want %d", shared, n, want)
		}
		st := b.back.Servers[0].State
		if idle, used := st.Idle.Load(), st.Used.Load(); idle != want || used != 0 {
			t.Errorf("shared %v: %d idle and %d used connections are counted", shared, idle, used)
		}
	}
}

func TestFewIdleConnectionsStayWithTheirLoop(t *testing.T) {
	addr, made, _ := counting(t)
	b := start(t, proxy.ModeHTTP, []string{addr}, func(b *bench) {
		b.back.HTTPReuse = proxy.ReuseAlways
		b.back.Servers[0].PoolLowConn = 2
		b.snap.Global.Tune.IdlePoolShared, b.snap.Global.Tune.MultiQueue = true, "fair"
	})
	for i := range 4 {
		b.dial().ask()
		b.logs.wait(t, i)
		b.settle()
	}
	if n := made.Load(); n != 2 {
		t.Errorf("%d connections, want one for each loop", n)
	}
}

func TestManyClientsOnAllLoopsShareConnections(t *testing.T) {
	addr, _, _ := counting(t)
	b := start(t, proxy.ModeHTTP, []string{addr}, func(b *bench) {
		b.back.HTTPReuse = proxy.ReuseAlways
		b.snap.Global.Tune.IdlePoolShared, b.snap.Global.Tune.MultiQueue = true, "fair"
	})
	const clients, requests = 8, 200
	var wait sync.WaitGroup
	for range clients {
		c := b.dial()
		wait.Go(func() {
			for range requests {
				c.send(get("/"))
				if res, err := http.ReadResponse(c.r, nil); err != nil || res.StatusCode != 200 {
					t.Errorf("%v %v", res, err)
					return
				} else if _, err := io.Copy(io.Discard, res.Body); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	b.logs.wait(t, clients*requests-1)
	b.settle()
	st := b.back.Servers[0].State
	idle := 0
	for i := range st.Loops {
		idle += st.Loops[i].Pool.Len()
	}
	if used, counted := st.Used.Load(), int(st.Idle.Load()); used != 0 || counted != idle {
		t.Errorf("%d used; %d idle in the pools, %d counted", used, idle, counted)
	}
}

func TestStrictMaxConnCountsIdleConnections(t *testing.T) {
	addr, made, open := counting(t)
	b := start(t, proxy.ModeHTTP, []string{addr}, func(b *bench) {
		b.back.HTTPReuse = proxy.ReuseSafe // the first request of a client opens a connection
		srv := b.back.Servers[0]
		srv.MaxConn, srv.StrictMaxConn = 1, true
		srv.State.MaxConn.Store(1)
		b.snap.Global.Tune.MultiQueue = "fair"
	})
	for i := range 6 {
		b.dial().ask()
		b.logs.wait(t, i)
		b.settle()
		if n := b.back.Servers[0].State.Idle.Load(); n > 1 {
			t.Fatalf("%d idle connections under a strict limit of 1", n)
		}
	}
	if made.Load() < 2 || open.Load() > made.Load() {
		t.Errorf("%d connections made, %d open", made.Load(), open.Load())
	}
}
