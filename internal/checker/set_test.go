package checker

import (
	"testing"

	"sluice/internal/check"
	"sluice/internal/proxy"
)

// TestSpread holds that intervals vary by spread-checks and no more (configuration.txt 3.1).
func TestSpread(t *testing.T) {
	const inter, percent = 1000, 20
	srv := &proxy.Server{Check: proxy.CheckConf{Enabled: true, Rise: 2, Fall: 3, Inter: inter}, Proxy: &proxy.Proxy{}}
	srv.State = proxy.NewServerState(srv, 1)
	snap := &proxy.Snapshot{Global: &proxy.Global{SpreadChecks: percent}}
	w := &watch{srv: srv, kind: check.Health, state: &srv.State.Check, home: &room{set: &Set{snap: snap}}}
	low, high := int64(inter), int64(inter)
	for range 2000 {
		d := w.interval()
		low, high = min(low, d), max(high, d)
	}
	if low < inter-inter*percent/100 || high > inter+inter*percent/100 || low == high {
		t.Errorf("from %d to %d", low, high)
	}
	snap.Global.SpreadChecks = 0
	if d := w.interval(); d != inter {
		t.Errorf("%d without spread", d)
	}
}

// TestPaused holds what keeps checks from being made: maintenance stops those of health only, since the agent alone takes
// back what it has said.
func TestPaused(t *testing.T) {
	srv := &proxy.Server{Check: proxy.CheckConf{Enabled: true, Rise: 2, Fall: 3}, Proxy: &proxy.Proxy{}}
	srv.State = proxy.NewServerState(srv, 1)
	health := &watch{srv: srv, kind: check.Health, state: &srv.State.Check}
	agent := &watch{srv: srv, kind: check.Agent, state: &srv.State.Agent}
	for _, c := range []struct {
		do            func()
		health, agent bool
	}{
		{func() {}, false, false},
		{func() { srv.State.Admin.Store(uint32(proxy.AdminForcedMaint)) }, true, false},
		{func() { srv.State.Admin.Store(uint32(proxy.AdminForcedDrain)) }, false, false},
		{func() { srv.State.Agent.Off.Store(true) }, false, true},
		{func() { srv.State.Check.Off.Store(true) }, true, true},
	} {
		c.do()
		if health.paused() != c.health || agent.paused() != c.agent {
			t.Errorf("%v %v, want %+v", health.paused(), agent.paused(), c)
		}
	}
}
