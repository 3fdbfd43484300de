package balance

import (
	"cmp"
	"slices"
	"sync/atomic"

	"sluice/internal/proxy"
)

// first is `balance first`: the usable server with the lowest id that has a free slot.
type first struct {
	*farm
	byID atomic.Pointer[[]*proxy.Server]
}

func (b *first) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	servers := slices.Clone(b.gather().servers)
	slices.SortStableFunc(servers, func(a, b *proxy.Server) int { return cmp.Compare(a.ID, b.ID) })
	b.byID.Store(&servers)
}

// Pick returns the first server that is not full; avoid only when there is no other.
func (b *first) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	var avoided *proxy.Server
	for _, srv := range *b.byID.Load() {
		switch {
		case srv.Full():
		case srv != avoid:
			return srv
		default:
			avoided = srv
		}
	}
	return avoided
}

func (b *first) Update(*proxy.Server)  { b.rebuild() }
func (b *first) Taken(*proxy.Server)   {}
func (b *first) Dropped(*proxy.Server) {}
func (b *first) sequential() bool      { return true }
