package stream

import (
	"fmt"
	"net"
	"net/netip"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// Tracer decides what is recorded. Its methods run on the loops.
type Tracer interface {
	// Session returns what records the rules that run before there is a stream; nil for nothing.
	Session(x *proxy.Session) proxy.Trace
	// Stream returns what records a stream that begins now; nil for nothing. Its Head may still refuse.
	Stream(s *proxy.Stream) proxy.Trace
}

// SetTracer makes t decide about all streams that begin from now on; nil turns tracing off.
func (e *Engine) SetTracer(t Tracer) {
	if t == nil {
		e.tracer.Store(nil)
		return
	}
	e.tracer.Store(&t)
}

// Traced reports whether a tracer is set.
func (e *Engine) Traced() bool { return e.tracer.Load() != nil }

// traced asks the tracer about a stream that begins.
func (w *worker) traced() {
	if t := w.home.eng.tracer.Load(); t != nil {
		w.s.Trace = (*t).Stream(w.s)
	}
}

// traceHead tells the record that what it may be chosen by is known now.
func (w *worker) traceHead() {
	if s := w.s; s.Trace != nil && !s.Trace.Head(s) {
		s.Trace = nil
	}
}

// section begins a rule set in the record.
func section(s *proxy.Stream, set string, p *proxy.Proxy) {
	if s.Trace != nil {
		s.Trace.Section(set, p)
	}
}

// traceRetry records that a failed attempt is followed by another.
func (w *worker) traceRetry(elsewhere bool) {
	s := w.s
	if s.Trace == nil {
		return
	}
	where := "the same server"
	if elsewhere {
		where = "balancing anew"
	}
	name := "<NOSRV>"
	if s.Server != nil {
		name = s.Server.NameNow()
	}
	s.Trace.Note("retry", fmt.Sprintf("server %s: %s; %s, %d left", name, w.fault, where, s.LB.Tries))
}

// String says what went wrong, for traces.
func (f fault) String() string {
	switch f.kind {
	case proxy.RetryConnFailure:
		return "no connection could be made"
	case proxy.RetryEmptyResponse:
		return "it closed the connection without a response"
	case proxy.RetryJunkResponse:
		return "its response was not valid"
	case proxy.RetryResponseTimeout:
		return "it did not respond in time"
	}
	return fmt.Sprintf("it responded with %d", f.status)
}

// Dialer makes connections to servers in place of the system.
type Dialer interface {
	// Dial returns a connection on which nothing was sent yet.
	Dial(s *proxy.Stream, srv *proxy.Server) (net.Conn, error)
}

// dialBy has a connection made by the engine's own dialer.
func (w *worker) dialBy(d Dialer, srv *proxy.Server) bool {
	nc, err := d.Dial(w.s, srv)
	if err != nil {
		w.connectFailed(srv, err)
		return false
	}
	c := &proxy.IdleConn{Server: srv, Addr: srv.State.Addr.Load(), Gone: w.home, Key: w.connKey(srv), Uses: 1}
	if err := w.home.loop.OpenNet(&c.Conn, nc); err != nil {
		nc.Close()
		w.fault = fault{503, proxy.CauseResource, proxy.PhaseConnect, 0}
		return false
	}
	w.back = c
	srv.State.Used.Add(1)
	if srv.SendProxy == proxy.SendProxyNone {
		return true
	}
	b, ok := w.proxyHeader(srv)
	if !ok {
		w.dropBack()
		return false
	}
	if w.s.Trace != nil {
		w.s.Trace.Note("proxy-header", string(b))
	}
	_, err = c.Conn.Write(w.task, b, 0)
	return err == nil
}

// Offer takes a client that comes from no socket: its addresses are given, and it counts as one whose handshakes are
// over. It runs on the home's loop.
func (h *Home) Offer(b *proxy.Bind, nc net.Conn, src, dst netip.AddrPort) {
	x := h.newSession(b, src)
	x.Dst = dst
	x.Flags |= proxy.SessDstKnown | proxy.SessHandshaken
	x.Flags &^= proxy.SessCounted // it took no slot of a limit
	h.take(x, loop.Socket{FD: -1, Net: nc})
}
