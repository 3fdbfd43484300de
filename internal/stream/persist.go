package stream

import (
	"bytes"

	"sluice/internal/balance"
	"sluice/internal/proxy"
	"sluice/internal/wire/rdp"
)

// persist chooses a server before balancing: by use-server rules, by the cookie that the client brings, by the connection
// that its session has.
func (w *worker) persist() outcome {
	s := w.s
	if s.Back.Disabled { // reached by force-be-switch only: it has no servers
		return w.fail(fault{503, proxy.CauseServer, proxy.PhaseConnect, 0})
	}
	w.persistRules()
	w.useServer()
	w.clientCookies(s.Back)
	w.stickRequest()
	w.rdpCookie()
	if !s.LB.Assigned {
		w.preferLast()
	}
	return next
}

// rdpCookie takes the server that the cookie of an RDP connection names (configuration.txt 4.2, persist rdp-cookie).
func (w *worker) rdpCookie() {
	s := w.s
	if s.Back.RDPCookie == nil || s.Mode != proxy.ModeTCP || s.LB.Assigned || s.LB.Persist&proxy.PersistIgnore != 0 {
		return
	}
	name, v, err := rdp.Cookie(w.in.unread())
	if err != nil || !bytes.EqualFold(name, s.Back.RDPCookie) {
		return
	}
	at, ok := rdp.Target(v)
	if !ok {
		return
	}
	for _, srv := range s.Back.All() {
		a := srv.State.Addr.Load()
		if a.IsUnix() || a.AddrPort() != at {
			continue
		}
		if srv.State.Up() || s.Back.Options.Has(proxy.OptPersist) || s.LB.Persist&proxy.PersistForce != 0 {
			s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
			w.tracePersist(srv, "the RDP cookie names it")
		}
		return
	}
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

// useServer takes the server of the first use-server rule that holds and whose server can be used.
func (w *worker) useServer() {
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
				s.Trace.Note("use-server", "server "+srv.NameNow()+" is not up: the rule is passed over")
			}
		}
		if ok {
			s.Hit(r.ID)
			s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
			w.tracePersist(srv, "use-server")
			return
		}
	}
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
	return s.Back.Named(string(line)), name
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
