package stream

import (
	"math"

	"sluice/internal/proxy"
)

// Running is a stream as `show sess` reports it (management.txt 9.3): one at work, or a relay that rests until one of
// its sides moves. It is only good while the function it was given to runs.
type Running struct {
	Session *proxy.Session
	ID      uint64
	Front   *proxy.Proxy
	Back    *proxy.Proxy  // nil before switching
	Server  *proxy.Server // nil before one is chosen
	Begun   int64         // monotonic ns: accept, or the end of the previous request
	Conn    *proxy.IdleConn
	Resting bool          // nothing has moved since the last look at it
	Stream  *proxy.Stream // nil for most relays that rest
	Target  []byte        // of an HTTP request, nil before it is known
	In, Out uint64        // bytes relayed from and to the client
	session *session
}

// Running calls fn for every stream of this loop, on the loop's own thread. Clients that are idle between requests and
// those still in a handshake have none.
func (h *Home) Running(fn func(*Running)) {
	for x := h.sessions.next; x != &h.sessions; {
		next := x.next
		if x.Flags&proxy.SessHandshaken != 0 && (x.work != nil || x.relay != nil) {
			r := x.running()
			fn(&r)
		}
		x = next
	}
}

func (x *session) running() Running {
	r := Running{Session: &x.Session, session: x, Front: x.Front, Begun: x.Start, ID: x.ID, Resting: x.work == nil}
	if l := x.relay; l != nil {
		r.In, r.Out, r.Conn = l.up.moved, l.down.moved, l.back
	}
	switch {
	case x.work != nil:
		r.show(x.work.s)
		if x.work.back != nil {
			r.Conn = x.work.back
		}
	case x.relay.s != nil:
		r.show(x.relay.s)
	case x.relay.note != nil:
		n := x.relay.note
		r.ID, r.Back, r.Server = n.id, n.back, n.server
	}
	return r
}

func (r *Running) show(s *proxy.Stream) {
	r.Stream, r.ID, r.Back, r.Server = s, s.ID, s.Back, s.Server
	if s.Mode == proxy.ModeHTTP && s.Back != nil {
		r.Target = s.Req.Target
	}
}

// Kill ends every stream of this loop that which picks, and the session with it, as `shutdown session` asks for: the
// termination state says K. It returns how many. On the loop's own thread.
func (h *Home) Kill(which func(*Running) bool) (n int) {
	h.Running(func(r *Running) {
		if which(r) {
			r.session.kill()
			n++
		}
	})
	return n
}

// DropIdle closes the idle connections of this loop to srv, on the loop's own thread.
func (h *Home) DropIdle(srv *proxy.Server) {
	pool := &srv.State.Loops[h.id].Pool
	for c := pool.TakeOldest(math.MaxInt64); c != nil; c = pool.TakeOldest(math.MaxInt64) {
		h.closeIdle(c)
	}
}

func (x *session) kill() {
	x.killed = true
	if x.work == nil {
		x.relay.wake()
	}
	if x.work != nil {
		x.work.task.Cancel()
	}
}
