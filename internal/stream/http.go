package stream

import "sluice/internal/proxy"

// outcome is what a stage decided.
type outcome uint8

const (
	next    outcome = iota // the following stage runs
	done                   // the stream is complete: answered, forwarded or given up; only the end is left
	upgrade                // the TCP stream goes on as one of HTTP
	handed                 // somebody else owns the session now (a relay): the worker lets go without another word
)

// stage is one step of a stream's way.
type stage struct {
	name string
	run  func(*worker) outcome
}

// httpStages is the way of an HTTP request, in the manual's order (configuration.txt 4.2 and 1.4; docs/request.md draws
// it). A stage that answers the client itself ends the walk.
func httpStages() []stage {
	return []stage{
		{"read the request's head", (*worker).readRequest},
		{"wait for the body, if the frontend asks for it", (*worker).frontBuffer},
		{"tcp-request content rules of the frontend", (*worker).frontContentRules},
		{"http-request rules of the frontend", (*worker).frontRequestRules},
		{"monitor-uri and the statistics page of the frontend", (*worker).frontServices},
		{"choose the backend", (*worker).switchBackend},
		{"tcp-request content rules of the backend", (*worker).backContentRules},
		{"http-request rules of the backend", (*worker).backRequestRules},
		{"statistics page of the backend", (*worker).backServices},
		{"wait for the body, if the backend or its balancing asks for it", (*worker).backBuffer},
		{"persistence and use-server", (*worker).persist},
		{"headers that options add", (*worker).optionHeaders},
		{"filters of frontend and backend", (*worker).filterRequest},
		{"exchange with a server: balance, queue, connect, send, receive, retry", (*worker).exchange},
	}
}

// runStream is the job of a client connection that has something to say: requests one after the other until the
// client is idle again, or one TCP stream.
func runStream(w *worker) {
	if !w.sess.http() {
		w.serveTCP()
		return
	}
	w.first = w.sess.Requests == 0
	w.serveSession()
}

// serveSession serves requests until the client is idle or gone.
func (w *worker) serveSession() {
	for {
		switch w.serveHTTP() {
		case handed:
			return
		case next:
			// The client's connection may carry another request.
		default:
			if w.s.Req.Method == nil && !w.silent {
				w.readOut() // so that the end of the connection does not overtake what the client is told
			}
			w.sess.close()
			return
		}
		if w.sess.killed {
			w.sess.close()
			return
		}
		if w.in.len() > 0 || w.sess.Conn.Readable() {
			w.betweenRequests()
			continue
		}
		w.sess.idle(w.sess.keepAliveDeadline(w.home.loop.Now()))
		return
	}
}

// betweenRequests prepares the worker for a request that is already there.
func (w *worker) betweenRequests() {
	w.s.Reset()
	w.s.Sess, w.s.Task = &w.sess.Session, w.task
	w.first = false
	w.in.unpin()
	w.task.ResetCost()
}

// serveHTTP runs one request. It returns next when the connection may carry another one, done when it must be closed,
// handed when it is somebody else's now.
func (w *worker) serveHTTP() outcome {
	w.beginHTTP()
	for i := range w.home.stages {
		switch w.home.stages[i].run(w) {
		case handed:
			return handed
		case done:
			return w.finishHTTP()
		}
	}
	return w.finishHTTP()
}

// beginHTTP initialises the stream of one request.
func (w *worker) beginHTTP() {
	s, x := w.s, w.sess
	s.Snap, s.Front, s.Mode = w.home.snap, x.Front, proxy.ModeHTTP
	s.Hits = s.Snap.Hits[w.home.id]
	s.Times.Start = x.Start
	s.Times.AcceptNs = x.Accepted
	if !w.first {
		s.Times.AcceptNs = w.home.loop.WallOf(x.Start)
	} else if x.Extra != nil {
		s.Times.Handshake = x.Extra.HandshakeNs
	}
	w.resetRequest()
	s.Waiter, s.Hinter, s.Logger, s.Offloader = w, w, w, w
	w.traced()
}

// finishHTTP writes the log and the counters of a finished request and says what becomes of the connection.
func (w *worker) finishHTTP() outcome {
	w.endBack(w.keepBack)
	w.endStream()
	x := w.sess
	x.Start = w.home.loop.Now()
	if !w.keepFront || w.in.ended() && w.in.len() == 0 {
		return done
	}
	return next
}

// sinceStart returns the time since the start of the stream in ns, for proxy.Times.
func (w *worker) sinceStart() int64 { return w.home.loop.Now() - w.s.Times.Start }

// resetRequest forgets what the previous request left on the worker.
func (w *worker) resetRequest() {
	first, skip := w.first, w.skipContent
	w.up.passage, w.down.passage = passage{}, passage{}
	w.progress = progress{first: first, skipContent: skip, keepFront: true, keepBack: true}
}
