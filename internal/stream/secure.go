package stream

import (
	"sluice/internal/proxy"
)

// secureClient shakes hands with the client. When that fails the session is over, and has been counted and closed.
func (w *worker) secureClient() bool {
	x := w.sess
	h := proxy.Handshake{Conn: &x.Conn, Task: w.task, Deadline: x.handshakeDeadline(), Early: w.in.unread(), State: new(proxy.TLSState)}
	h.State.Began = w.home.loop.Now()
	err := x.Bind.TLS.Secure(&h)
	w.in.take(w.in.len())
	if err != nil {
		w.handshakeFailed(err)
		return false
	}
	h.State.Ended = w.home.loop.Now()
	x.More().TLS = h.State
	return true
}

// handshakeFailed ends a session whose client could not shake hands.
func (w *worker) handshakeFailed(error) {
	x := w.sess
	x.Front.State.Front.On(w.home.id).ErrReq++
	x.Bind.State.Front.On(w.home.id).ErrReq++
	x.close()
}

// secureServer shakes hands with the server over c.
func (w *worker) secureServer(srv *proxy.Server, c *proxy.IdleConn, deadline int64) bool {
	h := proxy.Handshake{Conn: &c.Conn, Task: w.task, Deadline: deadline, Name: w.serverName(srv), State: new(proxy.TLSState)}
	h.State.Began = w.home.loop.Now()
	if err := srv.TLS.Secure(&h); err != nil {
		w.fault = fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
		return false
	}
	h.State.Ended = w.home.loop.Now()
	c.TLS = h.State
	return true
}

// serverName is the name that the stream's server is asked for (configuration.txt 5.2, sni).
func (w *worker) serverName(srv *proxy.Server) string {
	if srv.SNI == nil {
		return ""
	}
	name, _ := w.evalText(srv.SNI)
	return string(name)
}
