package netx

import (
	"fmt"
	"math/bits"
	"sync/atomic"
)

// PortRange hands out the source ports of a "source <addr>:<low>-<high>" line, each to one connection at a time, the
// one given back longest ago first or nearly so: a port that was just closed may still linger in the system. It is safe
// for use by several loops at once.
type PortRange struct {
	low   uint16
	n     uint32
	turn  atomic.Uint32 // where the next search begins, counted from low
	taken []atomic.Uint64
}

// NewPortRange returns the range from low to high, both included.
func NewPortRange(low, high uint16) (*PortRange, error) {
	if low == 0 || high < low {
		return nil, fmt.Errorf("source port range %d-%d: the first port must be 1 or more and not above the last", low, high)
	}
	n := uint32(high) - uint32(low) + 1
	return &PortRange{low: low, n: n, taken: make([]atomic.Uint64, (n+63)/64)}, nil
}

// Len returns how many ports the range has.
func (r *PortRange) Len() int { return int(r.n) }

// Get takes a free port; ok is false when all are taken.
func (r *PortRange) Get() (port uint16, ok bool) {
	start := r.turn.Add(1) - 1
	for i := uint32(0); i < r.n; {
		at := (start%r.n + i) % r.n
		word, bit := &r.taken[at/64], at%64
		old := word.Load()
		// Skip the taken ports of this word in one step.
		if skip := uint32(bits.TrailingZeros64(^(old >> bit))); skip > 0 {
			i += min(skip, 64-bit, r.n-at)
			continue
		}
		if word.CompareAndSwap(old, old|1<<bit) {
			if i > 0 {
				r.turn.CompareAndSwap(start+1, at+1)
			}
			return r.low + uint16(at), true
		}
	}
	return 0, false
}

// Put gives back a port that Get returned. A port of 0 is ignored, so that a connection without one needs no test.
func (r *PortRange) Put(port uint16) {
	at := uint32(port) - uint32(r.low)
	if port < r.low || at >= r.n {
		return
	}
	r.taken[at/64].And(^uint64(1 << (at % 64)))
}
