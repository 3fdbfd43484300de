package check

import (
	"strconv"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// Kind tells a server's two checks apart.
type Kind uint8

// The kinds.
const (
	Health Kind = iota
	Agent
)

// state returns the running state of one of the checks, and how many successes and failures change it.
func (k Kind) state(srv *proxy.Server) (st *proxy.CheckState, rise, fall int32) {
	if k == Agent {
		return &srv.State.Agent, 1, 1
	}
	return &srv.State.Check, int32(srv.Check.Rise), int32(srv.Check.Fall)
}

// Conclude takes what a check found: it counts, logs, and changes the state of the server where enough results in a row
// say so (configuration.txt 5.2, rise and fall).
func Conclude(srv *proxy.Server, kind Kind, found *proxy.CheckStatus, now balance.Moment) {
	st, rise, fall := kind.state(srv)
	last := st.Last.Swap(found)
	health := st.Health.Load()
	changed := last == nil || last.Outcome != found.Outcome
	switch found.Outcome.Finding() {
	case proxy.FoundBad:
		if health >= rise {
			st.Fails.Add(1)
			changed = true
			if health--; health < rise {
				health = 0
			}
		} else {
			health = 0
		}
	case proxy.FoundGood, proxy.FoundStopping:
		if health < rise+fall-1 {
			changed = true
			if health++; health >= rise {
				health = rise + fall - 1
			}
		}
	default:
		return
	}
	st.Health.Store(health)
	if changed && srv.Proxy.Options.Has(proxy.OptLogHealthChecks) {
		logCheck(srv, kind, found, now)
	}
	Decide(srv, kind, found, now)
}

// Decide gives the server the state that its checks ask for, after one of them has found something. A server is up
// while neither of them says no.
func Decide(srv *proxy.Server, kind Kind, found *proxy.CheckStatus, now balance.Moment) {
	why := balance.Why{Check: found}
	st, rise, _ := kind.state(srv)
	oper := proxy.Oper(srv.State.Oper.Load())
	if found.Outcome.Finding() == proxy.FoundBad {
		if st.Health.Load() < rise && oper != proxy.OperStopped {
			balance.Judge(srv, proxy.OperStopped, why, now)
		}
		return
	}
	if !healthy(srv) {
		return
	}
	switch {
	case found.Outcome.Finding() == proxy.FoundStopping:
		if oper != proxy.OperStopping && oper != proxy.OperStopped { // what is down stays so until it answers as it should
			balance.Judge(srv, proxy.OperStopping, why, now)
		}
	case oper == proxy.OperStopped, oper == proxy.OperStopping && kind == Health:
		balance.Judge(srv, proxy.OperRunning, why, now)
	}
}

// healthy reports whether no check that is in force holds the server down.
func healthy(srv *proxy.Server) bool {
	c, st := &srv.Check, srv.State
	if c.Enabled && !st.Check.Off.Load() && st.Check.Health.Load() < int32(c.Rise) {
		return false
	}
	return !c.Agent.Enabled || st.Agent.Off.Load() || st.Agent.Health.Load() > 0
}

// logCheck writes the line of option log-health-checks (configuration.txt 4.2).
func logCheck(srv *proxy.Server, kind Kind, found *proxy.CheckStatus, now balance.Moment) {
	st, rise, fall := kind.state(srv)
	var b []byte
	if kind == Agent {
		b = append(b, "Agent check for "...)
	} else {
		b = append(b, "Health check for "...)
	}
	if srv.Backup {
		b = append(b, "backup "...)
	}
	b = append(append(append(append(append(b, "server "...), srv.Proxy.Name...), '/'), srv.NameNow()...), ' ')
	switch found.Outcome.Finding() {
	case proxy.FoundStopping:
		b = append(b, "conditionally succeeded"...)
	case proxy.FoundGood:
		b = append(b, "succeeded"...)
	default:
		b = append(b, "failed"...)
	}
	b = append(balance.AppendResult(b, found), ", status: "...)
	health, of, word := st.Health.Load(), rise, "DOWN"
	if health >= rise {
		health, of, word = health-rise+1, fall, "UP"
		if srv.State.UserWeight.Load() == 0 {
			word = "DRAIN"
		}
	}
	b = append(strconv.AppendInt(b, int64(health), 10), '/')
	b = append(append(strconv.AppendInt(b, int64(of), 10), ' '), word...)
	balance.Tell(srv.Proxy, proxy.LogNotice, now, append(b, '.'))
}
