package balance

import (
	"sluice/internal/proxy"
)

// Outcome is how Acquire ended.
type Outcome uint8

// The outcomes.
const (
	// Served: s.Server is chosen and a slot of it is held, until Release.
	Served Outcome = iota
	// NoServer: no server is usable: 503, SC.
	NoServer
	// Refused: the queue of the only server that may serve s is full: 503, SQ.
	Refused
	// TimedOut: s waited for `timeout queue`: 503, sQ.
	TimedOut
	// Aborted: the client left, or the task was cancelled, while s waited: CQ.
	Aborted
)

// Parker is how the task of a stream waits for its turn. Its methods run on the stream's loop.
type Parker interface {
	proxy.Waker
	// Now returns the monotonic time in nanoseconds.
	Now() int64
	// Park waits until Wake, which may have come before, or the deadline, unless it is 0. It reports true when the
	// stream should give up because its client left or its task was cancelled. It may return early.
	Park(deadline int64) (gone bool)
}

// Request says how a stream asks for a slot.
type Request struct {
	Parker Parker
	Loop   int // number of the stream's loop, for counters
}

// Acquire gives s a slot on a server of s.Back and waits for it in a queue where it must (configuration.txt 4.2,
// maxconn, timeout queue). With s.LB.Assigned the server is s.Server (persistence, use-server), else the balancer
// chooses. It is called by the task of s, which waits in it; on Served the caller must call Release.
//
// s.LB.QueuedSrv and QueuedBack tell afterwards how many left the queues before s.
func Acquire(s *proxy.Stream, r Request) Outcome {
	deadline := int64(0)
	for {
		srv, out := choose(s, r)
		if out != Served {
			return out
		}
		if srv != nil && srv.State.Queue.Len() == 0 && srv.Take() {
			hold(s, srv, r.Loop)
			return Served
		}
		if deadline == 0 {
			deadline = queueDeadline(s, r.Parker.Now())
		}
		out, again := wait(s, srv, r, deadline)
		if !again {
			return out
		}
	}
}

// choose returns the server that s is to ask for a slot, nil when it may have any but all are full.
func choose(s *proxy.Stream, r Request) (*proxy.Server, Outcome) {
	if s.LB.Assigned {
		srv := s.Server
		if srv.MaxQueue == 0 || s.LB.Persist&proxy.PersistForce != 0 || srv.State.Queue.Len() < srv.MaxQueue {
			return srv, Served
		}
		if s.Back.Redispatch == 0 {
			return nil, Refused
		}
		countRedispatch(s, srv, r.Loop)
		s.LB.Assigned, s.LB.Direct, s.Server = false, false, nil
	}
	if s.Back.State.Queue.Len() > 0 && s.Back.Balancer.(balancer).sequential() {
		return nil, unserved(s.Back) // nobody overtakes those who wait for any server
	}
	srv := s.Back.Balancer.Pick(s, s.LB.PrevServer)
	if srv == nil {
		return nil, unserved(s.Back)
	}
	elected(s, srv, r.Loop)
	return srv, Served
}

// unserved says why a backend has no server for a stream now: it has none at all, or all are full.
func unserved(p *proxy.Proxy) Outcome {
	if len(farmOf(p).servers) == 0 {
		return NoServer
	}
	return Served
}

// elected counts and traces that the balancer, not persistence, chose srv for s.
func elected(s *proxy.Stream, srv *proxy.Server, loop int) {
	if srv != s.LB.PrevServer {
		srv.State.On(loop).LBTotal++
		s.Back.State.Back.On(loop).LBTotal++
	}
	if s.Trace != nil {
		s.Trace.Balance(s.Back.Balance.Algo.String(), srv, reason(s))
	}
}

// hold notes that s has a slot of srv.
func hold(s *proxy.Stream, srv *proxy.Server, loop int) {
	s.Server = srv
	s.LB.Assigned, s.LB.Slot = true, true
	if !s.LB.Direct && s.LB.PrevServer != srv && s.Term.CookieIn == 'V' {
		s.Term.CookieIn = 'D' // the server that the cookie names did not serve
	}
	arrived(s, loop)
	srv.Proxy.Balancer.Taken(srv)
}

// queueDeadline returns when s has waited long enough.
func queueDeadline(s *proxy.Stream, now int64) int64 {
	limit := s.Tune.Or(s.Tune.TimeoutQueue, s.Back.Timeout.Queue)
	if limit == 0 {
		limit = s.Back.Timeout.Connect
	}
	if limit == 0 {
		return 0
	}
	return now + limit
}

// wait queues s for srv, or for any server when that is nil, until a slot is its own. again is true when it has to
// choose anew.
func wait(s *proxy.Stream, srv *proxy.Server, r Request, deadline int64) (out Outcome, again bool) {
	if s.Trace != nil {
		traceQueue(s, srv)
	}
	p := &s.LB.Pending
	p.Stream, p.Waker = s, r.Parker
	p.Key = proxy.QueueKey(s.LB.Priority, r.Parker.Now(), s.LB.Offset)
	if !enqueue(s, srv) {
		return Refused, false
	}
	gone, late := false, false
	for p.State() == proxy.PendingWaiting && !gone && !late {
		gone = r.Parker.Park(deadline)
		late = deadline != 0 && r.Parker.Now() >= deadline
	}
	was := p.Leave()
	if srv != nil {
		s.LB.QueuedSrv += p.Ahead + 1 // HAProxy counts the stream itself
	} else {
		s.LB.QueuedBack += p.Ahead + 1
	}
	switch was {
	case proxy.PendingGranted:
		hold(s, p.Server, r.Loop)
		if gone {
			Release(s)
			return Aborted, false
		}
		return Served, false
	case proxy.PendingKicked:
		s.LB.Assigned, s.LB.Direct, s.Server = false, false, nil
		if gone {
			return Aborted, false
		}
		return NoServer, true
	}
	if srv != nil {
		srv.Proxy.Balancer.(balancer).moved(srv)
	}
	if gone {
		return Aborted, false
	}
	return TimedOut, false
}

// enqueue puts s in the queue of srv, or of its backend when that is nil, and makes sure that what changed meanwhile, a
// slot that was given back or a server that went down, is not overlooked. It reports false when the queue is full.
func enqueue(s *proxy.Stream, srv *proxy.Server) bool {
	if srv != nil {
		n := srv.State.Queue.Push(&s.LB.Pending, srv.MaxQueue)
		if n == 0 {
			return false
		}
		proxy.Raise(&srv.State.QMax, int32(n))
		srv.Proxy.Balancer.(balancer).moved(srv)
		serve(srv)
		if !srv.State.Up() {
			kick(srv)
		}
		return true
	}
	n := s.Back.State.Queue.Push(&s.LB.Pending, 0)
	proxy.Raise(&s.Back.State.QMax, int32(n))
	serveAll(s.Back)
	if len(farmOf(s.Back).servers) == 0 {
		s.Back.State.Queue.Kick(nil)
	}
	return true
}

// kick makes the streams that wait for srv choose again, except those that are to have it whatever its state.
func kick(srv *proxy.Server) (requeued int) {
	requeued = srv.State.Queue.Kick(func(s *proxy.Stream) bool { return s.LB.Persist&proxy.PersistForce != 0 })
	srv.Proxy.Balancer.(balancer).moved(srv)
	return requeued
}
