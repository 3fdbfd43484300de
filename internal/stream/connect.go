package stream

import (
	"sluice/internal/balance"
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// fault is why an attempt got no response, and what the client is told if it was the last.
type fault struct {
	status int
	cause  proxy.Cause
	phase  proxy.Phase
	kind   proxy.RetryOn
}

// connect chooses a server, waits for a slot on it and has a connection to it in w.back. done means that the stream
// was answered or given up.
func (w *worker) connect() outcome {
	s := w.s
	for {
		from := w.home.loop.Now()
		switch balance.Acquire(s, balance.Request{Parker: w, Loop: w.home.id}) {
		case balance.NoServer:
			if s.Trace != nil {
				s.Trace.Note("balance", "no server of backend "+s.Back.Name+" can be used")
			}
			w.b().ErrConn++
			return w.fail(fault{503, proxy.CauseServer, proxy.PhaseConnect, 0})
		case balance.Refused:
			return w.fail(fault{503, proxy.CauseServer, proxy.PhaseQueue, 0})
		case balance.TimedOut:
			s.Times.Queue = w.sinceStart()
			w.b().ErrConn++
			return w.fail(fault{503, proxy.CauseSrvTO, proxy.PhaseQueue, 0})
		case balance.Aborted:
			s.Times.Queue = w.sinceStart()
			s.Term.Set(proxy.CauseClient, proxy.PhaseQueue)
			return w.fail(fault{503, proxy.CauseClient, proxy.PhaseQueue, 0})
		}
		w.slot = true
		now := w.home.loop.Now()
		if s.Times.Queue < 0 { // Tc is that of all attempts on one server (configuration.txt 8.4)
			s.Times.Queue = now - s.Times.Start
		}
		w.queueNs += now - from
		if w.redirected() {
			return done
		}
		if w.open() {
			return next
		}
		w.freeSlot()
		if s.Term.Ended() {
			return w.fail(w.fault)
		}
		if !w.mayRetry() {
			return w.giveUp()
		}
	}
}

// open gets a connection to s.Server: an idle one where http-reuse allows it, else a new one. On failure w.fault tells
// why.
func (w *worker) open() bool {
	srv := w.s.Server
	w.s.Log.BackConn, w.s.Log.BackErr = nil, proxy.ConnOK
	if w.s.LB.Conns == 0 && srv.CountRates {
		srv.State.Sessions.Add(w.home.loop.Wall())
	}
	w.countServed(srv) // each attempt
	if w.s.Mode == proxy.ModeHTTP {
		if c := w.reuse(srv); c != nil {
			w.back, w.reused = c, true
			w.s.Log.Reused = true
			w.s.Log.BackSrc, w.s.Log.BackConn = c.Src, c
			if w.s.Front.LogOwn {
				w.s.BackSrc()
			}
			w.s.Log.BackDst = srv.State.Addr.Load().AddrPort()
			c.Uses++
			return true
		}
	}
	w.reused, w.s.Log.Reused = false, false
	return w.dial(srv)
}

// countServed counts a stream that its server takes.
func (w *worker) countServed(srv *proxy.Server) {
	c := w.c(srv)
	c.SessTotal++
	c.SessRate.Add(w.home.loop.Now(), 1)
	srv.State.LastUse.Store(w.home.loop.Wall() / 1e9)
}

// mayRetry decides what follows a failed attempt: false when it was the last. Otherwise the failure was counted, the
// stream waited where it must, and the next attempt may begin.
func (w *worker) mayRetry() bool {
	s := w.s
	w.dropBack()
	w.freeSlot()
	if !w.retryAllowed() {
		return false
	}
	at := w.home.loop.Now()
	next, pause := balance.AfterFailure(s, w.fault.kind == proxy.RetryConnFailure, w.home.id)
	if next == balance.GiveUp || !w.pause(at+pause) {
		return false
	}
	w.traceRetry(next == balance.Elsewhere)
	if next == balance.Elsewhere {
		s.Times.Queue = -1
	}
	s.Times.Connect, s.Times.Response = -1, -1
	return true
}

// retryAllowed reports whether the configuration lets the last fault be tried again: a connection that could not be
// made always may, what came later only as retry-on says and while the request is still whole.
func (w *worker) retryAllowed() bool {
	s := w.s
	if s.LB.Tries <= 0 {
		return false
	}
	kind := w.fault.kind
	if kind == proxy.RetryConnFailure {
		return s.Back.Mode == proxy.ModeTCP || s.Back.RetryOn&kind != 0
	}
	if kind == 0 || s.Tune.NoL7Retry || w.replied {
		return false
	}
	if w.up.hold < 0 && w.up.moved > 0 && hasBody(&s.Req) {
		return false
	}
	return w.retryable && s.Back.RetryOn&kind != 0
}

// pause waits until the given time before the next attempt; false when the client left meanwhile.
func (w *worker) pause(at int64) bool {
	for w.home.loop.Now() < at {
		if w.Park(at) {
			w.s.Term.Set(proxy.CauseClient, proxy.PhaseConnect)
			w.fault = fault{503, proxy.CauseClient, proxy.PhaseConnect, 0}
			return false
		}
	}
	return true
}

// giveUp answers the client after the last attempt failed.
func (w *worker) giveUp() outcome {
	f := w.fault
	c, b := w.c(w.s.Server), w.b()
	switch {
	case f.phase == proxy.PhaseConnect:
		c.ErrConn++
		b.ErrConn++
	case f.cause != proxy.CauseClient:
		c.ErrResp++
		b.ErrResp++
	}
	return w.fail(f)
}

// fail ends the stream with a fault.
func (w *worker) fail(f fault) outcome {
	w.s.Term.Set(f.cause, f.phase)
	w.dropBack()
	w.freeSlot()
	switch {
	case w.s.Mode != proxy.ModeHTTP:
	case f.cause == proxy.CauseClient && (f.phase == proxy.PhaseConnect || f.phase == proxy.PhaseQueue):
		w.keepFront, w.silent = false, true // nobody is there who could be told, and the log says no status
	default:
		w.replyError(f.status)
	}
	return done
}

// freeSlot gives the server's slot back.
func (w *worker) freeSlot() {
	if w.slot {
		w.slot = false
		balance.Release(w.s)
	}
}

// Now implements balance.Parker.
func (w *worker) Now() int64 { return w.home.loop.Now() }

// Wake implements proxy.Waker: a slot was granted, maybe by another loop.
func (w *worker) Wake() { w.ref.Wake() }

// Park implements balance.Parker: it waits for Wake or the deadline, and reports whether the stream should give up.
func (w *worker) Park(deadline int64) (gone bool) {
	client := &w.sess.Conn
	if w.abortOnClose() {
		if client.PeerClosed() {
			return true
		}
		w.task.Watch(client, loop.Hup)
	}
	if w.task.Wait(deadline) == loop.Cancelled {
		w.s.Term.Set(proxy.CauseKilled, proxy.PhaseQueue)
		return true
	}
	return w.abortOnClose() && client.PeerClosed()
}
