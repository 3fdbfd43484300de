package secure

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"sluice/internal/proxy"
)

// Back puts TLS on the connections to one server. As with a Front, what it goes by may be exchanged meanwhile.
type Back struct {
	now     atomic.Pointer[side]
	records Records
}

// side is what the connections to a server go by.
type side struct {
	settings *Settings
	peer     Peer

	policy *policy
	base   *tls.Config

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
	v, r, err := newSide(s, peer)
	if err != nil {
		return nil, r, err
	}
	b := &Back{records: s.Records}
	b.now.Store(v)
	return b, r, nil
}

// newSide makes what connections go by. No session of an earlier one is resumed with it.
func newSide(s *Settings, peer Peer) (*side, Remarks, error) {
	var r Remarks
	p, err := newPolicy(s, x509.ExtKeyUsageServerAuth, &r)
	if err != nil {
		return nil, r, err
	}
	v := &side{settings: s, peer: peer, policy: p, base: p.config(), byName: map[string]*tls.Config{}}
	v.base.InsecureSkipVerify = true // verified by the policy, in VerifyConnection
	if peer.Cert != nil {
		if err := peer.Cert.whole(); err != nil {
			return nil, r, err
		}
		// Shown whatever authorities the server names, as OpenSSL does: crypto/tls would keep back one of another.
		own := p.proved(&peer.Cert.TLS)
		v.base.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	v.base.SessionTicketsDisabled = s.Tickets == Off
	if !peer.NoReuse {
		v.base.ClientSessionCache = tls.NewLRUClientSessionCache(sessionsKept)
	}
	return v, r, nil
}

// config returns the configuration for a name, and for the protocols to offer when those are not the server line's.
func (v *side) config(name string, alpn []string) *tls.Config {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := name
	if alpn != nil {
		key += "\x00" + strings.Join(alpn, ",")
	}
	g := v.byName[key]
	if g != nil {
		return g
	}
	if len(v.byName) >= mostNames {
		clear(v.byName)
	}
	g = v.base.Clone()
	g.ServerName = name
	if alpn != nil {
		g.NextProtos = alpn
	}
	if v.policy.asksPeer() {
		host := v.peer.Host
		if host == "" {
			host = name
		}
		g.VerifyConnection = func(cs tls.ConnectionState) error {
			_, err := v.policy.checkPeer(&cs, host)
			return err
		}
	}
	v.byName[key] = g
	return g
}

// Secure implements proxy.Securer.
func (b *Back) Secure(h *proxy.Handshake) error {
	below := h.Conn.Below()
	below.Bind(h.Task, h.Deadline)
	v := b.now.Load()
	g := v.config(h.Name, h.ALPN)
	if wants := v.settings.Wants; watches(wants) {
		w := watch(below, h.State, false)
		defer w.end(wants)
		if v.settings.logs() {
			g = g.Clone()
			g.KeyLogWriter = keyLog{h.State.Seen, wants, nil}
		}
		return b.finish(h, tls.Client(w, g))
	}
	return b.finish(h, tls.Client(below, g))
}

// finish shakes hands and puts the layer in its place.
func (b *Back) finish(h *proxy.Handshake, conn *tls.Conn) error {
	err := agree(h, conn, true)
	if err == nil {
		b.records.put(h, conn)
	}
	return err
}

// Wrap implements proxy.Wrapper.
func (b *Back) Wrap(c net.Conn, name string) net.Conn {
	return tls.Client(c, b.now.Load().config(name, nil))
}
