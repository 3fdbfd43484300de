package balance

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// tasked is a stream's task on a loop.
type tasked struct {
	task *loop.Task
	ref  loop.Ref
	rng  *rand.Rand
	left bool // the client leaves at the next look
}

func (w *tasked) Wake()      { w.ref.Wake() }
func (w *tasked) Now() int64 { return w.task.Loop().Now() }

func (w *tasked) Park(deadline int64) bool {
	if w.rng.IntN(20) == 0 {
		w.left = true
		deadline = w.Now() + int64(w.rng.IntN(200_000))
	}
	return w.task.Wait(deadline) == loop.Cancelled || w.left
}

// TestUpheaval runs streams on several loops while servers go down, come up, drain and change their limits and weights,
// clients leave and waits time out. At the end everything must have been given back, and nobody may have been served
// by more than the limit while limits stood still.
func TestUpheaval(t *testing.T) {
	for _, algo := range []proxy.Algorithm{proxy.AlgoRoundRobin, proxy.AlgoLeastConn, proxy.AlgoSource} {
		t.Run(algo.String(), func(t *testing.T) { upheaval(t, algo) })
	}
}

func upheaval(t *testing.T, algo proxy.Algorithm) {
	const loops, tasks, rounds = 3, 12, 300
	group, err := loop.New(loop.Options{Loops: loops, Form: loop.Goroutines})
	if err != nil {
		t.Fatal(err)
	}
	group.Start()
	p := newBackend(t, loops, algo, []int{1, 2, 3, 1}, func(p *proxy.Proxy) {
		for i, srv := range p.Servers {
			srv.MaxConn, srv.MaxQueue, srv.Backup = 1+i%2, 3*(i%2), i == 3
		}
		p.Redispatch, p.Timeout.Queue = -1, int64(2*time.Millisecond)
	})
	var served, refused atomic.Int64
	done := make(chan struct{}, loops*tasks)
	for _, l := range group.Loops() {
		for i := range tasks {
			l.PostSpawn(loop.RunFunc(func(task *loop.Task) {
				w := &tasked{task: task, ref: task.Ref(), rng: rand.New(rand.NewPCG(uint64(l.ID()), uint64(i)))}
				s := newStream(p)
				for range rounds {
					if stay(w, s, p, l.ID()) {
						served.Add(1)
					} else {
						refused.Add(1)
					}
				}
				done <- struct{}{}
			}))
		}
	}
	disturb(t, p, done, loops*tasks)
	group.Stop()
	group.Wait()
	for _, srv := range p.Servers {
		if n, q := srv.State.Cur.Load(), srv.State.Queue.Len(); n != 0 || q != 0 {
			t.Errorf("%s: %d slots taken, %d waiting", srv.Name, n, q)
		}
	}
	if n := p.State.Queue.Len(); n != 0 || served.Load() == 0 {
		t.Errorf("%d waiting, %d served, %d not", n, served.Load(), refused.Load())
	}
}

// stay is one stream: it asks for a slot and keeps it for a moment.
func stay(w *tasked, s *proxy.Stream, p *proxy.Proxy, loopID int) bool {
	*s = proxy.Stream{Back: p}
	s.SrcOverride = newAddrPort(w.rng.Uint32())
	w.left = false
	p.State.Back.Enter()
	defer p.State.Back.Leave()
	if w.rng.IntN(3) == 0 {
		s.Server = p.Servers[w.rng.IntN(len(p.Servers))]
		s.LB.Assigned, s.LB.Direct = true, true
	}
	s.LB.Tries = 1
	for Acquire(s, Request{Parker: w, Loop: loopID}) == Served {
		switch w.rng.IntN(4) {
		case 0:
			w.task.Yield()
		case 1:
			w.task.Sleep(time.Duration(w.rng.IntN(100)) * time.Microsecond)
		}
		Release(s)
		if w.rng.IntN(8) > 0 {
			return true
		}
		if next, _ := AfterFailure(s, true, loopID); next == GiveUp {
			return false
		}
	}
	return false
}

// disturb changes servers until n tasks are done.
func disturb(t *testing.T, p *proxy.Proxy, done <-chan struct{}, n int) {
	rng := rand.New(rand.NewPCG(1, 2))
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	patience := time.After(time.Minute)
	for n > 0 {
		select {
		case <-done:
			n--
			continue
		case <-patience:
			t.Errorf("%d tasks do not end", n)
			return
		case <-tick.C:
		}
		srv, now := p.Servers[rng.IntN(len(p.Servers))], Moment{Mono: 1, Wall: 1}
		switch rng.IntN(7) {
		case 0:
			SetMaint(srv, now)
		case 1:
			SetDrain(srv, now)
		case 2:
			SetMaxConn(srv, 1+rng.IntN(3))
		case 3:
			SetWeight(srv, rng.IntN(4), now)
		default:
			SetReady(srv, now)
		}
	}
}
