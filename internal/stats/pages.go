package stats

import (
	"strconv"

	"sluice/internal/proxy"
)

// Pages answers requests of statistics pages (configuration.txt 4.2, stats enable; management.txt 9).
type Pages struct {
	Collector *Collector
	// Listeners is the number of listening sockets.
	Listeners func() int
}

// batchSize is how many objects are looked at at once: as many as keep a loop from its traffic for a moment only.
const batchSize = 64

// pieceSize is about how large the parts of an answer are, in bytes.
const pieceSize = 16 << 10

// Show implements proxy.Page.
func (g *Pages) Show(s *proxy.Stream, owner *proxy.Proxy, admin bool) proxy.ServiceAnswer {
	q := parseQuery(string(s.Req.Target[len(owner.Stats.Prefix):]))
	if s.Req.MethodID == methodPOST {
		return g.change(s, owner, q, admin)
	}
	a := proxy.ServiceAnswer{Status: 200, Fields: []proxy.ServiceField{{Name: "cache-control", Value: "no-cache"}}}
	add := func(name, v string) { a.Fields = append(a.Fields, proxy.ServiceField{Name: name, Value: v}) }
	switch q.form {
	case formHTML:
		add("content-type", "text/html; charset=utf-8")
	case formJSON, formSchema:
		add("content-type", "application/json")
	default:
		add("content-type", "text/plain")
	}
	if owner.Stats.Refresh > 0 && !q.still {
		add("refresh", strconv.Itoa(owner.Stats.Refresh))
	}
	if q.form == formHTML {
		for _, f := range guards(admin) {
			add(f.Name, f.Value)
		}
	}
	a.Pieces = g.pieces(s, owner, q, admin)
	return a
}

// guards are the fields that keep a browser from doing with the page what it is not for: it needs nothing but itself, and
// where it can change servers nobody may put it in a frame under another page's buttons.
func guards(admin bool) []proxy.ServiceField {
	policy := "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'"
	if admin {
		policy += "; frame-ancestors 'none'"
	}
	return []proxy.ServiceField{{Name: "content-security-policy", Value: policy}, {Name: "x-content-type-options", Value: "nosniff"},
		{Name: "referrer-policy", Value: "same-origin"}}
}

func (g *Pages) pieces(s *proxy.Stream, owner *proxy.Proxy, q query, admin bool) proxy.Pieces {
	walk := cursor{c: g.Collector, proxies: shown(s.Snap), listed: q.lists(owner), batch: batchSize}
	filter := Filter{Proxy: -1, Kinds: -1, ID: -1, Up: q.up, NoMaint: q.noMaint, Legends: owner.Stats.ShowLegends}
	switch q.form {
	case formCSV:
		return &listing{walk: walk, filter: filter, print: Print{Form: CSV}}
	case formTyped:
		return &listing{walk: walk, filter: filter, print: Print{Form: Typed}}
	case formJSON:
		return &listing{walk: walk, filter: filter, print: Print{Form: JSON}}
	case formSchema:
		return &schema{}
	}
	walk.latency = true
	return &document{pages: g, walk: walk, filter: filter, owner: owner, query: q, admin: admin, snap: s.Snap}
}

// schema is the JSON schema.
type schema struct{}

// Next implements proxy.Pieces.
func (schema) Next(b []byte) ([]byte, bool) { return append(b, Schema...), false }

// listing is what `show stat` prints, in pieces.
type listing struct {
	walk   cursor
	filter Filter
	print  Print
	began  bool
	some   bool
}

// Next implements proxy.Pieces.
func (l *listing) Next(b []byte) ([]byte, bool) {
	if !l.began {
		l.began = true
		switch l.print.Form {
		case CSV:
			b = Header(b)
		case JSON:
			b = append(b, '[')
		}
	}
	for full := len(b) + pieceSize; len(b) < full; {
		list := l.walk.next()
		if list == nil {
			if l.print.Form == JSON {
				b = append(b, "]\n"...)
			}
			return b, false
		}
		for _, o := range list {
			if !l.filter.picks(o) {
				continue
			}
			if l.print.Form == JSON && l.some {
				b = append(b, ',')
			}
			l.some = true
			o.Legends, o.Count = l.filter.Legends, l.filter.Up || l.filter.NoMaint
			b = o.Append(b, l.print)
		}
	}
	return b, true
}
