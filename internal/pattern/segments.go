package pattern

import (
	"container/heap"
	"math"
	"slices"
)

// segments finds the first of many ranges that holds a number: the line of integers is cut where a range begins or ends, and
// each piece knows its first range. It is immutable.
type segments struct {
	lows   []int64  // where pieces begin
	places []uint32 // the first entry of each piece, none without
	all    []pat    // in order, for when that one was deleted
}

// open is the heap of the ranges at hand, by their order.
type open []*pat

func (o open) Len() int           { return len(o) }
func (o open) Less(i, j int) bool { return o[i].at < o[j].at }
func (o open) Swap(i, j int)      { o[i], o[j] = o[j], o[i] }

// Push is for package heap.
func (o *open) Push(p any) { *o = append(*o, p.(*pat)) }

// Pop is for package heap.
func (o *open) Pop() any {
	p := (*o)[len(*o)-1]
	*o = (*o)[:len(*o)-1]
	return p
}

// newSegments makes segments of ranges, which are in order.
func newSegments(pats []pat) *segments {
	x := &segments{all: pats}
	byLow := make([]*pat, len(pats))
	var cuts []int64
	for i := range pats {
		p := &pats[i]
		byLow[i] = p
		cuts = append(cuts, p.span.low)
		if p.span.high < math.MaxInt64 {
			cuts = append(cuts, p.span.high+1)
		}
	}
	slices.SortFunc(byLow, func(p, q *pat) int {
		if p.span.low < q.span.low {
			return -1
		}
		return 1
	})
	slices.Sort(cuts)
	var at open
	for _, cut := range slices.Compact(cuts) {
		for len(byLow) > 0 && byLow[0].span.low <= cut {
			heap.Push(&at, byLow[0])
			byLow = byLow[1:]
		}
		for len(at) > 0 && at[0].span.high < cut {
			heap.Pop(&at)
		}
		place := none
		if len(at) > 0 {
			place = at[0].at
		}
		x.lows = append(x.lows, cut)
		x.places = append(x.places, place)
	}
	return x
}

// find returns the first entry that holds n.
func (x *segments) find(n int64, st *store) uint32 {
	i, exact := slices.BinarySearch(x.lows, n)
	if !exact {
		i--
	}
	if i < 0 || x.places[i] == none {
		return none
	}
	if _, ok := st.key(x.places[i]); ok {
		return x.places[i]
	}
	for i := range x.all {
		if x.all[i].span.has(n) {
			if _, ok := st.key(x.all[i].at); ok {
				return x.all[i].at
			}
		}
	}
	return none
}
