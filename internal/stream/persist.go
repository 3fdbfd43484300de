package stream

import (
	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// persist chooses a server before balancing: use-server rules.
func (w *worker) persist() outcome {
	w.persistRules()
	if w.useServer() {
		return next
	}
	w.preferLast()
	return next
}

// persistRules finds the first force-persist or ignore-persist rule that holds.
func (w *worker) persistRules() {
	s := w.s
	if s.Trace != nil && len(s.Back.Rules.Persist) > 0 {
		s.Trace.Section("persistence", s.Back)
	}
	for _, r := range s.Back.Rules.Persist {
		held := r.Cond == nil || r.Cond.Match(s)
		if s.Trace != nil {
			s.Trace.Choice(r.Pos, r.Text, held, "")
		}
		if !held {
			continue
		}
		s.Hit(r.ID)
		if r.Ignore {
			s.LB.Persist |= proxy.PersistIgnore
		} else {
			s.LB.Persist |= proxy.PersistForce
		}
		return
	}
}

// useServer finds the first use-server rule that holds and whose server can be used; false when there is none.
func (w *worker) useServer() bool {
	s := w.s
	if s.Trace != nil && len(s.Back.Rules.UseServer) > 0 {
		s.Trace.Section("use-server", s.Back)
	}
	for _, r := range s.Back.Rules.UseServer {
		if r.Cond != nil && !r.Cond.Match(s) {
			if s.Trace != nil {
				s.Trace.Choice(r.Pos, r.Text, false, "")
			}
			continue
		}
		srv, name := w.serverOf(r)
		ok := srv != nil && (srv.State.Up() || s.LB.Persist&proxy.PersistForce != 0 || s.Back.Options.Has(proxy.OptPersist))
		if s.Trace != nil {
			s.Trace.Choice(r.Pos, r.Text, true, name)
			if srv == nil {
				s.Trace.Note("use-server", "no server is called '"+name+"'")
			} else if !ok {
				s.Trace.Note("use-server", "server "+srv.Name+" is not up: the rule is passed over")
			}
		}
		if ok {
			s.Hit(r.ID)
			s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
			w.tracePersist(srv, "use-server")
			return true
		}
	}
	return false
}

// serverOf returns the server that a rule names, nil when a name made for this stream is that of none. The name is for
// traces and only made for them.
func (w *worker) serverOf(r *proxy.UseServerRule) (srv *proxy.Server, name string) {
	if r.Server != nil || r.Format == nil {
		return r.Server, r.Name
	}
	s := w.s
	line := s.Render(r.Format)
	if s.Trace != nil {
		name = string(line)
	}
	return s.Back.ByName[string(line)], name
}

// tracePersist records that a server was chosen by something else than balancing.
func (w *worker) tracePersist(srv *proxy.Server, why string) {
	if w.s.Trace != nil {
		w.s.Trace.Balance("", srv, why)
	}
}

// preferLast stays on the server of an earlier request of the session when a connection to it is this session's own,
// where that is wanted.
func (w *worker) preferLast() {
	x, s := w.sess, w.s
	if x.Extra == nil {
		return
	}
	for i := len(x.Extra.Private) - 1; i >= 0; i-- {
		if last := x.Extra.Private[i].Server; balance.Prefers(s, last) {
			s.Server, s.LB.Assigned = last, true
			w.tracePersist(last, "the session has a connection of its own to it")
			return
		}
	}
}
