package balance

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"sluice/internal/proxy"
)

// Logs is what the balancer of a `mode log` backend offers beside proxy.Balancer: there are no streams in it, and
// neither weights nor limits count.
type Logs interface {
	// PickLog returns the server for the next message, nil when none is usable. key is what `log-hash` hashes.
	PickLog(key []byte) *proxy.Server
}

// logged chooses servers for log messages.
type logged struct {
	*farm
	list atomic.Pointer[[]*proxy.Server]
	next atomic.Uint64
}

// rebuild keeps the order of the servers that stay usable and puts those that came back behind them, so that `sticky`
// moves only when it must. The other algorithms use the order of declaration.
func (b *logged) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.gather()
	list := slices.Clone(m.servers)
	if old := b.list.Load(); old != nil && b.p.Balance.Algo == proxy.AlgoSticky {
		list = list[:0]
		for _, srv := range *old {
			if m.has(srv) {
				list = append(list, srv)
			}
		}
		for _, srv := range m.servers {
			if !slices.Contains(list, srv) {
				list = append(list, srv)
			}
		}
	}
	b.list.Store(&list)
}

// PickLog implements Logs.
func (b *logged) PickLog(key []byte) *proxy.Server {
	list := *b.list.Load()
	n := uint64(len(list))
	if n == 0 {
		return nil
	}
	switch b.p.Balance.Algo {
	case proxy.AlgoRoundRobin:
		return list[(b.next.Add(1)-1)%n]
	case proxy.AlgoLogHash:
		return list[uint64(hashOf(key, &b.p.Balance))%n]
	case proxy.AlgoSticky:
		return list[0]
	}
	return list[rand.Uint64N(n)]
}

// Pick returns the server for a message without a key.
func (b *logged) Pick(*proxy.Stream, *proxy.Server) *proxy.Server { return b.PickLog(nil) }

func (b *logged) Update(*proxy.Server)  { b.rebuild() }
func (b *logged) Taken(*proxy.Server)   {}
func (b *logged) Dropped(*proxy.Server) {}
