package spoe

import (
	"sluice/internal/proxy"
	"sluice/internal/value"
	"sluice/internal/wire/spop"
)

// obey does what an agent asks for (SPOE.txt 3.4). What follows a broken or unknown action is dropped without a word, as
// by HAProxy.
func (a *Agent) obey(s *proxy.Stream, list []byte) {
	var act spop.Action
	for len(list) > 0 {
		var ok bool
		if list, ok = act.Parse(list); !ok {
			return
		}
		ref, known := a.variable(&act)
		switch {
		case !known:
		case act.Kind == spop.UnsetVar || act.Value.Type == value.Any:
			s.UnsetVar(ref)
		default:
			v := s.Borrow()
			*v = act.Value
			s.SetVar(ref, v)
			s.Return()
		}
	}
}

// variable finds the variable that an action is about. Without `option force-set-var` it must be known already: named in
// the configuration, the engine's options and register-var-names included (SPOE.txt 2.2).
func (a *Agent) variable(act *spop.Action) (ref proxy.VarRef, known bool) {
	ref.Scope = proxy.Scope(act.Scope) // the numbers are the same
	if ref.ID, known = a.Names[string(act.Name)]; !known {
		if !a.ForceSetVar || act.Kind == spop.UnsetVar || !proper(act.Name) || a.forced.Load() >= maxForced {
			return ref, false
		}
		full := a.Prefix + "." + string(act.Name)
		if ref.ID, known = a.All.Lookup(full); !known {
			a.forced.Add(1)
			ref.ID = a.All.Intern(full)
		}
	}
	return ref, true
}

// proper reports whether a name may be that of a variable.
func proper(name []byte) bool {
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.') {
			return false
		}
	}
	return len(name) > 0
}

// setTimes sets the variables of `option set-process-time` and `set-total-time`, in milliseconds.
func (a *Agent) setTimes(s *proxy.Stream, took, total int64) {
	setInt(s, a.ProcessTime, took/1e6)
	setInt(s, a.TotalTime, total/1e6)
}

// setError sets the variable of `option set-on-error`.
func (a *Agent) setError(s *proxy.Stream, status proxy.OffloadStatus) {
	setInt(s, a.OnError, int64(status))
}

func setInt(s *proxy.Stream, ref *proxy.VarRef, n int64) {
	if ref == nil {
		return
	}
	v := s.Borrow()
	v.SetInt(n)
	s.SetVar(*ref, v)
	s.Return()
}

// Learn notes the variables whose names begin with the agent's prefix: what the configuration names, it may set.
func (a *Agent) Learn(all *proxy.Names) {
	a.All, a.Names = all, all.Below(a.Prefix+".")
}
