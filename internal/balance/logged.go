package balance

import (
	"slices"
	"sync/atomic"

	"sluice/internal/proxy"
)

// Logs is what the balancer of a `mode log` backend offers beside proxy.Balancer: there are no streams in it.
type Logs interface {
	// PickLog returns the server for the next message, nil when none is usable. key is what `log-hash` hashes.
	PickLog(key []byte) *proxy.Server
}

// newLogged returns the balancer of a `mode log` backend, nil for an algorithm that does not work there.
func newLogged(f *farm) balancer {
	switch f.p.Balance.Algo {
	case proxy.AlgoRoundRobin:
		return logTurns{newTurns(f)}
	case proxy.AlgoNone, proxy.AlgoRandom:
		return logRandom{&random{ringed: ringed{farm: f}, draws: 1}}
	case proxy.AlgoLogHash:
		return logHash{&mapped{farm: f}}
	case proxy.AlgoSticky:
		return &sticky{farm: f}
	}
	return nil
}

type logTurns struct{ *turns }

// PickLog implements Logs.
func (b logTurns) PickLog([]byte) *proxy.Server { return b.Pick(nil, nil) }

// logRandom draws once: there is no load to compare.
type logRandom struct{ *random }

// PickLog implements Logs.
func (b logRandom) PickLog([]byte) *proxy.Server { return b.Pick(nil, nil) }

// logHash is `balance log-hash`.
type logHash struct{ *mapped }

// PickLog implements Logs.
func (b logHash) PickLog(key []byte) *proxy.Server {
	t := *b.table.Load()
	if len(t) == 0 {
		return nil
	}
	return t[uint64(hashOf(key, &b.p.Balance))%uint64(len(t))]
}

// Pick returns the server for a message without a key.
func (b logHash) Pick(*proxy.Stream, *proxy.Server) *proxy.Server { return b.PickLog(nil) }

// sticky is `balance sticky`: one server as long as it is usable, then the next.
type sticky struct {
	*farm
	list atomic.Pointer[[]*proxy.Server]
}

// rebuild keeps the order of the servers that stay usable and puts those that came back behind them.
func (b *sticky) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.gather()
	var list []*proxy.Server
	if old := b.list.Load(); old != nil {
		for _, srv := range *old {
			if m.has(srv) {
				list = append(list, srv)
			}
		}
	}
	for _, srv := range m.servers {
		if !slices.Contains(list, srv) {
			list = append(list, srv)
		}
	}
	b.list.Store(&list)
}

// PickLog implements Logs.
func (b *sticky) PickLog([]byte) *proxy.Server {
	if list := *b.list.Load(); len(list) > 0 {
		return list[0]
	}
	return nil
}

// Pick returns the server in use.
func (b *sticky) Pick(*proxy.Stream, *proxy.Server) *proxy.Server { return b.PickLog(nil) }

func (b *sticky) Update(*proxy.Server)  { b.rebuild() }
func (b *sticky) Taken(*proxy.Server)   {}
func (b *sticky) Dropped(*proxy.Server) {}
