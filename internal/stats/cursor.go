package stats

import (
	"sluice/internal/proxy"
)

// cursor walks over the objects of some proxies in the order of `show stat`, a batch at a time, so that an output of any
// size needs the memory of a batch.
type cursor struct {
	c       *Collector
	proxies []*proxy.Proxy
	listed  func(*proxy.Proxy) bool // nil: all
	latency bool                    // with the histograms
	batch   int

	at  int // the proxy to go on with
	row int // and its object
}

// shown are the proxies of a snapshot that statistics know of.
func shown(snap *proxy.Snapshot) (list []*proxy.Proxy) {
	for _, p := range snap.All() {
		if p.Caps&proxy.CapInternal == 0 && p.State != nil && !p.Disabled {
			list = append(list, p)
		}
	}
	return list
}

// next returns the next objects with their counters, all of one proxy; nil at the end. Not to be called on a loop.
func (w *cursor) next() (list []*Object) {
	for w.at < len(w.proxies) && len(list) == 0 {
		p := w.proxies[w.at]
		n := rows(p)
		if w.listed != nil && !w.listed(p) {
			n = 0
		}
		for ; w.row < n && len(list) < w.batch; w.row++ {
			o := rowOf(p, w.row)
			if w.latency {
				o.Lat = new(proxy.Latency)
			}
			list = append(list, o)
		}
		if w.row >= n {
			w.at, w.row = w.at+1, 0
		}
	}
	if len(list) > 0 {
		w.c.sum(list)
	}
	return list
}

// listeners is how many rows the listeners of a frontend have (configuration.txt 4.2, option socket-stats).
func listeners(p *proxy.Proxy) int {
	if !p.IsFront() || !p.Options.Has(proxy.OptSocketStats) {
		return 0
	}
	return len(p.Binds)
}

// rows is how many objects a proxy has.
func rows(p *proxy.Proxy) int {
	n := listeners(p)
	if p.IsFront() {
		n++
	}
	if p.IsBack() {
		n += len(p.All()) + 1
	}
	return n
}

// rowOf is the i-th object of a proxy: its frontend, its listeners, its servers, its backend.
func rowOf(p *proxy.Proxy, i int) *Object {
	if p.IsFront() {
		if i == 0 {
			return &Object{Role: Front, Proxy: p}
		}
		i--
		if n := listeners(p); i < n {
			return &Object{Role: Listener, Proxy: p, Bind: p.Binds[i]}
		} else {
			i -= n
		}
	}
	if all := p.All(); i < len(all) {
		return &Object{Role: Server, Proxy: p, Server: all[i]}
	}
	return &Object{Role: Back, Proxy: p}
}
