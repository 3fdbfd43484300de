package secure

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
)

// An issuerChain is one file of issuers-chain-path (configuration.txt 3.1): authorities that lie between certificates and
// where their chains end, the one that signs certificates first.
type issuerChain struct {
	path  string
	first *x509.Certificate
	certs [][]byte
}

// ReadIssuers reads the chains of a folder. Files that hold none are passed over.
func (s *Store) ReadIssuers(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range list {
		path := filepath.Join(dir, f.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		certs := parsePEM(b).certs
		if len(certs) == 0 {
			continue
		}
		if first, err := x509.ParseCertificate(certs[0]); err == nil {
			s.chain = append(s.chain, issuerChain{path, first, certs})
		}
	}
	return nil
}

// complete gives a certificate that came alone the chain of its issuer, and takes away what clients need not be sent.
func (s *Store) complete(c *Certificate) {
	if len(c.TLS.Certificate) == 1 && !selfIssued(c.TLS.Leaf) {
		for i := range s.chain {
			if x := &s.chain[i]; bytes.Equal(x.first.RawSubject, c.TLS.Leaf.RawIssuer) && signed(c.TLS.Leaf, x.first) {
				c.TLS.Certificate = append(c.TLS.Certificate[:1:1], x.certs...)
				c.Chain = x.path
				break
			}
		}
	}
	const alone = 2 // a certificate and an authority
	if s.SkipRoot && len(c.TLS.Certificate) == alone {
		if root, err := x509.ParseCertificate(c.TLS.Certificate[1]); err == nil && selfIssued(root) {
			c.TLS.Certificate = c.TLS.Certificate[:1]
		}
	}
}

// Has reports whether a certificate goes by a name already.
func (s *Store) Has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.certs[name] != nil
}

// Named is what a crt-store section says of a certificate; "" leaves a file to be found.
type Named struct{ Crt, Key, OCSP, Issuer, Update string }

// Name reads a certificate that others use by a name (configuration.txt 12.7). A key of its own counts more than one in
// the certificate's file; without any it serves tokens only.
func (s *Store) Name(name string, n Named) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep(name, n)
}

func (s *Store) keep(name string, n Named) error {
	c, err := s.load(n.Crt, n.Key, true)
	if err != nil {
		return err
	}
	c.Path = name
	if n.Issuer != "" {
		b, err := os.ReadFile(n.Issuer)
		if err != nil {
			return fmt.Errorf("unable to load issuer from file '%s' : %s", n.Issuer, reason(err))
		}
		p := parsePEM(b)
		if len(p.certs) == 0 {
			return fmt.Errorf("unable to load issuer from file '%s': no start line", n.Issuer)
		}
		c.from.issuer, c.Files.Issuer = p.certs[0], n.Issuer
	}
	if n.OCSP != "" {
		b, err := os.ReadFile(n.OCSP)
		if err != nil {
			return fmt.Errorf("unable to load the OCSP response from file '%s' : %s", n.OCSP, reason(err))
		}
		c.from.staple, c.Files.OCSP = b, n.OCSP
	}
	if n.Update != "" {
		c.updates, c.said, c.loaded = s.wanted(n.Update), n.Update, true
	}
	s.certs[name] = c
	s.follow(c)
	return nil
}
