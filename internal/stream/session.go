package stream

import (
	"net/netip"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// session is one client connection on its home. Between requests it is all there is: the loop calls Ready when the
// client sends or closes and Expired at the deadline.
type session struct {
	proxy.Session
	home  *Home
	limit Limiter
	relay *relay  // the TCP relay or tunnel the session has become
	work  *worker // runs for it now, nil while it is idle

	next, prev *session // the sessions of one home
	killed     bool     // by an operator: it ends with its stream
}

// Limiter is told when a session ends, so that a listener that stopped at a limit may go on.
type Limiter interface {
	// Ended runs on the session's loop after its counters were given back.
	Ended(s *proxy.Session)
}

// Accept takes a fresh client connection: the socket is now owned by the session, src is zero for a UNIX
// client, and the frontend's connection slot has been taken by the caller. It runs on the home's loop.
func (h *Home) Accept(b *proxy.Bind, sock loop.Socket, src netip.AddrPort, lim Limiter) {
	x := h.newSession(b, src)
	x.limit = lim
	h.take(x, sock)
}

// newSession returns the session of a client connection that is not open yet.
func (h *Home) newSession(b *proxy.Bind, src netip.AddrPort) *session {
	x := &session{home: h}
	s := &x.Session
	s.Bind, s.Front, s.Snap, s.Src = b, b.Proxy, h.snap, src
	s.Accepted, s.Start = h.loop.Wall(), h.loop.Now()
	s.LookupDst = localAddr
	s.Flags = proxy.SessCounted
	if b.Addr.IsUnix() || !src.IsValid() {
		s.Flags |= proxy.SessUnix
	}
	return x
}

// take opens the client's socket and begins with its rules.
func (h *Home) take(x *session, sock loop.Socket) {
	s := &x.Session
	h.countAccept(s, s.Start)
	if err := h.loop.OpenSocket(&s.Conn, sock); err != nil {
		sock.Close()
		x.close()
		return
	}
	h.link(x)
	if len(s.Front.Rules.TCPConnection) > 0 && !h.connectionRules(x) {
		return
	}
	x.begin()
}

// begin starts what follows once the transport is accepted: a PROXY header to wait for, a TCP stream at once, or an
// HTTP client. Where the client speaks first it stays a struct until it does.
func (x *session) begin() {
	if x.Flags&proxy.SessHandshaken != 0 {
		x.established() // a client that was offered with its addresses
		return
	}
	if x.Bind.AcceptProxy || x.Bind.CIPMagic != 0 || x.Flags&proxy.SessExpect != 0 || x.Bind.TLS != nil {
		x.idle(x.handshakeDeadline())
		return
	}
	x.established()
}

// established runs when all handshakes are over.
func (x *session) established() {
	x.Flags |= proxy.SessHandshaken
	if len(x.Front.Rules.TCPSession) > 0 && !x.home.sessionRules(x) {
		return
	}
	x.home.countSession(&x.Session)
	x.home.accepted(x)
	if x.http() {
		x.idle(x.firstDeadline())
		return
	}
	x.home.spawn(x, runStream)
}

// http reports whether the client speaks HTTP: by its frontend's mode, or since the connection was switched.
func (x *session) http() bool { return x.Front.Mode == proxy.ModeHTTP || x.Flags&proxy.SessHTTP != 0 }

// idle parks the session as a struct until the client acts or the deadline (monotonic ns, 0: none) passes.
func (x *session) idle(deadline int64) {
	if deadline > 0 {
		x.home.loop.Arm(&x.Timer, deadline, x)
	}
	x.Conn.Eager()
	x.Conn.SetIdle(x)
	if x.home.stopFrom > 0 && x.Requests > 0 { // the answer left before the stop began
		x.leave()
	}
}

// Ready implements loop.IdleHandler: the client sent something or closed.
func (x *session) Ready(*loop.Conn) {
	x.home.loop.Suspend(&x.Timer) // it will soon be armed again
	if x.Flags&proxy.SessHandshaken == 0 {
		x.home.spawn(x, runHandshake)
		return
	}
	x.home.spawn(x, runStream)
}

// Expired implements loop.TimerHandler: an idle client's time is up.
func (x *session) Expired(*loop.Loop, *loop.Timer) {
	x.Conn.SetIdle(nil)
	if x.Flags&proxy.SessHandshaken == 0 {
		x.home.spawn(x, runHandshake) // which finds the time to be over
		return
	}
	if x.Requests > 0 && x.leaving() {
		x.close()
		return
	}
	x.home.idleTimeout(x)
}

// firstDeadline returns when a client that has not sent a request yet must be given up: timeout http-request counts
// from accept, timeout client otherwise (configuration.txt 4.2).
func (x *session) firstDeadline() int64 {
	t := &x.Front.Timeout
	return after(x.Start, firstOf(t.HTTPRequest, t.Client))
}

// keepAliveDeadline is the same between requests: http-keep-alive, else http-request, else client.
func (x *session) keepAliveDeadline(now int64) int64 {
	t := &x.Front.Timeout
	return after(now, firstOf(t.HTTPKeepAlive, t.HTTPRequest, t.Client))
}

func firstOf(ds ...int64) int64 {
	for _, d := range ds {
		if d > 0 {
			return d
		}
	}
	return 0
}

// after returns the deadline d nanoseconds after t, 0 (none) when d is 0.
func after(t, d int64) int64 {
	if d <= 0 {
		return 0
	}
	return t + d
}

// close ends the session: the connection is closed and everything it counted is given back.
func (x *session) close() {
	h := x.home
	h.loop.Disarm(&x.Timer)
	x.Conn.Close()
	if x.Extra != nil {
		for _, c := range x.Extra.Private {
			h.closeIdle(c)
		}
		x.Extra.Private = nil
		if x.Extra.TLS != nil && x.Flags&proxy.SessCounted != 0 {
			h.eng.Proc.SSLConns.Add(-1)
		}
	}
	x.DropVars()
	if x.Extra != nil {
		x.Extra.Track.Drop(h.loop.Now())
	}
	h.unlink(x)
	if x.Flags&proxy.SessCounted != 0 {
		x.Flags &^= proxy.SessCounted
		x.Front.State.Front.Leave()
		x.Bind.State.Front.Leave()
		h.eng.Proc.Conns.Add(-1)
		if x.limit != nil {
			x.limit.Ended(&x.Session)
		}
	}
}

// abort ends the session with a reset towards the client.
func (x *session) abort() {
	x.Conn.Reset()
	x.close()
}

// afterHandshake goes on with bytes that came behind a header.
func (x *session) afterHandshake(w *worker) {
	x.Flags |= proxy.SessHandshaken
	if len(x.Front.Rules.TCPSession) > 0 && !x.home.sessionRules(x) {
		return
	}
	x.home.countSession(&x.Session)
	x.home.accepted(x)
	runStream(w)
}
