package cli

import (
	"strings"

	"sluice/internal/proxy"
)

// showServersState prints the state of servers in version 1 of the format of state files (configuration.txt 3.1,
// server-state-file).
func showServersState(s *Session, args []string) {
	list, ok := s.backends(args)
	if !ok {
		return
	}
	s.Printf("1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
		"srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
		"bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
		"srv_agent_addr srv_agent_port\n")
	wall := now() / 1e9
	for _, p := range list {
		for _, srv := range p.All() {
			s.serverState(p, srv, wall)
		}
	}
}

func (s *Session) serverState(p *proxy.Proxy, srv *proxy.Server, wall int64) {
	st := srv.State
	a := st.Addr.Load()
	host, port := address(a)
	if a.IsUnix() {
		host = "-"
	}
	port = strings.TrimLeft(port, "+-")
	service := ""
	if srv.Resolution != nil {
		service = srv.Resolution.SRV
	}
	last, found := lastCheck(&st.Check)
	c := &srv.Check
	health := st.Check.Health.Load()
	if !c.Enabled { // as it was when the server came to be
		health = int32(c.Rise)
	}
	checkAddr, checkPort := target(&st.Check, c.Addr, c.Port)
	agentAddr, agentPort := target(&st.Agent, c.Agent.Addr, c.Agent.Port)
	s.Printf("%d %s %d %s %s %d %d %d %d %d %d %d %d %d %d %d %d %s %s %s %d %d %s %s %d\n", p.ID, s.anon.Hash(p.Name), srv.ID,
		s.anon.Hash(srv.NameNow()), s.host(host), st.Oper.Load(), st.Admin.Load(), st.UserWeight.Load(), srv.Weight,
		max(wall-st.LastChange.Load(), 0), last, found, health, checkBits(srv), agentBits(srv),
		number(p.ForcedID), number(srv.ForcedID), s.anon.Hash(orDash(a.Host)), port, s.anon.Hash(orDash(service)), st.UseTLS.Load(),
		checkPort, s.host(checkAddr), s.host(agentAddr), agentPort)
}

// The bits of a check's state, with the values of state files (management.txt 9.3, show servers state).
const (
	checkRuns = 1 << iota
	checkConfigured
	checkEnabled
	checkPaused // by maintenance
	checkIsAgent
)

func checkBits(srv *proxy.Server) (bits int) {
	st := srv.State
	if !srv.Check.Enabled {
		return 0
	}
	bits = checkConfigured
	if st.Check.Running.Load() {
		bits |= checkRuns
	}
	if !st.Check.Off.Load() {
		bits |= checkEnabled
		if proxy.Admin(st.Admin.Load())&proxy.AdminMaint != 0 {
			bits |= checkPaused
		}
	}
	return bits
}

func agentBits(srv *proxy.Server) (bits int) {
	st := &srv.State.Agent
	if !srv.Check.Agent.Enabled {
		return 0
	}
	bits = checkIsAgent | checkConfigured
	if st.Running.Load() {
		bits |= checkRuns
	}
	if !st.Off.Load() {
		bits |= checkEnabled
	}
	return bits
}

// lastCheck returns the numbers of the last check's outcome and of what it found, those of the beginning without any.
func lastCheck(st *proxy.CheckState) (outcome proxy.Outcome, found proxy.Finding) {
	c := st.Last.Load()
	if c == nil {
		return proxy.OutcomeInit, proxy.FoundNothing
	}
	return c.Outcome, c.Outcome.Finding()
}

// target returns where checks go instead of the server: what the configuration says, unless the runtime API has said
// something else.
func target(st *proxy.CheckState, addr *proxy.Addr, port int) (string, int) {
	if t := st.Target.Load(); t != nil {
		addr = orAddr(t.Addr, addr)
		if t.Port > 0 {
			port = t.Port
		}
	}
	if addr == nil || addr.IsUnix() {
		return "-", port
	}
	host, _ := address(addr)
	return host, port
}

func orAddr(a, other *proxy.Addr) *proxy.Addr {
	if a != nil {
		return a
	}
	return other
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
