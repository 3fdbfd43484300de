package stats

import (
	"bytes"
	"strconv"

	"sluice/internal/proxy"
)

// preloaded is a counter that a stats-file carries from one process to the next (management.txt 9.5).
type preloaded struct {
	name  string
	roles string // letters of the objects that have it
	at    func(c *proxy.Counters) *uint64
}

// preloads are the counters in the order of HAProxy's file, under the names of the columns.
func preloads() []preloaded {
	return []preloaded{
		{"stot", "FLBS", func(c *proxy.Counters) *uint64 { return &c.SessTotal }},
		{"bin", "FLBS", func(c *proxy.Counters) *uint64 { return &c.BytesIn }},
		{"bout", "FLBS", func(c *proxy.Counters) *uint64 { return &c.BytesOut }},
		{"dreq", "FLB", func(c *proxy.Counters) *uint64 { return &c.DeniedReq }},
		{"dresp", "FLBS", func(c *proxy.Counters) *uint64 { return &c.DeniedResp }},
		{"ereq", "FL", func(c *proxy.Counters) *uint64 { return &c.ErrReq }},
		{"econ", "BS", func(c *proxy.Counters) *uint64 { return &c.ErrConn }},
		{"eresp", "BS", func(c *proxy.Counters) *uint64 { return &c.ErrResp }},
		{"wretr", "BS", func(c *proxy.Counters) *uint64 { return &c.Retries }},
		{"wredis", "BS", func(c *proxy.Counters) *uint64 { return &c.Redispatches }},
		{"lbtot", "BS", func(c *proxy.Counters) *uint64 { return &c.LBTotal }},
		{"hrsp_1xx", "FBS", func(c *proxy.Counters) *uint64 { return &c.Status[0] }},
		{"hrsp_2xx", "FBS", func(c *proxy.Counters) *uint64 { return &c.Status[1] }},
		{"hrsp_3xx", "FBS", func(c *proxy.Counters) *uint64 { return &c.Status[2] }},
		{"hrsp_4xx", "FBS", func(c *proxy.Counters) *uint64 { return &c.Status[3] }},
		{"hrsp_5xx", "FBS", func(c *proxy.Counters) *uint64 { return &c.Status[4] }},
		{"hrsp_other", "FBS", func(c *proxy.Counters) *uint64 { return &c.Status[5] }},
		{"req_tot", "FBS", func(c *proxy.Counters) *uint64 { return &c.ReqTotal }},
		{"cli_abrt", "BS", func(c *proxy.Counters) *uint64 { return &c.CliAborts }},
		{"srv_abrt", "BS", func(c *proxy.Counters) *uint64 { return &c.SrvAborts }},
		{"comp_in", "FB", func(c *proxy.Counters) *uint64 { return &c.CompIn }},
		{"comp_out", "FB", func(c *proxy.Counters) *uint64 { return &c.CompOut }},
		{"comp_byp", "FB", func(c *proxy.Counters) *uint64 { return &c.CompByp }},
		{"comp_rsp", "FB", func(c *proxy.Counters) *uint64 { return &c.CompRsp }},
		{"conn_tot", "FL", func(c *proxy.Counters) *uint64 { return &c.ConnTotal }},
		{"intercepted", "F", func(c *proxy.Counters) *uint64 { return &c.Intercepted }},
		{"dcon", "FL", func(c *proxy.Counters) *uint64 { return &c.DeniedConn }},
		{"dses", "FL", func(c *proxy.Counters) *uint64 { return &c.DeniedSess }},
		{"wrew", "FLBS", func(c *proxy.Counters) *uint64 { return &c.FailedRewr }},
		{"connect", "BS", func(c *proxy.Counters) *uint64 { return &c.ConnConnect }},
		{"reuse", "BS", func(c *proxy.Counters) *uint64 { return &c.ConnReuse }},
		{"cache_lookups", "FB", func(c *proxy.Counters) *uint64 { return &c.CacheLook }},
		{"cache_hits", "FB", func(c *proxy.Counters) *uint64 { return &c.CacheHits }},
		{"eint", "FLBS", func(c *proxy.Counters) *uint64 { return &c.IntErrors }},
		{"reqbin", "FLBS", func(c *proxy.Counters) *uint64 { return &c.ReqIn }},
		{"reqbout", "FLBS", func(c *proxy.Counters) *uint64 { return &c.ReqOut }},
		{"resbin", "FLBS", func(c *proxy.Counters) *uint64 { return &c.ResIn }},
		{"resbout", "FLBS", func(c *proxy.Counters) *uint64 { return &c.ResOut }},
	}
}

// sides are the two parts of a file: frontends with their listeners, backends with their servers.
var sides = [2]struct{ head, roles string }{{"#fe guid,", "FL"}, {"#be guid,", "BS"}}

// AppendFile appends a stats-file of the objects that have a guid. Not to be called on a loop.
func (c *Collector) AppendFile(b []byte, snap *proxy.Snapshot) []byte {
	objects := c.Objects(snap)
	for i, side := range sides {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, side.head...)
		for _, p := range preloads() {
			if has(p.roles, side.roles) {
				b = append(append(b, p.name...), ',')
			}
		}
		b = append(b, '\n')
		for _, o := range objects {
			if o.guid() == "" || !o.is(side.roles) {
				continue
			}
			b = append(append(b, o.guid()...), ',')
			for _, p := range preloads() {
				if !has(p.roles, side.roles) {
					continue
				}
				n := uint64(0)
				if o.is(p.roles) {
					n = *p.at(&o.C)
				}
				b = append(strconv.AppendUint(b, n, 10), ',')
			}
			b = append(b, '\n')
		}
	}
	return b
}

// has reports whether one of the letters of roles is among those of side.
func has(roles, side string) bool {
	for i := range len(side) {
		if bytes.IndexByte([]byte(roles), side[i]) >= 0 {
			return true
		}
	}
	return false
}

func (o *Object) guid() string {
	switch o.Role {
	case Server:
		return o.Server.GUID
	case Listener:
		return o.Bind.GUID
	}
	return o.Proxy.GUID
}

// Preload sets the counters of the objects of snap to what a stats-file says, before the loops begin: the first loop
// counts on from there. What the file says of others, and what it says in another form, is passed over.
func Preload(snap *proxy.Snapshot, file []byte) {
	var known [2]map[string]*Object // by side
	for i, side := range sides {
		known[i] = make(map[string]*Object)
		for _, p := range snap.Proxies {
			for _, o := range proxyObjects(p) {
				if o.is(side.roles) && o.guid() != "" {
					known[i][o.guid()] = o
				}
			}
		}
	}
	var objects map[string]*Object
	var order []*preloaded
	for line := range bytes.Lines(file) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0 || bytes.HasPrefix(line, []byte("//")):
		case line[0] == '#':
			objects, order = section(line, known)
		default:
			words := bytes.Split(line, []byte(","))
			if o := objects[string(words[0])]; o != nil {
				o.preload(order, words[1:])
			}
		}
	}
}

// section reads the heading of a part: which side it is about, and which counters follow each guid.
func section(line []byte, known [2]map[string]*Object) (objects map[string]*Object, order []*preloaded) {
	for i, side := range sides {
		if !bytes.HasPrefix(line, []byte(side.head)) {
			continue
		}
		for _, name := range bytes.Split(line[len(side.head):], []byte(",")) {
			var of *preloaded
			for _, p := range preloads() {
				if p.name == string(name) {
					of = &p
				}
			}
			order = append(order, of)
		}
		return known[i], order
	}
	return nil, nil
}

// preload takes one line's values.
func (o *Object) preload(order []*preloaded, values [][]byte) {
	for i, v := range values {
		if i >= len(order) || order[i] == nil || !o.is(order[i].roles) {
			continue
		}
		if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			*order[i].at(o.first()) = n
		}
	}
}

// first returns the object's counters on the first loop. Only before that loop begins.
func (o *Object) first() *proxy.Counters {
	switch o.Role {
	case Front:
		return o.Proxy.State.Front.On(0)
	case Back:
		return o.Proxy.State.Back.On(0)
	case Server:
		return o.Server.State.On(0)
	}
	return o.Bind.State.Front.On(0)
}
