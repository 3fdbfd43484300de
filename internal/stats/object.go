// Package stats gathers what the loops count and prints it: the columns of `show stat` and the fields of `show info`
// (management.txt 9.1 and 9.3) as CSV, typed lines or JSON. Counters belong to their loops; a Collector asks each loop
// on its own thread and adds up.
package stats

import (
	"sluice/internal/freq"
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// Role is what a line of `show stat` is about, with the numbers of the `type` column.
type Role uint8

// The roles.
const (
	Front Role = iota
	Back
	Server
	Listener
)

// roleNames are the object types of the JSON form, roleLetters those of the typed form.
var (
	roleNames   = [4]string{"Frontend", "Backend", "Server", "Listener"}
	roleLetters = [4]byte{'F', 'B', 'S', 'L'}
)

// Object is one line of `show stat`: a proxy in one role, a server or a listener, with its counters added up over the
// loops.
type Object struct {
	Role   Role
	Proxy  *proxy.Proxy
	Server *proxy.Server
	Bind   *proxy.Bind
	C      proxy.Counters
	Lat    *proxy.Latency // nil: not asked for
	Rates  Rates
	Wall   int64 // seconds
	// Legends shows addresses, cookies and algorithms, which are not for everybody (configuration.txt 4.2, stats
	// show-legends).
	Legends bool
	// Count adds to the status of a backend how many of its servers are usable.
	Count bool
}

// Rates are per-second numbers at the moment of collection.
type Rates struct {
	Sess, SessMax, Conn, ConnMax, Req, ReqMax uint32
}

// Collector reads the counters of a process.
type Collector struct {
	Engine *stream.Engine
	Proc   *proxy.Process
}

// Filter chooses objects, as the arguments of `show stat` do (management.txt 9.3).
type Filter struct {
	Proxy   int  // number of the proxy, negative: any
	Kinds   int  // 1 frontends, 2 backends, 4 servers, 8 listeners, added up; negative: any
	ID      int  // number of the server or listener, negative: any
	Up      bool // only servers that are up or not checked
	NoMaint bool // no servers in maintenance
	Legends bool
}

// picks reports whether o passes f.
func (f *Filter) picks(o *Object) bool {
	if f.Proxy >= 0 && f.Proxy != o.Proxy.ID || f.Kinds >= 0 && f.Kinds&(1<<o.Role) == 0 ||
		f.ID >= 0 && f.ID != int(o.id()) && o.is("SL") {
		return false
	}
	if o.Role != Server {
		return true
	}
	st := o.Server.State
	maint := proxy.Admin(st.Admin.Load())&proxy.AdminMaint != 0
	down := maint || proxy.Oper(st.Oper.Load()) == proxy.OperStopped
	return !(f.Up && down) && !(f.NoMaint && maint)
}

// AppendStat appends the objects that f picks, as `show stat` prints them. Not to be called on a loop.
func (c *Collector) AppendStat(b []byte, snap *proxy.Snapshot, f Filter, p Print) []byte {
	l := listing{walk: cursor{c: c, proxies: shown(snap), batch: batchSize}, filter: f, print: p}
	for more := true; more; {
		b, more = l.Next(b)
	}
	return b
}

// Objects returns all objects in the order of `show stat`: per proxy its frontend, its listeners when option
// socket-stats asks for them, its servers, its backend. Not to be called on a loop.
func (c *Collector) Objects(snap *proxy.Snapshot) []*Object {
	var list []*Object
	for _, p := range shown(snap) {
		list = append(list, proxyObjects(p)...)
	}
	c.sum(list)
	return list
}

func proxyObjects(p *proxy.Proxy) []*Object {
	list := make([]*Object, rows(p))
	for i := range list {
		list[i] = rowOf(p, i)
		list[i].Lat = new(proxy.Latency)
	}
	return list
}

// sum adds the loops' counters to the objects.
func (c *Collector) sum(list []*Object) {
	c.Engine.Group.Each(func(l *loop.Loop) {
		for _, o := range list {
			if p := o.on(l.ID()); p != nil {
				o.add(p, l.Now())
			}
			o.Wall = l.Wall() / 1e9
		}
	})
}

// on returns the object's counters on loop i, nil when that loop has none.
func (o *Object) on(i int) *proxy.Counters {
	switch o.Role {
	case Front:
		return o.Proxy.State.Front.Loops[i]
	case Back:
		return o.Proxy.State.Back.Loops[i]
	case Server:
		return o.Server.State.Loops[i].C
	}
	return o.Bind.State.Front.Loops[i]
}

// add adds what one loop counted.
func (o *Object) add(p *proxy.Counters, now int64) {
	o.C.Merge(p)
	if p.Lat != nil && o.Lat != nil {
		for _, x := range [4][2]*freq.Histogram{{&o.Lat.Queue, &p.Lat.Queue}, {&o.Lat.Connect, &p.Lat.Connect},
			{&o.Lat.FirstByte, &p.Lat.FirstByte}, {&o.Lat.Total, &p.Lat.Total}} {
			x[0].Merge(x[1])
		}
	}
	r := &o.Rates
	r.Sess += p.SessRate.Read(now)
	r.Conn += p.ConnRate.Read(now)
	r.Req += p.ReqRate.Read(now)
	r.SessMax += p.SessRate.Max()
	r.ConnMax += p.ConnRate.Max()
	r.ReqMax += p.ReqRate.Max()
}

// Clear resets the counters: all of them, or only the maxima (`clear counters [all]`). Not to be called on a loop.
func (c *Collector) Clear(snap *proxy.Snapshot, all bool) {
	var list []*Object
	for _, p := range snap.All() {
		if p.State != nil {
			list = append(list, proxyObjects(p)...)
		}
	}
	c.clear(list, all)
	c.Proc.ConnsMax.Store(c.Proc.Conns.Load())
	c.Engine.Group.Each(func(l *loop.Loop) {
		r := c.Engine.Home(l.ID()).Rates()
		r.Conn.ClearMax()
		r.Sess.ClearMax()
	})
}

// ClearServer resets the counters of one server (`clear counters server`). Not to be called on a loop.
func (c *Collector) ClearServer(srv *proxy.Server) {
	c.clear([]*Object{{Role: Server, Proxy: srv.Proxy, Server: srv}}, true)
}

func (c *Collector) clear(list []*Object, all bool) {
	c.Engine.Group.Each(func(l *loop.Loop) {
		for _, o := range list {
			if p := o.on(l.ID()); p != nil {
				p.Clear(all)
			}
		}
	})
	for _, o := range list {
		o.clearMax()
	}
}

// clearMax lowers the maxima that all loops share to what is now.
func (o *Object) clearMax() {
	switch o.Role {
	case Front:
		f := &o.Proxy.State.Front
		f.CurMax.Store(f.Cur.Load())
	case Back:
		b := &o.Proxy.State.Back
		b.CurMax.Store(b.Cur.Load())
		o.Proxy.State.QMax.Store(int32(o.Proxy.State.Queue.Len()))
	case Server:
		s := o.Server.State
		s.CurMax.Store(s.Cur.Load())
		s.QMax.Store(int32(s.Queue.Len()))
	case Listener:
		f := &o.Bind.State.Front
		f.CurMax.Store(f.Cur.Load())
	}
}
