package stream

import (
	"bytes"

	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sticktable"
	"sluice/internal/value"
	"sluice/internal/wire/h1"
)

// readRequest reads the head of a request. A client that closes without a word is let go; one that breaks off, is too
// slow or breaks the protocol is told (configuration.txt 4.2, timeout http-request; 8.5).
func (w *worker) readRequest() outcome {
	s, x, h := w.s, w.sess, w.home
	w.reqParser.Reset()
	limit := h.headLimit()
	for {
		if w.in.len() > 0 {
			w.firstByte()
			n, v := w.reqParser.Request(w.in.unread(), &s.Req, &h.reqOptions[w.relaxed()])
			switch v {
			case h1.Done:
				return w.gotRequest(n)
			case h1.Failed, h1.Preface:
				return w.badRequest()
			}
			if w.in.len() >= limit {
				w.reqParser.TooLarge()
				return w.badRequest()
			}
			w.makeRoom(limit)
		}
		if w.in.fill(&x.Conn, h.bufs, w.in.r+limit) > 0 {
			continue
		}
		if w.in.ended() {
			return w.requestCut()
		}
		w.task.Watch(&x.Conn, loop.In)
		switch w.task.Wait(w.requestDeadline()) {
		case loop.Expired:
			return w.requestLate()
		case loop.Cancelled:
			w.keepFront, w.quiet = false, true
			return done
		}
	}
}

// makeRoom moves an incomplete head to the beginning of the buffer when it cannot grow where it is.
func (w *worker) makeRoom(limit int) {
	if w.in.r > 0 && w.in.r+limit > len(w.in.b) {
		w.reqParser.Original(w.in.unread(), w.s.Req.Fields)
		w.in.compact()
		w.s.Req.Reset()
		w.reqParser.Reset()
	}
}

// relaxed is the index of the parser's options for this frontend.
func (w *worker) relaxed() int {
	if w.s.Front.Options.Has(proxy.OptUnsafeRequest) {
		return 1
	}
	return 0
}

// firstByte starts the clocks of the request.
func (w *worker) firstByte() {
	t := &w.s.Times
	if t.RequestNs == 0 {
		t.RequestNs = w.home.loop.Wall()
		t.Idle = w.home.loop.Now() - t.Start - t.Handshake
	}
}

// requestDeadline is when the head must be complete: timeout http-request from accept, or from the first byte of later
// requests; without it, timeout client.
func (w *worker) requestDeadline() int64 {
	s, x := w.s, w.sess
	t := &s.Front.Timeout
	if s.Times.RequestNs == 0 && !w.first {
		return x.keepAliveDeadline(x.Start)
	}
	if t.HTTPRequest > 0 {
		if w.first {
			return x.Start + t.HTTPRequest
		}
		return x.Start + s.Times.Idle + t.HTTPRequest
	}
	return after(w.home.loop.Now(), t.Client)
}

// gotRequest takes note of a complete head of n bytes.
func (w *worker) gotRequest(n int) outcome {
	s, h := w.s, w.home
	s.Log.BytesIn += requestBytes(&s.Req)
	w.in.pin = w.in.r + n // the message points into the buffer: it stays until the stream is over
	w.in.take(n)
	s.Times.Request = w.sinceStart()
	w.logLine()
	w.counted = true
	w.headOnly = s.Req.MethodID == value.HEAD
	w.sess.Requests++
	s.ID = h.nextID()
	h.countRequest(s)
	s.Count(sticktable.HTTPReqCnt, sticktable.HTTPReqRate, 1)
	w.keepFront = w.clientKeeps()
	if s.Req.Body == msg.Chunked && w.in.len() > 0 {
		if _, _, bad := w.peekBody(); bad {
			w.keepFront = false
			s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
			w.home.eng.Errors.keepRequest(w, &h1.Error{Reason: "invalid chunk"})
			s.Log.Line = nil // it is an invalid request from the start
			w.replyError(400)
			return done
		}
	}
	if f := s.Front; f.UniqueIDFormat != nil {
		w.uniqueID(f)
	}
	if s.Front.IsBack() {
		w.cookieFlags(s.Front)
	}
	w.capture(s.Front.Capture.Request, s.Req.Fields, &s.Log.ReqCapture)
	w.traceHead()
	return next
}

// clientKeeps reports whether the client's connection may outlive this request.
func (w *worker) clientKeeps() bool {
	s := w.s
	q := &s.Req
	switch {
	case q.Flags&msg.ForceClose != 0, s.Front.ConnMode == proxy.ConnClose:
		return false
	case q.Version >= msg.HTTP11:
		return q.Flags&msg.ConnClose == 0
	}
	return q.Flags&msg.ConnKeepAlive != 0
}

// logLine keeps the request line for the log, cut to tune.http.logurilen. It is put together from its parts, because
// the parser may have normalised the target where it stood.
func (w *worker) logLine() {
	q, a := &w.s.Req, &w.s.Arena
	line := append(a.Tail(len(q.Method)+len(q.Target)+len(q.VerBytes)+2), q.Method...)
	line = append(append(line, ' '), q.Target...)
	line = append(append(line, ' '), q.VerBytes...)
	if most := w.home.snap.Global.Tune.LogURILen; len(line) > most {
		line = line[:most]
	}
	w.s.Log.Line = a.Keep(line)
}

// badRequest answers a request that breaks the protocol and keeps it for `show errors`.
func (w *worker) badRequest() outcome {
	s := w.s
	w.keepFront = false
	w.reqParser.Original(w.in.unread(), s.Req.Fields)
	s.Req.Method, s.Log.Line = nil, nil
	if s.Front.Options.Has(proxy.OptIgnoreProbes) && w.in.ended() {
		w.quiet, w.silent = true, true
		return done
	}
	s.Log.BadReq = w.in.unread()
	if s.Trace != nil {
		s.Trace.Note("bad request", w.reqParser.Err.Error())
	}
	if w.reqParser.Err.Status != 405 { // HTTP/2 where it is not spoken breaks no rule
		w.home.eng.Errors.keepRequest(w, &w.reqParser.Err)
	}
	s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
	w.countBad()
	w.replyError(w.reqParser.Err.Status)
	return done
}

func (w *worker) countBad() {
	if !w.counted {
		w.s.ID = w.home.nextID() // one of its own, as every stream
		w.s.Count(sticktable.HTTPReqCnt, sticktable.HTTPReqRate, 1)
	}
	w.s.CountError()
	f := w.s.Front.State.Front.On(w.home.id)
	w.countedBad = true
	f.ErrReq++
	w.sess.Bind.State.Front.On(w.home.id).ErrReq++
	if !w.counted {
		f.ReqTotal++
		w.home.eng.Proc.ReqTotal.Add(1)
	}
}

// requestCut is the end of the client's bytes before a complete head.
func (w *worker) requestCut() outcome {
	s := w.s
	w.keepFront = false
	empty := w.in.len() == 0
	if empty && !w.first {
		w.quiet, w.silent = true, true // an idle keep-alive client went away
		return done
	}
	if s.Front.Options.Has(proxy.OptIgnoreProbes) && empty {
		w.quiet, w.silent = true, true
		return done
	}
	s.Req.Method = nil
	s.Log.BadReq = w.in.unread()
	s.Term.Set(proxy.CauseClient, proxy.PhaseRequest)
	w.countBad()
	w.replyError(400)
	return done
}

// requestLate is the expiry of the time for a request.
func (w *worker) requestLate() outcome {
	s := w.s
	w.keepFront = false
	empty := w.in.len() == 0
	if empty && (!w.first || s.Front.Options.Has(proxy.OptIgnoreProbes)) {
		w.quiet, w.silent = true, true
		return done
	}
	s.Req.Method = nil
	s.Log.BadReq = w.in.unread()
	s.Term.Set(proxy.CauseCliTO, proxy.PhaseRequest)
	w.countBad()
	w.replyError(408)
	return done
}

// idleTimeout ends a client that was idle for too long: silently between requests, with a 408 before the first one.
func (h *Home) idleTimeout(x *session) {
	if x.Requests > 0 || x.Front.Options.Has(proxy.OptIgnoreProbes) {
		x.close()
		return
	}
	h.spawn(x, func(w *worker) {
		w.first = true
		w.beginHTTP()
		w.requestLate()
		w.finishHTTP()
		w.sess.close()
	})
}

// capture keeps the values of the configured headers for the log, the last occurrence of each.
func (w *worker) capture(slots []proxy.CaptureHeader, fields []msg.Field, into *[][]byte) {
	if len(slots) == 0 {
		return
	}
	out := *into // a rule of the time before the stream spoke HTTP may have filled some
	for len(out) < len(slots) {
		out = append(out, nil)
	}
	for i := range fields {
		f := &fields[i]
		if f.Dead {
			continue
		}
		for j := range slots {
			if c := &slots[j]; len(c.Name) > 0 && bytes.Equal(c.Name, f.Name) {
				out[j] = w.s.Arena.Copy(f.Value[:min(len(f.Value), c.Len)]) // the buffer serves the body next
			}
		}
	}
	*into = out
}

// uniqueID makes the stream's unique id by the format of p.
func (w *worker) uniqueID(p *proxy.Proxy) {
	a := &w.s.Arena
	w.s.Log.UniqueID = a.Keep(p.UniqueIDFormat.Append(a.Tail(128), w.s))
}

// frontBuffer waits for the request's body to be in the buffer, or the buffer to be full, for `option
// http-buffer-request` of the frontend.
func (w *worker) frontBuffer() outcome {
	if w.s.Req.Body == 0 || !w.s.Front.Options.Has(proxy.OptBufferRequest) {
		return next
	}
	out := w.waitBody(w.s.Front.Timeout.HTTPRequest, 0)
	if w.bodyCut {
		return next // the client left: the log still names the backend that would have served it
	}
	return out
}

// backBuffer does the same for the backend, and for balancing that looks into the body.
func (w *worker) backBuffer() outcome {
	s := w.s
	if w.bodyCut {
		return w.bodyLost()
	}
	if s.Req.Body == 0 || s.ReqBody.Done {
		return next
	}
	if (s.Back == s.Front || !s.Back.Options.Has(proxy.OptBufferRequest)) && !s.Back.Balance.CheckPost {
		if s.Back.Balance.Algo == proxy.AlgoURLParam { // looks at what has come, without waiting
			s.ReqBody, _, _ = w.peekBody()
		}
		return next
	}
	if out := w.waitBody(s.Front.Timeout.HTTPRequest, 0); !w.bodyCut {
		return out
	}
	return w.bodyLost()
}

// bodyLost ends a stream whose client left in the middle of a body that was waited for.
func (w *worker) bodyLost() outcome {
	w.s.Term.Set(proxy.CauseClient, proxy.PhaseRequest)
	w.keepFront = false
	w.replyError(400)
	return done
}
