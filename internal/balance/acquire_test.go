package balance

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluice/internal/proxy"
)

// newBackend returns a running backend on n loops; each edit changes it before its balancer is made.
func newBackend(t testing.TB, loops int, algo proxy.Algorithm, weights []int, edit ...func(*proxy.Proxy)) *proxy.Proxy {
	t.Helper()
	p := &proxy.Proxy{Name: "be", Caps: proxy.CapBackend, State: proxy.NewState(loops)}
	p.Balance.Algo = algo
	for i, w := range weights {
		p.Servers = append(p.Servers, &proxy.Server{Name: fmt.Sprint("s", i+1), ID: i + 1, Index: i, Weight: w, Proxy: p})
	}
	for _, fn := range edit {
		fn(p)
	}
	for _, srv := range p.Servers {
		srv.State = proxy.NewServerState(srv, loops)
	}
	b, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Balancer = b
	return p
}

// parker waits on a channel, as a task of a loop of its own would.
type parker struct {
	wake  chan struct{}
	leave chan struct{} // closed: the client is gone
	clock func() int64
}

func newParker() *parker {
	return &parker{wake: make(chan struct{}, 1), leave: make(chan struct{}), clock: func() int64 { return time.Now().UnixNano() }}
}

func (p *parker) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *parker) Now() int64 { return p.clock() }

func (p *parker) Park(deadline int64) bool {
	var late <-chan time.Time
	if deadline != 0 {
		timer := time.NewTimer(time.Duration(deadline - p.clock()))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-p.wake:
	case <-late:
	case <-p.leave:
		return true
	}
	return false
}

// newAddrPort makes an address of a number.
func newAddrPort(n uint32) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 1)
}

func newStream(p *proxy.Proxy) *proxy.Stream {
	s := &proxy.Stream{Back: p}
	s.LB.Pending.Stream = s
	return s
}

// TestNeverMoreThanMaxConn lets many streams on several loops fight for few slots: no server ever has more than its
// limit, and everybody gets a turn.
func TestNeverMoreThanMaxConn(t *testing.T) {
	for _, algo := range everyAlgorithm() {
		t.Run(algo.String(), func(t *testing.T) {
			const loops, streams, rounds, limit = 4, 40, 200, 3
			p := newBackend(t, loops, algo, []int{1, 2, 3}, func(p *proxy.Proxy) {
				for _, srv := range p.Servers {
					srv.MaxConn = limit
				}
				p.Timeout.Queue = int64(time.Minute)
			})
			held := make([]atomic.Int32, len(p.Servers))
			loopLock := make([]sync.Mutex, loops)
			var all sync.WaitGroup
			for i := range streams {
				all.Go(func() {
					parker := newParker()
					for range rounds {
						s := newStream(p)
						if rand.IntN(4) == 0 { // persistence
							s.Server = p.Servers[rand.IntN(len(p.Servers))]
							s.LB.Assigned, s.LB.Direct = true, true
						}
						loop := i % loops
						r := Request{Parker: &onLoop{parker, &loopLock[loop]}, Loop: loop}
						loopLock[loop].Lock()
						out := Acquire(s, r)
						loopLock[loop].Unlock()
						if out != Served {
							t.Errorf("stream %d: outcome %d", i, out)
							return
						}
						if n := held[s.Server.Index].Add(1); n > limit {
							t.Errorf("%s serves %d streams", s.Server.Name, n)
						}
						if rand.IntN(2) == 0 {
							time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
						}
						held[s.Server.Index].Add(-1)
						loopLock[loop].Lock()
						Release(s)
						loopLock[loop].Unlock()
					}
				})
			}
			all.Wait()
			for _, srv := range p.Servers {
				if n := srv.State.Cur.Load(); n != 0 {
					t.Errorf("%s: %d slots never came back", srv.Name, n)
				}
			}
		})
	}
}

// onLoop parks without the lock that stands for the loop's thread.
type onLoop struct {
	*parker
	loop *sync.Mutex
}

func (o *onLoop) Park(deadline int64) bool {
	o.loop.Unlock()
	defer o.loop.Lock()
	return o.parker.Park(deadline)
}

func TestAcquireAllocatesNothing(t *testing.T) {
	for _, algo := range everyAlgorithm() {
		p := newBackend(t, 1, algo, []int{1, 2, 3})
		s, r := newStream(p), Request{Parker: newParker()}
		if n := testing.AllocsPerRun(100, func() {
			Acquire(s, r)
			Release(s)
			s.LB.Assigned = false
		}); n != 0 {
			t.Errorf("%v: %v allocations", algo, n)
		}
	}
}

// everyAlgorithm lists those that need no key of their own.
func everyAlgorithm() []proxy.Algorithm {
	return []proxy.Algorithm{proxy.AlgoRoundRobin, proxy.AlgoStaticRR, proxy.AlgoLeastConn, proxy.AlgoFirst, proxy.AlgoRandom}
}

// TestNobodyIsForgotten hands one slot around as fast as it goes: a stream that queues while the slot is being given
// back must get it.
func TestNobodyIsForgotten(t *testing.T) {
	for _, direct := range []bool{true, false} {
		p := newBackend(t, 2, proxy.AlgoRoundRobin, []int{1}, func(p *proxy.Proxy) {
			p.Servers[0].MaxConn = 1
			p.Timeout.Queue = int64(10 * time.Second)
		})
		rounds := 20000
		if testing.Short() {
			rounds = 1000
		}
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				parker, s := newParker(), newStream(p)
				for range rounds {
					*s = proxy.Stream{Back: p}
					if direct {
						s.Server, s.LB.Assigned, s.LB.Direct = p.Servers[0], true, true
					}
					if out := Acquire(s, Request{Parker: parker, Loop: i}); out != Served {
						t.Errorf("outcome %d with %d slots taken and %d waiting", out, p.Servers[0].State.Cur.Load(),
							p.Servers[0].State.Queue.Len()+p.State.Queue.Len())
						return
					}
					Release(s)
				}
			})
		}
		all.Wait()
	}
}

// TestSlotGivenBackBeforeQueueing is the moment between finding a server full and queueing for it, one step at a time.
func TestSlotGivenBackBeforeQueueing(t *testing.T) {
	p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{1}, func(p *proxy.Proxy) { p.Servers[0].MaxConn = 1 })
	holder, late := newStream(p), newStream(p)
	Acquire(holder, Request{Parker: newParker()})
	if p.Servers[0].Take() {
		t.Fatal("two slots of one")
	}
	Release(holder)
	late.LB.Pending.Waker = newParker()
	if !enqueue(late, p.Servers[0]) || late.LB.Pending.State() != proxy.PendingGranted {
		t.Error("the stream waits for a slot that is free")
	}
}
