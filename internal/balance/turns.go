package balance

import (
	"sync/atomic"

	"sluice/internal/proxy"
)

// turns serves the servers in turn: roundrobin and static-rr.
type turns struct {
	*farm
	table atomic.Pointer[table]
	next  atomic.Uint64
}

// table is a cycle of servers, each as often as its weight says.
type table []*proxy.Server

func (b *turns) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := newTable(b.gather().servers)
	b.table.Store(&t)
}

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

// Pick returns the next server that is neither full nor to be avoided.
func (b *turns) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	t := *b.table.Load()
	if len(t) == 0 {
		return nil
	}
	avoided := false
	for range t {
		srv := t[(b.next.Add(1)-1)%uint64(len(t))]
		switch {
		case srv.Full():
		case srv == avoid:
			avoided = true
		default:
			return srv
		}
	}
	if avoided {
		return avoid
	}
	return nil
}

func (b *turns) Update(*proxy.Server)  { b.rebuild() }
func (b *turns) Taken(*proxy.Server)   {}
func (b *turns) Dropped(*proxy.Server) {}
