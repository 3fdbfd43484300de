package secure

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
)

// A List is a list of certificates that bind lines use, or a folder of them, as it is now (management.txt 9.3, show ssl
// crt-list).
type List struct {
	Path    string
	Folder  bool
	Lines   int // of the file, and those added since
	Entries []*ListEntry
}

// A ListEntry is one certificate of a list.
type ListEntry struct {
	Cert    string // what the certificate goes by
	Line    int    // in the file; 0 in a folder
	Options []string
	Filters []string

	own    *Settings
	update string
	cert   *Certificate // as it was when the line was read
}

// Entry makes an entry of a line.
func (l *ListLine) Entry(c *Certificate, own *Settings) *ListEntry {
	return &ListEntry{Cert: c.Path, Line: l.Line, Options: l.Options, Filters: l.Filters, own: own, cert: c, update: l.Update}
}

// Listed returns a list by its path, nil for none. Slashes at its end do not count.
func (s *Store) Listed(path string) *List {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists[strings.TrimRight(path, "/")]
}

// Enlist makes a list of the certificates that bind lines use by its path.
func (s *Store) Enlist(path string, folder bool, lines int, entries []*ListEntry) *List {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &List{Path: strings.TrimRight(path, "/"), Folder: folder, Lines: lines, Entries: entries}
	s.lists[x.Path] = x
	return x
}

// Uses returns what a bind line of the configuration uses of a list.
func (x *List) Uses() []Use {
	uses := make([]Use, 0, len(x.Entries))
	for _, e := range x.Entries {
		uses = append(uses, Use{Cert: e.cert, Own: e.own, Filters: e.Filters, Entry: e, List: x})
	}
	return uses
}

// Folder returns the certificates of a folder as a list.
func (s *Store) Folder(path string, certs []*Certificate) *List {
	if x := s.Listed(path); x != nil {
		return x
	}
	entries := make([]*ListEntry, 0, len(certs))
	for _, c := range certs {
		entries = append(entries, &ListEntry{Cert: c.Path, cert: c})
	}
	return s.Enlist(filepath.Clean(path), true, 0, entries)
}

// Lists returns the lists, sorted by their paths.
func (s *Store) Lists() []*List {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*List
	for _, x := range s.lists {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *List) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// EntriesOf returns the entries of a list as they are now; ok is false when there is no such list.
func (s *Store) EntriesOf(path string) (x *List, entries []*ListEntry, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x = s.lists[strings.TrimRight(path, "/")]
	if x == nil {
		return nil, nil, false
	}
	return x, slices.Clone(x.Entries), true
}
