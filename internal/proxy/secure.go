package proxy

import (
	"crypto/tls"
	"crypto/x509"

	"sluice/internal/loop"
)

// Securer puts TLS on connections: on those of one bind line (configuration.txt 5.1, ssl), or on those to one server
// (5.2, ssl). It is made from the configuration and used by all loops.
type Securer interface {
	// Secure shakes hands on h.Conn, which carries the layer from then on, and fills h.State. On an error the connection
	// is of no more use; its owner closes it.
	Secure(h *Handshake) error
}

// Handshake is one TLS handshake to be made.
type Handshake struct {
	Conn     *loop.Conn
	Task     *loop.Task // runs it, and waits
	Deadline int64      // monotonic ns, 0: none
	Early    []byte     // bytes of the peer that were read before, behind a PROXY header; they are copied
	Name     string     // towards a server: the name to ask for (sni), "" for none

	State *TLSState // what came out of it
}

// TLSState is what is known of a connection's TLS. It lives as long as the connection.
type TLSState struct {
	Conn *tls.Conn
	Own  *x509.Certificate // towards a client: what it was shown
	Path string            // the file that Own came from
	// Failed is the last error of verifying the peer's certificate that the configuration lets pass, as X509_V_ERR_* of
	// OpenSSL; 0 for a good one. CrtError is the first one of the certificate itself, CAError the first one above it,
	// found CADepth up the chain.
	Failed, CrtError, CAError, CADepth int
	Began, Ended                       int64 // monotonic ns

	facts *tls.ConnectionState
}

// Facts returns what the handshake agreed on. It is put together once, at the first use: many connections never need it.
func (t *TLSState) Facts() *tls.ConnectionState {
	if t.facts == nil {
		cs := t.Conn.ConnectionState()
		t.facts = &cs
	}
	return t.facts
}
