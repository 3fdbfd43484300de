package process

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// smallHeap is the size below which the runtime takes a live heap for as large as this.
const smallHeap = 4 << 20

// heapHeadroom is how many bytes a small process may allocate between two collections. The runtime's own rule, as much
// as lives, has a proxy whose live heap is 3 MB collect after every 100 full handshakes of TLS, which is 6 % of their
// CPU. Beyond this size the runtime's rule applies.
const heapHeadroom = 16 << 20

// collector sets how long the runtime lets garbage grow, again after each collection, from what then lives.
type collector struct {
	live    []metrics.Sample
	percent int
}

// rare makes collections of a small heap rare. Who sets GOGC decides alone. The limit of -m applies in any case.
func rare() {
	if os.Getenv("GOGC") != "" {
		return
	}
	c := &collector{percent: 100, live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}}
	c.adjust()
	c.watch()
}

// watch calls adjust behind each collection: an object that nobody keeps is finalized by the next one.
func (c *collector) watch() {
	runtime.SetFinalizer(&mark{c}, func(m *mark) {
		m.adjust()
		m.watch()
	})
}

// mark is what one collection finalizes.
type mark struct{ *collector }

// adjust stops the world for a moment when it changes the percentage, so it leaves small differences alone.
func (c *collector) adjust() {
	metrics.Read(c.live)
	var lives uint64
	for _, s := range c.live {
		lives += s.Value.Uint64()
	}
	want := percentFor(lives)
	if want > c.percent*5/4 || want < c.percent*4/5 || want == 100 && c.percent != 100 {
		debug.SetGCPercent(want)
		c.percent = want
	}
}

// percentFor is how much garbage, in percent of what lives, may gather beside so many bytes.
func percentFor(lives uint64) int { return max(100, int(heapHeadroom*100/max(lives, smallHeap))) }
