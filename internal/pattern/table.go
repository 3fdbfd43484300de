package pattern

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// table finds entries by the hash of what they match. It is a list of small buckets, each of which is immutable: a change
// copies one of them. The buckets of a loaded file lie behind each other in one slice until they are changed. Slots hold 32
// bits of the hash beside the entry's place, so that other entries are hardly ever looked at, and none of it is a pointer.
type table struct {
	shift  uint // of a hash, to the number of its bucket
	starts []uint32
	slots  []uint64
	pages  []atomic.Pointer[page] // buckets that were changed
	filter []atomic.Uint64        // a bit for each hash: most hashes that are not there need no bucket
	most   int                    // entries before it is to grow
}

// page is a run of changed buckets; nil is one that was not.
type page [pageSize]atomic.Pointer[[]uint64]

const (
	pageBits   = 6
	pageSize   = 1 << pageBits
	bucketFill = 8  // entries in a bucket when a table is made
	filterBits = 16 // bits of the filter for each entry
)

// newTable makes a table of the hashes of entries, in their order.
func newTable(hashes []uint64, places []uint32) *table {
	log := uint(4)
	for bucketFill<<log < len(hashes) {
		log++
	}
	t := &table{shift: 64 - log, starts: make([]uint32, 1<<log+1), slots: make([]uint64, len(hashes)), most: 4 * bucketFill << log}
	t.pages = make([]atomic.Pointer[page], (1<<log+pageSize-1)>>pageBits)
	t.filter = make([]atomic.Uint64, 1<<log*bucketFill*filterBits/64)
	for _, h := range hashes {
		t.mark(h)
		t.starts[h>>t.shift+1]++
	}
	for i := range 1 << log {
		t.starts[i+1] += t.starts[i]
	}
	next := append([]uint32(nil), t.starts[:1<<log]...)
	for i, h := range hashes {
		b := h >> t.shift
		t.slots[next[b]] = slot(h, places[i])
		next[b]++
	}
	return t
}

// slot joins the lower half of a hash and a place.
func slot(h uint64, at uint32) uint64 { return h<<32 | uint64(at) }

func (t *table) bit(h uint64) (word int, mask uint64) {
	// The bits above those of the bucket are taken, so that buckets and filter tell different hashes apart.
	return int(bits.RotateLeft64(h, 32) >> 6 & uint64(len(t.filter)-1)), 1 << (h & 63)
}

func (t *table) mark(h uint64) {
	w, m := t.bit(h)
	if t.filter[w].Load()&m == 0 {
		t.filter[w].Or(m)
	}
}

// maybe reports whether an entry may have a hash.
func (t *table) maybe(h uint64) bool {
	w, m := t.bit(h)
	return t.filter[w].Load()&m != 0
}

// bucket returns the slots among which a hash would be, in the order of their entries.
func (t *table) bucket(h uint64) []uint64 {
	b := h >> t.shift
	if p := t.pages[b>>pageBits].Load(); p != nil {
		if s := p[b%pageSize].Load(); s != nil {
			return *s
		}
	}
	return t.slots[t.starts[b]:t.starts[b+1]]
}

// put replaces the slots of a bucket.
func (t *table) put(h uint64, slots []uint64) {
	b := h >> t.shift
	p := t.pages[b>>pageBits].Load()
	if p == nil {
		p = new(page)
		t.pages[b>>pageBits].Store(p)
	}
	p[b%pageSize].Store(&slots)
}

// add takes in an entry that is behind all others.
func (t *table) add(h uint64, at uint32) {
	old := t.bucket(h)
	slots := make([]uint64, len(old)+1)
	copy(slots, old)
	slots[len(old)] = slot(h, at)
	t.put(h, slots)
	t.mark(h)
}

// remove takes out an entry.
func (t *table) remove(h uint64, at uint32) {
	old := t.bucket(h)
	gone := slot(h, at)
	for i, s := range old {
		if s == gone {
			slots := make([]uint64, 0, len(old)-1)
			t.put(h, append(append(slots, old[:i]...), old[i+1:]...))
			return
		}
	}
}

// seed makes the hashes of a process unlike those of another: who can add entries cannot choose their buckets.
type seed struct {
	whole  maphash.Seed
	factor uint64
}

func newSeed() seed {
	s := maphash.MakeSeed()
	return seed{s, maphash.String(s, "factor") | 1}
}

// text is the hash of a whole text.
func (s *seed) text(b []byte) uint64 { return maphash.Bytes(s.whole, b) }

// step takes the next byte into the hash of a text that is hashed byte by byte, so that the hashes of all its beginnings
// are known on the way.
func (s *seed) step(h uint64, c byte) uint64 {
	hi, lo := bits.Mul64(h^uint64(c)+1, s.factor)
	return hi ^ lo
}

// last makes a hash of what step arrived at.
func last(h uint64) uint64 {
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// pair is the hash of two words and a length.
func (s *seed) pair(a, b uint64, n int) uint64 {
	hi, lo := bits.Mul64(a^s.factor, b^uint64(n)*0x9e3779b97f4a7c15^bits.RotateLeft64(s.factor, 17))
	return last(hi ^ lo ^ a*s.factor)
}
