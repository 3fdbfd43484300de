package secure

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// kindNames are what messages call files of authorities.
var kindNames = [...]string{CAFile: "CA", CRLFile: "CRL"}

// String returns "CA" or "CRL".
func (k AuthorityKind) String() string { return kindNames[k] }

// SetAuthorities puts what a command brings into the transaction about a file of authorities, or adds it there.
func (s *Store) SetAuthorities(kind AuthorityKind, path string, payload []byte, adds bool) (created bool, err error) {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	old, open := s.pools[path], s.change.auth[kind]
	switch {
	case open != nil && open.Path != path:
		return false, other(open.Path, path, "set")
	case open != nil:
		old = open
	case old == nil:
		return false, fmt.Errorf("Can't replace a %v file which is not referenced by the configuration!", kind)
	}
	made := newAuthorities(path, old.Kind)
	if adds {
		old.into(made)
	}
	before := len(made.certs) + len(made.crls)
	if made.add(payload) != nil || len(made.certs)+len(made.crls) == before {
		return false, errors.New("Invalid payload")
	}
	s.change.auth[kind] = made
	return open == nil, nil
}

// OpenAuthorities reports whether a transaction about a file may be ended; what names the attempt.
func (s *Store) OpenAuthorities(kind AuthorityKind, path, what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch a := s.change.auth[kind]; {
	case a == nil:
		return nothingOpen(what)
	case a.Path != path:
		return other(a.Path, path, what)
	}
	return nil
}

// CommitAuthorities ends the transaction about a file, as CommitCertificate does.
func (s *Store) CommitAuthorities(kind AuthorityKind, path string) (parts int, err error) {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.change.auth[kind]
	if made == nil || made.Path != path {
		return 0, errNoChange
	}
	s.change.auth[kind] = nil
	p, err := s.prepare(&exchange{ca: s.pools[path], newCA: made})
	if err != nil {
		return 0, err
	}
	s.pools[path] = made
	p.show()
	return p.made, nil
}

// AbortAuthorities forgets the transaction about a file.
func (s *Store) AbortAuthorities(kind AuthorityKind, path string) error {
	if err := s.OpenAuthorities(kind, path, ToAbort); err != nil {
		return err
	}
	s.mu.Lock()
	s.change.auth[kind] = nil
	s.mu.Unlock()
	return nil
}

// NewAuthorities makes a file of authorities that is still empty.
func (s *Store) NewAuthorities(kind AuthorityKind, path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pools[path] != nil {
		return fmt.Errorf("%v file '%s' already exists!", kind, path)
	}
	s.pools[path] = newAuthorities(path, kind)
	return nil
}

// DeleteAuthorities takes a file away that nobody uses.
func (s *Store) DeleteAuthorities(kind AuthorityKind, path string) error {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.pools[path]
	switch {
	case a == nil:
		return fmt.Errorf("%v file '%s' doesn't exist!", kind, path)
	case a.Kind != kind || s.usesAuthorities(a):
		return fmt.Errorf("%v file '%s' in use, can't be deleted!", kind, path)
	}
	delete(s.pools, path)
	if open := s.change.auth[kind]; open != nil && open.Path == path {
		s.change.auth[kind] = nil
	}
	return nil
}

// AuthorityFiles returns the files of a kind, sorted by their paths, and the one of the open transaction, nil for none. The
// authorities of the system are not among them: which they are is known to crypto/x509 alone.
func (s *Store) AuthorityFiles(kind AuthorityKind) (all []*Authorities, open *Authorities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.pools {
		if a.Kind == kind && a.Path != SystemCA {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b *Authorities) int { return cmp.Compare(a.Path, b.Path) })
	return all, s.change.auth[kind]
}

// LookupAuthorities is for files of authorities what Lookup is for certificates.
func (s *Store) LookupAuthorities(kind AuthorityKind, path string) (*Authorities, Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rest, open := cutOpen(path); open {
		if a := s.change.auth[kind]; a != nil && a.Path == rest {
			return a, Uncommitted
		}
		return nil, ""
	}
	a := s.pools[path]
	switch {
	case a == nil || a.Kind != kind || a.Path == SystemCA:
		return nil, ""
	case len(a.certs)+len(a.crls) == 0:
		return a, Empty
	case s.usesAuthorities(a):
		return a, Used
	}
	return a, Unused
}
