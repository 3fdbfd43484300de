package balance

import (
	"slices"

	"sluice/internal/proxy"
)

// Moment is a point in time on both clocks.
type Moment struct {
	Mono int64 // nanoseconds of the loops' clock
	Wall int64 // seconds since 1970
}

// SetReady ends maintenance and drain by the operator (management.txt 9.3, set server state ready). A server that was
// in maintenance comes up as after a first successful check, and starts slowly if it has to.
func SetReady(srv *proxy.Server, now Moment) {
	change(srv, byHand, now, func(st *proxy.ServerState) {
		clearAdmin(st, proxy.AdminForcedMaint|proxy.AdminConfigMaint|proxy.AdminForcedDrain)
	})
}

// SetDrain lets the server finish what it has and what persists on it, without new load.
func SetDrain(srv *proxy.Server, now Moment) {
	change(srv, byHand, now, func(st *proxy.ServerState) {
		clearAdmin(st, proxy.AdminForcedMaint|proxy.AdminConfigMaint)
		st.Admin.Or(uint32(proxy.AdminForcedDrain))
	})
}

// SetMaint takes the server out of service.
func SetMaint(srv *proxy.Server, now Moment) {
	change(srv, byHand, now, func(st *proxy.ServerState) {
		clearAdmin(st, proxy.AdminForcedDrain)
		st.Admin.Or(uint32(proxy.AdminForcedMaint))
	})
}

// SetAdmin sets or clears administrative bits that are not the operator's: inherited ones, those of name resolution.
func SetAdmin(srv *proxy.Server, bits proxy.Admin, on bool, now Moment) {
	change(srv, byHand, now, func(st *proxy.ServerState) { setAdmin(st, bits, on) })
}

func setAdmin(st *proxy.ServerState, bits proxy.Admin, on bool) {
	if on {
		st.Admin.Or(uint32(bits))
	} else {
		clearAdmin(st, bits)
	}
}

// MarkUp puts the server in working order, as the operator says. Health is the caller's.
func MarkUp(srv *proxy.Server, now Moment) { Judge(srv, proxy.OperRunning, byHand, now) }

// MarkDown puts the server out of order, as the operator says.
func MarkDown(srv *proxy.Server, now Moment) { Judge(srv, proxy.OperStopped, byHand, now) }

// MarkStopping keeps new load away from the server, as the operator says.
func MarkStopping(srv *proxy.Server, now Moment) { Judge(srv, proxy.OperStopping, byHand, now) }

// SetAgent makes the server what its agent would with "up" or "down", as the operator says.
func SetAgent(srv *proxy.Server, up bool, now Moment) {
	if up {
		srv.State.Agent.Health.Store(1)
		MarkUp(srv, now)
		return
	}
	srv.State.Agent.Health.Store(0)
	MarkDown(srv, now)
}

// Judge gives the server the operational state that why tells of. Health is the caller's.
func Judge(srv *proxy.Server, oper proxy.Oper, why Why, now Moment) {
	change(srv, why, now, func(st *proxy.ServerState) {
		if inMaint(st) {
			return // it is out of order as long as it is out of service
		}
		if oper == proxy.OperRunning && proxy.Oper(st.Oper.Load()) == proxy.OperStarting {
			return // it is on its way
		}
		setOper(st, oper)
	})
}

// Joined tells the balancer that a server came, or is gone.
func Joined(srv *proxy.Server) {
	dynamicCookie(srv)
	srv.Proxy.Balancer.Update(srv)
}

// SetMaxConn sets the server's limit, 0 for none, and lets in who fits now.
func SetMaxConn(srv *proxy.Server, limit int) {
	srv.State.MaxConn.Store(int32(limit))
	srv.Proxy.Balancer.Update(srv)
	serve(srv)
}

// SetAddr gives the server another address. Connections that exist stay as they are.
func SetAddr(srv *proxy.Server, a *proxy.Addr) {
	p := srv.Proxy
	p.State.Changes.Lock()
	defer p.State.Changes.Unlock()
	srv.State.Addr.Store(a)
	dynamicCookie(srv)
	p.Balancer.Update(srv)
}

func clearAdmin(st *proxy.ServerState, bits proxy.Admin) { st.Admin.And(^uint32(bits)) }

func setOper(st *proxy.ServerState, o proxy.Oper) { st.Oper.Store(uint32(o)) }

// change applies what edit does to the state of srv, and all that follows from it, also for the servers that track it.
// Changes of one backend's servers are made one after the other.
func change(srv *proxy.Server, why Why, now Moment, edit func(*proxy.ServerState)) {
	if !changeOne(srv, why, now, edit) {
		return
	}
	for _, t := range slices.Backward(srv.Followers()) { // in HAProxy's order: who came last is told first
		follow(t, now)
	}
}

// follow gives a server the state of the one that it tracks (configuration.txt 5.2, track).
func follow(srv *proxy.Server, now Moment) {
	of := srv.Tracked.State
	change(srv, Why{Via: srv.Tracked}, now, func(st *proxy.ServerState) {
		admin := proxy.Admin(of.Admin.Load())
		setAdmin(st, proxy.AdminInheritMaint, admin&proxy.AdminMaint != 0)
		setAdmin(st, proxy.AdminInheritDrain, admin&proxy.AdminDrain != 0)
		oper := proxy.Oper(of.Oper.Load())
		if oper == proxy.OperStarting || oper == proxy.OperRunning && proxy.Oper(st.Oper.Load()) == proxy.OperStarting {
			oper = proxy.OperRunning
		}
		if !inMaint(st) && admin&proxy.AdminMaint == 0 {
			setOper(st, oper)
		}
	})
}

// Follow makes a server that came follow the one that it tracks. It stays in maintenance on its own account.
func Follow(srv *proxy.Server, now Moment) {
	srv.Follow()
	follow(srv, now)
}

// standing is the part of a server's state that its log lines speak of.
type standing struct {
	admin proxy.Admin
	oper  proxy.Oper
}

func standingOf(st *proxy.ServerState) standing {
	return standing{proxy.Admin(st.Admin.Load()), proxy.Oper(st.Oper.Load())}
}

// changeOne changes one server and reports whether its state is another one now.
func changeOne(srv *proxy.Server, why Why, now Moment, edit func(*proxy.ServerState)) bool {
	p, st := srv.Proxy, srv.State
	p.State.Changes.Lock()
	defer p.State.Changes.Unlock()
	before, wasUp, wasMaint := standingOf(st), st.Up(), inMaint(st)
	edit(st)
	maint := inMaint(st)
	switch {
	case maint && !wasMaint:
		setOper(st, proxy.OperStopped)
	case !maint && wasMaint:
		leaveMaint(srv)
	}
	up := st.Up()
	if up && !wasUp && srv.SlowStart > 0 {
		startSlowly(srv, now)
	}
	if !up {
		st.SlowSince.Store(0)
	}
	note(st, wasUp, up, maint, now)
	weigh(srv, now.Mono)
	after := standingOf(st)
	r := report{srv: srv, before: before, after: after, why: why, now: now}
	lost := settle(srv, now, func() {
		if wasUp && !up {
			r.requeued = kick(srv)
		}
		r.write()
	})
	if lost {
		writeNoServer(p, now)
	}
	if wasUp && !up && srv.OnMarkedDownShutdown {
		st.Generation.Add(1)
	}
	if up && !wasUp && srv.OnMarkedUpShutdown && !srv.Backup {
		for _, other := range p.All() {
			if other.Backup {
				other.State.Generation.Add(1)
			}
		}
	}
	return before != after
}

func inMaint(st *proxy.ServerState) bool { return proxy.Admin(st.Admin.Load())&proxy.AdminMaint != 0 }

// leaveMaint gives the server the operational state it has before its first check (init-state), or that of the server
// that it tracks.
func leaveMaint(srv *proxy.Server) {
	srv.State.ResetHealth(srv)
	if t := srv.Tracked; t != nil {
		setOper(srv.State, proxy.Oper(t.State.Oper.Load()))
	}
}

// note keeps the times and counts of changes.
func note(st *proxy.ServerState, wasUp, up, maint bool, now Moment) {
	switch {
	case wasUp && !up:
		if !maint {
			st.Downs.Add(1)
		}
		st.DownSince.Store(now.Wall)
	case up && !wasUp:
		if since := st.DownSince.Swap(0); since > 0 {
			st.DownTotal.Add(now.Wall - since)
		}
	default:
		return
	}
	st.LastChange.Store(now.Wall)
}

// settle makes the balancer, the queues and the state of the backend follow a change of its servers. Between the two it
// calls tell. It reports whether the backend has no usable server any more.
func settle(srv *proxy.Server, now Moment, tell func()) (lost bool) {
	p := srv.Proxy
	had := len(farmOf(p).servers) > 0
	p.Balancer.Update(srv)
	has := len(farmOf(p).servers) > 0
	if tell != nil {
		tell()
	}
	st := p.State
	switch {
	case had && !has:
		st.Downs.Add(1)
		st.DownSince.Store(now.Wall)
		st.LastChange.Store(now.Wall)
		st.Queue.Kick(nil) // nobody is left who could serve them
	case has && !had:
		if since := st.DownSince.Swap(0); since > 0 {
			st.DownTotal.Add(now.Wall - since)
		}
		st.LastChange.Store(now.Wall)
	}
	serveAll(p)
	return had && !has
}
