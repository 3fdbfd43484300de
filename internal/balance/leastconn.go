package balance

import (
	"math"
	"sync/atomic"

	"sluice/internal/proxy"
)

// leastConn chooses the server with the fewest streams, relative to its weight; among equals the one whose load
// changed longest ago.
type leastConn struct {
	*farm
	seq   atomic.Uint64
	words atomic.Pointer[words]
}

// words hold, for each member, its load in the top loadBits and when it last changed below: the lowest is next. They
// are side by side, so that a look at a thousand servers touches few cache lines.
type words struct {
	servers []*proxy.Server
	load    []atomic.Uint64
	place   []int32 // by Server.Index, -1: not a member
}

const loadBits = 28

func newLeastConn(f *farm) *leastConn { return &leastConn{farm: f} }

func (b *leastConn) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, old := b.gather(), b.words.Load()
	w := &words{servers: m.servers, load: make([]atomic.Uint64, len(m.servers)), place: make([]int32, len(b.p.Servers))}
	for i := range w.place {
		w.place[i] = -1
	}
	for i, srv := range m.servers {
		w.place[srv.Index] = int32(i)
		if old != nil && srv.Index < len(old.place) && old.place[srv.Index] >= 0 {
			w.load[i].Store(old.load[old.place[srv.Index]].Load())
		}
	}
	b.words.Store(w)
	for _, srv := range m.servers {
		b.place(srv)
	}
}

// place writes the load of srv anew, behind the servers with the same load.
func (b *leastConn) place(srv *proxy.Server) {
	w := b.words.Load()
	if srv.Index >= len(w.place) || w.place[srv.Index] < 0 {
		return
	}
	st := srv.State
	load := uint64(0)
	if n := uint64(max(0, int(st.Cur.Load())+st.Queue.Len())); n > 0 {
		load = (n + 1) * 256 * proxy.WeightScale / uint64(max(1, st.Effective.Load()))
	}
	load = min(load, 1<<loadBits-1)
	w.load[w.place[srv.Index]].Store(load<<(64-loadBits) | b.seq.Add(1)&(1<<(64-loadBits)-1))
}

// Pick returns the least loaded server that has a free slot or room in an explicitly limited queue, and is not to be
// avoided.
func (b *leastConn) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	w := b.words.Load()
	best, least, avoided := -1, uint64(math.MaxUint64), false
	for i := range w.load {
		load := w.load[i].Load()
		if load >= least {
			continue
		}
		srv := w.servers[i]
		if noRoom(srv) {
			continue
		}
		if srv == avoid {
			avoided = true
			continue
		}
		best, least = i, load
	}
	if best >= 0 {
		return w.servers[best]
	}
	if avoided {
		return avoid
	}
	return nil
}

// noRoom reports whether srv can neither serve nor queue one more by its own limits.
func noRoom(srv *proxy.Server) bool {
	if srv.State.MaxConn.Load() == 0 {
		return false
	}
	return int(srv.State.Cur.Load())+srv.State.Queue.Len() >= int(srv.Limit())+srv.MaxQueue
}

func (b *leastConn) Update(*proxy.Server)      { b.rebuild() }
func (b *leastConn) Taken(srv *proxy.Server)   { b.place(srv) }
func (b *leastConn) Dropped(srv *proxy.Server) { b.place(srv) }
