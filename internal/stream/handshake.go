package stream

import (
	"net/netip"

	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/wire/cip"
	"sluice/internal/wire/proxyproto"
)

// runHandshake is the job of a connection that must begin with a PROXY header, a NetScaler client IP header or TLS.
func runHandshake(w *worker) {
	x := w.sess
	wantCIP := x.Bind.CIPMagic != 0 || x.Flags&proxy.SessExpectCIP != 0
	ok := true
	if x.Bind.AcceptProxy || x.Flags&proxy.SessExpect != 0 {
		ok = w.readProxyHeader()
	}
	if ok && wantCIP {
		ok = w.readCIP()
	}
	if ok && x.Bind.TLS != nil && !w.secureClient() {
		return
	}
	if !ok {
		x.home.countDeniedConn(&x.Session)
		if x.More().Err != proxy.ConnOK {
			x.home.logConnError(x)
		}
		x.abort()
		return
	}
	now := x.home.loop.Now()
	x.More().HandshakeNs = now - x.Start
	if w.in.len() > 0 {
		x.afterHandshake(w)
		return
	}
	x.established()
}

// handshakeDeadline is when a client must be through with its handshakes (configuration.txt 4.2, timeout client-hs).
func (x *session) handshakeDeadline() int64 {
	return after(x.Start, firstOf(x.Front.Timeout.ClientHS, x.Front.Timeout.Client))
}

// readProxyHeader reads a PROXY header of either version and takes the addresses from it.
func (w *worker) readProxyHeader() bool {
	x := w.sess
	deadline := x.handshakeDeadline()
	for {
		if w.in.len() > 0 {
			var hd proxyproto.Header
			n, err := hd.Parse(w.in.unread())
			if err == nil && n > 0 && hd.Command == proxyproto.Proxy && !hd.IsTCP() {
				err = proxyproto.ErrBadProtocol
			}
			if err != nil {
				x.More().Err = w.headerError(false, err)
				return false
			}
			if n > 0 {
				x.takeHeader(&hd)
				w.in.take(n)
				return true
			}
		}
		if !w.readMore(deadline) {
			x.More().Err = w.headerError(false, nil)
			return false
		}
	}
}

// takeHeader takes addresses and TLVs from a PROXY header.
func (x *session) takeHeader(hd *proxyproto.Header) {
	e := x.More()
	e.PPVersion = int(hd.Version)
	if hd.Command == proxyproto.Local {
		return
	}
	x.replaceAddrs(hd.Src, hd.Dst)
	for v, rest, ok := hd.TLVs.Next(); ok; v, rest, ok = rest.Next() {
		e.TLVs = append(e.TLVs, proxy.TLV{Type: uint8(v.Type), Value: append([]byte(nil), v.Value...)})
	}
}

// replaceAddrs puts addresses from a header in place of the transport's.
func (x *session) replaceAddrs(src, dst netip.AddrPort) {
	if !src.IsValid() {
		return
	}
	e := x.More()
	e.PeerDst = x.Destination()
	e.PeerSrc = x.Src
	x.Src, x.Dst = src, dst
	x.Flags |= proxy.SessProxied | proxy.SessDstKnown
	x.Flags &^= proxy.SessUnix
}

// readCIP reads a NetScaler client IP insertion header.
func (w *worker) readCIP() bool {
	x := w.sess
	deadline := x.handshakeDeadline()
	for {
		if w.in.len() > 0 {
			var hd cip.Header
			n, err := hd.Parse(w.in.unread(), x.Bind.CIPMagic)
			if err != nil {
				x.More().Err = w.headerError(true, err)
				return false
			}
			if n > 0 {
				x.replaceAddrs(hd.Src, hd.Dst)
				w.in.take(n)
				return true
			}
		}
		if !w.readMore(deadline) {
			x.More().Err = w.headerError(true, nil)
			return false
		}
	}
}

// readMore waits for more bytes from the client; false at the end, at the deadline or when the task was cancelled.
func (w *worker) readMore(deadline int64) bool {
	c := &w.sess.Conn
	for {
		if w.in.full() {
			return false
		}
		w.in.compact()
		if w.in.fill(c, w.home.bufs, 0) > 0 {
			return true
		}
		if w.in.ended() {
			return false
		}
		w.task.Watch(c, loop.In)
		switch w.task.Wait(deadline) {
		case loop.Expired, loop.Cancelled:
			return false
		}
	}
}
