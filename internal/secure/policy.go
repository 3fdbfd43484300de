package secure

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A policy is settings that were checked, in the terms of crypto/tls.
type policy struct {
	low, high uint16
	ciphers   []uint16
	suites    []uint16              // of TLSv1.3, towards clients; nil: those of crypto/tls, in its order
	anySuite  bool                  // the client's order of them counts
	signs     []tls.SignatureScheme // that the own certificate may be proved by; nil: all
	curves    []tls.CurveID
	protocols []string
	verify    Verify
	verifier  *verifier
	clientCAs *x509.CertPool // whose names a client is told
	small     bool           // records begin small
}

// Remarks are what a policy's owner tells the user about settings that have another effect here than with OpenSSL.
type Remarks struct {
	Warnings, Notices []string
}

func (r *Remarks) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

func (r *Remarks) notice(format string, args ...any) {
	r.Notices = append(r.Notices, fmt.Sprintf(format, args...))
}

// newPolicy reads settings. The errors have HAProxy's words without the place: "unable to set SSL cipher list to 'x'".
func newPolicy(s *Settings, usage x509.ExtKeyUsage, r *Remarks) (*policy, error) {
	p := &policy{verify: s.Verify, protocols: s.ALPN, small: s.Records.Small}
	low, high, ignored, err := s.settle()
	if err != nil {
		return nil, err
	}
	if ignored {
		r.warn("no-sslv3/no-tlsv1x are ignored")
	}
	p.low, p.high = low.wire(), high.wire()
	if err := p.algorithms(s, usage, r); err != nil {
		return nil, err
	}
	if p.verify == VerifyOptional || p.verify == VerifyRequired {
		if s.CA == nil && s.VerifyCA == nil {
			return nil, errNoCA
		}
		for _, a := range []*Authorities{s.CA, s.VerifyCA} {
			if a != nil && a.Path != SystemCA && len(a.certs) == 0 {
				r.warn("ca-file: 0 CA were loaded from '%s'", a.Path)
			}
		}
		p.verifier = newVerifier(s, usage)
		if s.CA != nil && !s.NoCANames {
			p.clientCAs = x509.NewCertPool()
			for _, c := range s.CA.certs {
				p.clientCAs.AddCert(c)
			}
		}
	}
	return p, nil
}

// errNoCA says that nothing can be verified.
var errNoCA = errors.New("verify is enabled but no CA file specified")

// algorithms reads the lists of ciphers, suites, groups and signatures.
func (p *policy) algorithms(s *Settings, usage x509.ExtKeyUsage, r *Remarks) error {
	var ok bool
	if p.ciphers, ok = parseCiphers(s.Ciphers); !ok {
		return fmt.Errorf("unable to set SSL cipher list to '%s'", s.Ciphers)
	}
	if err := p.version13(s, usage, r); err != nil {
		return err
	}
	if s.Curves != "" {
		ids, lacking, ok := parseCurves(s.Curves)
		if !ok {
			return fmt.Errorf("unable to set SSL curves list to '%s'", s.Curves)
		}
		if len(lacking) > 0 {
			r.notice("the groups %s are not there and are left out", strings.Join(lacking, ", "))
		}
		p.curves = ids
	} else if s.ECDHE != "" {
		id := curveID(s.ECDHE)
		if id == 0 {
			return fmt.Errorf("unable to set elliptic named curve to '%s'", s.ECDHE)
		}
		p.curves = []tls.CurveID{id}
	}
	if s.PreferClient {
		r.notice("'prefer-client-ciphers' has no effect up to TLSv1.2: crypto/tls orders ciphers by what both sides do fast in hardware")
	}
	return p.signatures(s, usage, r)
}

// version13 reads the suites of TLSv1.3. crypto/tls has no choice of them, so servers are offered all.
func (p *policy) version13(s *Settings, usage x509.ExtKeyUsage, r *Remarks) error {
	ids, ok := parseSuites(s.Suites)
	if !ok {
		return fmt.Errorf("unable to set TLS 1.3 cipher suites to '%s'", s.Suites)
	}
	switch {
	case usage == x509.ExtKeyUsageClientAuth:
		p.suites, p.anySuite = ids, s.PreferClient
	case ids != nil && len(ids) < len(suites13) && p.high == tls.VersionTLS13:
		r.warn("the cipher suites of TLSv1.3 cannot be chosen towards servers, all three are offered whatever 'ciphersuites' says")
	}
	return nil
}

// signatures reads the lists of signature algorithms. That of the own side is kept. What the peer may sign with is told to
// it by crypto/tls, which has no choice there.
func (p *policy) signatures(s *Settings, usage x509.ExtKeyUsage, r *Remarks) error {
	own, peer, word := s.SigAlgs, s.ClientSig, "client-sigalgs"
	if usage == x509.ExtKeyUsageServerAuth {
		own, peer, word = s.ClientSig, s.SigAlgs, "sigalgs"
	}
	var ok bool
	if p.signs, ok = parseSigAlgs(own); !ok {
		return fmt.Errorf("unable to set SSL Signature Algorithm list to '%s'", own)
	}
	if _, ok := parseSigAlgs(peer); !ok {
		return fmt.Errorf("unable to set SSL Signature Algorithm list to '%s'", peer)
	}
	if peer != "" {
		r.warn("the signature algorithms of the peer cannot be chosen, all of crypto/tls are offered whatever '%s' says", word)
	}
	return nil
}

// proved is a certificate that is proved by the algorithms of the policy.
func (p *policy) proved(c *tls.Certificate) *tls.Certificate {
	if p.signs == nil {
		return c
	}
	own := *c
	own.SupportedSignatureAlgorithms = p.signs
	return &own
}

// fitsCurves reports whether the key of a peer's certificate lies on one of the curves that the configuration allows:
// up to TLSv1.2 their list is about certificates too (RFC 8422 5.3), and OpenSSL holds peers to it.
func (p *policy) fitsCurves(cs *tls.ConnectionState) error {
	if p.curves == nil || cs.Version >= tls.VersionTLS13 || len(cs.PeerCertificates) == 0 {
		return nil
	}
	key, elliptic := cs.PeerCertificates[0].PublicKey.(*ecdsa.PublicKey)
	if elliptic && !slices.Contains(p.curves, curveID(key.Curve.Params().Name)) {
		return errWrongCurve
	}
	return nil
}

// errWrongCurve says that a certificate has a key on a curve that was not offered.
var errWrongCurve = errors.New("tls: wrong curve of the certificate's key")

// checkPeer is what is asked of a peer beyond what crypto/tls asks.
func (p *policy) checkPeer(cs *tls.ConnectionState, host string) (verdict, error) {
	if err := p.fitsCurves(cs); err != nil || p.verifier == nil || len(cs.PeerCertificates) == 0 {
		return verdict{}, err
	}
	return p.verifier.check(cs.PeerCertificates, host, time.Now())
}

// asksPeer reports whether checkPeer may say no.
func (p *policy) asksPeer() bool { return p.verifier != nil || p.curves != nil }

// config returns what crypto/tls needs for the policy, without certificates.
func (p *policy) config() *tls.Config {
	return &tls.Config{
		MinVersion: p.low, MaxVersion: p.high, CipherSuites: p.ciphers, CurvePreferences: p.curves, NextProtos: p.protocols,
		DynamicRecordSizingDisabled: !p.small,
	}
}
