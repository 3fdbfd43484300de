package stats

import (
	"errors"
	"net/url"
	"strings"

	"sluice/internal/proxy"
)

// Exporter is the service prometheus-exporter: metrics in the text format of Prometheus, with HAProxy's names, and
// histograms of times with names of our own.
type Exporter struct {
	Collector *Collector
	// Listeners is the number of listening sockets.
	Listeners func() int
}

// Serve implements proxy.Service.
func (x *Exporter) Serve(s *proxy.Stream) proxy.ServiceAnswer {
	_, search, _ := strings.Cut(string(s.Req.Target), "?")
	w, err := parseWanted(search)
	if err != nil {
		return proxy.ServiceAnswer{Status: 400}
	}
	return proxy.ServiceAnswer{Status: 200, Fields: []proxy.ServiceField{{Name: "cache-control", Value: "no-cache"},
		{Name: "content-type", Value: "text/plain; version=0.0.4"}}, Pieces: &export{from: x, snap: s.Snap, wanted: w}}
}

// wanted is what a scrape asks for.
type wanted struct {
	scopes  [nScopes]bool
	only    map[string]bool // names asked for; nil: all
	without map[string]bool // names not wanted
	noMaint bool            // no servers in maintenance
	desc    bool            // descriptions as labels
	extra   bool            // the counters of protocols, and histograms of servers
}

// The scopes of metrics, in the order in which they are written.
const (
	scopeProcess = iota
	scopeFront
	scopeListener
	scopeBack
	scopeServer
	scopeTable
	scopeResolver
	nScopes
)

var scopeWords = [nScopes]string{"global", "frontend", "listener", "backend", "server", "sticktable", "resolver"}

// names reports whether a metric is wanted.
func (w *wanted) names(name string) bool {
	return !w.without[name] && (w.only == nil || w.only[name])
}

// parseWanted reads the query of a scrape. Parameters that are not known mean nothing, as other exporters have others.
func parseWanted(search string) (w wanted, err error) {
	chosen := false
	for _, pair := range strings.FieldsFunc(search, func(c rune) bool { return c == '&' }) {
		name, v, given := strings.Cut(pair, "=")
		if v, err = url.QueryUnescape(v); err != nil {
			return w, err
		}
		switch name {
		case "scope":
			if !given {
				return w, errors.New("a scope without a value")
			}
			chosen = true
			if !w.addScope(v) {
				return w, errors.New("no such scope")
			}
		case "metrics":
			if !given {
				return w, errors.New("metrics without names")
			}
			w.addNames(v)
		case "no-maint":
			w.noMaint = true
		case "desc-labels":
			w.desc = true
		case "extra-counters":
			w.extra = true
		}
	}
	if !chosen {
		w.addScope("*")
	}
	return w, nil
}

// addScope adds a scope, all of them for "*", or forgets those before it for "".
func (w *wanted) addScope(word string) bool {
	switch word {
	case "":
		w.scopes = [nScopes]bool{}
		return true
	case "*":
		for i := range w.scopes {
			w.scopes[i] = true
		}
		return true
	}
	for i, s := range scopeWords {
		if s == word {
			w.scopes[i] = true
			return true
		}
	}
	return false
}

func (w *wanted) addNames(list string) {
	for _, name := range strings.Split(list, ",") {
		switch out, minus := strings.CutPrefix(name, "-"); {
		case name == "":
		case minus && w.without == nil:
			w.without = map[string]bool{out: true}
		case minus:
			w.without[out] = true
		case w.only == nil:
			w.only = map[string]bool{name: true}
		default:
			w.only[name] = true
		}
	}
}

// export is the text of a scrape, in pieces. The numbers of all objects are taken once, so that they fit each other;
// the histograms, which are larger, a batch at a time.
type export struct {
	from   *Exporter
	snap   *proxy.Snapshot
	wanted wanted

	all    [nScopes][]*Object
	taken  bool
	scope  int
	family int // in the scope
	row    int // in the family
	walk   *cursor
	facts  *Facts

	metrics []metric // of the objects of the scope
	shown   places
}

// columns are the metrics of the scope, which shows columns of such objects.
func (e *export) columns(at places) []metric {
	if e.shown != at {
		e.shown, e.metrics = at, metricsAt(at)
	}
	return e.metrics
}

// families of a scope: metrics, then the counters of protocols, then histograms.
func (e *export) families() (fixed []metric, extra, curves int) {
	switch e.scope {
	case scopeProcess:
		return processMetrics[:], len(ownMetrics), 0
	case scopeTable:
		return tableMetrics[:], 0, 0
	case scopeFront:
		fixed, curves = e.columns(atFront), 1
	case scopeListener:
		fixed = e.columns(atListener)
	case scopeBack:
		fixed, curves = e.columns(atBack), len(curveFamilies)
	case scopeServer:
		fixed = e.columns(atServer)
		if e.wanted.extra {
			curves = len(curveFamilies)
		}
	}
	if e.wanted.extra {
		extra = len(columns) - separator - 1
	}
	return fixed, extra, curves
}

// Next implements proxy.Pieces.
func (e *export) Next(b []byte) ([]byte, bool) {
	if !e.taken {
		e.take()
	}
	for full := len(b) + pieceSize; len(b) < full; {
		fixed, extra, curves := e.families()
		n := len(fixed) + extra + curves
		if e.scope == scopeResolver {
			n = len(resolverMetrics)
		}
		if !e.wanted.scopes[e.scope] || e.family >= n {
			e.family, e.row = 0, 0
			if e.scope++; e.scope == nScopes {
				return b, false
			}
			continue
		}
		done := true
		switch i := e.family; {
		case e.scope == scopeProcess && i < len(fixed):
			b = e.processMetric(b, fixed[i])
		case e.scope == scopeProcess:
			b = e.ownMetric(b, i-len(fixed))
		case e.scope == scopeTable:
			b = e.tableMetric(b, fixed[i])
		case e.scope == scopeResolver:
			b = e.resolverMetric(b, i)
		case i < len(fixed):
			b, done = e.objectMetric(b, fixed[i])
		case i < len(fixed)+extra:
			b, done = e.extraMetric(b, separator+1+i-len(fixed))
		default:
			b, done = e.curveMetric(b, i-len(fixed)-extra)
		}
		if done {
			e.family, e.row = e.family+1, 0
		}
	}
	return b, true
}

// take collects the numbers.
func (e *export) take() {
	e.taken = true
	scopes := [...]int{Front: scopeFront, Back: scopeBack, Server: scopeServer, Listener: scopeListener}
	walk := cursor{c: e.from.Collector, proxies: shown(e.snap), batch: batchSize}
	filter := Filter{Proxy: -1, Kinds: -1, ID: -1, NoMaint: e.wanted.noMaint}
	if e.wanted.scopes == [nScopes]bool{} {
		return
	}
	for list := walk.next(); list != nil; list = walk.next() {
		for _, o := range list {
			if i := scopes[o.Role]; e.wanted.scopes[i] && filter.picks(o) {
				e.all[i] = append(e.all[i], o)
			}
		}
	}
}
