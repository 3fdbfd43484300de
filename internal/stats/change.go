package stats

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sluice/internal/balance"
	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/stream"
	"sluice/internal/value"
)

const methodPOST = value.POST

// results are what became of a change, by the code that the page is then asked for with (;st=).
const (
	resultDone    = "DONE"
	resultNone    = "NONE" // nothing had to change
	resultPart    = "PART" // some servers are not known
	resultBad     = "ERRP" // parameters that mean nothing
	resultTooLong = "EXCD" // more than the buffer takes
	resultDenied  = "DENY"
)

// order is what a form of the page asks for.
type order struct {
	action  string
	backend string // its name, or # and its number
	servers []string
	all     bool // all servers of the backend
}

// action is something that the page can do to a server.
type action struct {
	Name, Label string
	run         func(c *Collector, srv *proxy.Server, now balance.Moment) effect
}

// effect is what an action did to a server.
type effect uint8

const (
	changed   effect = iota
	unchanged        // it was so already, or it has no such check
	refused          // it is not for this server
)

// actions are those of the form, with the names that scripts send.
func actions() []action {
	return append([]action{
		{"ready", "Ready: take traffic again", always(balance.SetReady)},
		{"drain", "Drain: only clients that persist", always(balance.SetDrain)},
		{"maint", "Maintenance: no traffic, no checks", always(balance.SetMaint)},
		{"hrunn", "Health: count as UP", health(true, balance.MarkUp)},
		{"hnolb", "Health: count as stopping (NOLB)", health(true, balance.MarkStopping)},
		{"hdown", "Health: count as DOWN", health(false, balance.MarkDown)},
		{"shutdown", "End all sessions now", func(c *Collector, srv *proxy.Server, _ balance.Moment) effect { c.shutdown(srv); return changed }},
	}, checkActions()...)
}

// always makes an action that is for every server.
func always(do func(*proxy.Server, balance.Moment)) func(*Collector, *proxy.Server, balance.Moment) effect {
	return func(_ *Collector, srv *proxy.Server, now balance.Moment) effect { do(srv, now); return changed }
}

// health makes an action that says what checks are to have found: everything good, or nothing.
func health(all bool, mark func(*proxy.Server, balance.Moment)) func(*Collector, *proxy.Server, balance.Moment) effect {
	return func(_ *Collector, srv *proxy.Server, now balance.Moment) effect {
		if srv.Track != "" {
			return refused
		}
		n := 0
		if all {
			n = max(srv.Check.Rise+srv.Check.Fall-1, 0)
		}
		srv.State.Check.Health.Store(int32(n))
		mark(srv, now)
		return changed
	}
}

// shutdown ends what runs on a server.
func (c *Collector) shutdown(srv *proxy.Server) {
	c.Engine.Group.Each(func(l *loop.Loop) {
		c.Engine.Home(l.ID()).Kill(func(r *stream.Running) bool { return r.Server == srv })
	})
}

// change does what a form asks for and sends the browser back to the page.
func (g *Pages) change(s *proxy.Stream, owner *proxy.Proxy, q query, admin bool) proxy.ServiceAnswer {
	result := resultDenied
	switch {
	case !admin || !sameOrigin(s):
	case !s.ReqBody.Done:
		result = resultTooLong
	default:
		o, ok := parseOrder(string(s.ReqBody.Bytes))
		if !ok {
			result = resultBad
			break
		}
		done, snap := make(chan string, 1), s.Snap
		s.Task.Offload(func() { done <- g.obey(o, owner, snap) }, 0)
		select {
		case result = <-done:
		default: // cancelled
			return proxy.ServiceAnswer{}
		}
	}
	q.form, q.result = formHTML, result
	return proxy.ServiceAnswer{Status: 303, Fields: []proxy.ServiceField{{Name: "cache-control", Value: "no-cache"},
		{Name: "content-type", Value: "text/plain"}, {Name: "location", Value: q.link(owner.Stats.URI)}}}
}

// sameOrigin reports whether a request comes from the page itself, or from something that is no browser: another site's
// page can make a browser send forms, but not hide where it does so from. Browsers say it in Sec-Fetch-Site, Origin or
// Referer; scripts send none of them.
func sameOrigin(s *proxy.Stream) bool {
	if f := field(s, "sec-fetch-site"); f != nil && string(f) != "same-origin" && string(f) != "none" {
		return false
	}
	from := field(s, "origin")
	if from == nil {
		from = field(s, "referer")
	}
	if from == nil {
		return true
	}
	_, rest, ok := bytes.Cut(from, []byte("://"))
	if i := bytes.IndexByte(rest, '/'); i >= 0 {
		rest = rest[:i]
	}
	host := s.Req.Fields.First(msg.Host)
	return ok && host != nil && bytes.EqualFold(rest, bytes.TrimSpace(host.Value))
}

// field is the value of the first field of a name in lower case, nil without.
func field(s *proxy.Stream, name string) []byte {
	for i := range s.Req.Fields {
		if f := &s.Req.Fields[i]; !f.Dead && string(f.Name) == name {
			return f.Value
		}
	}
	return nil
}

// parseOrder reads the body of a form; false when it is none.
func parseOrder(body string) (o order, ok bool) {
	for _, pair := range strings.Split(strings.TrimRight(body, "\r\n"), "&") {
		name, v, _ := strings.Cut(pair, "=")
		v, err := url.QueryUnescape(v)
		if err != nil {
			return o, false
		}
		switch name {
		case "action":
			o.action = v
		case "b":
			o.backend = v
		case "s":
			o.servers = append(o.servers, v)
		case "all":
			o.all = true
		case "":
		default:
			return o, false
		}
	}
	return o, true
}

// obey does it. Not to be called on a loop.
func (g *Pages) obey(o order, owner *proxy.Proxy, snap *proxy.Snapshot) string {
	p := backendOf(o.backend, snap)
	var do *action
	for _, a := range actions() {
		if a.Name == o.action {
			do = &a
		}
	}
	switch {
	case p == nil || do == nil:
		return resultBad
	case !inScope(owner, p):
		return resultDenied
	}
	c := g.Collector
	now := balance.Moment{Mono: c.Engine.Group.Now(), Wall: time.Now().Unix()}
	var chosen []*proxy.Server
	missing := false
	if o.all {
		chosen = p.All()
	} else {
		for _, name := range o.servers {
			srv := p.Named(name)
			if missing = missing || srv == nil; srv != nil {
				chosen = append(chosen, srv)
			}
		}
	}
	count := 0
	for _, srv := range chosen {
		switch do.run(c, srv, now) {
		case changed:
			count++
		case refused:
			missing = true
		}
	}
	switch {
	case count == 0 && missing:
		return resultBad
	case count == 0:
		return resultNone
	case missing:
		return resultPart
	}
	return resultDone
}

// backendOf finds a backend by its name or, behind a #, by its number.
func backendOf(text string, snap *proxy.Snapshot) *proxy.Proxy {
	id := -1
	if digits, found := strings.CutPrefix(text, "#"); found {
		n, err := strconv.Atoi(digits)
		if err != nil {
			return nil
		}
		id = n
	}
	for _, p := range shown(snap) {
		if p.IsBack() && (p.ID == id || id < 0 && p.Name == text) {
			return p
		}
	}
	return nil
}
