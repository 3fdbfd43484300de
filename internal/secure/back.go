package secure

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"sync"

	"sluice/internal/proxy"
)

// Back puts TLS on the connections to one server.
type Back struct {
	policy *policy
	host   string // verifyhost
	base   *tls.Config

	records Records

	mu     sync.Mutex
	byName map[string]*tls.Config // what a name and its protocols need of their own, by both
}

// mostNames bounds the names that configurations are kept for.
const mostNames = 1024

// sessionsKept is how many sessions are kept for resumption, of all names of a server.
const sessionsKept = 64

// Peer is what a server line says about TLS besides the settings of both sides.
type Peer struct {
	Host    string       // verifyhost
	Cert    *Certificate // crt; nil for none
	NoReuse bool         // no-ssl-reuse
}

// NewBack makes the TLS of a server line.
func NewBack(s *Settings, peer Peer) (*Back, Remarks, error) {
	var r Remarks
	p, err := newPolicy(s, x509.ExtKeyUsageServerAuth, &r)
	if err != nil {
		return nil, r, err
	}
	b := &Back{policy: p, host: peer.Host, base: p.config(), records: s.Records, byName: map[string]*tls.Config{}}
	b.base.InsecureSkipVerify = true // verified by the policy, in VerifyConnection
	if peer.Cert != nil {
		// Shown whatever authorities the server names, as OpenSSL does: crypto/tls would keep back one of another.
		own := &peer.Cert.TLS
		b.base.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	b.base.SessionTicketsDisabled = s.Tickets == Off
	if !peer.NoReuse {
		b.base.ClientSessionCache = tls.NewLRUClientSessionCache(sessionsKept)
	}
	return b, r, nil
}

// config returns the configuration for a name, and for the protocols to offer when those are not the server line's.
func (b *Back) config(name string, alpn []string) *tls.Config {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := name
	if alpn != nil {
		key += "\x00" + strings.Join(alpn, ",")
	}
	g := b.byName[key]
	if g != nil {
		return g
	}
	if len(b.byName) >= mostNames {
		clear(b.byName)
	}
	g = b.base.Clone()
	g.ServerName = name
	if alpn != nil {
		g.NextProtos = alpn
	}
	if b.policy.asksPeer() {
		host := b.host
		if host == "" {
			host = name
		}
		g.VerifyConnection = func(cs tls.ConnectionState) error {
			_, err := b.policy.checkPeer(&cs, host)
			return err
		}
	}
	b.byName[key] = g
	return g
}

// Secure implements proxy.Securer.
func (b *Back) Secure(h *proxy.Handshake) error {
	below := h.Conn.Below()
	below.Bind(h.Task, h.Deadline)
	return b.records.finish(h, tls.Client(below, b.config(h.Name, h.ALPN)), true)
}
