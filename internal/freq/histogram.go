package freq

import "math/bits"

// Buckets is the number of buckets of a Histogram: four per power of two of microseconds, from 1 us to over an hour.
const Buckets = 128

// Histogram counts durations in buckets whose width is a quarter of a power of two, so that a quantile is exact to 25%
// over the whole range, at the price of one increment. The zero value is ready.
type Histogram struct {
	Count [Buckets]uint64
	Sum   uint64 // microseconds
}

// Add counts a duration in nanoseconds; negative ones count as 0.
func (h *Histogram) Add(ns int64) {
	us := uint64(max(ns, 0)) / 1000
	h.Sum += us
	h.Count[bucket(us)]++
}

func bucket(us uint64) int {
	if us < 4 {
		return int(us)
	}
	e := bits.Len64(us) - 3 // us>>e is 4..7
	return min(int(e+1)*4+int(us>>uint(e))-4, Buckets-1)
}

// Bound returns the lowest duration in microseconds that falls in a bucket above i.
func Bound(i int) uint64 {
	i++
	if i < 8 {
		return uint64(i)
	}
	return uint64(4+i%4) << uint(i/4-1)
}

// Quantile returns the upper bound in microseconds of the bucket that holds the q-th part (0 to 1) of all durations,
// 0 without any.
func (h *Histogram) Quantile(q float64) uint64 {
	total := h.Total()
	if total == 0 {
		return 0
	}
	want := uint64(q * float64(total))
	var n uint64
	for i, c := range h.Count {
		n += c
		if n > want || n == total {
			return Bound(i)
		}
	}
	return Bound(Buckets - 1)
}

// Total returns how many durations were counted.
func (h *Histogram) Total() uint64 {
	var n uint64
	for _, c := range h.Count {
		n += c
	}
	return n
}

// Merge adds o to h.
func (h *Histogram) Merge(o *Histogram) {
	for i, c := range o.Count {
		h.Count[i] += c
	}
	h.Sum += o.Sum
}
