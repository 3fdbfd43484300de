package stats

import (
	"math"
	"strconv"

	"sluice/internal/freq"
)

// The axis of all curves is the same, so that they can be compared by eye: two bars for each power of two, from 16
// microseconds to 67 seconds.
const (
	curveFirst = 12 // the bucket of 16 microseconds
	curveBars  = 44
	barWidth   = 2
	curveTall  = 22
)

// curve draws a histogram: bars on a logarithmic axis of time, their height the root of their share, so that a few slow
// requests beside many fast ones can still be seen.
func (m *markup) curve(h *freq.Histogram, what string) {
	total := h.Total()
	if total == 0 {
		return
	}
	var bars [curveBars]uint64
	most := uint64(0)
	for i, n := range h.Count {
		k := min(max((i-curveFirst)/2, 0), curveBars-1)
		bars[k] += n
		most = max(most, bars[k])
	}
	width := strconv.Itoa(curveBars * barWidth)
	tall := strconv.Itoa(curveTall)
	m.raw(`<svg class="curve" width="`, width, `" height="`, tall, `" viewBox="0 0 `, width, ` `, tall, `" role="img" aria-label="`, what, `: `)
	m.quantiles(h)
	m.raw(`"><title>`, what, `, from 16 µs on the left to a minute on the right: `)
	m.quantiles(h)
	m.raw(`</title><path d="`)
	for k, n := range bars {
		if n == 0 {
			continue
		}
		tall := max(int(math.Round(math.Sqrt(float64(n)/float64(most))*curveTall)), 1)
		m.raw("M", strconv.Itoa(k*barWidth), " ", strconv.Itoa(curveTall), "v-", strconv.Itoa(tall), "h", strconv.Itoa(barWidth), "v", strconv.Itoa(tall), "z")
	}
	m.raw(`"/></svg>`)
}

// quantiles says in words what a curve shows.
func (m *markup) quantiles(h *freq.Histogram) {
	m.raw("half within ", microText(h.Quantile(0.5)), ", 95% within ", microText(h.Quantile(0.95)), ", 99% within ", microText(h.Quantile(0.99)))
}
