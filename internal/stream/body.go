package stream

import (
	"errors"
	"os"

	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
	"sluice/internal/wire/h1"
)

// waitBody reads the body until it is complete, atLeast bytes are there (0: all), or the buffer is full; limit is the
// time for it in ns, 0 for timeout client.
func (w *worker) waitBody(limit int64, atLeast int) outcome {
	s := w.s
	x := w.sess
	if s.Req.Flags&msg.Expect100 != 0 && !w.inviteBody() {
		return done
	}
	deadline := after(w.home.loop.Now(), s.Front.Timeout.Client)
	if limit > 0 {
		deadline = s.Times.Start + s.Times.Handshake + s.Times.Idle + limit
	}
	for {
		view, complete, bad := w.peekBody()
		s.ReqBody = view
		if bad {
			s.Term.Set(proxy.CauseClient, proxy.PhaseData)
			w.replyError(400)
			return done
		}
		if !complete && !w.in.full() && (atLeast == 0 || len(view.Bytes) < atLeast) {
			w.in.compact()
		}
		if complete || w.in.full() || atLeast > 0 && len(view.Bytes) >= atLeast {
			s.Times.Request = w.sinceStart() // what was waited for is part of the request
			return next
		}
		if w.in.fill(&x.Conn, w.home.bufs, 0) > 0 {
			continue
		}
		if w.in.ended() {
			w.bodyCut = true
			return done
		}
		w.task.Watch(&x.Conn, loop.In)
		switch w.task.Wait(deadline) {
		case loop.Expired:
			s.Term.Set(proxy.CauseCliTO, proxy.PhaseRequest)
			s.Times.Request = -1
			w.keepFront = false
			w.replyError(408)
			return done
		case loop.Cancelled:
			s.Term.Set(proxy.CauseKilled, proxy.PhaseData)
			w.keepFront, w.silent = false, true
			return done
		}
	}
}

var goOn = [...]byte{'C', 'o', 'n', 't', 'i', 'n', 'u', 'e'}

// inviteBody tells a client that waits for it to send its body, which is wanted before any server is asked: that server
// hears nothing of the expectation (RFC 9110 10.1.1).
func (w *worker) inviteBody() bool {
	s := w.s
	s.Req.Flags &^= msg.Expect100
	for i := range s.Req.Fields {
		if f := &s.Req.Fields[i]; f.Known == msg.Expect && !f.Dead {
			s.Req.Delete(i)
		}
	}
	go100 := msg.Response{Version: msg.HTTP11, Status: 100, Reason: goOn[:]}
	return w.write(h1.AppendResponse(w.buffer(&w.downOut), &go100, &h1.Plan{}))
}

// WaitBody implements proxy.BodyWaiter for the wait-for-body action.
func (w *worker) WaitBody(s *proxy.Stream, response bool, limit int64, atLeast int) proxy.Verdict {
	if response {
		return w.waitResponseBody(limit, atLeast)
	}
	if s.Req.Body == 0 || s.ReqBody.Done {
		return proxy.Continue
	}
	if w.waitBody(limit, atLeast) == next {
		return proxy.Continue
	}
	if w.bodyCut {
		w.bodyLost()
	}
	return proxy.Answered
}

// waitResponseBody reads what the server sends behind the head until the body is complete, atLeast bytes of it are there
// or the buffer is full. A server that is too slow is a 504.
func (w *worker) waitResponseBody(limit int64, atLeast int) proxy.Verdict {
	s := w.s
	deadline := after(w.home.loop.Now(), limit)
	for {
		n := w.sin.len()
		s.ResBody = proxy.BodyView{Bytes: w.sin.unread(), Size: max(s.Res.Body, 0), Done: s.Res.Body >= 0 && int64(n) >= s.Res.Body}
		if s.ResBody.Done || w.sin.full() || w.sin.ended() || atLeast > 0 && n >= atLeast {
			return proxy.Continue
		}
		if w.sin.fill(&w.back.Conn, w.home.bufs, 0) > 0 {
			continue
		}
		if w.sin.ended() || w.sin.full() {
			continue
		}
		w.task.Watch(&w.back.Conn, loop.In)
		if c := w.task.Wait(deadline); c == loop.Expired || c == loop.Cancelled {
			s.Term.Set(proxy.CauseSrvTO, proxy.PhaseHeaders)
			w.refuse(504)
			return proxy.Answered
		}
	}
}

// peekBody shows the body as far as it is buffered, decoded, without consuming it.
func (w *worker) peekBody() (view proxy.BodyView, complete, bad bool) {
	q := &w.s.Req
	data := w.in.unread()
	switch {
	case q.Body == 0:
		return proxy.BodyView{Done: true}, true, false
	case q.Body > 0:
		n := min(int64(len(data)), q.Body)
		complete = n == q.Body
		return proxy.BodyView{Bytes: data[:n], Done: complete, Size: q.Body}, complete, false
	case q.Body == msg.Chunked:
		var c h1.Chunked
		b := w.s.Arena.Tail(len(data))
		for len(data) > 0 {
			from, to, n, v := c.Next(data, &w.home.reqOptions[0])
			b = append(b, data[from:to]...)
			if v == h1.Failed {
				return view, false, true
			}
			if complete = v == h1.Done; complete || v == h1.NeedMore {
				break
			}
			data = data[n:]
		}
		return proxy.BodyView{Bytes: w.s.Arena.Keep(b), Done: complete}, complete, false
	}
	return view, true, false
}

// evalText evaluates e to a string in the arena; false when e is nil or there is no such sample.
func (w *worker) evalText(e proxy.Expr) ([]byte, bool) {
	if e == nil {
		return nil, false
	}
	var v value.Value
	if !e.Eval(w.s, &v) {
		return nil, false
	}
	return v.Bytes, v.Type == value.Str
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
