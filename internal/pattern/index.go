package pattern

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"sluice/internal/value"
)

// index is the entries of a store in the form that one method searches. Few are compared one by one. Many are found by the
// hashes of their texts (table), of the beginnings and ends of the sample (by length), or of its networks (by prefix), in
// one pass over the sample (automaton), or by cutting the line of integers (segments).
//
// Changes are made by one writer at a time, under the list's lock; a search takes one state and never waits.
type index struct {
	options
	store *store
	seed  *seed
	mu    *sync.Mutex // the list's
	user  *user
	state atomic.Pointer[state]

	// The writer's.
	counts   map[int]int // entries of the table by their length
	building bool
}

// state is what a search looks at.
type state struct {
	few     handful
	line    []pat // compared one by one, in order
	table   *table
	lengths []int // of what is in the table, rising; for addresses prefix lengths, IPv6 ones with ip6 added
	ladder  *ladder
	long    *automaton
	ranges  *segments
	built   uint32 // entries before this place are in long or ranges
}

// few is up to how many patterns are compared one by one.
const few = 16

// inlineBuild is up to how many entries an automaton is made anew at once by whoever adds one; more are left to a goroutine.
const inlineBuild = 4096

// ip6 tells the prefix lengths of IPv6 from those of IPv4.
const ip6 = 1000

func newIndex(u *user, st *store, seed *seed, mu *sync.Mutex) *index {
	x := &index{options: u.o, store: st, seed: seed, mu: mu, user: u}
	x.publish(&state{})
	return x
}

// publish makes a state the one that searches look at.
func (x *index) publish(st *state) {
	st.few.fill(&x.options, st)
	x.state.Store(st)
	if x.user.index.Load() == x {
		x.user.show(st)
	}
}

// hash returns the hash of a pattern and its length; ok is false for one that is in no table.
func (x *index) hash(p *pat) (h uint64, length int, ok bool) {
	switch x.method {
	case Str, Bin:
		return x.seed.text(p.text), 0, true
	case Beg:
		for _, c := range p.text {
			h = x.seed.step(h, c)
		}
		return last(h), len(p.text), true
	case End:
		for i := len(p.text) - 1; i >= 0; i-- {
			h = x.seed.step(h, p.text[i])
		}
		return last(h), len(p.text), true
	case Int, Len:
		return x.seed.pair(uint64(p.span.low), 0, ip6), 0, p.span.low == p.span.high
	case IP:
		if p.net.odd || p.kept {
			return 0, 0, false
		}
		n := p.net.prefix.Bits()
		if p.net.prefix.Addr().Is6() {
			n += ip6
		}
		return x.seed.prefix(p.net.prefix), n, true
	}
	return 0, 0, false
}

// sortable reports whether a pattern belongs into the automaton or the segments once there are many.
func (x *index) sortable(p *pat) bool {
	switch x.method {
	case Sub, Dir, Dom:
		return len(p.text) > 0
	case Int, Len:
		return p.span.low != p.span.high
	}
	return false
}

// build makes the index of all entries of the store. An error is that of the entry at place bad.
func (x *index) build() (bad uint32, err error) {
	var hashes []uint64
	var places []uint32
	var line, sortable []pat
	var rungs *ladder
	bad = none
	n := int(x.store.live.Load())
	x.counts = map[int]int{}
	x.store.each(0, func(at uint32, key, _ []byte) bool {
		var p pat
		if p, err = x.parse(at, key); err != nil {
			bad = at
			return false
		}
		h, length, ok := x.hash(&p)
		switch {
		case n > few && ok:
			if hashes == nil {
				hashes, places = make([]uint64, 0, n), make([]uint32, 0, n)
				rungs = x.newLadder(n)
			}
			x.note(rungs, &p)
			hashes, places = append(hashes, h), append(places, at)
			x.counts[length]++
		case n > few && x.sortable(&p):
			sortable = append(sortable, p)
		default:
			line = append(line, p)
		}
		return true
	})
	if err != nil {
		return bad, err
	}
	st := &state{line: line, built: x.store.end()}
	if len(hashes) > 0 {
		st.table, st.ladder = newTable(hashes, places), rungs
		st.lengths = x.sortedLengths()
	}
	x.arrange(st, sortable)
	x.publish(st)
	return none, nil
}

// arrange makes the automaton or the segments of patterns.
func (x *index) arrange(st *state, pats []pat) {
	switch {
	case len(pats) == 0:
	case x.method == Int || x.method == Len:
		st.ranges = newSegments(pats)
	default:
		st.long = newAutomaton(x.method, pats)
	}
}

func (x *index) sortedLengths() []int {
	lengths := make([]int, 0, len(x.counts))
	for n := range x.counts {
		lengths = append(lengths, n)
	}
	slices.Sort(lengths)
	return lengths
}

// add takes in a pattern whose entry is in the store, behind all others.
func (x *index) add(p *pat) {
	st := *x.state.Load()
	h, length, hashed := x.hash(p)
	sortable := x.sortable(p)
	switch {
	case hashed && st.table != nil:
		x.note(st.ladder, p)
		st.table.add(h, p.at)
		if x.counts[length]++; x.counts[length] == 1 {
			st.lengths = x.sortedLengths()
			x.publish(&st)
		}
		if int(x.store.live.Load()) > st.table.most {
			x.build()
		}
		return
	case hashed && len(st.line) >= few:
		x.build()
		return
	}
	st.line = append(st.line, *p) // readers see no further than their own length
	x.publish(&st)
	if grown := len(st.line) - few; sortable && grown > 0 && (grown > int(st.built/4) || st.built == 0) {
		x.rebuild()
	}
}

// rebuild makes the automaton or the segments anew.
func (x *index) rebuild() {
	if x.store.live.Load() <= inlineBuild {
		x.build()
		return
	}
	if x.building {
		return
	}
	x.building = true
	go x.rebuildAside()
}

// rebuildAside does it without holding the lock: what is added meanwhile stays to be compared one by one, what is deleted
// the store tells.
func (x *index) rebuildAside() {
	end := x.store.end()
	next := &state{built: end}
	var pats []pat
	x.store.each(0, func(at uint32, key, _ []byte) bool {
		if at >= end {
			return false
		}
		if p, err := x.parse(at, key); err == nil && x.sortable(&p) {
			pats = append(pats, p)
		}
		return true
	})
	x.arrange(next, pats)
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.state.Load()
	next.table, next.lengths, next.ladder = old.table, old.lengths, old.ladder
	for i := range old.line {
		if p := &old.line[i]; p.at >= end || !x.sortable(p) {
			next.line = append(next.line, *p)
		}
	}
	x.building = false
	x.publish(next)
}

// remove takes out the pattern of an entry that is still in the store.
func (x *index) remove(at uint32) {
	st := *x.state.Load()
	for i := range st.line {
		if st.line[i].at == at {
			st.line = append(slices.Clone(st.line[:i]), st.line[i+1:]...)
			x.publish(&st)
			return
		}
	}
	if st.table == nil {
		return
	}
	key, _ := x.store.key(at)
	p, err := x.parse(at, key)
	if err != nil {
		return
	}
	h, length, ok := x.hash(&p)
	if !ok {
		return
	}
	st.table.remove(h, at)
	if x.counts[length]--; x.counts[length] == 0 {
		delete(x.counts, length)
		st.lengths = x.sortedLengths()
		x.publish(&st)
	}
}

// holds compares an entry with what the table was asked for: it is told apart from others whose hash is the same.
func (x *index) holds(at uint32, b []byte) bool {
	key, ok := x.store.key(at)
	switch {
	case !ok:
		return false
	case x.method == Bin:
		return equalHex(b, key)
	case x.verbs:
		return bytes.Equal(b, x.folded(key, nil))
	case x.fold:
		return equalFold(b, key)
	}
	return bytes.Equal(b, key)
}

// equalHex compares bytes with their hexadecimal form.
func equalHex(b, text []byte) bool {
	if len(text) != 2*len(b) {
		return false
	}
	for i, c := range b {
		if value.HexDigit(text[2*i])<<4|value.HexDigit(text[2*i+1]) != int(c) {
			return false
		}
	}
	return true
}

// lookup returns the first entry of the table with a hash that is b.
func (x *index) lookup(t *table, h uint64, b []byte) uint32 {
	for _, s := range t.bucket(h) {
		if uint32(s>>32) == uint32(h) && x.holds(uint32(s), b) {
			return uint32(s)
		}
	}
	return none
}
