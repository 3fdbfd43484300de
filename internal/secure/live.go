package secure

import (
	"fmt"
	"slices"
)

// exchange is one file that is to be another from now on. One of the two pairs is set.
type exchange struct {
	cert, newCert *Certificate
	ca, newCA     *Authorities
}

// settings returns what settings become; s itself when nothing of it is exchanged.
func (x *exchange) settings(s *Settings) *Settings {
	if s == nil || x.ca == nil || s.CA != x.ca && s.VerifyCA != x.ca && s.CRL != x.ca {
		return s
	}
	other := *s
	for _, a := range []**Authorities{&other.CA, &other.VerifyCA, &other.CRL} {
		if *a == x.ca {
			*a = x.newCA
		}
	}
	return &other
}

func (x *exchange) certificate(c *Certificate) *Certificate {
	if x.cert != nil && c == x.cert {
		return x.newCert
	}
	return c
}

// uses returns what uses become, and how many of them are others.
func (x *exchange) uses(all []Use) (made []Use, changed int) {
	for i := range all {
		u := &all[i]
		c, own := x.certificate(u.Cert), x.settings(u.Own)
		if c == u.Cert && own == u.Own {
			continue
		}
		if made == nil {
			made = slices.Clone(all)
		}
		made[i].Cert, made[i].Own = c, own
		changed++
	}
	if made == nil {
		made = all
	}
	return made, changed
}

// prepared are faces and sides that were made and are not shown yet.
type prepared struct {
	fronts map[*Front]*face
	backs  map[*Back]*side
	made   int // of which so many parts are new
}

// show puts all of them in place. Handshakes that run go on with what they began with.
func (p *prepared) show() {
	for f, v := range p.fronts {
		f.now.Store(v)
	}
	for b, v := range p.backs {
		b.now.Store(v)
	}
}

// prepare makes what an exchange needs of all bind lines and servers; an error leaves everything as it was.
func (s *Store) prepare(x *exchange) (*prepared, error) {
	p := &prepared{fronts: map[*Front]*face{}, backs: map[*Back]*side{}}
	for _, f := range s.fronts {
		before := f.now.Load()
		settings := x.settings(before.settings)
		uses, changed := x.uses(before.uses)
		if settings == before.settings && changed == 0 {
			continue
		}
		if settings != before.settings {
			changed = len(uses)
		}
		v, _, err := newFace(settings, uses, f.kept, before)
		if err != nil {
			return nil, f.Place.wrap(err)
		}
		p.fronts[f] = v
		p.made += changed
	}
	for b := range s.backs {
		v, err := b.exchanged(x)
		if err != nil {
			return nil, err
		}
		if v != nil {
			p.backs[b] = v
			p.made++
		}
	}
	return p, nil
}

// wrap says for which bind line something cannot be done.
func (p *Place) wrap(err error) error {
	return fmt.Errorf("Proxy '%s': %w for bind '%s' at [%s:%d]", p.Proxy, err, p.Bind, p.File, p.Line)
}

// exchanged returns what a server's side becomes, nil when it stays.
func (b *Back) exchanged(x *exchange) (*side, error) {
	before := b.now.Load()
	settings, peer := x.settings(before.settings), before.peer
	if peer.Cert != nil {
		peer.Cert = x.certificate(peer.Cert)
	}
	if settings == before.settings && peer == before.peer {
		return nil, nil
	}
	v, _, err := newSide(settings, peer)
	return v, err
}

// Shows makes a bind line one that gets the certificates and authorities that commands bring.
func (s *Store) Shows(f *Front, at Place) {
	f.Place = at
	s.mu.Lock()
	s.fronts = append(s.fronts, f)
	s.mu.Unlock()
}

// Meets does the same for a server. What was exchanged since it was made is exchanged in it.
func (s *Store) Meets(b *Back) error {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	v := b.now.Load()
	var stale []exchange
	if c := v.peer.Cert; c != nil && s.certs[c.Path] != nil && s.certs[c.Path] != c && s.sealed {
		stale = append(stale, exchange{cert: c, newCert: s.certs[c.Path]})
	}
	for _, a := range []*Authorities{v.settings.CA, v.settings.VerifyCA, v.settings.CRL} {
		if a != nil && s.pools[a.Path] != nil && s.pools[a.Path] != a {
			stale = append(stale, exchange{ca: a, newCA: s.pools[a.Path]})
		}
	}
	for i := range stale {
		v, err := b.exchanged(&stale[i])
		if err != nil {
			return err
		}
		if v != nil {
			b.now.Store(v)
		}
	}
	s.backs[b] = true
	return nil
}

// Forget ends what Meets began.
func (s *Store) Forget(b *Back) {
	s.mu.Lock()
	delete(s.backs, b)
	s.mu.Unlock()
}

// Uses reports whether a bind line or a server uses a certificate.
func (s *Store) usesCert(c *Certificate) bool {
	for _, f := range s.fronts {
		for _, u := range f.now.Load().uses {
			if u.Cert == c {
				return true
			}
		}
	}
	for b := range s.backs {
		if b.now.Load().peer.Cert == c {
			return true
		}
	}
	return false
}

// usesAuthorities reports whether a bind line or a server uses a file of authorities.
func (s *Store) usesAuthorities(a *Authorities) bool {
	names := func(g *Settings) bool { return g != nil && (g.CA == a || g.VerifyCA == a || g.CRL == a) }
	for _, f := range s.fronts {
		v := f.now.Load()
		if names(v.settings) || slices.ContainsFunc(v.uses, func(u Use) bool { return names(u.Own) }) {
			return true
		}
	}
	for b := range s.backs {
		if names(b.now.Load().settings) {
			return true
		}
	}
	return false
}
