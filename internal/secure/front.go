package secure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"

	"sluice/internal/proxy"
)

// A Use is a certificate of a bind line with what its line of a list says (configuration.txt 5.1, crt, crt-list).
type Use struct {
	Cert      *Certificate
	Own       *Settings  // of its line of a list; nil for none
	Filters   []string   // names it is for; none: those in it
	Preferred bool       // default-crt
	List      *List      // the list that it comes from, nil for none
	Entry     *ListEntry // its line there
}

// Front puts TLS on the connections of one bind line. What it shows may be exchanged while handshakes run: each goes on
// with what it began with, and none waits.
type Front struct {
	Place Place // where the line stands, for those who change its certificates

	kept    *Sessions
	now     atomic.Pointer[face]
	records Records
}

// Place is where a bind line stands.
type Place struct {
	Proxy string // the frontend
	Bind  string // the address, as written
	File  string
	Line  int
	Lists []*List // those it names
	// Mute are protocols that nobody speaks behind the line, whatever a certificate's line offers.
	Mute []string
}

// face is what a bind line shows to clients. Nothing changes in it: it is made anew.
type face struct {
	settings *Settings
	uses     []Use
	entries  []*entry // of the uses

	base   *tls.Config
	names  names
	strict bool
	empty  *tls.Config // for a client whose name nobody has: it is told so
	forge  *forge      // generate-certificates; nil without
}

// stated is a connection that knows the state of its handshake, and who is told its secrets.
type stated interface {
	of() *proxy.TLSState
	told() io.Writer
	offered() *offer
}

// logs reports whether secrets are to be kept.
func (s *Settings) logs() bool { return s.Wants != nil && (s.Wants.Master || s.Wants.Log) }

// ErrNoCertificate says that a bind line has nothing to show.
var ErrNoCertificate = errors.New("no SSL certificate specified")

// NewFront makes the TLS of a bind line, whose clients may resume what kept allows.
func NewFront(s *Settings, uses []Use, kept *Sessions) (*Front, Remarks, error) {
	f := &Front{kept: kept, records: s.Records}
	v, r, err := newFace(s, uses, kept, nil)
	if err != nil {
		return nil, r, err
	}
	f.now.Store(v)
	return f, r, nil
}

// newFace makes what a bind line shows. What did not change is taken over from the face before it, so that sessions with
// clients who were shown it may still be resumed.
func newFace(s *Settings, uses []Use, kept *Sessions, before *face) (*face, Remarks, error) {
	var r Remarks
	v := &face{settings: s, uses: uses, names: newNames(), strict: s.Strict == On}
	p, err := newPolicy(s, x509.ExtKeyUsageClientAuth, &r)
	if err != nil {
		return nil, r, err
	}
	old := before.byUse(s)
	for i := range uses {
		e := old[uses[i].key()]
		if e == nil {
			if e, err = newEntry(&uses[i], s, p, kept, &r); err != nil {
				return nil, r, err
			}
		}
		v.entries = append(v.entries, e)
		v.names.add(e, uses[i].Filters, uses[i].Preferred)
	}
	if v.names.defaults.none() && !v.strict {
		return nil, r, ErrNoCertificate
	}
	v.base = p.config()
	v.base.GetConfigForClient = v.choose
	v.empty = p.config()
	v.empty.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }
	if before != nil && before.forge != nil {
		v.forge = &forge{authority: before.forge.authority, most: before.forge.most}
	}
	return v, r, nil
}

// useKey is what makes two uses the same entry.
type useKey struct {
	cert *Certificate
	own  *Settings
	line *ListEntry
}

func (u *Use) key() useKey { return useKey{u.Cert, u.Own, u.Entry} }

// byUse returns the entries of a face, none of them when its settings were others.
func (v *face) byUse(s *Settings) map[useKey]*entry {
	if v == nil || v.settings != s {
		return nil
	}
	all := make(map[useKey]*entry, len(v.uses))
	for i := range v.uses {
		all[v.uses[i].key()] = v.entries[i]
	}
	return all
}

// newEntry makes the entry of one certificate; p is the policy of the bind line itself.
func newEntry(u *Use, s *Settings, p *policy, kept *Sessions, r *Remarks) (*entry, error) {
	if err := u.Cert.whole(); err != nil {
		return nil, err
	}
	e := &entry{cert: u.Cert, not: excluded(u.Filters)}
	if u.Own != nil {
		merged := u.Own.Over(s)
		var err error
		if p, err = newPolicy(&merged, x509.ExtKeyUsageClientAuth, r); err != nil {
			return nil, err
		}
	}
	e.policy, e.shown = p, p.proved(&u.Cert.TLS)
	e.config = p.serverConfig(e.shown)
	if u.Cert.staple != nil {
		e.config.Certificates = nil
		e.config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return u.Cert.stapled(e.shown), nil }
	}
	kept.resumes(e.config, s)
	return e, nil
}

// serverConfig is the configuration for clients who get a certificate.
func (p *policy) serverConfig(c *tls.Certificate) *tls.Config {
	g := p.config()
	g.Certificates = []tls.Certificate{*c}
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
func (v *face) choose(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	e := v.names.named(hello)
	if e == nil {
		e = v.forged(hello)
	}
	if e == nil && !v.strict {
		e = v.names.defaults.pick(hello)
	}
	if e == nil {
		return v.empty, nil
	}
	state := new(proxy.TLSState)
	var told io.Writer
	if w, ok := hello.Conn.(stated); ok {
		state = w.of()
		told = w.told()
	}
	if state.Seen != nil && v.settings.logs() {
		told = keyLog{state.Seen, v.settings.Wants, told}
	}
	state.Own, state.Path = e.cert.TLS.Leaf, e.cert.Path
	p := e.policy
	if w, ok := hello.Conn.(stated); ok && p.suites != nil {
		w.offered().narrow(hello.CipherSuites, p)
	}
	strange := len(hello.SupportedProtos) > 0 && !overlaps(p.protocols, hello.SupportedProtos)
	watched := false
	if p.verifier != nil {
		state.Trust = p.verifier
		watched = !p.verifier.ignoreCA.empty() || !p.verifier.ignoreCrt.empty()
	}
	if told == nil && !watched && !strange {
		return e.config, nil
	}
	g := e.config.Clone()
	g.KeyLogWriter = told
	if strange { // no protocol in common is no protocol, where crypto/tls would end the handshake
		g.NextProtos = nil
	}
	if !watched {
		return g, nil
	}
	// What is ignored is told to fetches all the same, and only a function of this connection's own can note it.
	g.VerifyConnection = func(cs tls.ConnectionState) error {
		said, err := p.checkPeer(&cs, "")
		said.tell(state)
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
	v := f.now.Load()
	w := &wire{intake: intake{Below: below}, state: h.State}
	conn := tls.Server(w, v.base)
	if wants := v.settings.Wants; watches(wants) {
		seen := watch(w, h.State, true)
		defer seen.end(wants)
		conn = tls.Server(seen, v.base)
	}
	if err := agree(h, conn, false); err != nil {
		return err
	}
	if err := w.offer.kept(conn); err != nil {
		fail(h.State, err, false)
		return err
	}
	if y := w.layer(conn, &f.records); y != nil {
		h.Conn.SetLayer(y)
	} else {
		f.records.put(h, conn)
	}
	return nil
}

// Wrap implements proxy.Wrapper.
func (f *Front) Wrap(c net.Conn, _ string) net.Conn {
	return tls.Server(&wrapped{Conn: c}, f.now.Load().base)
}
