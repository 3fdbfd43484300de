package secure

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Authorities are the certificates and lists of revocations of one file or folder (configuration.txt 5.1, ca-file,
// crl-file). As with OpenSSL only those which sign themselves end a chain; the others may lie between.
type Authorities struct {
	Path    string
	Kind    AuthorityKind
	certs   []*x509.Certificate // without those of the system
	between []*x509.Certificate
	roots   *x509.CertPool
	crls    []*revocations
}

// AuthorityKind says what a file of authorities was named for first: certificates or lists of revocations. Both may be in
// one file.
type AuthorityKind uint8

// The kinds.
const (
	CAFile AuthorityKind = iota
	CRLFile
)

// SystemCA is the name that stands for the authorities of the system.
const SystemCA = "@system-ca"

// Authorities returns the authorities and lists of revocations at a path.
func (s *Store) Authorities(path string, kind AuthorityKind) (*Authorities, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.pools[path]; a != nil {
		return a, nil
	}
	if s.sealed {
		return nil, ErrSealed
	}
	a, err := s.read(path)
	if err != nil {
		return nil, fmt.Errorf("Couldn't open the ca-file '%s' (%w)", path, err)
	}
	a.Kind = kind
	s.pools[path] = a
	return a, nil
}

// ErrSealed says that a file is not known and is not read any more.
var ErrSealed = errors.New("no file is read any more, and none is called so")

// errNothing says that a file has neither certificates nor lists.
var errNothing = errors.New("no certificate or crl found")

func (s *Store) read(path string) (*Authorities, error) {
	if path == SystemCA {
		if s.SystemRoots != nil {
			return s.SystemRoots()
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			return nil, err
		}
		return &Authorities{Path: path, roots: roots}, nil
	}
	at, err := os.Stat(path)
	if err != nil {
		return nil, errors.New(reason(err))
	}
	files := []string{path}
	if at.IsDir() {
		if files, err = authorityFiles(path); err != nil {
			return nil, err
		}
	}
	a := newAuthorities(path, CAFile)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, errors.New(reason(err))
		}
		if err := a.add(b); err != nil {
			return nil, err
		}
	}
	if len(a.certs) == 0 && len(a.crls) == 0 && !at.IsDir() {
		return nil, errNothing
	}
	return a, nil
}

// newAuthorities returns a file without authorities.
func newAuthorities(path string, kind AuthorityKind) *Authorities {
	return &Authorities{Path: path, Kind: kind, roots: x509.NewCertPool()}
}

// into adds all of a to another.
func (a *Authorities) into(b *Authorities) {
	for _, c := range a.certs {
		b.insert(c)
	}
	b.crls = append(b.crls, a.crls...)
}

// insert adds an authority.
func (a *Authorities) insert(c *x509.Certificate) {
	a.certs = append(a.certs, c)
	if selfIssued(c) {
		a.roots.AddCert(c)
	} else {
		a.between = append(a.between, c)
	}
}

// Certificates returns the authorities in their order.
func (a *Authorities) Certificates() []*x509.Certificate { return a.certs }

// authorityFiles are the files of a folder that may hold authorities.
func authorityFiles(path string) ([]string, error) {
	list, err := os.ReadDir(path)
	if err != nil {
		return nil, errors.New(reason(err))
	}
	var files []string
	for _, f := range list {
		if strings.HasPrefix(f.Name(), ".") || !slices.Contains([]string{".pem", ".crt", ".cer", ".crl"}, filepath.Ext(f.Name())) {
			continue
		}
		files = append(files, filepath.Join(path, f.Name()))
	}
	return files, nil
}

// add takes what a file in PEM holds.
func (a *Authorities) add(b []byte) error {
	p := parsePEM(b)
	if p.mistake != "" {
		return errors.New(p.mistake)
	}
	for _, der := range p.certs {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "x509: "))
		}
		a.insert(c)
	}
	for _, der := range p.crls {
		l, err := newRevocations(der)
		if err != nil {
			return err
		}
		a.crls = append(a.crls, l)
	}
	return nil
}
