package cli

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// checkChanges are the commands that suspend checks (management.txt 9.3).
func checkChanges() []Command {
	return []Command{
		{Name: "disable agent", Doc: "Suspends the agent check of a server.", Access: Admin, Run: disableAgent},
		{Name: "disable health", Doc: "Suspends the health check of a server.", Access: Admin, Run: disableHealth},
		{Name: "enable agent", Doc: "Resumes the agent check of a server.", Access: Admin, Run: enableAgent},
		{Name: "enable health", Doc: "Resumes the health check of a server.", Access: Admin, Run: enableHealth},
	}
}

func disableAgent(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		srv.State.Agent.Off.Store(true)
	}
}

func disableHealth(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		srv.State.Check.Off.Store(true)
	}
}

func enableAgent(s *Session, args []string) {
	switch srv := s.server(args); {
	case srv == nil:
	case !srv.Check.Agent.Enabled:
		s.Fail("Agent was not configured on this server, cannot enable.")
	default:
		srv.State.Agent.Off.Store(false)
	}
}

func enableHealth(s *Session, args []string) {
	switch srv := s.server(args); {
	case srv == nil:
	case !srv.Check.Enabled:
		s.Fail("Health check was not configured on this server, cannot enable.")
	default:
		srv.State.Check.Off.Store(false)
	}
}

const (
	noAgent = "agent checks are not enabled on this server"
	noCheck = "health checks are not enabled on this server"
)

// serverAgent says what the agent is to have said.
func serverAgent(s *Session, srv *proxy.Server, args []string) {
	switch word := first(args); {
	case !srv.AgentChecked():
		s.Fail(noAgent + ".")
	case word == "up":
		balance.SetAgent(srv, true, s.moment())
	case word == "down":
		balance.SetAgent(srv, false, s.moment())
	default:
		s.Fail("'set server <srv> agent' expects 'up' or 'down'.")
	}
}

// serverAgentAddr changes where the agent is.
func serverAgentAddr(s *Session, srv *proxy.Server, args []string) {
	switch {
	case len(args) == 0:
		s.Fail("set server <b>/<s> agent-addr requires an address and optionally a port.")
	case !srv.AgentChecked():
		s.Fail(noAgent)
	default:
		s.retarget(&srv.State.Agent, args, lookUp)
	}
}

func serverAgentPort(s *Session, srv *proxy.Server, args []string) {
	switch {
	case len(args) == 0:
		s.Fail("set server <b>/<s> agent-port requires a port.")
	case !srv.AgentChecked():
		s.Fail(noAgent)
	default:
		s.changeTarget(&srv.State.Agent, func(t *proxy.CheckTarget) error { return checkPort(t, args[0]) })
	}
}

// serverAgentSend changes the text that the agent is sent, to nothing without one.
func serverAgentSend(s *Session, srv *proxy.Server, args []string) {
	if !srv.AgentChecked() {
		s.Fail(noAgent + ".")
		return
	}
	s.changeTarget(&srv.State.Agent, func(t *proxy.CheckTarget) error {
		t.Send, t.Sends = first(args), true
		return nil
	})
}

// serverCheckAddr changes where health checks go.
func serverCheckAddr(s *Session, srv *proxy.Server, args []string) {
	switch {
	case len(args) == 0:
		s.Fail("set server <b>/<s> check-addr requires an address and optionally a port.")
	case !srv.HealthChecked():
		s.Fail(noCheck)
	default:
		s.retarget(&srv.State.Check, args, netip.ParseAddr)
	}
}

func serverCheckPort(s *Session, srv *proxy.Server, args []string) {
	switch {
	case len(args) == 0:
		s.Fail("set server <b>/<s> check-port requires a port.")
	case !srv.HealthChecked():
		s.Fail(noCheck)
	default:
		s.changeTarget(&srv.State.Check, func(t *proxy.CheckTarget) error { return checkPort(t, args[0]) })
	}
}

// lookUp returns the address that a text is, or that the system knows for the name.
func lookUp(host string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a, nil
	}
	const patience = 5 * time.Second
	wait, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	list, err := net.DefaultResolver.LookupNetIP(wait, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	return list[0], nil
}

// retarget reads an address and perhaps a port.
func (s *Session) retarget(st *proxy.CheckState, args []string, find func(string) (netip.Addr, error)) {
	s.changeTarget(st, func(t *proxy.CheckTarget) error {
		ip, err := find(args[0])
		if err != nil {
			return errInvalidAddr(args[0])
		}
		t.Addr = &proxy.Addr{Family: proxy.FamIPv4, IP: ip.Unmap(), Text: args[0]}
		if t.Addr.IP.Is6() {
			t.Addr.Family = proxy.FamIPv6
		}
		if len(args) > 1 && args[1] == "port" {
			return checkPort(t, first(args[2:]))
		}
		return nil
	})
}

// changeTarget changes a copy of where a check goes, and puts it in force unless there was an error.
func (s *Session) changeTarget(st *proxy.CheckState, change func(*proxy.CheckTarget) error) {
	var t proxy.CheckTarget
	if old := st.Target.Load(); old != nil {
		t = *old
	}
	if err := change(&t); err != nil {
		s.Fail(err.Error())
		return
	}
	st.Target.Store(&t)
}

type errInvalidAddr string

func (e errInvalidAddr) Error() string { return "invalid addr '" + printable(string(e)) + "'" }

type errPort string

func (e errPort) Error() string { return string(e) }

func checkPort(t *proxy.CheckTarget, text string) error {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return errPort("provided port is not an integer")
	case n < 0 || n > 65535:
		return errPort("provided port is invalid")
	}
	t.Port = n
	return nil
}
