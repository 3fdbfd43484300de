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
		if complete || w.in.full() || atLeast > 0 && len(view.Bytes) >= atLeast {
			return next
		}
		w.in.compact()
		if w.in.full() {
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

// peekBody shows the body as far as it is buffered, decoded, without consuming it.
func (w *worker) peekBody() (view proxy.BodyView, complete, bad bool) {
	q := &w.s.Req
	data := w.in.data()
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
