package secure

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Addition is a line that is to come into a list (management.txt 9.3, add ssl crt-list).
type Addition struct {
	List  *List
	Entry *ListEntry
}

// Plan reads a line that a list is to get. Nothing is changed yet.
func (s *Store) Plan(list string, line *ListLine) (*Addition, error) {
	x := s.Listed(list)
	if x == nil {
		return nil, fmt.Errorf("crt-list '%s' does not exist!", list)
	}
	own, name, text := s.Line(line)
	if text != "" {
		return nil, errors.New(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.certs[name]
	switch {
	case c == nil:
		return nil, fmt.Errorf("certificate '%s' does not exist!", name)
	case c.Empty():
		return nil, fmt.Errorf("certificate '%s' is empty!", name)
	case s.usesCert(c) && c.updates != unsettled && c.updates != s.wanted(line.Update):
		return nil, fmt.Errorf("'%s' is already defined with incompatible parameters:\n  - different parameter 'ocsp-update' : previously %s vs %s", c.Path, s.mode(c.said), s.mode(line.Update))
	}
	return &Addition{x, line.Entry(c, own)}, nil
}

// Add makes an addition. All bind lines with the list have the certificate when it returns, or, on an error, none. parts
// is how many there are.
func (s *Store) Add(a *Addition) (parts int, err error) {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.certs[a.Entry.Cert]
	if c == nil {
		return 0, fmt.Errorf("certificate '%s' does not exist!", a.Entry.Cert)
	}
	if !s.usesCert(c) {
		c.updates = unsettled
	}
	if _, err := s.serve(c, a.Entry.update); err != nil {
		return 0, err
	}
	own := s.current(a.Entry.own)
	p := &prepared{fronts: map[*Front]*face{}}
	for _, f := range s.fronts {
		if !slices.Contains(f.Place.Lists, a.List) {
			continue
		}
		before := f.now.Load()
		use := Use{Cert: c, Own: own.without(f.Place.Mute), Filters: a.Entry.Filters, List: a.List, Entry: a.Entry}
		v, _, err := newFace(before.settings, append(slices.Clip(before.uses), use), f.kept, before)
		if err != nil {
			return 0, f.Place.wrap(err)
		}
		p.fronts[f] = v
		p.made++
	}
	a.List.Lines++
	a.Entry.Line = a.List.Lines
	a.List.Entries = append(slices.Clip(a.List.Entries), a.Entry)
	p.show()
	s.wake()
	return p.made, nil
}

// current returns settings with the authorities that go by their names now.
func (s *Store) current(own *Settings) *Settings {
	if own == nil {
		return nil
	}
	made := *own
	for _, a := range []**Authorities{&made.CA, &made.VerifyCA, &made.CRL} {
		if *a != nil && s.pools[(*a).Path] != nil {
			*a = s.pools[(*a).Path]
		}
	}
	return &made
}

// without returns settings that do not offer some protocols.
func (s *Settings) without(protocols []string) *Settings {
	if s == nil || !slices.ContainsFunc(s.ALPN, func(name string) bool { return slices.Contains(protocols, name) }) {
		return s
	}
	made := *s
	made.ALPN = slices.DeleteFunc(slices.Clone(s.ALPN), func(name string) bool { return slices.Contains(protocols, name) })
	return &made
}

// Remove takes a certificate out of a list and away from the bind lines that have it. The name may end with a colon and the
// number of a line. It returns what the certificate goes by.
func (s *Store) Remove(list, word string) (name string, err error) {
	name, line := word, 0
	if at := strings.LastIndexByte(word, ':'); at >= 0 {
		n, err := strconv.Atoi(word[at+1:])
		if err != nil {
			return "", fmt.Errorf("wrong line number after colons in '%s'!", word)
		}
		name, line = word[:at], n
	}
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.lists[strings.TrimRight(list, "/")]
	switch {
	case x == nil:
		return name, fmt.Errorf("crt-list '%s' does not exist!", list)
	case s.certs[name] == nil:
		return name, fmt.Errorf("certificate '%s' does not exist!", name)
	}
	e, err := x.find(name, line)
	if err != nil {
		return name, err
	}
	return name, s.remove(x, e)
}

// find returns the one entry that a name and a line, 0 for any, stand for.
func (x *List) find(name string, line int) (*ListEntry, error) {
	var found []*ListEntry
	for _, e := range x.Entries {
		if e.Cert == name && (line == 0 || e.Line == line) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 0 && line != 0:
		return nil, fmt.Errorf("found a certificate '%s' but the line number is wrong!", name)
	case len(found) == 0:
		return nil, fmt.Errorf("certificate '%s' can't be found in the crt-list!", name)
	case len(found) > 1:
		lines := make([]string, 0, len(found))
		for _, e := range found {
			lines = append(lines, strconv.Itoa(e.Line))
		}
		return nil, fmt.Errorf("found the certificate '%s' in several entries, please specify a line number preceded by colons (%s)!", name, strings.Join(lines, ", "))
	}
	return found[0], nil
}

func (s *Store) remove(x *List, e *ListEntry) error {
	var needed []string
	p := &prepared{fronts: map[*Front]*face{}}
	for _, f := range s.fronts {
		before := f.now.Load()
		at := slices.IndexFunc(before.uses, func(u Use) bool { return u.Entry == e })
		if at < 0 {
			continue
		}
		if !before.strict && (at == 0 || before.uses[at].Preferred) { // other defaults have the filter '*', and may go
			needed = append(needed, fmt.Sprintf("\t- %s:%d", f.Place.File, f.Place.Line))
			continue
		}
		uses := slices.DeleteFunc(slices.Clone(before.uses), func(u Use) bool { return u.Entry == e })
		v, _, err := newFace(before.settings, uses, f.kept, before)
		if err != nil {
			return f.Place.wrap(err)
		}
		p.fronts[f] = v
	}
	if needed != nil {
		return fmt.Errorf("certificate '%s' cannot be deleted, it is used as default certificate by the following frontends:\n%s", e.Cert, strings.Join(needed, "\n"))
	}
	x.Entries = slices.DeleteFunc(slices.Clone(x.Entries), func(o *ListEntry) bool { return o == e })
	p.show()
	s.wake()
	return nil
}
