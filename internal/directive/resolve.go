package directive

import (
	"slices"
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// Build checks what lines say of each other, resolves names, compiles what depends on a proxy's mode, gives out ids, and
// returns the snapshot. After a fatal report the snapshot must not be run. Call it once, when nothing fatal was
// reported while the lines were read.
func (b *Builder) Build(report *config.Report) *proxy.Snapshot {
	s := b.snap
	s.Global = b.global
	b.finishGlobal(report)
	b.layOut(report)
	s.Index()
	r := &resolver{b: b, report: report, threads: b.global.Threads()}
	b.shops.Open(r.threads)
	r.nameservers()
	for _, d := range b.drafts {
		r.proxy(d)
	}
	r.forwards()
	r.tracking()
	r.agentLogs()
	r.tables()
	r.peerings()
	for _, d := range b.rings {
		r.ring(d)
	}
	b.numberProxies()
	for _, u := range b.pending.Resolve(s) {
		if u.Mild {
			report.Warnf(u.Pos, "%s", u.Text)
			continue
		}
		if u.Plain {
			report.Errorf(u.Pos, "%s", u.Text)
			continue
		}
		if u.Bare {
			report.Errorf(u.Pos, "parsing [%v]: %s.", u.Pos, u.Text)
			continue
		}
		report.Errorf(u.Pos, "config : parsing [%v] : %s", u.Pos, u.Text)
	}
	s.Rules = b.rules
	b.lists.Number()
	b.global.Env = b.Env.Environ()
	return s
}

// resolver is one pass over everything that was read.
type resolver struct {
	b       *Builder
	report  *config.Report
	threads int // loops that there will be
}

// finishGlobal settles settings of the global section that depend on others.
func (b *Builder) finishGlobal(report *config.Report) {
	t := &b.global.Tune
	if t.MaxRewrite > t.BufSize/2 {
		t.MaxRewrite = t.BufSize / 2
	}
	const most = 256 << 20
	if t.BufSize >= most {
		report.Errorf(b.global.Pos, "global.tune.bufsize must be below 256 MB when HTTP is in use (current value = %d).", t.BufSize)
	}
	const least = 1024
	if t.BufSize < least {
		report.Errorf(b.global.Pos, "global.tune.bufsize must be at least %d, so that an error message fits (current value = %d).", least, t.BufSize)
	}
	if b.global.ExposeExperimental && !b.usedExperimental {
		report.Warnf(b.global.Pos, "Option 'expose-experimental-directives' is set in the global section but is no longer used. It is strongly recommended to remove it in order to avoid using an experimental directive by accident in the future.")
	}
	for i, x := range b.global.StatsSockets {
		if x.ID == 0 {
			x.ID = i + 1
		}
		b.secureBind(report, x, proxy.ModeTCP, "GLOBAL")
	}
}

// proxy checks and resolves one proxy.
func (r *resolver) proxy(d *draft) {
	if d.IsFront() && d.MaxConn == 0 {
		d.MaxConn = r.b.ProxyMaxConn
	}
	d.Snapshot = r.b.snap
	r.health(d)
	r.servers(d)
	if d.Disabled {
		return
	}
	if most := r.b.global.Tune.CookieLen; d.Capture.CookieLen > most {
		r.report.Warnf(d.Pos, "truncating capture length to %d bytes for %s '%s'.", most, noun(d.Caps), d.Name)
		d.Capture.CookieLen = most
	}
	r.binds(d)
	r.switching(d)
	r.monitors(d)
	r.useServer(d)
	r.balance(d)
	r.errors(d)
	r.logs(d)
	r.filters(d)
	r.modeWarnings(d)
	r.statsPage(d)
	r.external(d)
	r.stateFile(d)
	r.timeouts(d)
}

// binds gives sockets their numbers and warns about a frontend without any.
func (r *resolver) binds(d *draft) {
	if d.IsFront() && len(d.Binds) == 0 {
		r.report.Warnf(d.Pos, "%s '%s' has no 'bind' directive. Please declare it as a backend if this was intended.", noun(d.Caps), d.Name)
	}
	r.frontUses(d)
	next := 1
	for i, x := range d.Binds {
		r.bind(d, x, i)
		r.b.secureBind(r.report, x, d.Mode, d.Name)
		if x.ID != 0 {
			continue
		}
		for {
			_, taken := d.bindIDs[next]
			if !taken {
				break
			}
			next++
		}
		x.ID = next
		next++
	}
}

// bind checks one socket.
func (r *resolver) bind(d *draft, x *proxy.Bind, i int) {
	if x.Proto == "h1" && d.Mode != proxy.ModeHTTP || x.Proto == "none" && d.Mode == proxy.ModeHTTP {
		r.report.Errorf(x.Pos, "proxy '%s' : MUX protocol '%s' is not usable for 'bind %s' at [%v].", d.Name, x.Proto, x.Addr.Text, x.Pos)
	}
	if len(x.Threads) > 0 && !slices.ContainsFunc(x.Threads, func(t proxy.ThreadSet) bool { return t.Low <= r.threads && t.Group <= 1 }) {
		r.report.Errorf(x.Pos, "proxy '%s': 'thread' directive only references non-existing threads in 'bind %s' at [%v].", d.Name, x.Addr.Text, x.Pos)
	}
	if x.GUID != "" {
		x.GUID += "-" + strconv.Itoa(i)
		if owner, taken := r.b.guids[x.GUID]; taken {
			r.report.Errorf(x.Pos, "[%v] : error on GUID generation : duplicate entry with %s. You may fix it by adjusting guid-prefix.", x.Pos, owner)
		}
		r.b.guids[x.GUID] = "listener " + d.Name
	}
}

// timeouts warns about what a careless configuration lacks.
func (r *resolver) timeouts(d *draft) {
	t := &d.Timeout
	front := d.IsFront() && t.Client == 0
	back := d.IsBack() && d.Mode != proxy.ModeLog && len(d.Servers) > 0 && (t.Connect == 0 || t.Server == 0)
	if !front && !back {
		return
	}
	r.report.Warnf(d.Pos, "missing timeouts for %s '%s'.\n"+
		"   | While not properly invalid, you will certainly encounter various problems\n"+
		"   | with such a configuration. To fix this, please ensure that all following\n"+
		"   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.", noun(d.Caps), d.Name)
}

// numberProxies gives the proxies without an explicit id the lowest free numbers from 2 on, in order: HAProxy never
// gives 1 by itself.
func (b *Builder) numberProxies() {
	b.nextID = 2
	for _, d := range b.drafts {
		if d.ID != 0 {
			d.ForcedID = true
			continue
		}
		b.number(d)
	}
}

// number gives a proxy the next number that is free. None is given out twice.
func (b *Builder) number(d *draft) {
	for b.ids[b.nextID] != nil {
		b.nextID++
	}
	d.ID = b.nextID
	b.nextID++
}

// ring checks the servers of a ring.
func (r *resolver) ring(d *draft) {
	for _, s := range d.Servers {
		if s.Addr.Dgram {
			r.report.Errorf(s.Pos, "ring '%s' : server '%s' must be a stream address.", d.Name, s.Name)
		}
		extra := d.extras[s]
		r.secureServer(d, s, extra.tls, extra.tlsBase)
	}
}
