package sticktable

// A rate is three words: when its period began (milliseconds), the events of this period, those of the one before.

// turn begins a new period when the one at hand is over.
func turn(w []uint32, now, period uint32) {
	since := now - w[0]
	switch {
	case since < period:
		return
	case uint64(since) < 2*uint64(period):
		w[0] += period
		w[2] = w[1]
	default:
		w[0], w[2] = now, 0
	}
	w[1] = 0
}

// count adds n events.
func addRate(w []uint32, n uint64, now, period uint32) {
	turn(w, now, period)
	w[1] = clamp(uint64(w[1]) + n)
}

// readRate returns the events of the last period: those of this one and the part of the previous one that still counts.
func readRate(w []uint32, now, period uint32) uint32 {
	began, cur, prev := w[0], w[1], w[2]
	since := now - began
	if since >= period {
		if uint64(since) >= 2*uint64(period) {
			return 0
		}
		since, prev, cur = since-period, cur, 0
	}
	if cur == 0 && prev <= 1 {
		return prev // a very low rate does not flicker
	}
	return clamp(uint64(cur) + uint64(prev)*uint64(period-since)/uint64(period))
}

// setRate makes the rate n from now on.
func setRate(w []uint32, n uint64, now uint32) {
	w[0], w[1], w[2] = now, clamp(n), 0
}

// clamp keeps a counter at its largest value rather than at a small one by mistake.
func clamp(n uint64) uint32 { return uint32(min(n, 1<<32-1)) }
