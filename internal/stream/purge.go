package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// purger closes idle server connections that are no longer needed (pool-purge-delay, configuration.txt 5.2), one loop's
// share of them at a time.
type purger struct {
	home    *Home
	timer   loop.Timer
	servers []*proxy.Server // that have idle connections on this loop
}

// schedule has srv looked at within its purge delay.
func (p *purger) schedule(h *Home, srv *proxy.Server) {
	if srv.PoolPurgeDelay <= 0 {
		return
	}
	p.home = h
	for _, s := range p.servers {
		if s == srv {
			return
		}
	}
	p.servers = append(p.servers, srv)
	if !p.timer.Armed() {
		h.loop.Arm(&p.timer, h.loop.Now()+srv.PoolPurgeDelay, p)
	}
}

// Expired implements loop.TimerHandler.
func (p *purger) Expired(l *loop.Loop, _ *loop.Timer) {
	now := l.Now()
	next := int64(0)
	kept := p.servers[:0]
	for _, srv := range p.servers {
		pool := &srv.State.Loops[p.home.id].Pool
		p.trim(srv, pool, now)
		st := srv.State
		if used, most := st.Used.Load(), st.MaxUsed.Load(); most > used+1 {
			st.MaxUsed.Store(used + (most-used)/2) // what was needed at once fades away
		}
		if pool.Len() > 0 {
			kept = append(kept, srv)
			if at := now + srv.PoolPurgeDelay; next == 0 || at < next {
				next = at
			}
		}
	}
	clear(p.servers[len(kept):])
	p.servers = kept
	if next > 0 {
		l.Arm(&p.timer, next, p)
	}
}

// trim closes half of the connections that were idle for the whole delay, the oldest first, and at least one.
func (p *purger) trim(srv *proxy.Server, pool *proxy.IdlePool, now int64) {
	for n := (pool.Len() + 1) / 2; n > 0; n-- {
		c := pool.TakeOldest(now - srv.PoolPurgeDelay)
		if c == nil {
			return
		}
		p.home.closeIdle(c)
	}
}
