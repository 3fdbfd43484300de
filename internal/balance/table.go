package balance

import (
	"sync/atomic"

	"sluice/internal/proxy"
)

// table is a cycle of servers, each as often as its weight says and as evenly spread as it goes: what `static-rr`
// walks through and `hash-type map-based` looks keys up in.
type table []*proxy.Server

// newTable fills a table slot by slot: every server earns its weight, the first of those with most wins the slot and
// pays the sum of all weights.
func newTable(servers []*proxy.Server) table {
	if len(servers) == 0 {
		return nil
	}
	weights := make([]int, len(servers))
	divisor, total := 0, 0
	for i, srv := range servers {
		weights[i] = int(srv.State.Effective.Load())
		divisor = gcd(divisor, weights[i])
	}
	for i := range weights {
		weights[i] /= divisor
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
	next  atomic.Uint64
}

// pick returns the next server that is neither full nor avoid, then avoid, then nil.
func (c *cycle) pick(avoid *proxy.Server) *proxy.Server {
	t := *c.table.Load()
	for range t {
		at := (c.next.Add(1) - 1) % uint64(len(t))
		if srv := t[at]; srv != avoid && !srv.Full() {
			return srv
		}
	}
	if avoid != nil && !avoid.Full() {
		for _, srv := range t {
			if srv == avoid {
				return avoid
			}
		}
	}
	return nil
}

// staticTurns is `balance static-rr`.
type staticTurns struct {
	*farm
	cycle
}

func (b *staticTurns) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := newTable(b.gather().servers)
	b.table.Store(&t)
}

// Pick returns the next server of the cycle that is not full; avoid only when there is no other.
func (b *staticTurns) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server { return b.pick(avoid) }

func (b *staticTurns) Update(*proxy.Server)  { b.rebuild() }
func (b *staticTurns) Taken(*proxy.Server)   {}
func (b *staticTurns) Dropped(*proxy.Server) {}
