package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"net"

	"sluice/internal/loop"
)

// Securer puts TLS on connections: on those of one bind line (configuration.txt 5.1, ssl), or on those to one server
// (5.2, ssl). It is made from the configuration and used by all loops.
type Securer interface {
	// Secure shakes hands on h.Conn, which carries the layer from then on, and fills h.State. On an error the connection
	// is of no more use; its owner closes it.
	Secure(h *Handshake) error
}

// A Wrapper puts TLS on connections that goroutines read and write: those of logs. Its Securers are Wrappers too.
type Wrapper interface {
	// Wrap returns c with TLS on it, which shakes hands at the first use. Towards a server name is the one to ask for.
	Wrap(c net.Conn, name string) net.Conn
}

// Handshake is one TLS handshake to be made.
type Handshake struct {
	Conn     *loop.Conn
	Task     *loop.Task // runs it, and waits
	Deadline int64      // monotonic ns, 0: none
	Early    []byte     // bytes of the peer that were read before, behind a PROXY header; they are copied
	Name     string     // towards a server: the name to ask for (sni), "" for none
	ALPN     []string   // towards a server: the protocols to offer, nil for those of the server line

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
	// Error and Code are what a handshake failed with: for the connection, and as the number that OpenSSL has for it.
	Error        ConnError
	Code         uint32
	Began, Ended int64   // monotonic ns
	Trust        Truster // nil where the peer's certificate is not verified

	// Seen is what was kept of the handshake, nil when no fetch asks for it.
	Seen *TLSSeen

	facts *tls.ConnectionState
}

// TLSWants is what is to be kept of handshakes beyond what crypto/tls tells of them. It is settled before any is made.
type TLSWants struct {
	Hello   int  // bytes of the lists in clients' hellos (configuration.txt 3.2, tune.ssl.capture-buffer-size); 0: none
	Randoms bool // a fetch shows random numbers
	Session bool // a fetch shows the id of a session
	Master  bool // a fetch shows the key of a session
	Log     bool // all secrets are kept (3.2, tune.ssl.keylog)
}

// Secret is one of the secrets of a connection of TLSv1.3 that files of keys name.
type Secret uint8

// The secrets.
const (
	ClientEarlySecret Secret = iota
	ClientHandshakeSecret
	ServerHandshakeSecret
	ClientTrafficSecret
	ServerTrafficSecret
	EarlyExporterSecret
	NSecrets
)

// TLSSeen is what was kept of one handshake.
type TLSSeen struct {
	Version uint16 // in the client's hello; 0: nothing of it was kept
	// The lists of the client's hello, in its own bytes; what did not fit into the room is nil.
	Ciphers, Extensions, Curves, Formats, Versions, Signatures []byte
	CipherHash                                                 uint64 // of all ciphers

	ClientRandom, ServerRandom []byte
	SessionID                  []byte           // nil where the session has none
	Master                     []byte           // of the session, up to TLSv1.2
	Secrets                    [NSecrets][]byte // in hexadecimal
}

// Truster knows the authorities that a peer's certificate may come from.
type Truster interface {
	// Root returns where the chain of what a peer has shown ends.
	Root(shown []*x509.Certificate) *x509.Certificate
}

// Facts returns what the handshake agreed on. It is put together once, at the first use: many connections never need it.
func (t *TLSState) Facts() *tls.ConnectionState {
	if t.facts == nil && t.Conn == nil {
		return &tls.ConnectionState{}
	}
	if t.facts == nil {
		cs := t.Conn.ConnectionState()
		t.facts = &cs
	}
	return t.facts
}

// Keep takes the facts and lets go of Conn, which has nothing more to do.
func (t *TLSState) Keep(cs *tls.ConnectionState) { t.facts, t.Conn = cs, nil }

// Resumed reports whether an earlier session was resumed.
func (t *TLSState) Resumed() bool {
	if t.facts != nil {
		return t.facts.DidResume
	}
	return t.Conn.ConnectionState().DidResume
}

// Version returns the name of the version in use, "" before one is known.
func (t *TLSState) Version() string {
	switch t.Facts().Version {
	case tls.VersionTLS10:
		return "TLSv1"
	case tls.VersionTLS11:
		return "TLSv1.1"
	case tls.VersionTLS12:
		return "TLSv1.2"
	case tls.VersionTLS13:
		return "TLSv1.3"
	}
	return ""
}
