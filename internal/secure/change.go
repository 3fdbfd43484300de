package secure

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// changes are the transactions that are open: one for certificates, one for authorities, one for lists of revocations
// (management.txt 9.3, set ssl cert, set ssl ca-file, set ssl crl-file).
type changes struct {
	cert *Certificate
	auth [2]*Authorities // by their kinds
}

// The refusals of commands that HAProxy answers with the same words everywhere.
var (
	errNoChange   = errors.New("No ongoing transaction! !")
	errNoneToStop = errors.New("No ongoing transaction!")
)

// other says that the open transaction is about something else.
func other(open, name, what string) error {
	return fmt.Errorf("The ongoing transaction is about '%s' but you are trying to %s '%s'", open, what, name)
}

// SetCertificate puts what a command brings into the transaction about a certificate, which is begun when there is none.
// A name with the end of a file that lies beside certificates is about that part. It returns what the certificate goes by.
func (s *Store) SetCertificate(name string, payload []byte) (target string, created bool, err error) {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	target, part := s.target(name)
	old := s.certs[target]
	switch open := s.change.cert; {
	case open != nil && open.Path != target:
		return target, false, other(open.Path, target, "set")
	case open != nil:
		old = open
	case old == nil:
		return target, false, errors.New("Can't replace a certificate which is not referenced by the configuration!")
	}
	made, err := old.with(part, payload)
	if err != nil {
		return target, false, err
	}
	s.complete(made)
	created = s.change.cert == nil
	s.change.cert = made
	return target, created, nil
}

// target finds the certificate that a name is about, and which part of it: "" for the certificate itself.
func (s *Store) target(name string) (target, part string) {
	known := func(path string) bool {
		return s.certs[path] != nil || s.change.cert != nil && s.change.cert.Path == path
	}
	if known(name) {
		return name, ""
	}
	for _, ext := range beside {
		base, cut := strings.CutSuffix(name, ext)
		switch {
		case !cut:
		case known(base):
			return base, ext
		case s.DropExt && known(base+".crt"):
			return base + ".crt", ext
		}
	}
	return name, ""
}

// with returns the certificate with a part of it exchanged.
func (c *Certificate) with(part string, payload []byte) (*Certificate, error) {
	p, got := c.from, parsePEM(payload)
	files := c.Files
	switch part {
	case ".key":
		if got.key == nil {
			return nil, fmt.Errorf("%w.\nCan't load the payload", noKey(&got, c.Path))
		}
		p.key, files.Key = got.key, ""
	case ".issuer":
		if len(got.certs) == 0 {
			return nil, fmt.Errorf("unable to load issuer from file '%s': no start line.\nCan't load the payload", c.Path)
		}
		p.issuer, files.Issuer = got.certs[0], ""
	case ".ocsp":
		staple, err := stapleText(payload)
		if err != nil {
			return nil, err
		}
		p.staple, files.OCSP = staple, ""
	case ".sctl":
		return nil, errors.New("Can't load the payload")
	default:
		if err := got.unreadable(c.Path); err != nil {
			return nil, fmt.Errorf("%w.\nCan't load the payload", err)
		}
		if got.key == nil && (got.locked != nil || got.keyError != nil) {
			return nil, fmt.Errorf("%w.\nCan't load the payload", noKey(&got, c.Path))
		}
		p.certs, p.key = got.certs, got.key
		if p.key == nil {
			files.Key = ""
		}
		if c.TLS.Leaf == nil || len(c.from.certs) == 0 || string(got.certs[0]) != string(c.from.certs[0]) {
			p.issuer, p.staple = nil, nil // they were about another one
		}
	}
	made, err := gather(c.Path, &p)
	if err != nil {
		return nil, fmt.Errorf("%w.\nCan't load the payload", err)
	}
	made.Files = files
	made.updates, made.said, made.loaded = c.updates, c.said, c.loaded
	return made, nil
}

// CommitCertificate ends the transaction about a certificate: all who use it have the new one when it returns, or, on an
// error, none. parts is how many were made anew.
func (s *Store) CommitCertificate(name string) (parts int, err error) {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.change.cert
	s.change.cert = nil
	if made == nil || made.Path != name {
		return 0, errNoChange
	}
	s.attach(made)
	p, err := s.prepare(&exchange{cert: s.certs[name], newCert: made})
	if err != nil {
		return 0, err
	}
	s.certs[name] = made
	s.follow(made)
	p.show()
	s.wake()
	return p.made, nil
}

// OpenCertificate reports whether a transaction about a certificate may be ended; what names the attempt.
func (s *Store) OpenCertificate(name, what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c := s.change.cert; {
	case c == nil:
		return nothingOpen(what)
	case c.Path != name:
		return other(c.Path, name, what)
	}
	return nil
}

// What is attempted with a transaction.
const (
	ToCommit = "set"
	ToAbort  = "abort a transaction for"
)

func nothingOpen(what string) error {
	if what == ToAbort {
		return errNoneToStop
	}
	return errNoChange
}

// AbortCertificate forgets the transaction about a certificate.
func (s *Store) AbortCertificate(name string) error {
	if err := s.OpenCertificate(name, ToAbort); err != nil {
		return err
	}
	s.mu.Lock()
	s.change.cert = nil
	s.mu.Unlock()
	return nil
}

// NewCertificate makes a certificate that is still empty.
func (s *Store) NewCertificate(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.certs[name] != nil {
		return fmt.Errorf("Certificate '%s' already exists!", name)
	}
	s.certs[name] = &Certificate{Path: name}
	return nil
}

// DeleteCertificate takes a certificate away that nobody uses.
func (s *Store) DeleteCertificate(name string) error {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.certs[name]
	switch {
	case c == nil:
		return fmt.Errorf("certificate '%s' doesn't exist!", name)
	case s.usesCert(c):
		return fmt.Errorf("certificate '%s' in use, can't be deleted!", name)
	case s.ForTokens(name):
		return fmt.Errorf("certificate '%s' in use for JWT validation, can't be deleted!", name)
	}
	delete(s.certs, name)
	if s.Tokens != nil {
		s.Tokens.DropCert(name)
	}
	if open := s.change.cert; open != nil && open.Path == name {
		s.change.cert = nil
	}
	return nil
}

// A Status says how far a file is.
type Status string

// The statuses, in HAProxy's words.
const (
	Used        Status = "Used"
	UsedByToken Status = "Used for JWT verification"
	Unused      Status = "Unused"
	Empty       Status = "Empty"
	Uncommitted Status = "Uncommitted"
)

// Names returns what the certificates go by, sorted, and what the open transaction is about, "" for none.
func (s *Store) Names() (names []string, open string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change.cert != nil {
		open = s.change.cert.Path
	}
	return slices.Sorted(maps.Keys(s.certs)), open
}

// Lookup returns a certificate, or what it is to become where the name begins with an asterisk, which a backslash may stand
// before; nil for none.
func (s *Store) Lookup(name string) (*Certificate, Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rest, open := cutOpen(name); open {
		if c := s.change.cert; c != nil && c.Path == rest {
			return c, Uncommitted
		}
		return nil, ""
	}
	c := s.certs[name]
	switch {
	case c == nil:
		return nil, ""
	case c.Empty():
		return c, Empty
	case s.usesCert(c):
		return c, Used
	case s.ForTokens(name):
		return c, UsedByToken
	}
	return c, Unused
}

// cutOpen takes the mark of a transaction off a name.
func cutOpen(name string) (rest string, open bool) {
	if rest, open = strings.CutPrefix(name, "\\*"); open {
		return rest, true
	}
	return strings.CutPrefix(name, "*")
}
