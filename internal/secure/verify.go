package secure

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"

	"sluice/internal/proxy"
)

// mostDepth is the longest chain that is followed when a certificate is not good.
const mostDepth = 10

// A verifier decides whether the certificates that a peer shows are good. Go's verification says yes or no; the words
// of a no are OpenSSL's, since configurations name errors to be ignored and logs show their numbers.
type verifier struct {
	cas                 []*Authorities // where chains may end and pass
	lists               []*revocations // nil: revocation is not asked
	roots               *x509.CertPool
	between             []*x509.Certificate
	usage               x509.ExtKeyUsage
	ignoreCA, ignoreCrt ErrorSet
}

// newVerifier joins the authorities of ca-file and ca-verify-file.
func newVerifier(s *Settings, usage x509.ExtKeyUsage) *verifier {
	v := &verifier{usage: usage, ignoreCA: s.IgnoreCA, ignoreCrt: s.IgnoreCrt}
	for _, a := range []*Authorities{s.CA, s.VerifyCA} {
		if a != nil {
			v.cas = append(v.cas, a)
			v.between = append(v.between, a.between...)
			v.lists = append(v.lists, a.crls...)
		}
	}
	if s.CRL != nil {
		v.lists = append(v.lists, s.CRL.crls...)
	}
	if s.CRL == nil {
		v.lists = nil
	}
	switch len(v.cas) {
	case 0:
		v.roots = x509.NewCertPool()
	case 1:
		v.roots = v.cas[0].roots
	default:
		v.roots = v.cas[0].roots.Clone()
		for _, a := range v.cas[1:] {
			for _, c := range a.certs {
				if selfIssued(c) {
					v.roots.AddCert(c)
				}
			}
		}
	}
	return v
}

// verdict is what came out of a verification.
type verdict struct {
	Result           int // the last error met, ignored or not
	CA, CADepth, Crt int // the first error above the peer's certificate, and the first one of it
}

func (w *verdict) note(code, depth int) {
	w.Result = code
	switch {
	case depth > 0 && w.CA == 0:
		w.CA, w.CADepth = code, depth
	case depth == 0 && w.Crt == 0:
		w.Crt = code
	}
}

// tell writes the verdict into the state of a connection.
func (w *verdict) tell(t *proxy.TLSState) {
	t.Failed, t.CrtError, t.CAError, t.CADepth = w.Result, w.Crt, w.CA, w.CADepth
}

// Root implements proxy.Truster.
func (v *verifier) Root(shown []*x509.Certificate) *x509.Certificate {
	chain, _ := v.chain(shown, time.Now())
	return chain[len(chain)-1]
}

// check verifies what a peer showed, its own certificate first; host is the name it must have, "" for any. The error is
// a *VerifyError: the first error that is not ignored.
func (v *verifier) check(shown []*x509.Certificate, host string, now time.Time) (verdict, error) {
	var w verdict
	chain, errs := v.chain(shown, now)
	if errs == nil && host != "" && !Hosts(shown[0], host) {
		errs = append(errs, VerifyError{errHostname, 0})
	}
	if errs == nil && v.lists != nil {
		errs = v.revocation(chain, now)
	}
	if errs == nil {
		return w, nil
	}
	for i := range errs {
		e := &errs[i]
		w.note(e.Code, e.Depth)
		set := &v.ignoreCA
		if e.Depth == 0 {
			set = &v.ignoreCrt
		}
		if !set.Has(e.Code) {
			return w, e
		}
	}
	return w, nil
}

// chain verifies the chain. Without errors it returns the chain that was found.
func (v *verifier) chain(shown []*x509.Certificate, now time.Time) ([]*x509.Certificate, []VerifyError) {
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	for _, c := range v.between {
		between.AddCert(c)
	}
	chains, err := shown[0].Verify(x509.VerifyOptions{Roots: v.roots, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{v.usage}})
	if err == nil {
		return chains[0], nil
	}
	path, errs := v.walk(shown, now)
	if errs == nil || onlyTimes(errs) && !v.goodAt(shown, between, path) {
		errs = append(errs, VerifyError{errUnspecified, 0})
	} else if v.lists != nil {
		errs = append(errs, v.revocation(path, now)...)
		// OpenSSL looks at times last, and the last error is the one that is shown.
		slices.SortStableFunc(errs, func(a, b VerifyError) int { return a.late() - b.late() })
	}
	return path, errs
}

// late is 1 for an error of time.
func (e *VerifyError) late() int {
	if e.Code == errExpired || e.Code == errNotYet {
		return 1
	}
	return 0
}

// onlyTimes reports whether all errors are about when certificates are valid.
func onlyTimes(errs []VerifyError) bool {
	for _, e := range errs {
		if e.late() == 0 {
			return false
		}
	}
	return true
}

// goodAt verifies a chain at a moment when all of it should have been valid, so that an error of time that is ignored
// does not hide another one, such as a name that an authority must not sign for.
func (v *verifier) goodAt(shown []*x509.Certificate, between *x509.CertPool, path []*x509.Certificate) bool {
	at := path[0].NotBefore
	for _, c := range path {
		if c.NotBefore.After(at) {
			at = c.NotBefore
		}
	}
	for _, c := range path {
		if at.After(c.NotAfter) { // never valid together: what a walk looks at must do
			return plain(path)
		}
	}
	_, err := shown[0].Verify(x509.VerifyOptions{Roots: v.roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{v.usage}})
	return err == nil
}

// plain reports whether nothing in a chain asks for more than a walk looks at.
func plain(path []*x509.Certificate) bool {
	for i, c := range path {
		if len(c.UnhandledCriticalExtensions) > 0 {
			return false
		}
		limited := len(c.PermittedDNSDomains)+len(c.ExcludedDNSDomains)+len(c.PermittedIPRanges)+len(c.ExcludedIPRanges)+
			len(c.PermittedEmailAddresses)+len(c.ExcludedEmailAddresses)+len(c.PermittedURIDomains)+len(c.ExcludedURIDomains) > 0
		if i > 0 && (limited || len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0) {
			return false
		}
	}
	return true
}

// revocation asks the lists about each certificate of a chain, from its end on.
func (v *verifier) revocation(chain []*x509.Certificate, now time.Time) []VerifyError {
	var errs []VerifyError
	for i := range chain {
		issuer := chain[min(i+1, len(chain)-1)]
		if code := revoked(v.lists, chain[i], issuer, now); code != 0 {
			errs = append(errs, VerifyError{code, i})
		}
	}
	return errs
}

// walk follows a chain that is not good as far as it goes, and says what is wrong with it.
func (v *verifier) walk(shown []*x509.Certificate, now time.Time) (path []*x509.Certificate, errs []VerifyError) {
	path = append(path, shown[0])
	trusted := v.trusts(shown[0])
	for len(path) < mostDepth {
		c := path[len(path)-1]
		if selfIssued(c) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil {
			break
		}
		next, known := v.issuer(c, shown)
		if next == nil {
			break
		}
		path, trusted = append(path, next), known
	}
	last := len(path) - 1
	switch end := path[last]; {
	case selfIssued(end) && trusted:
	case selfIssued(end) && last == 0:
		errs = append(errs, VerifyError{errSelfSigned, 0})
	case selfIssued(end):
		errs = append(errs, VerifyError{errSelfInChain, last})
	case trusted:
		errs = append(errs, VerifyError{errNoIssuer, last})
	default:
		errs = append(errs, VerifyError{errNoLocalIssuer, last})
		if last == 0 {
			errs = append(errs, VerifyError{errLeafUnproved, 0})
		}
	}
	for i := last; i >= 0; i-- {
		errs = v.flaws(errs, path[i], i, now)
	}
	return path, errs
}

// flaws adds what is wrong with one certificate of a chain.
func (v *verifier) flaws(errs []VerifyError, c *x509.Certificate, depth int, now time.Time) []VerifyError {
	if depth > 0 && c.Version == 3 && !c.IsCA {
		errs = append(errs, VerifyError{errInvalidCA, depth})
	}
	if depth > 0 && c.IsCA && c.MaxPathLen >= 0 && (c.MaxPathLen > 0 || c.MaxPathLenZero) && depth-1 > c.MaxPathLen {
		errs = append(errs, VerifyError{errPathLength, depth})
	}
	if depth == 0 && !v.fits(c) {
		errs = append(errs, VerifyError{errPurpose, 0})
	}
	switch {
	case now.Before(c.NotBefore):
		errs = append(errs, VerifyError{errNotYet, depth})
	case now.After(c.NotAfter):
		errs = append(errs, VerifyError{errExpired, depth})
	}
	return errs
}

// fits reports whether a certificate may be used for what it is used for.
func (v *verifier) fits(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		if u == v.usage || u == x509.ExtKeyUsageAny {
			return true
		}
	}
	return false
}

// issuer finds who signed c, first among the authorities.
func (v *verifier) issuer(c *x509.Certificate, shown []*x509.Certificate) (issuer *x509.Certificate, known bool) {
	for _, a := range v.cas {
		for _, i := range a.certs {
			if signed(c, i) {
				return i, true
			}
		}
	}
	for _, i := range shown {
		if signed(c, i) {
			return i, false
		}
	}
	return nil, false
}

func (v *verifier) trusts(c *x509.Certificate) bool {
	for _, a := range v.cas {
		for _, i := range a.certs {
			if i.Equal(c) {
				return true
			}
		}
	}
	return false
}

func signed(c, by *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, by.RawSubject) &&
		by.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}
