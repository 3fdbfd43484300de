package stream

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// statsPage answers when the request is one of the statistics page of p (configuration.txt 4.2, stats enable): its own
// rules say who may see it.
func (w *worker) statsPage(p *proxy.Proxy) outcome {
	s, page := w.s, p.Stats
	if page == nil || !bytes.HasPrefix(s.Req.Target, page.Prefix) {
		return next
	}
	post := s.Req.MethodID == value.POST
	if !post && s.Req.MethodID != value.GET && s.Req.MethodID != value.HEAD {
		return next
	}
	if s.Trace != nil {
		s.Trace.Section("statistics page", p)
		s.Trace.Note("stats", "the target begins with that of 'stats uri "+page.URI+"'")
	}
	s.Log.Service = "<STATS>"
	if out := w.ruleSet("stats http-request", p, page.Rules); out != next {
		return out
	}
	admin := false
	for _, c := range page.Admin {
		if admin = c.Match(s); admin {
			break
		}
	}
	s.Term.Set(proxy.CauseLocal, proxy.PhaseRequest)
	w.countIntercepted()
	if post && admin {
		if out := w.waitBody(0, 0); out != next {
			if w.bodyCut {
				w.keepFront = false
				w.replyError(400)
			}
			return out
		}
	}
	if pages := w.home.eng.Proc.Page; pages != nil {
		w.serve(pages.Show(s, p, admin))
	} else {
		w.serve(proxy.ServiceAnswer{Status: 200})
	}
	return done
}

// serve sends the answer of a service.
func (w *worker) serve(a proxy.ServiceAnswer) {
	s := w.s
	t := &s.Times
	t.Queue, t.Connect, t.Response = t.Request, t.Request, t.Request
	switch {
	case a.Status == 0: // the stream was cancelled while the service looked at it
		w.keepFront, w.silent = false, true
		return
	case a.Pieces == nil && a.Status >= 400:
		w.replyError(a.Status)
		return
	}
	s.Res.Reset()
	s.Res.Version, s.Res.Status = msg.HTTP11, a.Status
	s.Log.Status = a.Status
	for _, f := range a.Fields {
		w.answerField(f.Name, f.Value)
	}
	if a.Pieces == nil {
		w.answerField("content-length", "0")
		w.sendReply(nil)
		return
	}
	w.sendPieces(a.Pieces)
}

// answerField adds a field to the answer.
func (w *worker) answerField(name, v string) {
	s := w.s
	n := s.Arena.CopyString(name)
	s.Res.Fields = append(s.Res.Fields, msg.Field{Name: n, Value: s.Arena.CopyString(v), Known: msg.Lookup(n)})
}

// sendPieces sends s.Res with a body of unknown length: chunked, or up to the end of the connection where the client
// does not know chunks.
func (w *worker) sendPieces(body proxy.Pieces) {
	s := w.s
	chunked := s.Req.Version >= msg.HTTP11
	if chunked {
		w.answerField("transfer-encoding", "chunked")
	} else {
		w.keepFront = false
	}
	if !w.finishReply(0) {
		return
	}
	out := w.responseHead(w.buffer(&w.downOut), false)
	s.Log.BytesOut += responseBytes(&s.Res)
	w.replied = true
	if s.Trace != nil {
		s.Trace.Answer(out, nil)
	}
	if !w.write(out) || s.Req.MethodID != value.HEAD && !w.writePieces(body, chunked) {
		return
	}
	if w.keepFront {
		w.keepFront = w.drain()
	}
}

// writePieces asks for one piece after the other and sends each before it asks for the next: the client sets the pace.
func (w *worker) writePieces(body proxy.Pieces, chunked bool) bool {
	p := &pieces{body: body, chunked: chunked, more: true}
	for p.more {
		if cause := w.task.Offload(p.next, 0); cause.Err() != nil {
			w.s.Term.Set(proxy.CauseKilled, proxy.PhaseData)
			w.keepFront, w.silent = false, true
			return false // p is the goroutine's now
		}
		w.s.Log.BytesOut += uint64(p.size)
		if len(p.out) > 0 && !w.write(p.out) {
			return false
		}
	}
	return true
}

// pieces turns what a service makes into what is written.
type pieces struct {
	body    proxy.Pieces
	chunked bool
	more    bool
	buf     []byte
	out     []byte // within buf
	size    int    // of the body's bytes in out
}

// chunkRoom is the space before a piece for the size of its chunk, in hexadecimal digits, and a line end.
const chunkRoom = 10

// next makes the next piece.
func (p *pieces) next() {
	var room [chunkRoom]byte
	p.buf, p.more = p.body.Next(append(p.buf[:0], room[:]...))
	p.out, p.size = p.buf[chunkRoom:], len(p.buf)-chunkRoom
	if !p.chunked {
		return
	}
	from := chunkRoom
	if p.size > 0 {
		from -= 2
		copy(p.buf[from:], "\r\n")
		for n := p.size; n > 0; n >>= 4 {
			from--
			p.buf[from] = "0123456789abcdef"[n&15]
		}
		p.buf = append(p.buf, "\r\n"...)
	}
	if !p.more {
		p.buf = append(p.buf, "0\r\n\r\n"...)
	}
	p.out = p.buf[from:]
}
