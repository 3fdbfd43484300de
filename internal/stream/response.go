package stream

import (
	"sluice/internal/balance"
	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// headState is how far the head of a response is.
type headState uint8

const (
	headMore  headState = iota // incomplete
	headFinal                  // complete, and not an interim one
	headBad                    // w.fault says why it is refused
)

// parseResponse parses what the server sent so far. Interim responses are passed on as they come.
func (w *worker) parseResponse() headState {
	s, h := w.s, w.home
	for w.sin.len() > 0 {
		o := &h.resOptions[0]
		if s.Back.Options.Has(proxy.OptUnsafeResponse) {
			o = &h.resOptions[1]
		}
		asked := h1.Asked{Method: s.Req.MethodID, Upgrade: s.Req.Flags&msg.ConnUpgrade != 0}
		n, v := w.resParser.Response(w.sin.unread(), &s.Res, asked, o)
		switch v {
		case h1.NeedMore:
			if w.sin.len() < h.headLimit() {
				return headMore
			}
			w.resParser.TooLarge()
			return w.badResponse()
		case h1.Done:
			if s.Res.Status == 101 && !w.up.finished() {
				// The rest of the request's body would be taken for bytes of the other protocol.
				w.resParser.Err = h1.Error{Status: 502, Reason: "protocol switched before the end of the request"}
				return w.badResponse()
			}
			if s.Res.Status < 100 { // neither an interim response nor one that a client could understand
				w.resParser.Err = h1.Error{Status: 502, Reason: "status below 100"}
				return w.badResponse()
			}
			if !w.bodyBegins(w.sin.unread()[n:], o) {
				w.resParser.Err = w.down.chunk.Err
				w.resParser.Err.Pos += n
				return w.badResponse()
			}
			w.sin.pin = w.sin.r + n // the message points into the buffer until its head is written
			w.sin.take(n)
			if s.Res.Status >= 200 || s.Res.Status == 101 {
				return headFinal
			}
			if !w.sendInterim() {
				return headBad
			}
			s.Res.Reset()
			w.resParser.Reset()
			w.sin.unpin()
		default:
			return w.badResponse()
		}
	}
	return headMore
}

// badResponse is a response that breaks the protocol: 502, PH, kept for `show errors`.
func (w *worker) badResponse() headState {
	if w.s.Trace != nil {
		w.s.Trace.Note("bad response", w.resParser.Err.Error())
	}
	w.resParser.Original(w.sin.unread(), w.s.Res.Fields)
	w.home.eng.Errors.keepResponse(w, &w.resParser.Err)
	w.fault = fault{502, proxy.CauseProxy, proxy.PhaseHeaders, proxy.RetryJunkResponse}
	w.s.CountFailure()
	return headBad
}

// sendInterim passes a 1xx response on to a client that understands it (RFC 9110 15.2).
func (w *worker) sendInterim() bool {
	s := w.s
	s.Log.ResIn += responseBytes(&s.Res)
	if s.Req.Version < msg.HTTP11 {
		return true
	}
	pl := h1.Plan{}
	return w.write(h1.AppendResponse(w.buffer(&w.downOut), &s.Res, &pl))
}

var reasonHints = [...]byte{'E', 'a', 'r', 'l', 'y', ' ', 'H', 'i', 'n', 't', 's'}

// SendHints implements proxy.Hinter: a 103 with the fields that rules put together (RFC 8297).
func (w *worker) SendHints(s *proxy.Stream) {
	if s.Req.Version < msg.HTTP11 || w.replied {
		return
	}
	keep := s.Res.Fields
	s.Res.Fields = s.Hints
	s.Res.Version, s.Res.Status, s.Res.Reason = msg.HTTP11, 103, reasonHints[:]
	pl := h1.Plan{}
	w.write(h1.AppendResponse(w.buffer(&w.downOut), &s.Res, &pl))
	s.Hints, s.Res.Fields = s.Res.Fields, keep
	s.Res.Reset()
}

// write sends b to the client, by the end of the loop's turn or waiting as long as timeout client allows. On failure it says in the termination state
// why, and w.fault that nothing more is to be said.
func (w *worker) write(b []byte) bool {
	s := w.s
	deadline := after(w.home.loop.Now(), s.Tune.Or(s.Tune.TimeoutClient, s.Front.Timeout.Client))
	n, err := w.sess.Conn.TryWriteLate(b)
	if n < len(b) && (err == nil || err == loop.ErrAgain) {
		_, err = w.sess.Conn.Write(w.task, b[n:], deadline)
	}
	if err == nil {
		return true
	}
	w.keepFront, w.keepBack = false, false
	cause := proxy.CauseClient
	if isTimeout(err) {
		cause = proxy.CauseCliTO
	}
	s.Term.Set(cause, proxy.PhaseData)
	w.fault = fault{cause: cause, phase: proxy.PhaseData}
	w.silent = true
	return false
}

// startResponse judges a complete head, runs the response rules, and begins to send it on.
func (w *worker) startResponse() attempt {
	s := w.s
	s.Times.Response = w.sinceStart()
	if s.Back.RetryOn&proxy.RetryStatus(s.Res.Status) != 0 && w.retryable && s.LB.Tries > 0 && !s.Tune.NoL7Retry {
		w.fault = fault{s.Res.Status, proxy.CauseServer, proxy.PhaseHeaders, proxy.RetryStatus(s.Res.Status)}
		return failed
	}
	if balance.BindsConnection(&s.Res) {
		w.sess.Flags |= proxy.SessPrivate
	}
	w.sawStatus()
	w.capture(s.Front.Capture.Response, s.Res.Fields, &s.Log.ResCapture)
	w.keepBack = w.serverKeeps()
	if !w.contentPasses() {
		return gaveUp
	}
	s.Log.ResIn += responseBytes(&s.Res)
	w.stickResponse()
	w.filterReceived()
	if a := w.responseRules(); a != answered {
		return a
	}
	w.bodiless()
	s.Log.Status = s.Res.Status // rules may have changed it
	tunnel := s.Res.Body == msg.Tunnel
	if tunnel || s.Res.Body == msg.UntilClose && s.Res.Flags&msg.NoBody == 0 {
		w.keepFront, w.keepBack = w.keepFront && tunnel, false
	}
	if s.Res.Version < msg.HTTP11 && s.Res.Flags&msg.HasTE != 0 {
		w.keepFront, w.keepBack = false, false // framing that HTTP/1.0 does not have is not trusted (RFC 9112 6.1)
	}
	body := s.Res.Body
	if tunnel || s.Res.Flags&msg.NoBody != 0 {
		body = 0
	}
	s.Log.BytesOut += responseBytes(&s.Res)
	change := w.filterResponse(body)
	out := w.responseHead(w.buffer(&w.downOut), tunnel)
	if s.Trace != nil {
		s.Trace.Answer(out, nil)
	}
	w.sin.pin = 0
	w.down.begin(&w.sin, &w.back.Conn, &w.sess.Conn, out, body, w.home.loop.Now())
	w.down.mute = w.headOnly && body != 0
	if !w.down.mute {
		w.down.splice = w.home.splices(s, proxy.OptSpliceResponse)
	}
	w.down.dropTrailers = s.Front.Options.Has(proxy.OptDropResponseTrailers)
	w.down.change = change
	w.replied = true
	w.step(proxy.OriginTxnResponse)
	if s.Front.Options.Has(proxy.OptLogASAP) {
		w.early(proxy.OriginTxnResponse)
	}
	if tunnel {
		return w.tunnel()
	}
	return answered
}

// sawStatus tells the log, those who watch the server, and those who watch the client, what the response says.
func (w *worker) sawStatus() {
	s := w.s
	s.Log.Status, s.Log.ServerStatus = s.Res.Status, s.Res.Status
	observeStatus(s.Server, s.Res.Status)
	s.CountStatus(s.Res.Status)
}

// bodiless drops the body of a response whose status a rule replaced by one without (RFC 9110 6.4.1).
func (w *worker) bodiless() {
	r := &w.s.Res
	if (r.Status == 204 || r.Status == 304) && r.Body != 0 && r.Flags&msg.NoBody == 0 {
		w.s.Log.ResIn += w.bodySoFar()
		r.Flags |= msg.NoBody
		w.keepBack = false
	}
}

// serverKeeps reports whether the server's connection may carry another request after this response.
func (w *worker) serverKeeps() bool {
	s := w.s
	r := &s.Res
	if w.serverMode() != proxy.ConnKeepAlive || r.Flags&msg.ForceClose != 0 || oldChunked(&s.Req) {
		return false
	}
	if r.Version >= msg.HTTP11 {
		return r.Flags&msg.ConnClose == 0
	}
	return r.Flags&msg.ConnKeepAlive != 0
}

// responseRules runs the http-response rules of backend and frontend, then the http-after-response rules.
func (w *worker) responseRules() attempt {
	s := w.s
	s.Held[proxy.SideResponse], s.Grown[proxy.SideResponse] = w.sin.w, 0
	for i, p := range [2]*proxy.Proxy{s.Back, s.Front} {
		if i == 1 && s.Front == s.Back {
			break
		}
		if a := w.responseSet("http-response", p, p.Rules.HTTPResponse); a != answered {
			return a
		}
		if a := w.responseSet("rsp", p, p.Rules.OldResponse); a != answered {
			return a
		}
	}
	if w.leaksCookie(w.serverCookies()) {
		return w.refuse(502)
	}
	if !w.afterRules() {
		return w.internalError(proxy.PhaseHeaders)
	}
	return answered
}

// responseSet runs a rule set of a proxy on the response and acts on the verdict; answered lets the response go on.
func (w *worker) responseSet(set string, p *proxy.Proxy, rules []*proxy.Rule) attempt {
	if len(rules) == 0 {
		return answered
	}
	s := w.s
	section(s, set, p)
	v, r := proxy.RunAll(rules, s)
	if r != nil {
		s.Log.LastRule = r
	}
	if v != proxy.Continue && v != proxy.Stop {
		s.Log.ResIn += w.bodySoFar()
	}
	switch v {
	case proxy.Deny:
		s.Term.Set(proxy.CauseProxy, proxy.PhaseHeaders)
		w.countDeniedResponse()
		return w.denyResponse()
	case proxy.Answered:
		return gaveUp
	case proxy.Abort:
		s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
		w.countDenied()
		w.keepFront, w.keepBack, w.silent = false, false, true
		return gaveUp
	case proxy.Reply:
		s.Term.Set(proxy.CauseLocal, proxy.PhaseHeaders)
		w.keepBack = false
		w.replyAnswer()
		return gaveUp
	case proxy.InternalError:
		return w.internalError(proxy.PhaseHeaders)
	}
	return answered
}

// denyResponse answers in place of a response that a rule refused, as the rule says.
func (w *worker) denyResponse() attempt {
	d := &w.s.Deny
	if d.Reply == nil {
		return w.refuse(firstStatus(d.Status, 502))
	}
	w.keepBack = false
	if !w.up.finished() {
		w.keepFront = false
	}
	w.s.Answer = proxy.Answer{Static: d.Reply}
	w.replyAnswer()
	return gaveUp
}

func firstStatus(status, otherwise int) int {
	if status > 0 {
		return status
	}
	return otherwise
}

// internalError answers with a 500 in place of a response, and counts it.
func (w *worker) internalError(phase proxy.Phase) attempt {
	w.s.Term.Set(proxy.CauseInternal, phase)
	w.countInternal()
	w.s.NoAfterRules = true
	return w.refuse(500)
}

// countInternal counts an internal error on both sides of the stream.
func (w *worker) countInternal() {
	w.s.Front.State.Front.On(w.home.id).IntErrors++
	w.sess.Bind.State.Front.On(w.home.id).IntErrors++
	if w.s.Back != nil && w.backEntered {
		w.b().IntErrors++
	}
	if w.s.Server != nil {
		w.c(w.s.Server).IntErrors++
	}
}

// afterRules runs the http-after-response rules, which also see the answers of the proxy itself.
func (w *worker) afterRules() bool {
	s := w.s
	s.BeginResponse()
	if s.Back != nil && s.Back != s.Front && len(s.Back.Rules.HTTPAfterResponse) > 0 {
		section(s, "http-after-response", s.Back)
		if v, _ := proxy.RunAll(s.Back.Rules.HTTPAfterResponse, s); v == proxy.InternalError {
			return false
		}
	}
	if len(s.Front.Rules.HTTPAfterResponse) > 0 {
		section(s, "http-after-response", s.Front)
		if v, _ := proxy.RunAll(s.Front.Rules.HTTPAfterResponse, s); v == proxy.InternalError {
			return false
		}
	}
	return true
}

// tunnel sends the head of a response that opens a tunnel and lets a relay take over.
func (w *worker) tunnel() attempt {
	f := &w.down
	if !w.write(f.out) {
		return gaveUp
	}
	f.out, f.sent = f.out[:0], 0
	w.keepFront, w.keepBack = false, false
	undelay(w.back)
	w.in.pin = 0
	w.s.Req.Reset() // its bytes are about to be overwritten; the log has its own copy of the line
	w.startRelay()
	return tunneled
}
