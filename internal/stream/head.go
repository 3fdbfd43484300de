package stream

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// hopByHop are the fields that concern one connection only and are written anew for the next.
const hopByHop = 1<<msg.KeepAlive | 1<<msg.ProxyConnection

// requestHead appends the head of the request as the server gets it.
func (w *worker) requestHead(dst []byte) []byte {
	s := w.s
	q := &s.Req
	pl := h1.Plan{Drop: hopByHop}
	mode := s.Back.ConnMode
	if s.Front.ConnMode == proxy.ConnClose {
		mode = proxy.ConnClose
	}
	switch {
	case q.Flags&msg.ConnUpgrade != 0:
	case mode == proxy.ConnClose, mode == proxy.ConnServerClose && !s.Back.Options.Has(proxy.OptPretendKeepAlive):
		pl.Connection = "close"
	case q.Version < msg.HTTP11:
		pl.Connection = "keep-alive"
	}
	if adjust := w.home.caseAdjust; adjust != nil && s.Back.Options.Has(proxy.OptCaseAdjustServer) {
		pl.Case = adjust
	}
	return h1.AppendRequest(dst, q, &pl)
}

// responseHead appends the head of the response as the client gets it.
func (w *worker) responseHead(dst []byte, tunnel bool) []byte {
	s := w.s
	pl := h1.Plan{Drop: hopByHop}
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
