package stream

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
	"sluice/internal/wire/h1"
)

// replyError answers the client with the error page of status. It always leaves the stream finished.
func (w *worker) replyError(status int) {
	if w.replied || w.silent {
		w.keepFront = false
		return
	}
	f := w.errorPage(status)
	if f.Reply != nil {
		if w.s.Times.Request >= 0 {
			w.replyStatic(f.Reply)
			return
		}
		f = w.home.eng.pages[status] // before there is a request nothing can be made of its parts
	}
	if f.Loc != "" {
		w.replyRaw(redirectPage(f), status) // what happened, not how it is told
		return
	}
	if len(f.Raw) == 0 { // an empty error file: close without a word
		w.keepFront, w.silent = false, true
		w.s.Log.Status = status
		return
	}
	w.replyRaw(f.Raw, status)
}

// redirectPage is the message of an errorloc line.
func redirectPage(f *proxy.ErrorFile) []byte {
	reason := "302 Found"
	if f.Code == 303 {
		reason = "303 See Other"
	}
	return []byte("HTTP/1.1 " + reason + "\r\ncache-control: no-cache\r\ncontent-length: 0\r\nlocation: " + f.Loc + "\r\n\r\n")
}

// replyRaw sends a complete message of our own: its head goes through the http-after-response rules and gets what the
// client's connection needs. status is what the log says, unless a rule changes it.
func (w *worker) replyRaw(raw []byte, status int) {
	s := w.s
	var p h1.Parser
	s.Res.Reset()
	copied := s.Arena.Copy(raw)
	n, v := p.Response(copied, &s.Res, h1.Asked{Method: s.Req.MethodID}, &w.home.resOptions[1])
	if v != h1.Done {
		w.keepFront = false
		return
	}
	w.leaveAfter(s.Res.Flags)
	s.Log.Status = status
	w.sendReply(copied[n:])
}

// leaveAfter closes the client's connection behind an answer of our own whose text says so. What http-after-response rules
// make of the field changes nothing.
func (w *worker) leaveAfter(f msg.Flags) {
	if f&msg.ConnClose != 0 {
		w.keepFront = false
	}
}

// replyAnswer sends what an action prepared in s.Answer.
func (w *worker) replyAnswer() outcome {
	s := w.s
	a := &s.Answer
	if a.Service != nil {
		w.serve(a.Service.Serve(s))
		return done
	}
	if a.Static != nil {
		w.replyStatic(a.Static)
		return done
	}
	head := append(s.Arena.Tail(len(a.Head)+len(a.Body)), a.Head...)
	w.replyRaw(s.Arena.Keep(append(head, a.Body...)), a.Status)
	return done
}

// replyStatic builds and sends the answer of a return or deny rule.
func (w *worker) replyStatic(r *proxy.StaticReply) {
	s := w.s
	switch {
	case r.Page:
		w.replyError(r.Status)
		return
	case r.Raw != nil && len(r.Raw) == 0: // an empty file: close without a word
		w.keepFront, w.silent = false, true
		s.Log.Status = r.Status
		return
	case r.Raw != nil:
		w.replyRaw(r.Raw, r.Status)
		return
	}
	body := r.Body
	if r.BodyFormat != nil {
		body = s.Arena.Keep(r.BodyFormat.Append(s.Arena.Tail(256), s))
	}
	s.Res.Reset()
	s.Res.Version, s.Res.Status = msg.HTTP11, r.Status
	s.Res.Reason = []byte(r.Reason)
	for i := range r.Headers {
		h := &r.Headers[i]
		v := s.Arena.Keep(h.Format.Append(s.Arena.Tail(128), s))
		if len(v) == 0 {
			continue
		}
		s.Res.Fields = append(s.Res.Fields, msg.Field{Name: h.Name, Value: v, Known: msg.Lookup(h.Name)})
	}
	n := s.Arena.Keep(appendInt(s.Arena.Tail(20), len(body)))
	s.Res.Fields = append(s.Res.Fields, msg.Field{Name: nameContentLength, Value: n, Known: msg.ContentLength})
	if r.ContentType != "" && len(body) > 0 {
		s.Res.Fields = append(s.Res.Fields, msg.Field{Name: nameContentType, Value: s.Arena.CopyString(r.ContentType),
			Known: msg.ContentType})
	}
	w.leaveAfter(h1.ConnectionFlags(s.Res.Fields))
	s.Log.Status = r.Status
	w.sendReply(body)
}

var (
	nameContentLength = []byte("content-length")
	nameContentType   = []byte("content-type")
)

// sendReply sends s.Res with body, and deals with what is left of the request's body.
func (w *worker) sendReply(body []byte) {
	s := w.s
	if !w.finishReply(len(body)) {
		return
	}
	if s.Req.MethodID == value.HEAD {
		body = nil
	}
	if s.Times.Request < 0 {
		w.keepFront = false
	}
	out := w.responseHead(w.buffer(&w.downOut), false)
	if s.Trace != nil {
		s.Trace.Answer(out, body)
	}
	out = append(out, body...)
	s.Log.BytesOut += responseBytes(&s.Res) + uint64(len(body))
	w.replied = true
	if !w.write(out) {
		return
	}
	if w.keepFront {
		w.keepFront = w.drain()
	}
}

// finishReply runs the http-after-response rules over s.Res, whose body has n bytes; false when they failed and another
// answer was sent.
func (w *worker) finishReply(n int) bool {
	s := w.s
	s.Held[proxy.SideResponse], s.Grown[proxy.SideResponse] = n+int(responseBytes(&s.Res)), 0
	before := s.Res.Status
	if s.Times.Request >= 0 && !s.NoAfterRules && !w.afterRules() {
		s.Term.Set(proxy.CauseInternal, proxy.PhaseRequest)
		w.countInternal()
		s.NoAfterRules = true
		w.replyError(500)
		return false
	}
	if s.Res.Status != before {
		s.Log.Status = s.Res.Status
	}
	return true
}

// drain reads and drops the rest of a request's body whose answer has been sent, so that the connection can go on; false
// when it is too much or does not come.
func (w *worker) drain() bool {
	q := &w.s.Req
	if q.Body == 0 {
		return true
	}
	f := &w.up
	if f.in == nil {
		f.begin(&w.in, &w.sess.Conn, nil, nil, q.Body, w.home.loop.Now())
	}
	f.letGo()
	deadline := after(w.home.loop.Now(), firstOf(w.s.Front.Timeout.HTTPRequest, w.s.Front.Timeout.Client))
	for dropped := 0; dropped < maxDrain; {
		n := f.discard()
		dropped += n
		if f.complete {
			return true
		}
		if f.bad || f.cut || n == 0 && !w.readMore(deadline) {
			return false
		}
	}
	return false
}

// maxDrain is how much of an unwanted body is read for the sake of the connection, in bytes.
const maxDrain = 1 << 20
