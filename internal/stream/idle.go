package stream

import (
	"slices"

	"sluice/internal/proxy"
)

// reuse takes an idle connection to srv that this request may use, nil when there is none (http-reuse,
// configuration.txt 4.2): a private one of this session first, then one of the loop's. The first request of a session
// must not fail because the server closed an idle connection, unless the policy takes that risk.
func (w *worker) reuse(srv *proxy.Server) *proxy.IdleConn {
	x := w.sess
	key := w.connKey(srv)
	if x.Extra != nil {
		for i := len(x.Extra.Private) - 1; i >= 0; i-- {
			if c := x.Extra.Private[i]; c.Server == srv && c.Key == key {
				x.disown(c)
				if c = w.home.claimed(c); c != nil {
					return c
				}
			}
		}
	}
	if x.Flags&proxy.SessPrivate != 0 {
		return nil
	}
	policy := w.s.Back.HTTPReuse
	if policy == proxy.ReuseNever {
		return nil
	}
	wantSafe := false
	if w.first && !w.l7Retry(proxy.RetryEmptyResponse) {
		switch policy {
		case proxy.ReuseSafe:
			return nil
		case proxy.ReuseAggressive:
			wantSafe = true
		}
	}
	c := w.home.pooled(srv, key, wantSafe)
	if c != nil {
		w.c(srv).ConnReuse++
		w.b().ConnReuse++
	}
	return c
}

// pooled takes an idle connection out of the loop's pool, else out of another's.
func (h *Home) pooled(srv *proxy.Server, key uint64, wantSafe bool) *proxy.IdleConn {
	pool := &srv.State.Loops[h.id].Pool
	for c := pool.Take(key, wantSafe); c != nil; c = pool.Take(key, wantSafe) {
		if c = h.claimed(c); c != nil {
			return c
		}
	}
	return h.takeOver(srv, key, wantSafe)
}

// l7Retry reports whether the backend retries requests after that failure.
func (w *worker) l7Retry(kind proxy.RetryOn) bool { return w.s.Back.RetryOn&kind != 0 }

// claimed takes a connection out of its idle state; nil when the server closed it or sent something meanwhile.
func (h *Home) claimed(c *proxy.IdleConn) *proxy.IdleConn {
	st := c.Server.State
	countIdle(c, -1)
	c.Owner = nil
	c.Conn.SetIdle(nil)
	if c.Conn.Readable() || c.Conn.PeerClosed() || c.Addr != st.Addr.Load() {
		c.Close()
		return nil
	}
	proxy.Raise(&st.MaxUsed, st.Used.Add(1))
	return c
}

// endBack lets go of the server connection: kept idle when it may carry another request, else closed; and of the
// server's slot.
func (w *worker) endBack(keep bool) {
	c := w.back
	w.back = nil
	if c != nil {
		srv := c.Server
		srv.State.Used.Add(-1)
		switch {
		case keep && w.mayKeep(c):
			w.home.keep(c, w)
		case w.forgets(c):
			c.Rest(w.home.resting)
		default:
			c.Close()
		}
	}
	w.freeSlot()
}

// forgets reports whether the system may forget c at once: all was said on it, or the client does not want the rest. Where
// the server has closed it already, what was sent may still be on its way, unless it was one write that the answer followed.
func (w *worker) forgets(c *proxy.IdleConn) bool {
	over := w.up.finished() && w.down.complete || w.s.Mode == proxy.ModeHTTP && w.s.Term.Cause == proxy.CauseClient
	return over && c.Conn.Plain() && (!c.Conn.PeerClosed() || c.Delays && !c.Conn.Failed())
}

// mayKeep reports whether c may stay open without a stream.
func (w *worker) mayKeep(c *proxy.IdleConn) bool {
	srv := c.Server
	if w.sin.len() > 0 || c.Conn.PeerClosed() || c.Conn.Readable() || w.home.eng.Proc.Stopping.Load() || !srv.State.Up() ||
		c.Addr != srv.State.Addr.Load() {
		return false
	}
	if srv.MaxReuse >= 0 && c.Uses > srv.MaxReuse {
		return false
	}
	if w.private() {
		return w.keepFront
	}
	return w.s.Back.HTTPReuse != proxy.ReuseNever && room(srv) && !w.home.crowded(w.home.snap.Global.Tune.PoolLowFDRatio)
}

// room reports whether one more idle connection is worth keeping: no more are than were in use at once lately, beyond
// the few that pool-low-conn always allows, and pool-max-conn is not reached.
func room(srv *proxy.Server) bool {
	st := srv.State
	idle, used := st.Idle.Load(), st.Used.Load()
	if srv.PoolMaxConn >= 0 && int(idle) >= srv.PoolMaxConn {
		return false
	}
	return idle+used < max(used, st.MaxUsed.Load())+int32(srv.PoolLowConn)
}

// private reports whether the connection may only serve this session: http-reuse never, or an authentication that
// belongs to the connection. What else is a client's own (its address, a PROXY header) is part of the connection's key.
func (w *worker) private() bool {
	return w.sess.Flags&proxy.SessPrivate != 0 || w.s.Back.HTTPReuse == proxy.ReuseNever
}

// keep parks c.
func (h *Home) keep(c *proxy.IdleConn, w *worker) {
	c.Since = h.loop.Now()
	c.Safe = c.Uses > 1
	undelay(c)
	c.Conn.SetIdle(c)
	if w.private() {
		h.keepPrivate(w.sess, c)
		countIdle(c, 1)
		return
	}
	countIdle(c, 1)
	h.purge.schedule(h, c.Server)
	c.Server.State.Loops[h.id].Pool.Put(c) // other loops may have it from here on
}

// ConnGone implements proxy.ConnGone: the server closed an idle connection, or spoke out of turn.
func (h *Home) ConnGone(c *proxy.IdleConn) {
	if c.Owner != nil {
		disown(c.Owner, c)
	} else if !c.Server.State.Loops[h.id].Pool.Remove(c) {
		return // another loop has it
	}
	h.closeIdle(c)
}

// maxPrivate is how many private connections a session keeps idle; the oldest one goes first.
const maxPrivate = 5

// keepPrivate parks a connection that only x may use.
func (h *Home) keepPrivate(x *session, c *proxy.IdleConn) {
	c.Owner = &x.Session
	e := x.More()
	e.Private = append(e.Private, c)
	if len(e.Private) > maxPrivate {
		old := e.Private[0]
		x.disown(old)
		h.closeIdle(old)
	}
}

// disown takes a private connection off its session.
func (x *session) disown(c *proxy.IdleConn) { disown(&x.Session, c) }

func disown(s *proxy.Session, c *proxy.IdleConn) {
	s.Extra.Private = slices.DeleteFunc(s.Extra.Private, func(o *proxy.IdleConn) bool { return o == c })
}

// closeIdle closes a connection that is idle and no longer in a pool.
func (h *Home) closeIdle(c *proxy.IdleConn) {
	countIdle(c, -1)
	c.Close()
}

// countIdle counts an idle connection in or out, also among those of its kind.
func countIdle(c *proxy.IdleConn, n int32) {
	st := c.Server.State
	st.Idle.Add(n)
	switch {
	case c.Owner != nil:
		st.IdlePrivate.Add(n)
	case c.Safe:
		st.IdleSafe.Add(n)
	}
}
