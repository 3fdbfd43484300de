package stream

import (
	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// attempt is how one try to have a request answered ended.
type attempt uint8

const (
	answered attempt = iota // the response has been passed on, or broke while it was
	failed                  // no response: w.fault says why; another try may follow
	gaveUp                  // the client is gone, or an answer of our own was sent
	tunneled                // the connection became a tunnel
)

// exchange has the request answered by a server of the backend: it chooses and connects, sends, receives and forwards,
// and tries again where the configuration says so (configuration.txt 4.2, retries, option redispatch, retry-on).
func (w *worker) exchange() outcome {
	s := w.s
	s.LB.Tries = s.Back.Retries
	if s.Tune.Retries >= 0 {
		s.LB.Tries = s.Tune.Retries
	}
	w.prepareRetry()
	w.step(proxy.OriginTxnRequest)
	for {
		if out := w.connect(); out != next {
			return out
		}
		s.Times.Connect = w.sinceStart()
		if !w.serverTold {
			w.serverTold = true
			w.acts(proxy.StepServerSession)
		}
		w.step(proxy.OriginTxnConnect)
		switch w.transact() {
		case tunneled:
			return handed
		case answered, gaveUp:
			return done
		}
		if !w.mayRetry() {
			return w.giveUp()
		}
	}
}

// transact sends the request on w.back, waits for the response's head and forwards the rest of both messages.
func (w *worker) transact() attempt {
	w.sendHead()
	if a := w.awaitHead(); a != answered {
		return a
	}
	if a := w.startResponse(); a != answered {
		return a
	}
	return w.forward()
}

// sendHead serialises the request's head and sends it with what there is of the body.
func (w *worker) sendHead() {
	s, now := w.s, w.home.loop.Now()
	head := w.requestHead(w.buffer(&w.upOut))
	if s.Trace != nil {
		s.Trace.Sent(s.Server, head)
	}
	w.up.begin(&w.in, &w.sess.Conn, &w.back.Conn, head, s.Req.Body, now)
	if w.retryable {
		w.up.hold = 0
	}
	w.up.late = true
	w.up.splice = w.home.splices(s, proxy.OptSpliceRequest)
	w.up.dropTrailers = s.Back.Options.Has(proxy.OptDropRequestTrailers)
	if w.reqChange != nil {
		w.reqChange.Rewind()
		w.up.change = w.reqChange
	}
	s.Log.ReqOut = requestBytes(&s.Req)
	w.upAgain = w.up.pump(w.home)
	w.sent(&w.up, &w.upOut)
}

// awaitHead waits for a complete head of a final response, forwarding the request's body meanwhile and interim
// responses as they come.
func (w *worker) awaitHead() attempt {
	w.resParser.Reset()
	w.s.Res.Reset()
	w.sin.drop(w.home.bufs)
	for {
		w.sin.fill(&w.back.Conn, w.home.bufs, w.home.headLimit())
		if w.sin.len() > 0 {
			switch w.parseResponse() {
			case headFinal:
				return answered
			case headBad:
				return failed
			}
		}
		if w.sin.ended() {
			return w.noResponse()
		}
		if w.up.werr != nil && !w.back.Conn.Readable() {
			return w.noResponse()
		}
		if a, stop := w.checkUpload(); stop {
			return a
		}
		if a, stop := w.waitResponse(); stop {
			return a
		}
	}
}

// checkUpload looks after the request's body while no response has come: a client that breaks off in the middle of it
// ends the stream.
func (w *worker) checkUpload() (attempt, bool) {
	f := &w.up
	switch {
	case f.bad:
		w.s.Term.Set(proxy.CauseProxy, proxy.PhaseHeaders)
		return w.refuse(400), true
	case f.cut:
		return w.clientLeft(proxy.PhaseHeaders), true
	}
	return 0, false
}

// waitResponse waits for something to happen on either side.
func (w *worker) waitResponse() (attempt, bool) {
	client, server := &w.sess.Conn, &w.back.Conn
	if w.upAgain {
		w.task.Yield()
		w.upAgain = w.up.pump(w.home)
		return 0, false
	}
	w.task.Watch(server, loop.In)
	uploading := !w.up.finished() && w.up.werr == nil
	switch {
	case uploading && w.up.hung:
		w.task.Watch(server, loop.Out)
	case uploading:
		w.task.Watch(client, loop.In)
	case w.watchAbort():
		w.task.Watch(client, loop.Hup)
	}
	switch w.task.Wait(w.responseDeadline(uploading)) {
	case loop.Cancelled:
		w.s.Term.Set(proxy.CauseKilled, proxy.PhaseHeaders)
		return w.refuse(503), true
	case loop.Expired:
		if a, stop := w.responseTimeout(uploading); stop {
			return a, true
		}
	}
	if uploading {
		w.upAgain = w.up.pump(w.home)
	} else if w.abortOnClose() && client.PeerClosed() && !server.Readable() {
		return w.clientLeft(proxy.PhaseHeaders), true
	}
	return 0, false
}

// watchAbort reports whether a client that closes while its request is processed should be noticed.
func (w *worker) watchAbort() bool { return w.abortOnClose() && !w.in.eof }

// abortOnClose reports whether a client that has closed its side has given up: as the backend says, and in HTTP without a
// word of it (configuration.txt 4.2, option abortonclose).
func (w *worker) abortOnClose() bool {
	o := w.s.Back.Options
	return o.Has(proxy.OptAbortOnClose) || w.s.Mode == proxy.ModeHTTP && !o.Has(proxy.OptNoAbortOnClose)
}

// responseDeadline is the earliest of: the client's time to go on with its body, the server's time to take the request
// or to answer.
func (w *worker) responseDeadline(uploading bool) int64 {
	s := w.s
	server := s.Tune.Or(s.Tune.TimeoutServer, s.Back.Timeout.Server)
	if !uploading || w.up.hung {
		return after(w.up.wrote, server)
	}
	return after(w.up.read, s.Tune.Or(s.Tune.TimeoutClient, s.Front.Timeout.Client))
}

// responseTimeout acts on an expired wait for the response.
func (w *worker) responseTimeout(uploading bool) (attempt, bool) {
	at := w.responseDeadline(uploading)
	if at == 0 || at > w.home.loop.Now() {
		return 0, false
	}
	if uploading && !w.up.hung {
		w.s.Term.Set(proxy.CauseCliTO, proxy.PhaseHeaders)
		return w.refuse(400), true
	}
	w.fault = fault{status: 504, cause: proxy.CauseSrvTO, phase: proxy.PhaseHeaders, kind: proxy.RetryResponseTimeout}
	return failed, true
}

// noResponse is the end of the server's bytes before a complete head.
func (w *worker) noResponse() attempt {
	if w.reused && !w.first && w.sin.len() == 0 && !w.l7Retry(proxy.RetryEmptyResponse) {
		// The server closed the idle connection as the request was on its way. Only the client knows whether it may
		// be sent again: it is told by a close without an answer (RFC 9112 9.3.1).
		w.quiet, w.silent, w.keepFront, w.keepBack = true, true, false, false
		if w.sess.Conn.PeerClosed() { // nobody hears of it any more: then the log should
			w.quiet = false
			w.s.Log.Status = 400
			w.s.Term.Set(proxy.CauseClient, proxy.PhaseHeaders)
		}
		return gaveUp
	}
	kind := proxy.RetryEmptyResponse
	if w.sin.len() > 0 {
		kind = proxy.RetryJunkResponse
	}
	w.fault = fault{status: 502, cause: proxy.CauseServer, phase: proxy.PhaseHeaders, kind: kind}
	return failed
}

// clientLeft ends a stream whose client is gone: 400 in the log, and an attempt to tell it.
func (w *worker) clientLeft(p proxy.Phase) attempt {
	w.s.Term.Set(proxy.CauseClient, p)
	w.keepFront, w.keepBack = false, false
	return w.refuse(400)
}

// refuse answers the client with an error page in place of a response and drops the server's connection.
func (w *worker) refuse(status int) attempt {
	w.keepBack = false
	if !w.up.finished() { // the rest of its body would be taken for another request
		w.keepFront = false
	}
	w.replyError(status)
	return gaveUp
}

// forward moves the rest of both messages, each at its own pace, until the response has been passed on.
func (w *worker) forward() attempt {
	client, server := &w.sess.Conn, &w.back.Conn
	w.down.late = true // together with the end of the connection, where that follows
	for {
		downAgain := !w.down.over() && w.down.pump(w.home)
		upAgain := !w.up.over() && w.up.pump(w.home)
		if w.down.over() {
			if w.down.finished() && !w.up.over() {
				w.finishUpload()
			}
			return w.endForward()
		}
		if downAgain || upAgain {
			w.task.Yield()
			continue
		}
		if w.down.hung {
			w.task.Watch(client, loop.Out)
		} else {
			w.task.Watch(server, loop.In)
			w.task.Watch(client, loop.Hup)
		}
		if !w.up.over() && !w.up.hung {
			w.task.Watch(client, loop.In)
		} else if w.up.hung {
			w.task.Watch(server, loop.Out)
		}
		if w.s.Front.Options.Has(proxy.OptContStats) {
			w.countSoFar()
		}
		at, cause := w.forwardDeadline()
		switch w.task.Wait(at) {
		case loop.Cancelled:
			w.s.Term.Set(proxy.CauseKilled, proxy.PhaseData)
			return w.breakForward()
		case loop.Expired:
			if again, _ := w.forwardDeadline(); again > 0 && again <= w.home.loop.Now() {
				w.s.Term.Set(cause, proxy.PhaseData)
				return w.breakForward()
			}
		}
		if client.Failed() {
			w.s.Term.Set(proxy.CauseClient, proxy.PhaseData)
			return w.breakForward()
		}
	}
}

// forwardDeadline returns when the slower side of a response in transit must have moved, and whom it blames.
func (w *worker) forwardDeadline() (int64, proxy.Cause) {
	s := w.s
	if w.down.hung {
		return after(max(w.down.wrote, w.down.read), s.Tune.Or(s.Tune.TimeoutClient, s.Front.Timeout.Client)), proxy.CauseCliTO
	}
	last := max(w.down.read, w.up.wrote)
	return after(last, s.Tune.Or(s.Tune.TimeoutServer, s.Back.Timeout.Server)), proxy.CauseSrvTO
}

// endForward judges a response that moves no more.
func (w *worker) endForward() attempt {
	switch {
	case w.down.werr != nil:
		w.s.Term.Set(proxy.CauseClient, proxy.PhaseData)
	case w.down.cut:
		w.s.Term.Set(proxy.CauseServer, proxy.PhaseData)
	case w.down.bad:
		w.s.Term.Set(proxy.CauseProxy, proxy.PhaseData)
	default:
		if !w.up.finished() {
			w.keepFront, w.keepBack = false, false
		}
		return answered
	}
	return w.breakForward()
}

// breakForward ends a stream in the middle of the response: both connections are lost.
func (w *worker) breakForward() attempt {
	w.keepFront, w.keepBack = false, false
	w.truncated = true
	return answered
}

// hasBody reports whether the request has a body.
func hasBody(q *msg.Request) bool { return q.Body != 0 }
