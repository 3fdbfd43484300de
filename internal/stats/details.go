package stats

import (
	"strconv"

	"sluice/internal/freq"
	"sluice/internal/proxy"
)

// details are the numbers of an object that have no place in its row, and its curves.
func (d *document) details(m *markup, o *Object) {
	m.raw(`<div class="panel">`)
	if d.filter.Legends {
		legends(m, o)
	}
	if o.is("F") {
		group(m, "Rates")
		entry(m, "Connections a second", grouped(uint64(o.Rates.Conn))+" <small>most "+grouped(uint64(o.Rates.ConnMax))+"</small>")
		entry(m, "Sessions a second", grouped(uint64(o.Rates.Sess))+" <small>most "+grouped(uint64(o.Rates.SessMax))+"</small>")
		entry(m, "Requests a second", grouped(uint64(o.Rates.Req))+" <small>most "+grouped(uint64(o.Rates.ReqMax))+"</small>")
		m.raw("</dl>")
	}
	requests(m, o)
	connections(m, o)
	traffic(m, o)
	averages(m, o)
	if d.owner.Stats.ShowModules {
		modules(m, o)
	}
	curves(m, o)
	m.raw("</div>")
}

// group opens a list with a heading.
func group(m *markup, name string) { m.raw("<dl><dt class=\"h\">", name, "</dt>") }

// entry is a line of a list; value is HTML.
func entry(m *markup, name, value string) {
	m.raw("<div><dt>", name, "</dt><dd>", value, "</dd></div>")
}

func counted(m *markup, name string, n uint64) { entry(m, name, grouped(n)) }

// shared is a number with its share of another one.
func shared(m *markup, name string, n, of uint64) {
	entry(m, name, grouped(n)+" <small>"+percent(n, of)+"</small>")
}

// legends are addresses, numbers and cookies (configuration.txt 4.2, stats show-legends).
func legends(m *markup, o *Object) {
	group(m, "About")
	if f := o.addr(); f.Valid() && f.s != "" {
		entry(m, "Address", escaped(f.s))
	}
	if o.is("SL") {
		entry(m, "Number", strconv.FormatInt(o.id(), 10))
	}
	if f := o.cookie(); f.Valid() {
		entry(m, "Cookie", escaped(f.s))
	}
	if f := o.algo(); f.Valid() {
		entry(m, "Balance", escaped(f.s))
	}
	if o.is("FB") {
		entry(m, "Mode", o.Proxy.Mode.String())
	}
	m.raw("</dl>")
}

func requests(m *markup, o *Object) {
	if o.Proxy.Mode != proxy.ModeHTTP || o.Role == Listener {
		return
	}
	group(m, "Requests")
	counted(m, "HTTP requests", o.C.ReqTotal)
	for i, name := range [...]string{"1xx", "2xx", "3xx", "4xx", "5xx", "other"} {
		shared(m, "Responses "+name, o.C.Status[i], o.C.ReqTotal)
	}
	if o.Role == Front {
		counted(m, "Answered here", o.C.Intercepted)
	}
	if o.is("FB") {
		shared(m, "Compressed", o.C.CompRsp, o.C.Status[1])
		counted(m, "Cache lookups", o.C.CacheLook)
		shared(m, "Cache hits", o.C.CacheHits, o.C.CacheLook)
	}
	m.raw("</dl>")
}

func connections(m *markup, o *Object) {
	group(m, "Connections")
	if o.is("FL") {
		counted(m, "Connections", o.C.ConnTotal)
		counted(m, "Sessions", o.C.SessTotal)
		counted(m, "Refused connections", o.C.DeniedConn)
		counted(m, "Refused sessions", o.C.DeniedSess)
	}
	if o.is("SB") {
		counted(m, "New to servers", o.C.ConnConnect)
		shared(m, "Used again", o.C.ConnReuse, o.C.ConnReuse+o.C.ConnConnect)
		counted(m, "Broken off by clients", o.C.CliAborts)
		counted(m, "Broken off by servers", o.C.SrvAborts)
	}
	if o.Role == Server {
		st := o.Server.State
		now := func(name string, n int32) { counted(m, name, uint64(max(n, 0))) }
		now("In use", st.Used.Load())
		now("Idle", st.Idle.Load())
		now("Idle, for any request", st.IdleSafe.Load())
		now("Idle, for later requests", st.Idle.Load()-st.IdleSafe.Load()-st.IdlePrivate.Load())
		now("Idle, of one client", st.IdlePrivate.Load())
		now("Needed, estimated", st.MaxUsed.Load())
		if f := o.idleLimit(); f.Valid() {
			counted(m, "Limit of idle ones", uint64(f.n))
		}
	}
	m.raw("</dl>")
}

func traffic(m *markup, o *Object) {
	group(m, "Bytes and edits")
	entry(m, "Requests in, out", byteText(o.C.ReqIn)+", "+byteText(o.C.ReqOut))
	entry(m, "Responses in, out", byteText(o.C.ResIn)+", "+byteText(o.C.ResOut))
	if o.is("FB") {
		entry(m, "Compression in, out", byteText(o.C.CompIn)+", "+byteText(o.C.CompOut))
		entry(m, "Not compressed", byteText(o.C.CompByp))
		entry(m, "Spliced in, out", byteText(o.C.SplicedIn)+", "+byteText(o.C.SplicedOut))
	}
	counted(m, "Failed edits", o.C.FailedRewr)
	counted(m, "Internal errors", o.C.IntErrors)
	m.raw("</dl>")
}

// averages are the times of servers in milliseconds.
func averages(m *markup, o *Object) {
	if o.is("SB") {
		group(m, "Average of the last 1024, and the longest")
		for _, t := range [...]struct {
			name string
			avg  *proxy.MovingAvg
			max  uint64
		}{{"In the queue", &o.C.QTime, o.C.MaxQueueTime}, {"To connect", &o.C.CTime, o.C.MaxConnTime},
			{"To the response", &o.C.DTime, o.C.MaxRespTime}, {"In all", &o.C.TTime, o.C.MaxTotalTime}} {
			avg, _ := t.avg.Value()
			entry(m, t.name, microText(avg*1000)+" <small>longest "+microText(t.max*1000)+"</small>")
		}
		m.raw("</dl>")
	}
}

// curves are the distributions of an object's times.
func curves(m *markup, o *Object) {
	if o.Lat.Total.Total() == 0 {
		return
	}
	m.raw("<dl class=\"curves\"><dt class=\"h\">Distribution</dt>")
	for _, c := range [...]struct {
		name string
		h    *freq.Histogram
	}{{"Queue", &o.Lat.Queue}, {"Connect", &o.Lat.Connect}, {"First byte", &o.Lat.FirstByte}, {"Total", &o.Lat.Total}} {
		if c.h.Total() == 0 {
			continue
		}
		m.raw("<div><dt>", c.name, "</dt><dd>")
		m.curve(c.h, c.name)
		m.raw("<small>p50 ", microText(c.h.Quantile(0.5)), " · p95 ", microText(c.h.Quantile(0.95)), " · p99 ", microText(c.h.Quantile(0.99)), "</small></dd></div>")
	}
	m.raw("</dl>")
}

// modules are the counters of protocols: the columns behind the separator that have a value.
func modules(m *markup, o *Object) {
	open := false
	for i := separator + 1; i < len(columns); i++ {
		f := columns[i].value(o)
		if !f.Valid() {
			continue
		}
		if !open {
			group(m, "Protocols")
			open = true
		}
		m.raw("<div><dt>")
		m.text(columns[i].doc)
		m.raw("</dt><dd>")
		m.count(uint64(f.n))
		m.raw("</dd></div>")
	}
	if open {
		m.raw("</dl>")
	}
}
