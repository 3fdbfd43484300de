package secure

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Store is the files that the configuration names: each is read once. One goroutine uses it.
type Store struct {
	// NoBundles and NoKeys are the kinds of files that are looked for only when they are named (configuration.txt 3.1,
	// ssl-load-extra-files).
	NoBundles, NoKeys bool
	// DropExt makes the name of a file beside a .crt by replacing that (3.1, ssl-load-extra-del-ext).
	DropExt bool
	// SystemRoots, when set, are the authorities that @system-ca means; nil is the system's.
	SystemRoots func() (*Authorities, error)

	// SkipRoot leaves out an authority that signs itself where nothing stands between it and the certificate (3.1,
	// ssl-skip-self-issued-ca).
	SkipRoot bool

	certs map[string]*Certificate
	named map[string]*Certificate // of crt-store sections
	chain []issuerChain           // of issuers-chain-path
	pools map[string]*Authorities
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{certs: map[string]*Certificate{}, pools: map[string]*Authorities{}, named: map[string]*Certificate{}}
}

// bundle are the ends of the names of certificates that differ in their keys only.
var bundle = [...]string{".rsa", ".dsa", ".ecdsa"}

// Certificates returns what a path stands for: a file, the files of a folder in alphabetic order, or the files of a
// bundle (configuration.txt 5.1, crt).
func (s *Store) Certificates(path string) ([]*Certificate, error) {
	if c := s.named[path]; c != nil {
		return []*Certificate{c}, nil
	}
	at, err := os.Stat(path)
	switch {
	case err == nil && at.IsDir():
		return s.folder(path)
	case err == nil:
		c, err := s.Certificate(path)
		if err != nil {
			return nil, err
		}
		return []*Certificate{c}, nil
	}
	var all []*Certificate
	if !s.NoBundles {
		for _, ext := range bundle {
			if _, err := os.Stat(path + ext); err != nil {
				continue
			}
			c, err := s.Certificate(path + ext)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
	}
	if all == nil {
		return nil, fmt.Errorf("unable to stat SSL certificate from file '%s' : %s", path, reason(err))
	}
	return all, nil
}

// beside are the ends of the names of files that belong to a certificate and are none.
var beside = []string{".key", ".issuer", ".ocsp", ".sctl"}

func (s *Store) folder(path string) ([]*Certificate, error) {
	list, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("unable to stat SSL certificate from file '%s' : %s", path, reason(err))
	}
	var all []*Certificate
	for _, f := range list {
		name := f.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(beside, filepath.Ext(name)) {
			continue
		}
		full := filepath.Join(path, name)
		if at, err := os.Stat(full); err != nil || !at.Mode().IsRegular() {
			continue
		}
		c, err := s.Certificate(full)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Certificate returns the certificate of one file.
func (s *Store) Certificate(path string) (*Certificate, error) {
	if c := s.named[path]; c != nil {
		return c, nil
	}
	return s.Pair(path, "")
}

// Pair returns the certificate of one file whose key is in another, which "" leaves to be found.
func (s *Store) Pair(path, key string) (*Certificate, error) {
	if c := s.certs[path+"\x00"+key]; c != nil {
		return c, nil
	}
	beside := ""
	if !s.NoKeys {
		beside = path + ".key"
		if base, crt := strings.CutSuffix(path, ".crt"); crt && s.DropExt {
			beside = base + ".key"
		}
	}
	c, err := load(path, key, beside)
	if err != nil {
		return nil, err
	}
	s.complete(c)
	s.certs[path+"\x00"+key] = c
	return c, nil
}
