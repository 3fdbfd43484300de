package sample

import (
	"maps"
	"slices"
)

// Registry is the set of keywords of one program: a value made once from the tables of the keyword rooms.
type Registry struct {
	fetches map[string]*fetchEntry
	convs   map[string]*convEntry
	acls    map[string]*ACLKeyword
}

type fetchEntry struct {
	Fetch
	spec argSpec
}

type convEntry struct {
	Conv
	spec argSpec
}

// NewRegistry joins tables to a registry. It panics when two rows of a kind have one name or a row is not complete: that
// is a mistake in the program.
func NewRegistry(fetches []Fetch, convs []Conv, acls []ACLKeyword) *Registry {
	r := &Registry{
		fetches: make(map[string]*fetchEntry, len(fetches)),
		convs:   make(map[string]*convEntry, len(convs)),
		acls:    make(map[string]*ACLKeyword, len(acls)),
	}
	for i := range fetches {
		f := &fetchEntry{Fetch: fetches[i], spec: parseSpec(fetches[i].Name, fetches[i].Args)}
		if r.fetches[f.Name] != nil || f.Name == "" || f.Doc == "" || f.Uses == 0 ||
			(f.Eval == nil && f.Text == nil) == (f.Bind == nil) || f.Reply != nil && f.Text == nil {
			panic("sample: fetch " + f.Name + " is there twice or not complete")
		}
		r.fetches[f.Name] = f
	}
	for i := range convs {
		c := &convEntry{Conv: convs[i], spec: parseSpec(convs[i].Name, convs[i].Args)}
		if r.convs[c.Name] != nil || c.Name == "" || c.Doc == "" || (c.Eval == nil) == (c.Bind == nil) {
			panic("sample: converter " + c.Name + " is there twice or not complete")
		}
		r.convs[c.Name] = c
	}
	for i := range acls {
		a := &acls[i]
		if r.acls[a.Name] != nil || a.Doc == "" || r.fetches[a.Fetch] == nil {
			panic("sample: ACL keyword " + a.Name + " is there twice or names no fetch")
		}
		r.acls[a.Name] = a
	}
	return r
}

// Fetch returns the row of a fetch, nil when there is none.
func (r *Registry) Fetch(name string) *Fetch {
	if f := r.fetches[name]; f != nil {
		return &f.Fetch
	}
	return nil
}

// Conv returns the row of a converter, nil when there is none.
func (r *Registry) Conv(name string) *Conv {
	if c := r.convs[name]; c != nil {
		return &c.Conv
	}
	return nil
}

// ACL returns the row of an ACL keyword, nil when there is none.
func (r *Registry) ACL(name string) *ACLKeyword { return r.acls[name] }

// Fetches returns the names of all fetches, sorted.
func (r *Registry) Fetches() []string { return slices.Sorted(maps.Keys(r.fetches)) }

// Convs returns the names of all converters, sorted.
func (r *Registry) Convs() []string { return slices.Sorted(maps.Keys(r.convs)) }

// ACLs returns the names of all ACL keywords, sorted.
func (r *Registry) ACLs() []string { return slices.Sorted(maps.Keys(r.acls)) }
