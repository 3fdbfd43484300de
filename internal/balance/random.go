package balance

import (
	"math/rand/v2"

	"sluice/internal/proxy"
)

// random is `balance random(n)`: it draws n servers on the ring and takes the least loaded of them.
type random struct {
	ringed
	draws int
}

func newRandom(f *farm) *random {
	b := &random{ringed: ringed{farm: f}, draws: f.p.Balance.Draws}
	if b.draws == 0 {
		b.draws = 2
	}
	return b
}

// Pick returns the least loaded of the drawn servers, or nil when that one is full: whatever server has room first
// takes the stream from the backend's queue.
func (b *random) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	r := b.ring.Load()
	if len(r.points) == 0 {
		return nil
	}
	var best *proxy.Server
	for range b.draws {
		srv := b.find(r, rand.Uint32(), avoid)
		if best == nil || lessLoaded(srv, best) {
			best = srv
		}
	}
	if best.Full() {
		return nil
	}
	return best
}

// lessLoaded compares the streams of a and b, relative to their weights.
func lessLoaded(a, b *proxy.Server) bool {
	load := func(srv *proxy.Server) int64 { return int64(srv.State.Cur.Load()) + int64(srv.State.Queue.Len()) }
	return load(a)*int64(b.State.Effective.Load()) < load(b)*int64(a.State.Effective.Load())
}
