// Package freq counts events over time: rates per second, as `show stat` prints them, and latency histograms. Nothing
// here is shared: a counter belongs to one loop and readers ask that loop.
package freq

// Second is one second in nanoseconds, the period of a Rate.
const Second = int64(1e9)

// Rate estimates events per second from the current and the previous period, as HAProxy's frequency counters do. The
// zero value is ready. All times are monotonic nanoseconds.
type Rate struct {
	start     int64 // beginning of the current period
	cur, prev uint32
	max       uint32
}

// Add counts n events at time now.
func (r *Rate) Add(now int64, n uint32) {
	if now-r.start >= Second {
		r.rotate(now)
	}
	r.cur += n
	if r.cur > r.max {
		r.max = r.cur
	}
}

func (r *Rate) rotate(now int64) {
	if now-r.start < 2*Second {
		r.prev = r.cur
		r.start += Second
	} else {
		r.prev = 0
		r.start = now
	}
	r.cur = 0
}

// Read returns the rate at time now: what was counted in this period plus the part of the previous one that still
// lies within the last second.
func (r *Rate) Read(now int64) uint32 {
	if now-r.start >= Second {
		r.rotate(now)
	}
	if r.cur == 0 && r.prev <= 1 {
		return r.prev // a very low rate does not flicker
	}
	past := uint64(r.prev) * uint64(Second-(now-r.start)) / uint64(Second)
	return r.cur + uint32(past)
}

// Max returns the highest count of one period so far.
func (r *Rate) Max() uint32 { return r.max }

// ClearMax forgets the highest count (`clear counters`).
func (r *Rate) ClearMax() { r.max = 0 }
