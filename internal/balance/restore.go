package balance

import (
	"net/netip"

	"sluice/internal/proxy"
)

// Restored is what a state file says of a server (management.txt 9.3, show servers state).
type Restored struct {
	Oper            proxy.Oper
	Admin           proxy.Admin
	Weight, Initial int   // the weight, and the one that was configured then
	Since           int64 // seconds since the state has changed
	Outcome         proxy.Outcome
	Health          int
	NoCheck         bool // checks were suspended
	NoAgent         bool
	Host            string     // the name, "" without one
	Addr            netip.Addr // not valid: none
	Port            int        // 0: none

	TLS                  int // whether connections had TLS, 0 or 1; -1: as the configuration says
	CheckPort, AgentPort int
	CheckAddr, AgentAddr netip.Addr
}

// Restore gives a server the state that it had (configuration.txt 4.2, load-server-state-from-file). What the
// configuration has changed since goes before it.
func Restore(srv *proxy.Server, r *Restored, now Moment) {
	st := srv.State
	r.address(srv, now)
	if srv.TLS != nil && r.TLS >= 0 {
		st.UseTLS.Store(int32(r.TLS))
	}
	st.Check.Off.Store(srv.Check.Enabled && r.NoCheck)
	st.Agent.Off.Store(srv.Check.Agent.Enabled && r.NoAgent)
	retarget(&st.Check, srv.Check.Addr, r.CheckAddr, srv.Check.Port, r.CheckPort)
	retarget(&st.Agent, srv.Check.Agent.Addr, r.AgentAddr, srv.Check.Agent.Port, r.AgentPort)
	byConfig := r.Admin&proxy.AdminConfigMaint != 0 // what the line says today counts
	change(srv, Why{Text: "changed from server-state after a reload"}, now, func(st *proxy.ServerState) {
		if r.Admin&proxy.AdminForcedMaint != 0 && !byConfig {
			st.Admin.Or(uint32(proxy.AdminForcedMaint))
		}
		st.Admin.Or(uint32(r.Admin & proxy.AdminForcedDrain))
		if srv.Tracked == nil && !inMaint(st) && r.Admin&proxy.AdminMaint == 0 {
			r.health(srv)
		}
	})
	if r.Initial == srv.Weight && (r.Weight == srv.Weight || Dynamic(srv.Proxy) || r.Weight == 0) {
		SetWeight(srv, r.Weight, now)
	}
	st.LastChange.Store(now.Wall - r.Since)
}

// health sets the operational state, and what checks have found in accordance with it.
func (r *Restored) health(srv *proxy.Server) {
	st, c := srv.State, &srv.Check
	oper := r.Oper
	if oper == proxy.OperStarting {
		oper = proxy.OperRunning
	}
	setOper(st, oper)
	if c.Enabled {
		low, high := c.Rise, c.Rise+c.Fall-1
		if oper == proxy.OperStopped && !c.Agent.Enabled {
			low, high = 0, c.Rise-1
		}
		st.Check.Health.Store(int32(min(max(r.Health, low), high)))
		if r.Outcome.Finding() != proxy.FoundNothing {
			st.Check.Last.Store(&proxy.CheckStatus{CheckResult: proxy.CheckResult{Outcome: r.Outcome}, Duration: -1})
		}
	}
	if c.Agent.Enabled && oper == proxy.OperStopped && (!c.Enabled || r.Health >= c.Rise) {
		st.Agent.Health.Store(0) // nothing else has held it down
	}
}

// address restores where the server was: its port, and the address that its name had.
func (r *Restored) address(srv *proxy.Server, now Moment) {
	old := srv.State.Addr.Load()
	if old.IsUnix() {
		return
	}
	a := *old
	if r.Port > 0 && !a.PortRel {
		a.Port, a.PortHi = r.Port, r.Port
	}
	if r.Addr.IsValid() && a.Host != "" && a.Host == r.Host {
		a.IP, a.Family = r.Addr, proxy.FamIPv4
		if r.Addr.Is6() {
			a.Family = proxy.FamIPv6
		}
	}
	if a.IP == old.IP && a.Port == old.Port {
		return
	}
	SetAddr(srv, &a)
	if srv.NoAddress && a.IP.IsValid() {
		SetAdmin(srv, proxy.AdminRMaint, false, now)
	}
}

// retarget restores where checks go, where that is not what the configuration says.
func retarget(st *proxy.CheckState, addr *proxy.Addr, was netip.Addr, port, wasPort int) {
	var t proxy.CheckTarget
	if was.IsValid() && (addr == nil || addr.IP != was) {
		t.Addr = &proxy.Addr{Family: proxy.FamIPv4, IP: was, Text: was.String()}
		if was.Is6() {
			t.Addr.Family = proxy.FamIPv6
		}
	}
	if wasPort > 0 && wasPort != port {
		t.Port = wasPort
	}
	if t != (proxy.CheckTarget{}) {
		st.Target.Store(&t)
	}
}
