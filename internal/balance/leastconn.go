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
	weight  []int32 // effective, when the server was placed
	load    []atomic.Uint64
	place   []int32 // by Server.Index, -1: not a member
}

const (
	loadBits  = 28
	orderBits = 64 - loadBits
)

// rebuild places the servers that came or whose weight changed behind all others of the same load.
func (b *leastConn) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, old := b.gather(), b.words.Load()
	n := len(m.servers)
	w := &words{m.servers, make([]int32, n), make([]atomic.Uint64, n), make([]int32, b.p.Slots())}
	for i := range w.place {
		w.place[i] = -1
	}
	for i, srv := range m.servers {
		w.place[srv.Index], w.weight[i] = int32(i), srv.State.Effective.Load()
		if was := old.of(srv); was >= 0 && old.weight[was] == w.weight[i] {
			w.load[i].Store(old.load[was].Load())
		} else {
			w.put(i, b.seq.Add(1))
		}
	}
	b.words.Store(w)
	for i, srv := range w.servers { // what changed while it was copied
		if w.load[i].Load()>>orderBits != loadOf(srv.State) {
			w.put(i, b.seq.Add(1))
		}
	}
}

// of returns the place of srv, -1 when it is no member.
func (w *words) of(srv *proxy.Server) int {
	if w == nil || srv.Index >= len(w.place) {
		return -1
	}
	return int(w.place[srv.Index])
}

// loadOf returns the load of a server in units that grow with its streams and shrink with its weight.
func loadOf(st *proxy.ServerState) uint64 {
	n := uint64(max(0, int(st.Cur.Load())+st.Queue.Len()))
	if n == 0 {
		return 0
	}
	return min((n+1)*MaxWeight*proxy.WeightScale/uint64(max(1, st.Effective.Load())), 1<<loadBits-1)
}

// put writes the load of the i-th member anew, behind those that were placed before with the same load. Of two loops
// that do so at once, the one that writes last looks again, so that the word is right in the end.
func (w *words) put(i int, seq uint64) {
	st := w.servers[i].State
	for {
		load := loadOf(st)
		w.load[i].Store(load<<orderBits | seq&(1<<orderBits-1))
		if loadOf(st) == load {
			return
		}
	}
}

// place notes that the load of srv changed.
func (b *leastConn) place(srv *proxy.Server) {
	w := b.words.Load()
	if i := w.of(srv); i >= 0 {
		w.put(i, b.seq.Add(1))
	}
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
func (b *leastConn) moved(srv *proxy.Server)   { b.place(srv) }
func (b *leastConn) sequential() bool          { return true }
