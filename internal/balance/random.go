package balance

import (
	"cmp"
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
func (b *random) Pick(s *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	r := b.ring.Load()
	if len(r.points) == 0 {
		return nil
	}
	best := b.draw(r, s, avoid)
	if best.Full() {
		return nil
	}
	return best
}

// draw returns the least loaded of the drawn servers.
func (b *random) draw(r *ring, s *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	if only := b.members().servers; len(only) == 1 && avoid == nil {
		return only[0]
	}
	var best *proxy.Server
	for range b.draws {
		srv := b.find(r, rand.Uint32(), avoid)
		if best == nil {
			best = srv
		} else if srv != best {
			if order := compareLoad(srv, best); order < 0 || order == 0 && slower(s, srv, best) {
				best = srv
			}
		}
	}
	return best
}

// compareLoad compares the streams of a and b, relative to their weights.
func compareLoad(a, b *proxy.Server) int {
	load := func(srv *proxy.Server) int64 { return int64(srv.State.Cur.Load()) + int64(srv.State.Queue.Len()) }
	return cmp.Compare(load(a)*int64(b.State.Effective.Load()), load(b)*int64(a.State.Effective.Load()))
}

// slower reports whether a got fewer streams than b within the last second, relative to their weights, as far as the
// loop of s knows: with little load most draws are ties, and this spreads them.
func slower(s *proxy.Stream, a, b *proxy.Server) bool {
	if s.Task == nil {
		return false
	}
	loop := s.Task.Loop()
	rate := func(srv *proxy.Server) int64 { return int64(srv.State.On(loop.ID()).SessRate.Read(loop.Now())) }
	return rate(a)*int64(b.State.Effective.Load()) < rate(b)*int64(a.State.Effective.Load())
}
