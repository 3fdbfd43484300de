package secure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// A Use is a certificate of a bind line with what its line of a list says (configuration.txt 5.1, crt, crt-list).
type Use struct {
	Cert      *Certificate
	Own       *Settings // of its line of a list; nil for none
	Filters   []string  // names it is for; none: those in it
	Preferred bool      // default-crt
}

// Front puts TLS on the connections of one bind line.
type Front struct {
	base   *tls.Config
	names  names
	strict bool
	empty  *tls.Config // for a client whose name nobody has: it is told so
	forge  *forge      // generate-certificates; nil without

	records Records
}

// wire is a connection on which a handshake runs: the functions of the configuration find by it what they fill in.
type wire struct {
	*loop.Below
	state *proxy.TLSState
}

// ErrNoCertificate says that a bind line has nothing to show.
var ErrNoCertificate = errors.New("no SSL certificate specified")

// NewFront makes the TLS of a bind line, whose clients may resume what kept allows.
func NewFront(s *Settings, uses []Use, kept *Sessions) (*Front, Remarks, error) {
	var r Remarks
	f := &Front{names: newNames(), strict: s.Strict == On, records: s.Records}
	p, err := newPolicy(s, x509.ExtKeyUsageClientAuth, &r)
	if err != nil {
		return nil, r, err
	}
	for i := range uses {
		u := &uses[i]
		e := &entry{cert: u.Cert, policy: p}
		if u.Own != nil {
			merged := u.Own.Over(s)
			if e.policy, err = newPolicy(&merged, x509.ExtKeyUsageClientAuth, &r); err != nil {
				return nil, r, err
			}
		}
		e.config = e.policy.serverConfig(u.Cert)
		kept.resumes(f, e.config, s.Tickets != Off)
		f.names.add(e, u.Filters, u.Preferred)
	}
	if f.names.defaults.none() && !f.strict {
		return nil, r, ErrNoCertificate
	}
	f.base = p.config()
	kept.resumes(f, f.base, s.Tickets != Off)
	f.base.GetConfigForClient = f.choose
	if s.TicketKeys != nil {
		f.base.SetSessionTicketKeys(s.TicketKeys)
	}
	f.empty = p.config()
	f.empty.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }
	return f, r, nil
}

// serverConfig is the configuration for clients who get a certificate.
func (p *policy) serverConfig(c *Certificate) *tls.Config {
	g := p.config()
	g.Certificates = []tls.Certificate{c.TLS}
	switch p.verify {
	case VerifyOptional:
		g.ClientAuth = tls.RequestClientCert
	case VerifyRequired:
		g.ClientAuth = tls.RequireAnyClientCert
	}
	if p.verifier != nil {
		g.ClientCAs = p.clientCAs
		g.VerifyConnection = func(cs tls.ConnectionState) error {
			_, err := p.checkPeer(&cs, "")
			return err
		}
	}
	return g
}

// choose finds the certificate for a client.
func (f *Front) choose(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	e := f.names.named(hello)
	if e == nil {
		e = f.forged(hello)
	}
	if e == nil && !f.strict {
		e = f.names.defaults.pick(hello)
	}
	if e == nil {
		return f.empty, nil
	}
	state := new(proxy.TLSState)
	if w, ok := hello.Conn.(*wire); ok {
		state = w.state
	}
	state.Own, state.Path = e.cert.TLS.Leaf, e.cert.Path
	p := e.policy
	strange := len(hello.SupportedProtos) > 0 && !overlaps(p.protocols, hello.SupportedProtos)
	watched := false
	if p.verifier != nil {
		state.Trust = p.verifier
		watched = !p.verifier.ignoreCA.empty() || !p.verifier.ignoreCrt.empty()
	}
	if !watched && !strange {
		return e.config, nil
	}
	g := e.config.Clone()
	if strange { // no protocol in common is no protocol, where crypto/tls would end the handshake
		g.NextProtos = nil
	}
	if !watched {
		return g, nil
	}
	// What is ignored is told to fetches all the same, and only a function of this connection's own can note it.
	g.VerifyConnection = func(cs tls.ConnectionState) error {
		v, err := p.checkPeer(&cs, "")
		v.tell(state)
		return err
	}
	return g, nil
}

// overlaps reports whether two lists of protocols have one in common.
func overlaps(a, b []string) bool {
	for _, p := range a {
		if slices.Contains(b, p) {
			return true
		}
	}
	return false
}

// Secure implements proxy.Securer.
func (f *Front) Secure(h *proxy.Handshake) error {
	below := h.Conn.Below()
	below.Bind(h.Task, h.Deadline)
	below.Unread(h.Early)
	return f.records.finish(h, tls.Server(&wire{below, h.State}, f.base), false)
}
