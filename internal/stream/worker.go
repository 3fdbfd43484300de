package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// worker is a task at work for one session: the stream it runs, its buffers, its server connection. Workers are
// pooled per home; between requests of a keep-alive client the worker is free and only the session remains.
type worker struct {
	home *Home
	sess *session
	task *loop.Task
	ref  loop.Ref // names the task for wake-ups from other loops
	job  func(*worker)

	s         *proxy.Stream
	in, sin   input  // from the client, from the server
	upOut     []byte // buffers for heads on their way to the server and to the client
	downOut   []byte
	up, down  flow
	reqParser h1.Parser
	resParser h1.Parser
	ask       *asking // of agents, nil before the first time
	progress
	stores []remembered // keys whose server is to be stored
}

// progress is how far the worker is with the request at hand; every request begins with a new one.
type progress struct {
	back      *proxy.IdleConn // the connection to the server
	fault     fault           // why the last attempt failed
	queueNs   int64           // time spent waiting for a slot
	dates     dates           // of the client's persistence cookie
	reqChange proxy.Transform // of the request's body, nil: none

	first       bool // first request of the session
	skipContent bool // the frontend's tcp-request content rules have run already
	keepFront   bool // the client's connection may carry another request
	keepBack    bool // the server's connection may carry another request
	slot        bool // a slot of s.Server is held
	reused      bool // back was idle before
	retryable   bool // the request is kept whole while it is sent
	upAgain     bool // up stopped only to be fair
	replied     bool // the head of an answer has been sent to the client
	silent      bool // the client gets no answer
	quiet       bool // no log
	bodyCut     bool // the client left in the middle of a body that was waited for
	truncated   bool // the response broke off
	headOnly    bool // the client sent HEAD: it gets no body, whatever the server was asked
	counted     bool // the request was counted
	countedBad  bool // as an invalid one
	backEntered bool // counted in the backend
	cookiesRead bool // the cookies of the request were looked at
	forced      bool // a force-be-switch rule holds
	ended       bool // log and counters are written
	serverTold  bool // filters have seen the session with the server
}

// spawn starts job for x on a pooled worker.
func (h *Home) spawn(x *session, job func(*worker)) {
	w := h.worker()
	w.sess, w.job = x, job
	w.s.Sess = &x.Session
	x.work = w
	w.task = h.loop.SpawnNice(w, x.Bind.Nice)
}

// Run implements loop.Runner.
func (w *worker) Run(t *loop.Task) {
	w.task, w.ref, w.s.Task = t, t.Ref(), t
	ok := false
	defer func() {
		if !ok {
			w.crashed()
		}
	}()
	w.job(w)
	ok = true
	w.home.release(w)
}

// Warm implements loop.Warmer: an answer, or more of a request, is about to be worked on.
func (w *worker) Warm(step int) {
	if step == 0 {
		loop.Prefetch(w)
		return
	}
	loop.Prefetch(w.s)
	loop.PrefetchList(w.s.Res.Fields, 6)
}

// crashed gives back what a panic in the middle of a stream leaves behind; the loop reports the panic itself.
func (w *worker) crashed() {
	w.s.Term.Set(proxy.CauseInternal, proxy.PhaseData)
	w.endBack(false)
	w.endStream()
	if w.sess != nil {
		w.sess.work = nil
		w.sess.abort()
	}
	w.home.live--
}

func (w *worker) dropBuffers() {
	p := w.home.bufs
	w.in.drop(p)
	w.sin.drop(p)
	p.Put(w.upOut)
	p.Put(w.downOut)
	w.upOut, w.downOut = nil, nil
}

// sent returns the buffer of a head that has left as a whole, which is nearly always at once: a request that waits for
// its server then holds one buffer.
func (w *worker) sent(f *flow, b *[]byte) {
	if len(f.out) == 0 && f.change == nil {
		w.home.bufs.Put(*b)
		*b, f.out = nil, nil
	}
}
