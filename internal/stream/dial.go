package stream

import (
	"errors"
	"net/netip"
	"os"
	"syscall"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// dial makes a new connection to srv and sends what precedes the stream: SOCKS4, a PROXY header. On failure w.fault
// tells why: SC with 503 when it was refused, sC when `timeout connect` passed.
func (w *worker) dial(srv *proxy.Server) bool {
	s, h := w.s, w.home
	if h.eng.Dialer != nil {
		return w.dialBy(h.eng.Dialer, srv)
	}
	spec, err := w.dialSpec(srv)
	if err != nil {
		w.fault = fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
		return false
	}
	spec.OneWrite = w.sendsOnce(srv)
	sp := h.specs[srv]
	if !w.admit(srv) {
		w.fault = fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
		return false
	}
	w.c(srv).ConnConnect++
	w.b().ConnConnect++
	c := &proxy.IdleConn{Server: srv, Addr: sp.of, Gone: h, Key: w.connKey(srv), Delays: spec.OneWrite, Kind: sp.kind(), Ports: spec.Ports}
	connected, err := h.connect(c, spec)
	if err != nil {
		srv.State.Used.Add(-1)
		w.connectFailed(srv, err)
		return false
	}
	w.markBack(c)
	w.back = c
	if !connected {
		c.Conn.Connecting()
		err = w.awaitConnect(c, after(h.loop.Now(), s.Tune.Or(s.Tune.TimeoutConnect, s.Back.Timeout.Connect)))
	}
	if err != nil {
		w.dropBack()
		w.connectFailed(srv, err)
		return false
	}
	observe(srv, proxy.ObserveLayer4, true, "")
	w.c(srv).ConnTotal++
	w.b().ConnTotal++
	s.Log.BackConn = c
	c.Uses = 1
	s.Log.BackSrc = netip.AddrPort{}
	if s.Front.LogOwn {
		s.BackSrc()
	}
	if spec.Addr.IP.IsValid() {
		s.Log.BackDst = spec.Addr.IP
	}
	if !w.preface(srv, c) {
		w.dropBack()
		return false
	}
	return true
}

// sendsOnce reports whether one write is enough for all that is going to be sent to srv, as long as the connection is not
// kept: the head of a request without a body. The system then need not be told that small writes are to leave at once.
func (w *worker) sendsOnce(srv *proxy.Server) bool {
	return w.s.Mode == proxy.ModeHTTP && w.s.Req.Body == 0 && srv.TLS == nil && srv.SendProxy == proxy.SendProxyNone && srv.Socks4 == nil
}

// undelay prepares a connection for more than one write.
func undelay(c *proxy.IdleConn) {
	if c.Delays {
		c.Delays = false
		netx.NoDelay(c.Conn.FD())
	}
}

// connect begins to connect c as spec says, with a socket that rests where there is one.
func (h *Home) connect(c *proxy.IdleConn, spec *netx.DialSpec) (connected bool, err error) {
	if fd, ok := h.resting.Take(c.Kind); ok {
		if connected, err = netx.Redial(fd, spec); err == nil {
			h.loop.OpenAgain(&c.Conn, fd)
			return connected, nil
		}
		loop.Socket{FD: fd}.Close()
	}
	d, err := h.dial(spec)
	if err != nil {
		return false, err
	}
	if h.loop.OpenNew(&c.Conn, d.FD) != nil {
		loop.Socket{FD: d.FD}.Close()
		return false, &netx.Error{Step: netx.StepSocket, Addr: spec.Addr, Errno: syscall.ENOMEM}
	}
	c.Port = d.Port
	return d.Connected, nil
}

// dial makes a socket for spec and begins to connect it, with a descriptor or a port that was in use until now where
// there is no other.
func (h *Home) dial(spec *netx.DialSpec) (netx.Dialed, error) {
	d, err := netx.Dial(spec)
	if err != nil && isResource(err) && h.loop.Settle() {
		d, err = netx.Dial(spec)
	}
	return d, err
}

// markBack attaches to the packets for the server what rules asked for.
func (w *worker) markBack(c *proxy.IdleConn) {
	t := &w.s.Tune
	if t.BackMarked || t.BackTOSed {
		c.Kind = 0 // the next one is not to have it
	}
	if t.BackMarked {
		netx.SetMark(c.Conn.FD(), t.BackMark)
	}
	if t.BackTOSed {
		netx.SetTOS(c.Conn.FD(), c.Addr.Family == proxy.FamIPv6, t.BackTOS)
	}
}

// errClientGone says that the client left while a connection was being made.
var errClientGone = errors.New("client gone")

// awaitConnect waits until c is connected, the deadline passed or the client left.
func (w *worker) awaitConnect(c *proxy.IdleConn, deadline int64) error {
	client := &w.sess.Conn
	for !c.Conn.Connected() {
		w.task.Watch(&c.Conn, loop.Out)
		if w.abortOnClose() {
			if client.PeerClosed() && w.leaveConnecting() {
				return errClientGone
			}
			w.task.Watch(client, loop.Hup)
		}
		switch w.task.Wait(deadline) {
		case loop.Expired:
			return os.ErrDeadlineExceeded
		case loop.Cancelled:
			w.s.Term.Set(proxy.CauseKilled, proxy.PhaseConnect)
			return loop.ErrCancelled
		}
	}
	if c.Conn.Failed() {
		return c.Conn.SocketError()
	}
	return nil
}

// leaveConnecting reports whether a client that closed its side early has given up. A TCP client may close its sending
// side and still want the answer.
func (w *worker) leaveConnecting() bool {
	return w.s.Mode == proxy.ModeHTTP || w.sess.Conn.Failed() || w.in.len() == 0
}

// connectFailed notes why no connection could be made.
func (w *worker) connectFailed(srv *proxy.Server, err error) {
	f := fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
	switch {
	case errors.Is(err, errClientGone):
		f = fault{503, proxy.CauseClient, proxy.PhaseConnect, 0}
		w.s.Term.Set(f.cause, f.phase)
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.cause = proxy.CauseSrvTO
	case errors.Is(err, loop.ErrCancelled):
		f = fault{503, proxy.CauseKilled, proxy.PhaseConnect, 0}
	case isResource(err):
		f = fault{503, proxy.CauseResource, proxy.PhaseConnect, proxy.RetryConnFailure}
	}
	if f.cause == proxy.CauseServer || f.cause == proxy.CauseResource {
		w.s.Log.BackErr = dialErrors[netx.ReasonOf(err)]
	}
	w.fault = f
	if f.cause == proxy.CauseServer || f.cause == proxy.CauseSrvTO {
		observe(srv, proxy.ObserveLayer4, false, "L4 unsuccessful connection")
	}
}

// dropBack closes the server connection of a failed attempt.
func (w *worker) dropBack() {
	if w.back == nil {
		return
	}
	c := w.back
	w.back = nil
	c.Server.State.Used.Add(-1)
	c.Close()
}

// isResource reports whether the system had nothing left to make a connection with.
func isResource(err error) bool {
	switch netx.ReasonOf(err) {
	case netx.ProcFDLimit, netx.SysFDLimit, netx.SysMemLimit, netx.PortsInUse, netx.NoFreePorts:
		return true
	}
	return false
}
