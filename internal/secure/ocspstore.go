package secure

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Updates is how answers of authorities are kept fresh (configuration.txt 3.1, ocsp-update.mode and its kin).
type Updates struct {
	Mode, Disabled bool
	Proxy          string // host and port of a proxy for HTTP, "" for none
	Least, Most    time.Duration
	Connect        time.Duration // how long a connection may take (3.4, httpclient.timeout.connect)
	Retries        int           // how often a connection is tried again (httpclient.retries)
	OldFirst       bool          // addresses of IPv4 go before those of IPv6 (httpclient.resolvers.prefer)
	// Wake tells whoever makes the updates that something changed.
	Wake chan struct{}
}

// The times unless the configuration says otherwise.
const (
	DefaultUpdateLeast = 5 * time.Minute
	DefaultUpdateMost  = time.Hour

	DefaultAskConnect = 5 * time.Second
	DefaultAskRetries = 3
)

// UpdateStatus is how an update ended (management.txt 9.3, show ssl ocsp-updates).
type UpdateStatus uint8

// The ends of updates.
const (
	UpdateUnknown UpdateStatus = iota
	UpdateDone
	UpdateHTTP
	UpdateHeader
	UpdateCheck
	UpdateInsert
)

// String returns HAProxy's words.
func (s UpdateStatus) String() string {
	return [...]string{"Unknown", "Update successful", "HTTP error", `Missing "ocsp-response" header`, "OCSP response check failure", "Error during insertion"}[s]
}

// updating is whether the answer about a certificate is kept fresh.
type updating uint8

const (
	unsettled updating = iota
	updatesOn
	updatesOff
)

// String returns the word of a configuration.
func (u updating) String() string {
	if u == updatesOn {
		return "on"
	}
	return "off"
}

func (s *Store) wanted(said string) updating {
	if said == "on" || said == "" && s.Updates.Mode {
		return updatesOn
	}
	return updatesOff
}

// Serve makes a certificate one that clients are shown. said is "on" or "off" where its line says whether the answer of
// its authority is kept fresh. All lines of a certificate must agree. warning is about an answer that cannot be used.
func (s *Store) Serve(c *Certificate, said string) (warning string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serve(c, said)
}

func (s *Store) serve(c *Certificate, said string) (warning string, err error) {
	want := s.wanted(said)
	switch {
	case c.updates == unsettled:
		c.updates, c.said = want, said
	case said == "" && c.loaded:
		return "", nil
	case c.updates != want:
		return "", fmt.Errorf("'%s' is already defined with incompatible parameters:\n  - different parameter 'ocsp-update' : previously %s vs %s", c.Path, s.mode(c.said), s.mode(said))
	}
	if c.staple != nil {
		return "", nil
	}
	return s.attach(c), nil
}

// mode says what a line says of updates.
func (s *Store) mode(said string) string {
	if said != "" {
		return "'" + said + "'"
	}
	return fmt.Sprintf("'default' (ocsp-update.mode %v)", s.wanted(""))
}

// issuerOf finds the authority of a certificate among what came with it.
func (c *Certificate) issuerOf() *x509.Certificate {
	if c.TLS.Leaf == nil {
		return nil
	}
	for _, der := range append([][]byte{c.from.issuer}, append(c.from.certs[1:len(c.from.certs):len(c.from.certs)], c.TLS.Certificate[1:]...)...) {
		if x, err := x509.ParseCertificate(der); err == nil && string(x.RawSubject) == string(c.TLS.Leaf.RawIssuer) {
			return x
		}
	}
	return nil
}

// attach finds the staple of a certificate: one is made where there is an answer, or one is to be fetched. text says why
// an answer cannot be used.
func (s *Store) attach(c *Certificate) (text string) {
	issuer := c.issuerOf()
	if issuer == nil {
		if c.from.staple != nil {
			return fmt.Sprintf("'%s' is present and activates OCSP but it is impossible to compute the OCSP certificate ID (maybe the issuer could not be found)'.", cmp.Or(c.Files.OCSP, c.Path+".ocsp"))
		}
		return ""
	}
	id, err := ocspID(c.TLS.Leaf, issuer)
	if err != nil {
		return ""
	}
	var r *response
	if c.from.staple != nil {
		if r, err = readResponse(c.from.staple, id, issuer, false, time.Now()); err != nil {
			text = err.Error() + ". Content will be ignored."
		}
	}
	st := s.staples[id]
	if st == nil && r == nil && c.updates != updatesOn {
		return text
	}
	if st == nil {
		st = &Staple{ID: id, Path: c.Path, leaf: c.TLS.Leaf, issuer: issuer}
		s.staples[id] = st
	}
	if r != nil {
		st.now.Store(r)
	}
	c.staple = st
	return text
}

// stapled is what is shown of c together with the answer of its authority, where there is one that is still good.
func (c *Certificate) stapled(shown *tls.Certificate) *tls.Certificate {
	r := c.staple.now.Load()
	if r == nil || !r.good(time.Now()) {
		return shown
	}
	with := *shown
	with.OCSPStaple = r.der
	return &with
}

// SetResponse takes an answer of an authority that a command brings.
func (s *Store) SetResponse(der []byte) error {
	id, err := idOf(der)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.staples[id]
	if st == nil {
		return errOCSPNobody
	}
	r, err := readResponse(der, id, st.issuer, true, time.Now())
	if err != nil {
		return err
	}
	st.now.Store(r)
	return nil
}

// Staples returns the staples, sorted by their numbers.
func (s *Store) Staples() []*Staple {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*Staple
	for _, st := range s.staples {
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b *Staple) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// StapleOf returns a staple by its number or by a certificate, nil for none.
func (s *Store) StapleOf(name string) *Staple {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.staples[strings.ToLower(name)]; st != nil {
		return st
	}
	if c := s.certs[name]; c != nil {
		return c.staple
	}
	return nil
}

// ResponseOf returns the answer that belongs to the certificate with a name that ends with ".ocsp"; ok is false when there
// is no such certificate.
func (s *Store) ResponseOf(name string) (der []byte, ok bool) {
	base, cut := strings.CutSuffix(name, ".ocsp")
	if !cut {
		return nil, false
	}
	c, status := s.Lookup(base)
	switch {
	case c == nil:
		return nil, false
	case status == Uncommitted:
		return c.from.staple, true
	case c.staple == nil:
		return nil, false
	}
	return c.staple.DER(), true
}

// StapleID returns the number that a certificate's authority knows it by, "" where nobody asks it.
func (c *Certificate) StapleID() string {
	if c.staple == nil {
		return ""
	}
	return c.staple.ID
}

// Updated reports whether the answer about a certificate is kept fresh.
func (c *Certificate) Updated() bool { return c.updates == updatesOn }

// stapleText reads an answer in base64.
func stapleText(payload []byte) ([]byte, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(payload)), ""))
	if err != nil {
		return nil, errors.New("Error reading OCSP response in base64 format\nCan't load the payload")
	}
	if _, err := idOf(der); err != nil {
		return nil, fmt.Errorf("%w.\nCan't load the payload", err)
	}
	return der, nil
}
