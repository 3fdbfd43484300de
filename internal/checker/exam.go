package checker

import (
	"sluice/internal/check"
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// exam is a check under way: a task that walks through its steps.
type exam struct {
	proxy.CheckRun
	home    *room
	watch   *watch
	stream  proxy.Stream
	session proxy.Session
	began   int64
	buffer  []byte

	kind int // of the socket of Conn, 0 where it connects once
}

func newExam(h *room) *exam {
	e := &exam{home: h}
	e.Stream, e.Dialer = &e.stream, e
	return e
}

// open makes e ready for one check.
func (e *exam) open(w *watch) {
	e.watch, e.Server = w, w.srv
	e.Health = check.Of(w.srv)
	if w.kind == check.Agent {
		e.Health = check.AgentCheck()
	}
	e.Result, e.Step, e.How = proxy.CheckResult{}, nil, nil
	e.In, e.Body, e.Joined, e.EOF, e.Secured = nil, nil, nil, false, false
	s := &e.stream
	s.Reset()
	e.Vars.Reset()
	s.Vars.Check = &e.Vars
	s.Snap, s.Back, s.Server, s.Mode = e.home.set.snap, w.srv.Proxy, w.srv, modeOf(e.Health)
	s.Front = w.srv.Proxy
	s.Sess = &e.session
	e.session.Snap, e.session.Front = s.Snap, s.Front
	e.began = e.home.loop.Now()
	e.Deadline = e.began + e.connectTime()
}

// Run implements loop.Runner.
func (e *exam) Run(t *loop.Task) {
	defer e.end()
	e.Task, e.stream.Task = t, t
	check.Walk(&e.CheckRun)
}

// modeOf is the mode of the streams that expressions see: a check by HTTP has messages, others have bytes.
func modeOf(h *proxy.HealthCheck) proxy.Mode {
	if h.Kind == check.HTTPCheck {
		return proxy.ModeHTTP
	}
	return proxy.ModeTCP
}

// Room implements proxy.CheckDialer.
func (e *exam) Room(x *proxy.CheckRun) {
	e.buffer = e.home.bufs.Get()
	x.In = e.buffer[:0]
}

// end closes what is open, tells what was found, and makes e free for the next check.
func (e *exam) end() {
	w, h := e.watch, e.home
	e.hangUp()
	took := (h.loop.Now() - e.began) / 1e6
	if !e.Task.Cancelled() && !w.paused() && e.Result.Outcome != proxy.OutcomeUnknown {
		found := e.found(took)
		if w.kind == check.Agent {
			check.ConcludeAgent(w.srv, found, e.Body, h.moment())
		} else {
			check.Conclude(w.srv, w.kind, found, h.moment())
		}
	}
	h.bufs.Put(e.buffer)
	e.buffer, e.In, e.Body, e.Task, e.stream.Task, e.watch = nil, nil, nil, nil, nil, nil
	e.stream.Out, e.stream.ResBody = proxy.InputView{}, proxy.BodyView{}
	h.free = append(h.free, e)
	w.ended(e.began)
}

// found is what the check has found: what was found before, where that is the same.
func (e *exam) found(took int64) *proxy.CheckStatus {
	status := proxy.CheckStatus{CheckResult: e.Result, Duration: took}
	if last := e.watch.state.Last.Load(); last != nil && *last == status {
		return last
	}
	kept := status
	return &kept
}

// hangUp closes the connection. What only connected, or heard what it wanted, leaves nothing behind in the kernel unless
// the step says so (tcp-check connect linger).
func (e *exam) hangUp() {
	c := &e.Conn
	if !c.IsOpen() {
		return
	}
	if e.How != nil && (e.How.Linger || e.Sent && e.watch.kind == check.Agent) {
		c.Close()
		return
	}
	e.reset()
}
