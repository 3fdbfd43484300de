package stats

import (
	"strconv"
	"strings"

	"sluice/internal/freq"
	"sluice/internal/proxy"
)

// begin appends the two lines before a family's samples.
func begin(b []byte, name, kind, help string) []byte {
	b = append(append(append(append(b, "# HELP "...), name...), ' '), help...)
	b = append(append(append(append(b, "\n# TYPE "...), name...), ' '), kind...)
	return append(b, '\n')
}

// label appends a name and a value, escaped as the text format has it.
func label(b []byte, first *bool, name, v string) []byte {
	if *first {
		b = append(b, '{')
	} else {
		b = append(b, ',')
	}
	*first = false
	b = append(append(b, name...), `="`...)
	for i := range len(v) {
		switch c := v[i]; c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// processMetric writes a field of `show info`.
func (e *export) processMetric(b []byte, m metric) []byte {
	name := "haproxy_process_" + m.name
	if !e.wanted.names(name) {
		return b
	}
	if e.facts == nil {
		e.facts = e.from.Collector.Facts(e.snap, e.from.Listeners())
	}
	for i := range infoFields {
		f := &infoFields[i]
		if f.name != m.field {
			continue
		}
		v := num(0)
		if f.get != nil {
			v = f.get(e.facts)
		}
		if !v.Valid() {
			return b
		}
		b = append(begin(b, name, m.kind, f.doc), name...)
		first := true
		if v.kind == text {
			b = label(b, &first, textLabel(m.name), v.s)
			v = num(1)
		}
		if e.wanted.desc && e.snap.Global.Description != "" && m.name != "description" {
			b = label(b, &first, "desc", e.snap.Global.Description)
		}
		if !first {
			b = append(b, '}')
		}
		return append(v.append(append(b, ' ')), '\n')
	}
	return b
}

// ownMetric writes a counter of the process that HAProxy does not have.
func (e *export) ownMetric(b []byte, i int) []byte {
	m := &ownMetrics[i]
	name := "sluice_process_" + m.name
	if !e.wanted.names(name) {
		return b
	}
	b = append(append(begin(b, name, "counter", m.help), name...), ' ')
	return append(strconv.AppendUint(b, m.get(e.from.Collector.Engine.Proc), 10), '\n')
}

// textLabel is the label of a metric that is a text.
func textLabel(name string) string {
	switch name {
	case "build_info":
		return "version"
	case "description":
		return "desc"
	}
	return name
}

// labels appends what names an object; it leaves the braces open.
func (e *export) labels(b []byte, o *Object) []byte {
	first := true
	b = label(b, &first, "proxy", o.Proxy.Name)
	if e.wanted.desc && o.Proxy.Desc != "" {
		b = label(b, &first, "desc", o.Proxy.Desc)
	}
	switch o.Role {
	case Server:
		b = label(b, &first, "server", o.Server.NameNow())
	case Listener:
		b = label(b, &first, "listener", o.Name())
	}
	return b
}

// sample appends one line; state, when not empty, is the value of a label with that name.
func (e *export) sample(b []byte, name string, o *Object, with, state string, v Field) []byte {
	b = e.labels(append(b, name...), o)
	if with != "" {
		first := false
		b = label(b, &first, with, state)
	}
	b = append(b, "} "...)
	if !v.Valid() {
		return append(b, "NaN\n"...)
	}
	return append(v.append(b), '\n')
}

// objectMetric writes a column of `show stat` for as many objects as fit a piece; done says that these were all.
func (e *export) objectMetric(b []byte, m metric) (_ []byte, done bool) {
	name := "haproxy_" + scopeWords[e.scope] + "_" + m.name
	list := e.all[e.scope]
	if !e.wanted.names(name) || len(list) == 0 {
		return b, true
	}
	c := columnNamed(m.field)
	if e.row == 0 {
		b = begin(b, name, m.kind, c.doc)
	}
	for full := len(b) + pieceSize; e.row < len(list); e.row++ {
		if len(b) >= full {
			return b, false
		}
		b = e.objectSample(b, name, list[e.row], c)
	}
	return b, true
}

// value is the column of a name for an object.
func (o *Object) value(name string) Field { return columnNamed(name).value(o) }

func columnNamed(name string) *column {
	for i := range columns {
		if columns[i].name == name {
			return &columns[i]
		}
	}
	return nil
}

// objectSample writes the samples of one object: one for each state where the column is a state.
func (e *export) objectSample(b []byte, name string, o *Object, c *column) []byte {
	v := c.value(o)
	switch c.name {
	case "status":
		return e.states(b, name, o, stateOf(o), statesOf(o.Role))
	case "check_status":
		if !o.checked() {
			return b
		}
		return e.states(b, name, o, strings.TrimPrefix(v.s, "* "), checkStates[:])
	case "check_code", "check_duration":
		if !o.checked() {
			return b
		}
	case "agg_server_status", "agg_server_check_status", "agg_check_status":
		return e.sums(b, name, o, c.name == "agg_check_status")
	case "hrsp_1xx":
		if o.Proxy.Mode != proxy.ModeHTTP {
			return b
		}
		for i, code := range [...]string{"1xx", "2xx", "3xx", "4xx", "5xx", "other"} {
			b = e.sample(b, name, o, "code", code, num64(o.C.Status[i]))
		}
		return b
	}
	if strings.HasSuffix(name, "time_average_seconds") || strings.HasSuffix(name, "time_seconds") || strings.HasSuffix(name, "duration_seconds") {
		v = milliseconds(v)
	}
	return e.sample(b, name, o, "", "", v)
}

// milliseconds makes a time in seconds of one in milliseconds, with six digits behind the point.
func milliseconds(v Field) Field {
	if !v.Valid() {
		return v
	}
	return str(strconv.FormatFloat(float64(v.n)/1000, 'f', 6, 64))
}

// checkStates are the outcomes of checks, in the order of HAProxy.
var checkStates = [...]string{"HANA", "SOCKERR", "L4OK", "L4TOUT", "L4CON", "L6OK", "L6TOUT", "L6RSP", "L7TOUT", "L7RSP", "L7OK", "L7OKC", "L7STS",
	"PROCERR", "PROCTOUT", "PROCOK"}

// The states of each role.
var (
	proxyStates    = [...]string{"DOWN", "UP"}
	serverStates   = [...]string{"DOWN", "UP", "MAINT", "DRAIN", "NOLB"}
	listenerStates = [...]string{"WAITING", "OPEN", "FULL"}
)

func statesOf(r Role) []string {
	switch r {
	case Server:
		return serverStates[:]
	case Listener:
		return listenerStates[:]
	}
	return proxyStates[:]
}

// stateOf is the state of an object among those of its role.
func stateOf(o *Object) string {
	word, _, _ := strings.Cut(o.status(), " ")
	switch {
	case o.Role == Server && word == "no":
		return "UP" // no check
	case o.Role == Front && word != "STOP":
		return "UP"
	case o.Role == Front:
		return "DOWN"
	case o.Role == Listener && word != "OPEN" && word != "FULL":
		return "WAITING"
	}
	return word
}

func (e *export) states(b []byte, name string, o *Object, is string, states []string) []byte {
	for _, s := range states {
		n := int64(0)
		if s == is {
			n = 1
		}
		b = e.sample(b, name, o, "state", s, num(n))
	}
	return b
}

// sums counts the servers of a backend by state, or by the outcome of their last check.
func (e *export) sums(b []byte, name string, o *Object, checks bool) []byte {
	if len(o.Proxy.All()) == 0 {
		return b
	}
	states := serverStates[:]
	if checks {
		states = checkStates[:]
	}
	counts := make([]int64, len(states))
	for _, srv := range o.Proxy.All() {
		one := &Object{Role: Server, Proxy: o.Proxy, Server: srv}
		is := stateOf(one)
		if checks {
			is = strings.TrimPrefix(one.value("check_status").s, "* ")
		}
		for i, s := range states {
			if s == is {
				counts[i]++
			}
		}
	}
	for i, s := range states {
		b = e.sample(b, name, o, "state", s, num(counts[i]))
	}
	return b
}

// extraMetric writes a column of a protocol (extra-counters), where an object has it.
func (e *export) extraMetric(b []byte, i int) (_ []byte, done bool) {
	c := &columns[i]
	name := "haproxy_" + scopeWords[e.scope] + "_" + c.name
	if c.get == nil || !e.wanted.names(name) {
		return b, true
	}
	began := false
	module, _, _ := strings.Cut(c.name, "_")
	for _, o := range e.all[e.scope] {
		v := c.value(o)
		if !v.Valid() {
			continue
		}
		if !began {
			b = begin(b, name, "counter", c.doc) // HAProxy calls all of them so
			began = true
		}
		b = e.sample(b, name, o, "mod", module, v)
	}
	return b, true
}

// curveFamilies are the histograms; frontends have the first only.
var curveFamilies = [...]struct {
	name, help string
	get        func(*proxy.Latency) *freq.Histogram
}{
	{"total_duration_seconds", "Time from the request's first byte to the end of the response", func(l *proxy.Latency) *freq.Histogram { return &l.Total }},
	{"queue_duration_seconds", "Time that requests waited for a server", func(l *proxy.Latency) *freq.Histogram { return &l.Queue }},
	{"connect_duration_seconds", "Time to connect to the server", func(l *proxy.Latency) *freq.Histogram { return &l.Connect }},
	{"first_byte_duration_seconds", "Time from the connection to the head of the response", func(l *proxy.Latency) *freq.Histogram { return &l.FirstByte }},
}

// The buckets that are written: every power of two from 128 microseconds to 67 seconds.
const (
	firstBound = 7
	lastBound  = 26
)

// curveMetric writes a histogram for a batch of objects. One that has measured nothing is left out: its two dozen lines would
// say no more than that, and a proxy with many backends has many of them.
func (e *export) curveMetric(b []byte, i int) (_ []byte, done bool) {
	f := &curveFamilies[i]
	name := "sluice_" + scopeWords[e.scope] + "_" + f.name
	if !e.wanted.names(name) {
		return b, true
	}
	if e.walk == nil {
		e.walk = &cursor{c: e.from.Collector, proxies: shown(e.snap), batch: batchSize, latency: true}
	}
	list := e.walk.next()
	if list == nil {
		e.walk = nil
		return b, true
	}
	filter := Filter{Proxy: -1, Kinds: 1 << [...]int{scopeFront: int(Front), scopeListener: int(Listener), scopeBack: int(Back), scopeServer: int(Server)}[e.scope],
		ID: -1, NoMaint: e.wanted.noMaint}
	for _, o := range list {
		if h := f.get(o.Lat); h.Total() > 0 && filter.picks(o) {
			if e.row == 0 {
				b = begin(b, name, "histogram", f.help)
			}
			b = e.histogram(b, name, o, h)
			e.row++
		}
	}
	return b, false
}

func (e *export) histogram(b []byte, name string, o *Object, h *freq.Histogram) []byte {
	n, k := uint64(0), 0
	for p := firstBound; p <= lastBound; p++ {
		for ; k < freq.Buckets && freq.Bound(k) <= 1<<p; k++ {
			n += h.Count[k]
		}
		b = e.sample(b, name+"_bucket", o, "le", strconv.FormatFloat(float64(uint64(1)<<p)/1e6, 'f', -1, 64), num64(n))
	}
	total := h.Total()
	b = e.sample(b, name+"_bucket", o, "le", "+Inf", num64(total))
	b = e.sample(b, name+"_sum", o, "", "", str(strconv.FormatFloat(float64(h.Sum)/1e6, 'f', 6, 64)))
	return e.sample(b, name+"_count", o, "", "", num64(total))
}
