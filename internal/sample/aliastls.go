package sample

import (
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// clientTLS is the TLS of the client's connection, nil without.
func (w *writer) clientTLS() *proxy.TLSState {
	if w.s.Sess != nil && w.s.Sess.Extra != nil {
		return w.s.Sess.Extra.TLS
	}
	return nil
}

func putTLSCipher(w *writer) {
	if t := w.clientTLS(); t != nil {
		w.string(secure.CipherOf(t))
		return
	}
	w.missing()
}

func putTLSVersion(w *writer) {
	if t := w.clientTLS(); t != nil && t.Version() != "" {
		w.string(t.Version())
		return
	}
	w.missing()
}
