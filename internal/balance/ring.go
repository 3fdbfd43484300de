package balance

import (
	"cmp"
	"encoding/binary"
	"slices"

	"sluice/internal/hash"
	"sluice/internal/proxy"
)

// ring is the circle of 32-bit numbers on which each server has as many points as its effective weight: what
// `hash-type consistent` and `balance random` choose from. Immutable.
type ring struct {
	points []point
	total  uint64   // sum of effective weights
	before []uint64 // by Server.Index: sum of the weights of the members before it
}

type point struct {
	key uint32
	srv *proxy.Server
}

func newRing(m *members) *ring {
	r := &ring{points: make([]point, 0, m.total), total: uint64(m.total), before: make([]uint64, len(m.in))}
	sum := uint64(0)
	for _, srv := range m.servers {
		base, weight := pointBase(srv), uint32(srv.State.Effective.Load())
		for i := range weight {
			r.points = append(r.points, point{hash.Avalanche(base + i), srv})
		}
		r.before[srv.Index] = sum
		sum += uint64(weight)
	}
	slices.SortStableFunc(r.points, func(a, b point) int { return cmp.Compare(a.key, b.key) })
	return r
}

// pointBase returns the number that the points of srv are made from, by its `hash-key`.
func pointBase(srv *proxy.Server) uint32 {
	addr := srv.State.Addr.Load()
	switch srv.HashKey {
	case proxy.HashKeyID32:
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(srv.ID))
		return hash.Avalanche(binary.NativeEndian.Uint32(b[:]))
	case proxy.HashKeyGUID:
		if srv.GUID != "" {
			return hash.XXH32([]byte(srv.GUID), 0)
		}
	case proxy.HashKeyAddr, proxy.HashKeyAddrPort:
		port := uint32(0)
		if srv.HashKey == proxy.HashKeyAddrPort {
			port = hash.Avalanche(uint32(addr.Port))
		}
		switch {
		case addr.IP.Is4():
			b := addr.IP.As4()
			return hash.Avalanche(binary.NativeEndian.Uint32(b[:]) + port)
		case addr.IP.Is6():
			b := addr.IP.As16()
			return hash.XXH32(b[:], port)
		}
	}
	return uint32(srv.ID) * 4096
}

// nearest returns the place of the point next to h on either side; the one before wins a tie.
func (r *ring) nearest(h uint32) int {
	n := len(r.points)
	at, _ := slices.BinarySearchFunc(r.points, h, func(p point, h uint32) int { return cmp.Compare(p.key, h) })
	before := (at + n - 1) % n
	if at == n {
		at = 0
	}
	if h-r.points[before].key <= r.points[at].key-h {
		return before
	}
	return at
}

// after returns the server of the first point behind the one that last names (its key plus 1) that is not full, and
// what names that point. avoid is taken only when there is no other.
func (r *ring) after(last uint64, avoid *proxy.Server) (*proxy.Server, uint64) {
	at, _ := slices.BinarySearchFunc(r.points, last, func(p point, last uint64) int { return cmp.Compare(uint64(p.key), last) })
	var avoided *point
	for range r.points {
		if at == len(r.points) {
			at = 0
		}
		p := &r.points[at]
		switch {
		case p.srv.Full():
		case p.srv != avoid:
			return p.srv, uint64(p.key) + 1
		case avoided == nil:
			avoided = p
		}
		at++
	}
	if avoided != nil {
		return avoided.srv, uint64(avoided.key) + 1
	}
	return nil, last
}

// follow returns what names the point that last named, or when that is gone, the next one.
func (r *ring) follow(last uint64) uint64 {
	if len(r.points) == 0 {
		return last
	}
	at, _ := slices.BinarySearchFunc(r.points, uint32(last-1), func(p point, key uint32) int { return cmp.Compare(p.key, key) })
	return uint64(r.points[at%len(r.points)].key) + 1
}

// share returns how many streams srv may have when the members have load and the bound is factor percent of the
// average: its part of the sum by weight, rounded so that the parts add up to the whole, and never 0.
func (r *ring) share(srv *proxy.Server, load, factor int) int {
	slots := uint64(((load+1)*factor + 99) / 100)
	part := slots * uint64(srv.State.Effective.Load())
	n, rest := part/r.total, part%r.total
	if rest > 0 && rest+slots*r.before[srv.Index]%r.total >= r.total {
		n++
	}
	return int(max(n, 1))
}
