package stream

import (
	"crypto/x509"

	"sluice/internal/proxy"
	"sluice/internal/secure"
	"sluice/internal/wire/proxyproto"
)

// secureClient shakes hands with the client. When that fails the session is over, and has been logged, counted and
// closed.
func (w *worker) secureClient() bool {
	x, proc := w.sess, w.home.eng.Proc
	t := new(proxy.TLSState)
	h := proxy.Handshake{Conn: &x.Conn, Task: w.task, Deadline: x.handshakeDeadline(), Early: w.in.unread(), State: t}
	t.Began = w.home.loop.Now()
	x.More().TLS = t
	if n := proc.SSLConns.Add(1); w.home.snap.Global.MaxSSLConn > 0 && int(n) > w.home.snap.Global.MaxSSLConn {
		t.Error = proxy.ConnSSLTooMany
		w.handshakeFailed()
		return false
	}
	err := x.Bind.TLS.Secure(&h)
	w.in.take(w.in.len())
	if err != nil {
		w.handshakeFailed()
		return false
	}
	t.Ended = w.home.loop.Now()
	w.home.countHandshake(&w.home.frontKeys, t, x.Front.State.Front.On(w.home.id), x.Bind.State.Front.On(w.home.id))
	return true
}

// countHandshake counts a handshake that succeeded.
func (h *Home) countHandshake(keys *KeyRate, t *proxy.TLSState, all ...*proxy.Counters) {
	resumed := t.Resumed()
	keys.add(h.loop.Now(), resumed)
	for _, c := range all {
		c.SSLSess++
		if resumed {
			c.SSLReused++
		}
	}
}

// handshakeFailed ends a session whose client could not shake hands.
func (w *worker) handshakeFailed() {
	x := w.sess
	x.Extra.Err = x.Extra.TLS.Error
	for _, c := range [...]*proxy.Counters{x.Front.State.Front.On(w.home.id), x.Bind.State.Front.On(w.home.id)} {
		c.SSLFailed++
	}
	w.home.logConnError(x)
	x.close()
}

// secureServer shakes hands with the server over c.
func (w *worker) secureServer(srv *proxy.Server, c *proxy.IdleConn, deadline int64) bool {
	t := new(proxy.TLSState)
	h := proxy.Handshake{Conn: &c.Conn, Task: w.task, Deadline: deadline, Name: w.serverName(srv), State: t}
	t.Began = w.home.loop.Now()
	c.TLS = t
	if err := srv.TLS.Secure(&h); err != nil {
		w.s.Log.BackErr = t.Error
		w.c(srv).SSLFailed++
		w.b().SSLFailed++
		w.fault = fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
		return false
	}
	t.Ended = w.home.loop.Now()
	w.home.countHandshake(&w.home.backKeys, t, w.c(srv), w.b())
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

// proxySSL is what a PROXY header says of the client's TLS (configuration.txt 5.2, proxy-v2-options).
func (w *worker) proxySSL(opts proxy.ProxyV2Options) *proxyproto.SSLOut {
	out := &proxyproto.SSLOut{}
	t := w.clientTLS()
	if t == nil {
		return out
	}
	a := &w.s.Arena
	out.Client = proxyproto.ClientSSL
	out.Version = a.CopyString(t.Version())
	if shown := t.Facts().PeerCertificates; len(shown) > 0 {
		out.Client |= proxyproto.ClientCertSess
		if !t.Facts().DidResume {
			out.Client |= proxyproto.ClientCertConn
		}
		out.Verify = uint32(t.Failed)
		if opts&proxy.PP2CertCN != 0 {
			out.CN = subjectCN(shown[0])
		}
	}
	if t.Own != nil && opts&proxy.PP2CertKey != 0 {
		out.KeyAlg = a.CopyString(secure.KeyName(t.Own))
	}
	if t.Own != nil && opts&proxy.PP2CertSig != 0 {
		out.SigAlg = a.CopyString(secure.SigName(t.Own))
	}
	if opts&proxy.PP2SSLCipher != 0 {
		out.Cipher = a.CopyString(secure.CipherOf(t))
	}
	return out
}

func (w *worker) clientTLS() *proxy.TLSState {
	if e := w.sess.Extra; e != nil {
		return e.TLS
	}
	return nil
}

func subjectCN(c *x509.Certificate) []byte {
	name, ok := secure.ParseName(c.RawSubject)
	if !ok {
		return nil
	}
	b, ok := name.AppendEntry(nil, "CN", 1)
	if !ok {
		return nil
	}
	return b
}
