package secure

import "sluice/internal/proxy"

// follow has tokens know a certificate as it is now.
func (s *Store) follow(c *Certificate) {
	if s.Tokens == nil || c.TLS.Leaf == nil {
		return
	}
	s.Tokens.SetCert(c.Path, proxy.TokenCert{Public: c.TLS.Leaf.PublicKey, Private: c.TLS.PrivateKey, Allowed: s.ForTokens(c.Path)})
}

// ForTokens reports whether tokens may use the certificate of a name (configuration.txt 12.7, jwt).
func (s *Store) ForTokens(name string) bool {
	if s.Tokens == nil {
		return false
	}
	c, _ := s.Tokens.Cert([]byte(name))
	return c.Allowed
}

// LoadToken reads a certificate for tokens from a file, unless it is there.
func (s *Store) LoadToken(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.certs[path]; c != nil {
		s.follow(c)
		return nil
	}
	if s.sealed {
		return s.absent(path)
	}
	return s.keep(path, Named{Crt: path})
}

// AllowToken says whether tokens may use the certificate of a name, which ok reports to be there.
func (s *Store) AllowToken(name string, on bool) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.certs[name]
	if c == nil || s.Tokens == nil {
		return false
	}
	if c.TLS.Leaf == nil {
		s.Tokens.SetCert(name, proxy.TokenCert{})
	} else {
		s.follow(c)
	}
	s.Tokens.Allow(name, on)
	return true
}
