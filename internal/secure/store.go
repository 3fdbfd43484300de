package secure

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sluice/internal/proxy"
)

// A Store is the files that the configuration names: each is read once. It knows who uses them, so that commands may
// exchange them.
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

	// NoOCSP and NoIssuers are two more kinds of files that are looked for only when they are named.
	NoOCSP, NoIssuers bool
	// Updates is how answers of authorities are kept fresh.
	Updates Updates

	// Passphrase asks for what the key of a file is encrypted with (3.1, ssl-passphrase-cmd); nil: nobody can be asked.
	Passphrase func(path string) ([]byte, error)

	// Line reads what the brackets of a line of a list say, and returns what the certificate is called in the store; text is
	// what is wrong.
	Line func(*ListLine) (own *Settings, name, text string)

	// Tokens are kept in step with the certificates; nil: no token needs any.
	Tokens *proxy.Keys

	work sync.Mutex // held by whoever changes what is in use; before mu

	mu      sync.Mutex
	sealed  bool                       // nothing is read from files any more
	certs   map[string]*Certificate    // by what they go by
	pairs   map[[2]string]*Certificate // read from a file with a key from another
	lists   map[string]*List
	pools   map[string]*Authorities
	phrases [][]byte      // that opened keys, while files are read
	chain   []issuerChain // of issuers-chain-path
	fronts  []*Front
	staples map[string]*Staple
	backs   map[*Back]bool
	tickets []*TicketKeys
	change  changes
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{certs: map[string]*Certificate{}, pairs: map[[2]string]*Certificate{}, pools: map[string]*Authorities{},
		lists: map[string]*List{}, backs: map[*Back]bool{}, staples: map[string]*Staple{},
		Updates: Updates{Least: DefaultUpdateLeast, Most: DefaultUpdateMost, Connect: DefaultAskConnect, Retries: DefaultAskRetries, Wake: make(chan struct{}, 1)}}
}

// Seal ends the time when files are read: what is named from then on must be known already, or be made by commands.
func (s *Store) Seal() {
	s.mu.Lock()
	s.sealed = true
	s.mu.Unlock()
}

// bundle are the ends of the names of certificates that differ in their keys only.
var bundle = [...]string{".rsa", ".dsa", ".ecdsa"}

// Certificates returns what a path stands for: a file, the files of a folder in alphabetic order, or the files of a
// bundle (configuration.txt 5.1, crt).
func (s *Store) Certificates(path string) ([]*Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.certs[path]; c != nil {
		return []*Certificate{c}, s.usable(c)
	}
	if s.sealed {
		return nil, s.absent(path)
	}
	at, err := os.Stat(path)
	switch {
	case err == nil && at.IsDir():
		return s.folder(path)
	case err == nil:
		c, err := s.certificate(path)
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
			c, err := s.certificate(path + ext)
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

func (s *Store) absent(path string) error {
	return fmt.Errorf("unable to stat SSL certificate from file '%s' : no file is read any more, and no certificate is called so", path)
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
		c, err := s.certificate(full)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Certificate returns the certificate of one file.
func (s *Store) Certificate(path string) (*Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.certificate(path)
}

func (s *Store) certificate(path string) (*Certificate, error) {
	if c := s.certs[path]; c != nil {
		return c, s.usable(c)
	}
	if s.sealed {
		return nil, s.absent(path)
	}
	c, err := s.load(path, "", false)
	if err == nil {
		s.certs[path] = c
	}
	return c, err
}

// Pair returns the certificate of one file whose key is in another, which "" leaves to be found.
func (s *Store) Pair(path, key string) (*Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "" || s.sealed {
		return s.certificate(path)
	}
	if c := s.pairs[[2]string{path, key}]; c != nil {
		return c, nil
	}
	c, err := s.load(path, key, false)
	if err != nil {
		return nil, err
	}
	s.pairs[[2]string{path, key}] = c
	if s.certs[path] == nil {
		s.certs[path] = c
	}
	return c, nil
}

// usable says what a certificate that the configuration names lacks.
func (s *Store) usable(c *Certificate) error {
	if s.sealed {
		return nil
	}
	return c.whole()
}

// load reads a certificate that becomes no part of the store; bare says that it may lack its key.
func (s *Store) load(path, key string, bare bool) (*Certificate, error) {
	beside := ""
	if !s.NoKeys {
		beside = s.stem(path) + ".key"
	}
	c, err := load(path, key, beside, bare, s.unlock)
	if err != nil {
		return nil, err
	}
	s.extra(c, path)
	s.complete(c)
	return c, nil
}

// extra reads the files beside a certificate that say who signed it, and what that one says of it.
func (s *Store) extra(c *Certificate, path string) {
	if !s.NoIssuers {
		if b, err := os.ReadFile(s.stem(path) + ".issuer"); err == nil {
			if p := parsePEM(b); len(p.certs) > 0 {
				c.from.issuer, c.Files.Issuer = p.certs[0], s.stem(path)+".issuer"
			}
		}
	}
	if !s.NoOCSP {
		if b, err := os.ReadFile(s.stem(path) + ".ocsp"); err == nil {
			c.from.staple, c.Files.OCSP = b, s.stem(path)+".ocsp"
		}
	}
}

// stem is what the names of the files beside a certificate begin with.
func (s *Store) stem(path string) string {
	if base, crt := strings.CutSuffix(path, ".crt"); crt && s.DropExt {
		return base
	}
	return path
}
