package balance

import (
	"sync/atomic"

	"sluice/internal/proxy"
)

// mapped are the algorithms that hash a key, with `hash-type map-based`.
type mapped struct {
	*farm
	cycle
	key keyed
}

func (b *mapped) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := newTable(b.p, b.gather().servers)
	b.table.Store(&t)
}

// Pick returns the server that the key belongs to, full or not, and even avoid: only the loss of a server moves its
// keys. Without a key it is the next server in turn.
func (b *mapped) Pick(s *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	t := *b.table.Load()
	if len(t) == 0 {
		return nil
	}
	if len(b.members().servers) == 1 {
		return t[0]
	}
	h, ok := b.key(s, &b.p.Balance)
	if !ok {
		return b.pick(avoid)
	}
	s.LB.Hash, s.LB.HashSet = h, true
	return t[uint64(h)%uint64(len(t))]
}

func (b *mapped) Update(*proxy.Server)  { b.rebuild() }
func (b *mapped) Taken(*proxy.Server)   {}
func (b *mapped) Dropped(*proxy.Server) {}

// ringed is what uses a ring: the algorithms that hash a key with `hash-type consistent`, and `random`.
type ringed struct {
	*farm
	ring  atomic.Pointer[ring]
	load  atomic.Int64  // streams that hold a slot of the backend
	where atomic.Uint64 // the key of the last point used in turn, plus 1
}

func (b *ringed) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := newRing(b.gather())
	b.ring.Store(r)
	if last := b.where.Load(); last > 0 {
		b.where.CompareAndSwap(last, r.follow(last))
	}
}

func (b *ringed) Update(*proxy.Server)  { b.rebuild() }
func (b *ringed) Taken(*proxy.Server)   { b.count(1) }
func (b *ringed) Dropped(*proxy.Server) { b.count(-1) }

// count keeps the load only where somebody asks for it: all loops would write it for every stream.
func (b *ringed) count(n int64) {
	if b.p.HashBalance > 0 {
		b.load.Add(n)
	}
}

// may reports whether srv may take one more of the streams whose key it does or does not own.
func (b *ringed) may(r *ring, srv *proxy.Server) bool {
	if f := b.p.HashBalance; f > 0 && int(srv.State.Cur.Load()) >= r.share(srv, int(b.load.Load()), f) {
		return false
	}
	switch b.p.HashKeep {
	case proxy.HashPreserveMaxConn:
		return !srv.Full()
	case proxy.HashPreserveMaxQueue:
		return srv.MaxQueue == 0 || srv.State.MaxConn.Load() == 0 || srv.State.Queue.Len() < srv.MaxQueue
	}
	return true
}

// find returns the server of the nearest point to h that may take one more and is not avoid. When there is none it is
// the one of the ring's last point, whatever the key.
func (b *ringed) find(r *ring, h uint32, avoid *proxy.Server) *proxy.Server {
	n := len(r.points)
	at := r.nearest(h)
	for range n {
		if srv := r.points[at].srv; srv != avoid && b.may(r, srv) {
			return srv
		}
		if at++; at == n {
			at = 0
		}
	}
	return r.points[n-1].srv
}

// next walks along the ring, for streams without a key: the server of the next point that is not full; avoid only when
// there is no other.
func (b *ringed) next(r *ring, avoid *proxy.Server) *proxy.Server {
	for {
		last := b.where.Load()
		srv, at := r.after(last, avoid)
		if srv == nil || b.where.CompareAndSwap(last, at) {
			return srv
		}
	}
}

// consistent are the algorithms that hash a key, with `hash-type consistent`.
type consistent struct {
	ringed
	key keyed
}

// Pick returns the server of the nearest point to the key that may take one more.
func (b *consistent) Pick(s *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	r := b.ring.Load()
	if len(r.points) == 0 {
		return nil
	}
	if len(b.members().servers) == 1 {
		return r.points[0].srv
	}
	h, ok := b.key(s, &b.p.Balance)
	if !ok {
		return b.next(r, avoid)
	}
	s.LB.Hash, s.LB.HashSet = h, true
	return b.find(r, h, avoid)
}
