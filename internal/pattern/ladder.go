package pattern

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// ladder tells which lengths are worth asking the table for: for the first 8, 16, 32 and 64 bytes of a sample it holds the
// lengths of the patterns that begin so, and for the first bits of an IPv4 address those of the networks there. In a large
// map that leaves one or two of dozens of lengths. It may name too many, where prefixes share a word or patterns were
// deleted, never too few.
type ladder struct {
	shift uint // of a hash, to the number of its word
	words []atomic.Uint64
}

const (
	lowest  = 8
	highest = 64
	longBit = 63 // stands for all lengths that have no bit of their own
)

// mostBits is how many bits of an address a ladder looks at, at most.
const mostBits = 24

// newLadder makes one for n patterns, none for methods that look elsewhere than at beginnings and ends.
func (x *index) newLadder(n int) *ladder {
	log := uint(bits.Len(uint(n | 1)))
	switch x.method {
	case Beg, End:
	case IP:
		log = min(log, mostBits)
	default:
		return nil
	}
	return &ladder{shift: 64 - log, words: make([]atomic.Uint64, 1<<log)}
}

// rung is the longest prefix that is counted of a pattern of n bytes, 0 when the pattern is too short for any.
func rung(n int) int {
	if n < lowest {
		return 0
	}
	return min(highest, 1<<(bits.Len(uint(n))-1))
}

// mark notes a pattern of n bytes whose prefix has a hash.
func (l *ladder) mark(h uint64, n int) {
	bit := uint64(1) << min(n-rung(n), longBit)
	if w := &l.words[last(h)>>l.shift]; w.Load()&bit == 0 {
		w.Or(bit)
	}
}

// lengths returns a bit for each length that patterns with a prefix of this hash may have.
func (l *ladder) lengths(h uint64) uint64 { return l.words[last(h)>>l.shift].Load() }

// first is the number of bits of an address that choose a word: networks that are larger are not counted.
func (l *ladder) first() int { return int(64 - l.shift) }

// nets returns a bit for each length, from that of first, that IPv4 networks around an address may have.
func (l *ladder) nets(hi uint64) uint64 { return l.words[hi>>l.shift].Load() }

// noteNet marks an IPv4 network.
func (l *ladder) noteNet(n *network) {
	if first := l.first(); n.prefix.Addr().Is4() && n.prefix.Bits() >= first {
		hi, _ := words(n.prefix.Addr())
		l.words[hi>>l.shift].Or(1 << (n.prefix.Bits() - first))
	}
}

// note marks a pattern of the methods that look at a beginning or an end, or at networks.
func (x *index) note(l *ladder, p *pat) {
	if l != nil && x.method == IP {
		l.noteNet(&p.net)
		return
	}
	text := p.text
	r := rung(len(text))
	if l == nil || r == 0 {
		return
	}
	var h uint64
	for i := range r {
		h = x.seed.step(h, x.from(text, i))
	}
	l.mark(h, len(text))
}

// from is the i-th byte in the direction in which the method looks.
func (x *index) from(b []byte, i int) byte {
	if x.method == End {
		return b[len(b)-1-i]
	}
	return b[i]
}

// probe walks along a sample, and asks the table at some lengths, which rise.
type probe struct {
	*index
	st   *state
	b    []byte
	at   int
	h    uint64
	best uint32
}

// walk hashes up to n bytes.
func (w *probe) walk(n int) {
	if w.method == End {
		for ; w.at < n; w.at++ {
			w.h = w.seed.step(w.h, w.b[len(w.b)-1-w.at])
		}
		return
	}
	for ; w.at < n; w.at++ {
		w.h = w.seed.step(w.h, w.b[w.at])
	}
}

// ask looks for a pattern of n bytes, which is sure to be worth it when a ladder says so. Of several the longest stands for
// beginnings whose case counts, else the first.
func (w *probe) ask(n int, sure bool) {
	w.walk(n)
	f := last(w.h)
	if !sure && !w.st.table.maybe(f) {
		return
	}
	part := w.b[:n]
	if w.method == End {
		part = w.b[len(w.b)-n:]
	}
	if e := w.lookup(w.st.table, f, part); e != none && (w.method == Beg && !w.fold || e < w.best) {
		w.best = e
	}
}

// findAffix returns the entry of the table that b begins or ends with.
func (x *index) findAffix(st *state, b []byte) uint32 {
	w := probe{index: x, st: st, b: b, best: none}
	if len(st.lengths) == 0 {
		return none
	}
	i, most := 0, min(len(b), st.lengths[len(st.lengths)-1])
	for ; i < len(st.lengths) && st.lengths[i] < lowest && st.lengths[i] <= most; i++ {
		w.ask(st.lengths[i], false)
	}
	for r := lowest; r <= most && r <= highest; r *= 2 {
		w.walk(r)
		for set := st.ladder.lengths(w.h); set != 0; set &= set - 1 {
			n := bits.TrailingZeros64(set)
			if r == highest && n == longBit {
				break
			}
			if r+n > most || r < highest && n >= r {
				break // of a prefix of another length that shares the word
			}
			w.ask(r+n, set&(set-1) == 0)
		}
	}
	for i, _ = slices.BinarySearch(st.lengths, highest+longBit); i < len(st.lengths) && st.lengths[i] <= most; i++ {
		w.ask(st.lengths[i], false)
	}
	return w.best
}
