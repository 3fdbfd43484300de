package pattern

import (
	"bytes"
	"slices"
)

// automaton finds many texts in one pass (Aho and Corasick). It is immutable. States are numbered by their depth, so that
// the children of one state follow each other; none of it is a pointer. Entries that were deleted since it was made are
// told by the store.
type automaton struct {
	method Method
	root   [256]uint32 // the states of one byte, 0 for none
	label  []byte      // the byte that leads to a state
	first  []uint32    // the children of s are those from first[s] to first[s+1]
	fail   []uint32    // the longest state that is an end of this one
	least  []uint32    // the first entry that ends here or along fail
	dict   []uint32    // the next state along fail in which entries end, 0 for none
	own    []uint32    // where the entries that end exactly here begin in runs, plus one; 0 for none
	depth  []uint32
	runs   []uint32 // places of entries of one text, each run closed by none
}

// newAutomaton makes one of patterns with texts that are not empty.
func newAutomaton(m Method, pats []pat) *automaton {
	slices.SortFunc(pats, func(p, q pat) int {
		if c := bytes.Compare(p.text, q.text); c != 0 {
			return c
		}
		return int(int64(p.at) - int64(q.at))
	})
	x := &automaton{method: m}
	type reach struct{ from, to int } // of pats
	all := []reach{{0, len(pats)}}
	x.push(0, 0, 0)
	for s := 0; s < len(all); s++ {
		r, d := all[s], int(x.depth[s])
		from := r.from
		for from < r.to && len(pats[from].text) == d {
			from++
		}
		x.ends(uint32(s), pats[r.from:from])
		x.first[s] = uint32(len(all))
		for from < r.to {
			c, to := pats[from].text[d], from+1
			for to < r.to && pats[to].text[d] == c {
				to++
			}
			fail := uint32(0)
			if s == 0 {
				x.root[c] = uint32(len(all))
			} else {
				fail = x.step(x.fail[s], c)
			}
			x.push(c, fail, uint32(d+1))
			all = append(all, reach{from, to})
			from = to
		}
	}
	x.first = append(x.first, uint32(len(all)))
	return x
}

// push adds a state.
func (x *automaton) push(label byte, fail, depth uint32) {
	x.label = append(x.label, label)
	x.first = append(x.first, 0)
	x.fail = append(x.fail, fail)
	x.least = append(x.least, none)
	x.dict = append(x.dict, 0)
	x.own = append(x.own, 0)
	x.depth = append(x.depth, depth)
}

// ends notes the entries that end in a state. Those along fail are known already: it is less deep.
func (x *automaton) ends(s uint32, pats []pat) {
	if len(pats) > 0 {
		x.own[s] = uint32(len(x.runs)) + 1
		x.least[s] = pats[0].at
		for i := range pats {
			x.runs = append(x.runs, pats[i].at)
		}
		x.runs = append(x.runs, none)
	}
	if f := x.fail[s]; s != 0 {
		x.least[s] = min(x.least[s], x.least[f])
		x.dict[s] = x.dict[f]
		if x.own[f] != 0 {
			x.dict[s] = f
		}
	}
}

// step returns the state behind one more byte.
func (x *automaton) step(s uint32, c byte) uint32 {
	for s != 0 {
		from, to := x.first[s], x.first[s+1]
		if to-from > 8 {
			if i, ok := slices.BinarySearch(x.label[from:to], c); ok {
				return from + uint32(i)
			}
		} else {
			for ; from < to; from++ {
				if x.label[from] == c {
					return from
				}
			}
		}
		s = x.fail[s]
	}
	return x.root[c]
}

// find returns the first entry in order that b holds.
func (x *automaton) find(b []byte, st *store) uint32 {
	if x.method != Sub {
		return x.findWords(b, st)
	}
	best, s := none, uint32(0)
	for _, c := range b {
		s = x.step(s, c)
		if x.least[s] < best {
			if _, ok := st.key(x.least[s]); ok {
				best = x.least[s]
			} else {
				best = x.along(s, best, nil, 0, st)
			}
		}
	}
	return best
}

// findWords is find for entries that stand between delimiters.
func (x *automaton) findWords(b []byte, st *store) uint32 {
	best, s := none, uint32(0)
	for i, c := range b {
		s = x.step(s, c)
		if x.least[s] < best && (i+1 == len(b) || delimiter(b[i+1], x.method)) {
			best = x.along(s, best, b, i+1, st)
		}
	}
	return best
}

// along looks at all entries that end in a state, or along fail, for one before best. With b not nil they must stand between
// delimiters, end being where they end in b.
func (x *automaton) along(s, best uint32, b []byte, end int, st *store) uint32 {
	if x.own[s] == 0 {
		s = x.dict[s]
	}
	for ; s != 0; s = x.dict[s] {
		if b != nil && !stands(b, end-int(x.depth[s]), end, x.method) {
			continue
		}
		for i := x.own[s] - 1; x.runs[i] < best; i++ {
			if _, ok := st.key(x.runs[i]); ok {
				best = x.runs[i]
				break
			}
		}
	}
	return best
}
