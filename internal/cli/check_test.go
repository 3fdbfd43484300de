package cli_test

import (
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// TestCheckCommands holds what the commands about checks say, and what they leave behind in show servers state.
func TestCheckCommands(t *testing.T) {
	h := open(t)
	be := h.snap.Proxies[2]
	srv := be.Servers[0]
	srv.Check.Enabled, srv.Check.Rise, srv.Check.Fall = true, 2, 3
	srv.Check.Agent.Enabled, srv.Check.Agent.Port = true, 9
	srv.State.Check.Last.Store(&proxy.CheckStatus{CheckResult: proxy.CheckResult{Outcome: proxy.OutcomeL4OK}})
	srv.State.Check.Health.Store(4)
	srv.State.Agent.Health.Store(1)

	const suspendedHealth, suspendedAgent = "health checks are not enabled on this server\n", "agent checks are not enabled on this server"
	for _, x := range []struct{ command, answer, state string }{
		// state: op_state, admin_state, check_status, check_result, check_health, check_state, agent_state; check_port,
		// check_addr, agent_addr, agent_port
		{"enable health be/s2", "Health check was not configured on this server, cannot enable.\n", "2 0 6 3 4 6 22 0 - - 9"},
		{"enable agent be/s2", "Agent was not configured on this server, cannot enable.\n", "2 0 6 3 4 6 22 0 - - 9"},
		{"disable health be/s2", "", "2 0 6 3 4 6 22 0 - - 9"},
		{"disable health", "Require 'backend/server'.\n", "2 0 6 3 4 6 22 0 - - 9"},
		{"disable health be/s1", "", "2 0 6 3 4 2 22 0 - - 9"},
		{"set server be/s1 check-port 5", suspendedHealth, "2 0 6 3 4 2 22 0 - - 9"},
		{"set server be/s1 check-addr 127.0.0.3", suspendedHealth, "2 0 6 3 4 2 22 0 - - 9"},
		{"enable health be/s1", "", "2 0 6 3 4 6 22 0 - - 9"},
		{"set server be/s1 check-port x", "provided port is not an integer\n", "2 0 6 3 4 6 22 0 - - 9"},
		{"set server be/s1 check-port 65536", "provided port is invalid\n", "2 0 6 3 4 6 22 0 - - 9"},
		{"set server be/s1 check-port", "set server <b>/<s> check-port requires a port.\n", "2 0 6 3 4 6 22 0 - - 9"},
		{"set server be/s1 check-port 5", "", "2 0 6 3 4 6 22 5 - - 9"},
		{"set server be/s1 check-addr localhost", "invalid addr 'localhost'\n", "2 0 6 3 4 6 22 5 - - 9"},
		{"set server be/s1 check-addr 127.0.0.3 port", "provided port is not an integer\n", "2 0 6 3 4 6 22 5 - - 9"},
		{"set server be/s1 check-addr 127.0.0.3", "", "2 0 6 3 4 6 22 5 127.0.0.3 - 9"},
		{"set server be/s1 check-addr ::1 port 7", "", "2 0 6 3 4 6 22 7 ::1 - 9"},
		{"disable agent be/s1", "", "2 0 6 3 4 6 18 7 ::1 - 9"},
		{"set server be/s1 agent up", suspendedAgent + ".\n", "2 0 6 3 4 6 18 7 ::1 - 9"},
		{"set server be/s1 agent-addr ::2", suspendedAgent + "\n", "2 0 6 3 4 6 18 7 ::1 - 9"},
		{"set server be/s1 agent-port 3", suspendedAgent + "\n", "2 0 6 3 4 6 18 7 ::1 - 9"},
		{"set server be/s1 agent-send x", suspendedAgent + ".\n", "2 0 6 3 4 6 18 7 ::1 - 9"},
		{"enable agent be/s1", "", "2 0 6 3 4 6 22 7 ::1 - 9"},
		{"set server be/s1 agent-addr", "set server <b>/<s> agent-addr requires an address and optionally a port.\n", "2 0 6 3 4 6 22 7 ::1 - 9"},
		{"set server be/s1 agent-addr 127.0.0.8 port 88", "", "2 0 6 3 4 6 22 7 ::1 127.0.0.8 88"},
		{"set server be/s1 agent-port 66", "", "2 0 6 3 4 6 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 agent-send hello", "", "2 0 6 3 4 6 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 agent", "'set server <srv> agent' expects 'up' or 'down'.\n", "2 0 6 3 4 6 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 agent down", "", "0 0 6 3 4 6 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 agent up", "", "2 0 6 3 4 6 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 state maint", "", "0 1 6 3 4 14 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 fqdn", "set server <b>/<s> fqdn requires a FQDN.\n", "0 1 6 3 4 14 22 7 ::1 127.0.0.8 66"},
		{"set server be/s1 fqdn a.b", "set server <b>/<s> fqdn failed because no resolution is configured.\n", "0 1 6 3 4 14 22 7 ::1 127.0.0.8 66"},
	} {
		if got := h.run(x.command); got != x.answer {
			t.Errorf("%s\ngot  %q\nwant %q", x.command, got, x.answer)
		}
		var got string
		for line := range strings.SplitSeq(h.run("show servers state be"), "\n") {
			if f := strings.Fields(line); len(f) == 25 && f[3] == "s1" {
				got = strings.Join(append([]string{f[5], f[6]}, append(f[10:15:15], f[21:]...)...), " ")
			}
		}
		if got != x.state {
			t.Errorf("after %s:\ngot  %s\nwant %s", x.command, got, x.state)
		}
	}
	if x := srv.State.Agent.Target.Load(); x.Send != "hello" || !x.Sends {
		t.Errorf("the agent is sent %+v", x)
	}
}
