package stream

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// requestHead appends the head of the request as the server gets it.
func (w *worker) requestHead(dst []byte) []byte {
	s := w.s
	q := &s.Req
	pl := h1.Plan{}
	mode := w.serverMode()
	switch {
	case q.Flags&msg.ConnUpgrade != 0:
	case mode == proxy.ConnClose, mode == proxy.ConnServerClose && !s.Back.Options.Has(proxy.OptPretendKeepAlive):
		pl.Connection = "close"
	case q.Version < msg.HTTP11 && !oldChunked(q):
		pl.Connection = "keep-alive"
	}
	if adjust := w.home.caseAdjust; adjust != nil && s.Back.Options.Has(proxy.OptCaseAdjustServer) {
		pl.Case = adjust
	}
	return h1.AppendRequest(dst, q, &pl)
}

// oldChunked reports whether a request of HTTP/1.0 has a framing that this version does not know: nothing may follow it on a
// connection (RFC 9112 6.1).
func oldChunked(q *msg.Request) bool { return q.Version < msg.HTTP11 && q.Flags&msg.ForceClose != 0 }

// serverMode says what becomes of the server's connection after a response: `option http-server-close` counts in the
// frontend too, httpclose there is about the client's (configuration.txt 4.2).
func (w *worker) serverMode() proxy.ConnMode {
	if w.s.Back.ConnMode == proxy.ConnKeepAlive && w.s.Front.ConnMode == proxy.ConnServerClose {
		return proxy.ConnServerClose
	}
	return w.s.Back.ConnMode
}

// responseHead appends the head of the response as the client gets it.
func (w *worker) responseHead(dst []byte, tunnel bool) []byte {
	s := w.s
	pl := h1.Plan{}
	if !tunnel && w.sess.leaving() {
		w.keepFront = false
	}
	switch {
	case tunnel:
	case !w.keepFront:
		if s.Res.Version >= msg.HTTP11 { // in HTTP/1.0 it goes without saying
			pl.Connection = "close"
		}
	case s.Req.Version < msg.HTTP11, s.Res.Version < msg.HTTP11:
		pl.Connection = "keep-alive"
	}
	if adjust := w.home.caseAdjust; adjust != nil && s.Front.Options.Has(proxy.OptCaseAdjustClient) {
		pl.Case = adjust
	}
	return h1.AppendResponse(dst, &s.Res, &pl)
}
