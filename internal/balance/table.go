package balance

import (
	"sync/atomic"

	"sluice/internal/proxy"
)

// table is a cycle of servers, each as often as its weight says and as evenly spread as it goes: what `static-rr`
// walks through and `hash-type map-based` looks keys up in.
type table []*proxy.Server

// newTable fills a table slot by slot: every server earns its weight, the first of those with most wins the slot and
// pays the sum of all weights. Weights are divided by what the configured ones have in common, so that the table is
// short.
func newTable(p *proxy.Proxy, servers []*proxy.Server) table {
	divisor := 0
	for _, srv := range p.All() {
		divisor = gcd(divisor, srv.Weight)
	}
	weights := make([]int, len(servers))
	total := 0
	for i, srv := range servers {
		weights[i] = max(1, int(srv.State.UserWeight.Load())/max(1, divisor))
		total += weights[i]
	}
	t := make(table, total)
	scores := make([]int, len(servers))
	for slot := range t {
		best := -1
		for i := range servers {
			scores[i] += weights[i]
			if best < 0 || (scores[i]+total)/total > (scores[best]+total)/total {
				best = i
			}
		}
		scores[best] -= total
		t[slot] = servers[best]
	}
	return t
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// cycle walks through a table.
type cycle struct {
	table atomic.Pointer[table]
	next  atomic.Uint32 // place in the table; beyond its end it means the beginning
}

// pick returns the next server that is neither full nor avoid, then avoid, then nil.
func (c *cycle) pick(avoid *proxy.Server) *proxy.Server {
	t := *c.table.Load()
	for {
		from := c.next.Load()
		srv, at := t.from(int(from), avoid)
		if srv == nil || c.next.CompareAndSwap(from, uint32(at+1)) {
			return srv
		}
	}
}

// from returns the first server at or behind a place that is not full, and its place; avoid only when there is no
// other.
func (t table) from(at int, avoid *proxy.Server) (*proxy.Server, int) {
	avoided := -1
	for range t {
		if at >= len(t) {
			at = 0
		}
		srv := t[at]
		switch {
		case srv.Full():
		case srv != avoid:
			return srv, at
		case avoided < 0:
			avoided = at
		}
		at++
	}
	if avoided >= 0 {
		return avoid, avoided
	}
	return nil, 0
}

// staticTurns is `balance static-rr`.
type staticTurns struct {
	*farm
	cycle
}

func (b *staticTurns) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := newTable(b.p, b.gather().servers)
	b.table.Store(&t)
}

// Pick returns the next server of the cycle that is not full; avoid only when there is no other.
func (b *staticTurns) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server { return b.pick(avoid) }

func (b *staticTurns) Update(*proxy.Server)  { b.rebuild() }
func (b *staticTurns) Taken(*proxy.Server)   {}
func (b *staticTurns) Dropped(*proxy.Server) {}
func (b *staticTurns) sequential() bool      { return true }
