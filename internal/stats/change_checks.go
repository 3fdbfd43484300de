package stats

import (
	"sync/atomic"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// checkActions are the actions of the form that are about checks.
func checkActions() []action {
	return []action{
		{"dhlth", "Health: suspend checks", suspend(healthOf, true)},
		{"ehlth", "Health: resume checks", suspend(healthOf, false)},
		{"dagent", "Agent: suspend checks", suspend(agentOf, true)},
		{"eagent", "Agent: resume checks", suspend(agentOf, false)},
		{"arunn", "Agent: count as UP", agentSays(true)},
		{"adown", "Agent: count as DOWN", agentSays(false)},
	}
}

// healthOf and agentOf tell whether a server has the check, and what suspends it.
func healthOf(srv *proxy.Server) (has bool, off *atomic.Bool) {
	return srv.Check.Enabled, &srv.State.Check.Off
}

func agentOf(srv *proxy.Server) (has bool, off *atomic.Bool) {
	return srv.Check.Agent.Enabled, &srv.State.Agent.Off
}

// suspend makes an action that suspends a check or resumes it.
func suspend(of func(*proxy.Server) (bool, *atomic.Bool), yes bool) func(*Collector, *proxy.Server, balance.Moment) effect {
	return func(_ *Collector, srv *proxy.Server, _ balance.Moment) effect {
		if has, off := of(srv); has && off.CompareAndSwap(!yes, yes) {
			return changed
		}
		return unchanged
	}
}

// agentSays makes an action that says what the agent is to have said.
func agentSays(up bool) func(*Collector, *proxy.Server, balance.Moment) effect {
	return func(_ *Collector, srv *proxy.Server, now balance.Moment) effect {
		if !srv.AgentChecked() {
			return unchanged
		}
		balance.SetAgent(srv, up, now)
		return changed
	}
}
