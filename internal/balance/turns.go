package balance

import (
	"sync/atomic"

	"sluice/internal/proxy"
)

// turns is `balance roundrobin`. As long as no server has a limit, every pick is the next entry of a batch worked out
// in advance, so that it costs one atomic addition. A batch is thrown away, and what was used of it repeated on the
// timetable, when a weight changes or somebody avoids a server. With limits each pick looks at the timetable, because
// who is full loses the turn.
type turns struct {
	*farm
	tables  [2]timetable // of active servers and of backups, at the beginning of the batch; guarded by farm.mu
	table   *timetable   // the one in use
	ahead   timetable    // as it will be at the end of the batch
	limited atomic.Bool
	batch   atomic.Pointer[batch]
	spare   *batch
	skipped []*turn
}

// batch is a run of coming turns. It is used again when it was the last but one; who still reads it then takes a turn
// of the new one.
type batch struct {
	used  atomic.Uint32 // how many were taken; beyond the length when it is over
	order []atomic.Pointer[proxy.Server]
}

// A batch has batchTurns turns and turnsPerServer more for every server, so that copying the timetable costs little per
// turn.
const (
	batchTurns     = 64
	turnsPerServer = 2
	batchOver      = 1 << 30
)

func newTurns(f *farm) *turns {
	b := &turns{farm: f}
	b.table = &b.tables[0]
	b.batch.Store(newBatch(0))
	return b
}

func newBatch(turns int) *batch {
	n := &batch{order: make([]atomic.Pointer[proxy.Server], turns)}
	n.used.Store(batchOver)
	return n
}

// rewind ends the batch and brings the timetable to the present. The lock is held.
func (b *turns) rewind() {
	old := b.batch.Load()
	used := old.used.Swap(batchOver)
	switch {
	case used >= batchOver: // over already
	case int(used) >= len(old.order):
		b.table.copyFrom(&b.ahead)
	default:
		for range used {
			b.table.take()
		}
	}
}

// refill works out the next batch from the timetable, which is at the present. The lock is held.
func (b *turns) refill() {
	next := b.spare
	if next == nil || len(next.order) == 0 {
		next = newBatch(batchTurns + turnsPerServer*len(b.p.All()))
	}
	b.ahead.copyFrom(b.table)
	for i := range next.order {
		next.order[i].Store(b.ahead.take())
	}
	b.spare = b.batch.Load()
	next.used.Store(0)
	b.batch.Store(next)
}

func (b *turns) rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rewind()
	m := b.gather()
	limited := false
	for _, srv := range b.p.All() {
		limited = limited || srv.State.MaxConn.Load() > 0
		group, weight := &b.tables[0], 0
		if srv.Backup {
			group = &b.tables[1]
		}
		if m.has(srv) || srv.State.Usable() && (!srv.Backup || b.p.Options.Has(proxy.OptAllBackups)) {
			weight = int(srv.State.Effective.Load())
		}
		group.set(srv, weight)
	}
	b.table = &b.tables[0]
	if m.backup {
		b.table = &b.tables[1]
	}
	b.limited.Store(limited)
}

// Pick returns the next server that is not full; avoid only when there is no other.
func (b *turns) Pick(_ *proxy.Stream, avoid *proxy.Server) *proxy.Server {
	for avoid == nil && !b.limited.Load() {
		now := b.batch.Load()
		if i := int(now.used.Add(1)) - 1; i < len(now.order) {
			return now.order[i].Load()
		}
		if len(b.members().servers) == 0 {
			now.used.Store(batchOver)
			return nil
		}
		b.advance(now)
	}
	return b.pickAround(avoid)
}

// advance replaces the used-up batch unless somebody else has done so.
func (b *turns) advance(over *batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.batch.Load() == over && int(over.used.Load()) >= len(over.order) && !b.limited.Load() {
		b.rewind()
		b.refill()
	}
}

// pickAround picks on the timetable itself. Servers that are full or avoided lose the turn.
func (b *turns) pickAround(avoid *proxy.Server) *proxy.Server {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rewind()
	var found, avoided *turn
	for {
		e := b.table.pass()
		if e == nil {
			found = avoided
			break
		}
		b.skipped = append(b.skipped, e)
		if e.srv.Full() {
			continue
		}
		if e.srv != avoid {
			found = e
			break
		}
		avoided = e
	}
	for i := len(b.skipped) - 1; i >= 0; i-- {
		b.table.schedule(b.skipped[i])
		b.skipped[i] = nil
	}
	b.skipped = b.skipped[:0]
	if found == nil {
		return nil
	}
	return found.srv
}

func (b *turns) Update(*proxy.Server)  { b.rebuild() }
func (b *turns) Taken(*proxy.Server)   {}
func (b *turns) Dropped(*proxy.Server) {}
func (b *turns) sequential() bool      { return true }
