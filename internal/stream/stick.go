package stream

import (
	"sluice/internal/proxy"
	"sluice/internal/sticktable"
)

// remembered is a key for which the server is to be stored once it has answered.
type remembered struct {
	table *sticktable.Table
	key   []byte
}

// maxRemembered bounds them; what is above is not stored.
const maxRemembered = 8

// stickRequest runs the stick rules that look at the request (configuration.txt 4.2, stick on): the first key with a server
// that can be used decides, unless something else has.
func (w *worker) stickRequest() {
	s := w.s
	w.stores = w.stores[:0]
	rules := s.Back.Rules.Stick
	if len(rules) == 0 {
		return
	}
	if s.Trace != nil {
		s.Trace.Section("stick", s.Back)
	}
	for _, r := range rules {
		if r.Response {
			continue
		}
		key, ok := w.stickKey(r)
		if !ok {
			continue
		}
		if r.Match && !s.LB.Assigned && s.LB.Persist&proxy.PersistIgnore == 0 {
			w.stickMatch(r, key)
		}
		if r.Request {
			w.remember(r, key)
		}
	}
}

// stickResponse runs the stick rules that look at the response, and stores the server for all keys.
func (w *worker) stickResponse() {
	s := w.s
	if s.Back == nil || len(s.Back.Rules.Stick) == 0 || s.Server == nil {
		return
	}
	for _, r := range s.Back.Rules.Stick {
		if r.Response {
			if key, ok := w.stickKey(r); ok {
				w.remember(r, key)
			}
		}
	}
	if !s.Server.NonStick {
		now := w.home.loop.Now()
		for _, m := range w.stores {
			m.table.Remember(m.key, uint64(s.Server.ID), m.table.Word(serverKey(m.table, s.Server)), now)
		}
	}
	w.stores = w.stores[:0]
}

// stickKey is the key of a rule that holds.
func (w *worker) stickKey(r *proxy.StickRule) (key []byte, ok bool) {
	s := w.s
	held := r.Cond == nil || r.Cond.Match(s)
	if s.Trace != nil {
		s.Trace.Choice(r.Pos, r.Text, held, "")
	}
	if !held {
		return nil, false
	}
	s.Hit(r.ID)
	v := s.Borrow()
	defer s.Return()
	if !r.Expr.Eval(s, v) {
		return nil, false
	}
	var small [16]byte
	if key, ok = r.Table.Key(&small, v, &s.Arena); !ok {
		return nil, false
	}
	return s.Arena.Copy(key), true
}

// remember notes a key once.
func (w *worker) remember(r *proxy.StickRule, key []byte) {
	for _, m := range w.stores {
		if m.table == r.Table && string(m.key) == string(key) {
			return
		}
	}
	if len(w.stores) < maxRemembered {
		w.stores = append(w.stores, remembered{r.Table, key})
	}
}

// stickMatch takes the server that is stored for a key, if it can be used.
func (w *worker) stickMatch(r *proxy.StickRule, key []byte) {
	s := w.s
	id, word, ok := r.Table.Recall(key, w.home.loop.Now())
	if !ok {
		return
	}
	srv := storedServer(s.Back, r.Table, id, word)
	if srv == nil {
		return
	}
	if srv.State.Up() || s.LB.Persist&proxy.PersistForce != 0 || s.Back.Options.Has(proxy.OptPersist) {
		s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
		w.tracePersist(srv, "the stick table '"+r.Table.Name+"' remembers it")
	}
}

// storedServer finds a server by its name or address, or else by its number.
func storedServer(b *proxy.Proxy, t *sticktable.Table, id, word uint64) *proxy.Server {
	if text := t.Text(word); text != "" {
		if !t.ByAddr {
			if srv := b.Named(text); srv != nil {
				return srv
			}
		}
		for _, srv := range b.All() {
			if serverKey(t, srv) == text {
				return srv
			}
		}
	}
	if id == 0 {
		return nil
	}
	for _, srv := range b.All() {
		if uint64(srv.ID) == id {
			return srv
		}
	}
	return nil
}

// serverKey is how a table names a server (configuration.txt 11.1, srvkey).
func serverKey(t *sticktable.Table, srv *proxy.Server) string {
	if !t.ByAddr {
		return srv.NameNow()
	}
	if a := srv.State.Addr.Load(); !a.IsUnix() {
		return a.AddrPort().String()
	}
	return srv.NameNow()
}
