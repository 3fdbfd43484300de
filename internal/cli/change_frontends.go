package cli

import (
	"strconv"
)

// frontendChanges are the commands that change frontends and the limits of the process.
func frontendChanges() []Command {
	return []Command{
		{Name: "disable frontend", Args: "<frontend>", Doc: "Makes a frontend refuse connections for a while.", Access: Admin, Run: disableFrontend},
		{Name: "enable frontend", Args: "<frontend>", Doc: "Makes a disabled frontend accept connections again.", Access: Admin, Run: enableFrontend},
		{Name: "set maxconn frontend", Args: "<frontend> <value>", Doc: "Changes how many connections a frontend takes.", Access: Admin, Run: setMaxConnFrontend},
		{Name: "set maxconn global", Args: "<value>", Doc: "Changes how many connections the process takes.", Access: Admin, Run: setMaxConnGlobal},
		{Name: "set rate-limit", Args: "<setting> <value>", Doc: "Changes a limit of connections or sessions per second.", Access: Admin, Run: setRateLimit},
		{Name: "shutdown frontend", Args: "<frontend>", Doc: "Stops a frontend for good.", Access: Admin, Run: shutdownFrontend},
	}
}

func disableFrontend(s *Session, args []string) {
	p := s.frontend(args)
	switch {
	case p == nil:
	case p.State.Stopped.Load():
		s.say(sevNotice, "Frontend was previously shut down, cannot disable.")
	case p.State.Paused.Load():
		s.say(sevNotice, "All sockets are already disabled.")
	default:
		if err := s.srv.Listeners.Pause(p); err != nil {
			s.Fail("Failed to pause frontend: " + err.Error() + ".")
		}
	}
}

func enableFrontend(s *Session, args []string) {
	p := s.frontend(args)
	switch {
	case p == nil:
	case p.State.Stopped.Load():
		s.say(sevNotice, "Frontend was previously shut down, cannot enable.")
	case !p.State.Paused.Load():
		s.say(sevNotice, "All sockets are already enabled.")
	default:
		if err := s.srv.Listeners.Resume(p); err != nil {
			s.Fail("Failed to resume frontend: " + err.Error() + ".")
		}
	}
}

func shutdownFrontend(s *Session, args []string) {
	p := s.frontend(args)
	switch {
	case p == nil:
	case p.State.Stopped.Swap(true):
		s.say(sevNotice, "Frontend was already shut down.")
	default:
		s.srv.Listeners.Shut(p)
	}
}

// setMaxConnFrontend takes 0 for a frontend that takes nothing more.
func setMaxConnFrontend(s *Session, args []string) {
	p := s.frontend(args)
	if p == nil {
		return
	}
	n, err := strconv.ParseInt(first(args[1:]), 10, 32)
	switch {
	case err != nil:
		s.Fail("Integer value expected.")
	case n < 0:
		s.Fail("Value out of range.")
	default:
		if n == 0 {
			n = -1
		}
		p.State.MaxConn.Store(int32(n))
		s.srv.Listeners.Recheck()
	}
}

// setMaxConnGlobal takes 0 for the value of the start.
func setMaxConnGlobal(s *Session, args []string) {
	n, err := strconv.ParseInt(first(args), 10, 32)
	most := int64(s.srv.Proc.HardMaxConn)
	switch {
	case err != nil:
		s.Fail("Expects an integer value.")
	case n < 0 || n > most:
		s.Fail("Value out of range.")
	default:
		if n == 0 {
			if n = int64(s.srv.snapshot().Global.MaxConn); n == 0 {
				n = most
			}
		}
		s.srv.Proc.MaxConn.Store(int32(n))
		s.srv.Listeners.Recheck()
	}
}

func setRateLimit(s *Session, args []string) {
	limit := &s.srv.Proc.MaxConnRate
	switch first(args) {
	case "connections":
	case "sessions":
		limit = &s.srv.Proc.MaxSessRate
	case "ssl-sessions":
		limit = &s.srv.Proc.MaxSSLRate
	default:
		limit = nil
	}
	if limit == nil || len(args) < 2 || args[1] != "global" {
		s.Fail("'set rate-limit' only supports :\n" +
			"   - 'connections global' to set the per-process maximum connection rate\n" +
			"   - 'sessions global' to set the per-process maximum session rate\n" +
			"   - 'ssl-sessions global' to set the per-process maximum SSL session rate\n")
		return
	}
	n, err := strconv.ParseInt(first(args[2:]), 10, 32)
	switch {
	case err != nil:
		s.Fail("Expects an integer value.")
	case n < 0:
		s.Fail("Value out of range.")
	default:
		limit.Store(int32(n))
		s.srv.Listeners.Recheck()
	}
}
