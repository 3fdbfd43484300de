package proxy

import (
	"crypto/tls"

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

	State TLSState // what came out of it
}

// TLSState is what is known of a connection's TLS. It lives as long as the connection.
type TLSState struct {
	Conn *tls.Conn
	// Failed is what verifying the peer's certificate ended with where the configuration lets it pass, as X509_V_ERR_*
	// of OpenSSL; 0 for a good one. Depth is where in the chain it was found.
	Failed, Depth int
	Began, Ended  int64 // monotonic ns
}
