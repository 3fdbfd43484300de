package balance

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"sluice/internal/proxy"
)

// random draws servers by weight and takes the least loaded of them.
type random struct {
	*farm
	draws int
	tab   atomic.Pointer[drawing]
}

type drawing struct {
	servers []*proxy.Server
	upTo    []uint32 // sum of weights up to and with each server
}

func newRandom(f *farm) *random {
	b := &random{farm: f, draws: f.p.Balance.Draws}
	if b.draws == 0 {
		b.draws = 2
	}
	return b
}

func (b *random) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.gather()
	d := &drawing{servers: m.servers, upTo: make([]uint32, len(m.servers))}
	sum := uint32(0)
	for i, srv := range m.servers {
		sum += uint32(srv.State.Effective.Load())
		d.upTo[i] = sum
	}
	b.tab.Store(d)
}

// Pick draws until it has the number of different tries asked for.
func (b *random) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	d := b.tab.Load()
	if len(d.servers) == 0 {
		return nil
	}
	var best *proxy.Server
	for range b.draws {
		i, _ := slices.BinarySearch(d.upTo, rand.Uint32N(d.upTo[len(d.upTo)-1])+1)
		srv := d.servers[i]
		if best == nil || best == avoid || srv != avoid && lessLoaded(srv, best) {
			best = srv
		}
	}
	if best != avoid && !best.Full() {
		return best
	}
	for _, srv := range d.servers {
		if srv != avoid && !srv.Full() && (best == avoid || best.Full() || lessLoaded(srv, best)) {
			best = srv
		}
	}
	if best.Full() {
		return nil
	}
	return best
}

// lessLoaded compares the streams per weight of a and b.
func lessLoaded(a, b *proxy.Server) bool {
	load := func(s *proxy.ServerState) int64 { return int64(s.Cur.Load()) + int64(s.Queue.Len()) }
	return load(a.State)*int64(b.State.Effective.Load()) < load(b.State)*int64(a.State.Effective.Load())
}

func (b *random) Update(*proxy.Server)  { b.rebuild() }
func (b *random) Taken(*proxy.Server)   {}
func (b *random) Dropped(*proxy.Server) {}
