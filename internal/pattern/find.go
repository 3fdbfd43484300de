package pattern

import (
	"net/netip"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// find returns the entry that v matches, none when there is none. v has the type that the method looks at. Where several
// match it is the longest for addresses and for beginnings whose case counts, else the first (configuration.txt 7.3.1, map).
func (x *index) find(v *value.Value, a *buf.Arena) uint32 {
	st := x.state.Load()
	switch x.method {
	case Int:
		return x.findInt(st, v.Int)
	case Len:
		return x.findInt(st, int64(len(v.Bytes)))
	case IP:
		return x.findIP(st, v.IP)
	}
	b := v.Bytes
	if x.fold && x.method != Reg {
		if st.table == nil && st.long == nil && !x.mayMatch(st, b) {
			return none
		}
		m := a.Mark()
		at := x.findText(st, v, x.folded(b, a), a)
		a.Release(m)
		return at
	}
	return x.findText(st, v, b, a)
}

// mayMatch reports whether one of a few patterns could match b, as far as that is told without a copy in lower case.
func (x *index) mayMatch(st *state, b []byte) bool {
	if x.verbs {
		return true
	}
	for i := range st.line {
		t := st.line[i].text
		switch {
		case x.method == Str && len(t) != len(b), len(t) > len(b):
		case len(t) == 0, x.method != Str && x.method != Beg && x.method != End:
			return true
		case x.method == End:
			if lowerByte(b[len(b)-1]) == t[len(t)-1] {
				return true
			}
		case lowerByte(b[0]) == t[0] && lowerByte(b[len(t)-1]) == t[len(t)-1]:
			return true
		}
	}
	return false
}

func (x *index) findText(st *state, v *value.Value, b []byte, a *buf.Arena) uint32 {
	best, length := none, -1
	for i := range st.line {
		p := &st.line[i]
		// Most patterns differ by their length or by one letter: that is seen without a call.
		switch n := len(p.text); {
		case n == 0 || x.method == Dir || x.method == Dom || x.method == Reg:
		case len(b) < n, x.method == Beg && b[n-1] != p.text[n-1], x.method == End && b[len(b)-n] != p.text[0]:
			continue
		}
		if !x.matches(p, v, b, a) {
			continue
		}
		if x.method != Beg || x.fold {
			best = p.at
			break
		}
		if len(p.text) > length {
			best, length = p.at, len(p.text)
		}
	}
	if st.table != nil {
		switch x.method {
		case Str, Bin:
			return min(best, x.lookup(st.table, x.seed.text(b), b))
		case Beg, End:
			return x.findAffix(st, b)
		}
	}
	if st.long != nil {
		best = min(best, st.long.find(b, x.store))
	}
	return best
}

func (x *index) findInt(st *state, n int64) uint32 {
	best := none
	for i := range st.line {
		if st.line[i].span.has(n) {
			best = st.line[i].at
			break
		}
	}
	if st.table != nil {
		h := x.seed.pair(uint64(n), 0, ip6)
		for _, s := range st.table.bucket(h) {
			if uint32(s>>32) != uint32(h) {
				continue
			}
			if key, ok := x.store.key(uint32(s)); ok {
				if have, ok := spanOf(key); ok && have.low == n {
					best = min(best, uint32(s))
					break
				}
			}
		}
	}
	if st.ranges != nil {
		best = min(best, st.ranges.find(n, x.store))
	}
	return best
}

// findIP looks an address up in its own family, then in the other one where it has a form there, and then among the
// networks with a mask that is no prefix.
func (x *index) findIP(st *state, ip netip.Addr) uint32 {
	if at := x.findNet(st, ip); at != none {
		return at
	}
	v4, is4 := value.Embedded4(ip)
	if ip.Is4() {
		if at := x.findNet(st, netip.AddrFrom16(ip.As16())); at != none {
			return at
		}
	} else if is4 {
		if at := x.findNet(st, v4); at != none {
			return at
		}
	}
	if is4 {
		for i := range st.line {
			if p := &st.line[i]; p.net.odd && p.net.has(v4) {
				return p.at
			}
		}
	}
	return none
}

// findNet returns the longest prefix that holds an address of its own family.
func (x *index) findNet(st *state, ip netip.Addr) uint32 {
	best, length := none, -1
	for i := range st.line {
		if p := &st.line[i]; !p.net.odd && p.net.prefix.Bits() > length && p.net.prefix.Contains(ip) {
			best, length = p.at, p.net.prefix.Bits()
		}
	}
	if st.table == nil {
		return best
	}
	hi, lo := words(ip)
	is4 := ip.Is4()
	first, near := 0, uint64(0)
	if is4 {
		first, near = st.ladder.first(), st.ladder.nets(hi)
	}
	for i := len(st.lengths) - 1; i >= 0; i-- {
		n := st.lengths[i]
		if n >= ip6 {
			n -= ip6
			if is4 {
				continue
			}
		} else if !is4 {
			break
		}
		if n <= length {
			break
		}
		counted := is4 && n >= first
		if counted && near>>(n-first)&1 == 0 {
			continue
		}
		h, l := masked(hi, lo, n)
		key := x.seed.netHash(h, l, n, is4)
		if !counted && !st.table.maybe(key) {
			continue
		}
		for _, s := range st.table.bucket(key) {
			if uint32(s>>32) == uint32(key) && x.holdsNet(uint32(s), ip, n) {
				return uint32(s)
			}
		}
	}
	return best
}

// holdsNet reports whether an entry is the network of n bits that holds ip.
func (x *index) holdsNet(at uint32, ip netip.Addr, n int) bool {
	key, ok := x.store.key(at)
	if !ok {
		return false
	}
	net, ok := parseNet(key)
	return ok && !net.odd && net.prefix.Bits() == n && net.prefix.Contains(ip)
}
