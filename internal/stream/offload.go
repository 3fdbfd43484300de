package stream

import (
	"sluice/internal/balance"
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/wire/spop"
)

// asking is how the task of a stream has an agent process messages. The stream that is balanced is one of its own, so that
// what happens on the agent's side leaves no trace in the client's. A worker keeps it for the next time.
type asking struct {
	w        *worker
	s        proxy.Stream // on the side of the agent
	deadline int64        // 0: none
	flight   flight
	answer   []byte
	state    askState
	status   proxy.OffloadStatus
	own      *proxy.Stream // of the worker, while it works on s
	stores   []remembered  // of stick rules
}

// askState is how far an asking is.
type askState uint8

const (
	askWaiting  askState = iota // for a connection, or for the answer
	askAnswered                 // the answer is there
	askFailed                   // status says why
	askRefused                  // no connection could be made: another server may be tried
)

// flight is a NOTIFY frame on a connection.
type flight struct {
	ask           *asking
	stream, frame uint64
	payload       []byte
	sent          bool
	conn          *agentConn // it is on, nil: none
}

// Offload implements proxy.Offloader.
func (w *worker) Offload(s *proxy.Stream, o *proxy.Offload) ([]byte, proxy.OffloadStatus) {
	if w.ask == nil {
		w.ask = &asking{w: w}
	}
	a := w.ask
	a.begin(s, o)
	if a.admitted() {
		a.run(o)
	} else {
		a.fail(proxy.OffloadProtocol + proxy.OffloadStatus(spop.IOError))
	}
	a.settle()
	st := o.Backend.State
	st.Back.Leave()
	if a.state != askAnswered {
		if a.status == proxy.OffloadOK {
			a.status = proxy.OffloadUnknown
		}
		return nil, a.status
	}
	return a.answer, proxy.OffloadOK
}

// begin prepares for one list of messages.
func (a *asking) begin(s *proxy.Stream, o *proxy.Offload) {
	h := a.w.home
	a.s.Reset()
	a.s.Sess, a.s.Task, a.s.Snap, a.s.ID, a.s.Parent = s.Sess, s.Task, s.Snap, s.ID, s
	a.s.Front, a.s.Back, a.s.Mode = o.Backend, o.Backend, proxy.ModeSPOP
	a.s.Hits = s.Hits
	a.s.Times.Start = h.loop.Now()
	a.s.LB.Tries = o.Backend.Retries
	a.deadline = after(h.loop.Now(), o.Processing)
	a.answer, a.state, a.status = a.answer[:0], askWaiting, proxy.OffloadOK
	st := o.Backend.State
	st.Back.Enter()
	c := st.Back.On(h.id)
	c.SessTotal++
	c.SessRate.Add(h.loop.Now(), 1)
	st.LastUse.Store(h.loop.Wall() / 1e9)
}

// run chooses servers until one answers or the time is over.
func (a *asking) run(o *proxy.Offload) {
	h, s := a.w.home, &a.s
	for {
		switch balance.Acquire(s, balance.Request{Parker: a, Loop: h.id}) {
		case balance.Served:
		case balance.TimedOut, balance.Aborted:
			a.fail(proxy.OffloadTimeout)
			return
		default:
			a.fail(proxy.OffloadProtocol + proxy.OffloadStatus(spop.IOError))
			return
		}
		srv := s.Server
		c := srv.State.On(h.id)
		if s.LB.Conns == 0 {
			c.SessTotal++
			c.SessRate.Add(h.loop.Now(), 1)
			srv.State.LastUse.Store(h.loop.Wall() / 1e9)
		}
		a.state = askWaiting
		a.flight = flight{ask: a, stream: s.ID, frame: o.FrameID, payload: o.Payload}
		h.agents.submit(h, srv, o, &a.flight)
		a.await(o)
		balance.Release(s)
		if a.state != askRefused {
			return
		}
		next, pause := balance.AfterFailure(s, true, h.id)
		if next == balance.GiveUp || !a.pause(h.loop.Now()+pause) {
			c.ErrConn++
			o.Backend.State.Back.On(h.id).ErrConn++
			a.fail(proxy.OffloadProtocol + proxy.OffloadStatus(spop.IOError))
			return
		}
	}
}

func (a *asking) fail(status proxy.OffloadStatus) {
	a.state = askFailed
	if a.status == proxy.OffloadOK {
		a.status = status
	}
}

// await waits until the flight has ended.
func (a *asking) await(o *proxy.Offload) {
	l := a.w.home.loop
	deadline := a.deadline
	if t := after(l.Now(), o.Backend.Timeout.Server); t != 0 && (deadline == 0 || t < deadline) {
		deadline = t
	}
	for a.state == askWaiting {
		switch a.w.task.Wait(deadline) {
		case loop.Expired:
			a.fail(proxy.OffloadTimeout)
		case loop.Cancelled:
			a.fail(proxy.OffloadInterrupt)
		}
	}
	if c := a.flight.conn; c != nil {
		c.abandon(&a.flight)
	}
}

// pause waits until the given time; false when the time for all is over before.
func (a *asking) pause(at int64) bool {
	for a.w.home.loop.Now() < at {
		if a.Park(at) {
			return false
		}
	}
	return true
}

// end tells the task what became of its flight.
func (a *asking) end(state askState, status proxy.OffloadStatus) {
	a.flight.conn = nil
	a.state = state
	if status != proxy.OffloadOK {
		a.status = status
	}
	a.w.task.Wake()
}

// Now implements balance.Parker.
func (a *asking) Now() int64 { return a.w.home.loop.Now() }

// Wake implements proxy.Waker: a slot was granted, maybe by another loop.
func (a *asking) Wake() { a.w.ref.Wake() }

// Park implements balance.Parker. The stream gives up when its time for processing is over.
func (a *asking) Park(deadline int64) (gone bool) {
	if a.deadline != 0 && (deadline == 0 || a.deadline < deadline) {
		deadline = a.deadline
	}
	if a.w.task.Wait(deadline) == loop.Cancelled {
		a.status = proxy.OffloadInterrupt
		return true
	}
	return a.deadline != 0 && a.w.home.loop.Now() >= a.deadline
}
