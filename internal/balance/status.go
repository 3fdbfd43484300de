package balance

import (
	"strconv"

	"sluice/internal/proxy"
)

// Status returns the state of a server as `show stat` prints it (management.txt 9.1, status). The numbers behind it tell
// how far checks have come in changing it. From any goroutine.
func Status(srv *proxy.Server) string {
	st := srv.State
	admin := proxy.Admin(st.Admin.Load())
	switch {
	case admin&proxy.AdminMaint == 0:
	case admin&(proxy.AdminForcedMaint|proxy.AdminConfigMaint) == 0 && admin&proxy.AdminInheritMaint != 0:
		return "MAINT (via " + srv.Track + ")"
	case admin&proxy.AdminMaint == proxy.AdminRMaint:
		return "MAINT (resolution)"
	default:
		return "MAINT"
	}
	drain := admin&proxy.AdminDrain != 0
	if proxy.Oper(st.Oper.Load()) == proxy.OperStopped && srv.AgentChecked() && st.Agent.Health.Load() == 0 {
		return "DOWN (agent)"
	}
	if !srv.Checked().HealthChecked() {
		switch oper := proxy.Oper(st.Oper.Load()); { // as an operator said: set server health
		case oper == proxy.OperStopped:
			return "DOWN"
		case drain:
			return "DRAIN"
		case oper == proxy.OperStopping:
			return "NOLB"
		}
		return "no check"
	}
	of := srv.Checked()
	health, rise, fall := int(of.State.Check.Health.Load()), of.Check.Rise, of.Check.Fall
	word := "UP"
	switch proxy.Oper(st.Oper.Load()) {
	case proxy.OperStopped:
		if health == 0 {
			return "DOWN"
		}
		return "DOWN " + strconv.Itoa(health) + "/" + strconv.Itoa(rise)
	case proxy.OperStopping:
		word = "NOLB"
	}
	if drain {
		word = "DRAIN"
	}
	if health < rise+fall-1 {
		word += " " + strconv.Itoa(health-rise+1) + "/" + strconv.Itoa(fall)
	}
	return word
}

// BackendStatus returns "UP" while a backend has a usable server or none at all, else "DOWN".
func BackendStatus(p *proxy.Proxy) string {
	if len(p.All()) > 0 && len(farmOf(p).servers) == 0 {
		return "DOWN"
	}
	return "UP"
}
