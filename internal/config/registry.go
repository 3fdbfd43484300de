package config

import (
	"fmt"
	"slices"
	"strings"
)

// A Registry is every section and every keyword of the language that this program knows.
type Registry[B any] struct {
	sections map[string]*Section[B]
	keywords map[Place]map[string]*Keyword[B]
	places   map[Place]*Section[B]
	ordered  []*Section[B]
}

// NewRegistry joins tables. It panics when two rows claim the same word in the same section, and for rows that could
// never work: these are mistakes of the program.
func NewRegistry[B any](sections []Section[B], tables ...[]Keyword[B]) *Registry[B] {
	r := &Registry[B]{
		sections: map[string]*Section[B]{},
		keywords: map[Place]map[string]*Keyword[B]{},
		places:   map[Place]*Section[B]{},
	}
	for i := range sections {
		s := &sections[i]
		if r.sections[s.Name] != nil || r.places[s.Place] != nil {
			panic("config: two sections " + s.Name)
		}
		r.sections[s.Name], r.places[s.Place] = s, s
		r.keywords[s.Place] = map[string]*Keyword[B]{}
		r.ordered = append(r.ordered, s)
	}
	for _, t := range tables {
		for i := range t {
			r.add(&t[i])
		}
	}
	return r
}

func (r *Registry[B]) add(k *Keyword[B]) {
	checkRow(k, k.Name)
	if k.In == 0 {
		panic("config: keyword " + k.Name + " is legal nowhere")
	}
	known := false
	for place, words := range r.keywords {
		if k.In&place == 0 {
			continue
		}
		known = true
		if words[k.Name] != nil {
			panic(fmt.Sprintf("config: two keywords %s in section %s", k.Name, r.places[place].Name))
		}
		words[k.Name] = k
	}
	if !known {
		panic("config: no section has the keyword " + k.Name)
	}
}

func checkRow[B any](k *Keyword[B], path string) {
	if k.Removed == "" && k.Parse == nil && k.Sub == nil {
		panic("config: keyword " + path + " does nothing")
	}
	if k.Max >= 0 && k.Min > k.Max {
		panic("config: keyword " + path + " takes fewer arguments than it needs")
	}
	for i := range k.Sub {
		checkRow(&k.Sub[i], path+" "+k.Sub[i].Name)
		for j := range i {
			if k.Sub[j].Name == k.Sub[i].Name {
				panic("config: two keywords " + path + " " + k.Sub[i].Name)
			}
		}
	}
}

// Sections returns the sections in the order of their table.
func (r *Registry[B]) Sections() []*Section[B] { return slices.Clone(r.ordered) }

// Section finds a kind of section by the word that opens it, nil when there is none.
func (r *Registry[B]) Section(name string) *Section[B] { return r.sections[name] }

// Keywords returns the rows that are legal in a kind of section, sorted by name.
func (r *Registry[B]) Keywords(in Place) []*Keyword[B] {
	var rows []*Keyword[B]
	for _, k := range r.keywords[in] {
		rows = append(rows, k)
	}
	slices.SortFunc(rows, func(a, b *Keyword[B]) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// find returns the row of a word in a section. For a proxy's keyword that another kind of proxy section has, it returns
// that row and says that it is misplaced.
func (r *Registry[B]) find(in Place, name string) (row *Keyword[B], misplaced bool) {
	if k := r.keywords[in][name]; k != nil {
		return k, false
	}
	if in&InProxy == 0 {
		return nil, false
	}
	for _, p := range [...]Place{InListen, InFrontend, InBackend, InDefaults} {
		if k := r.keywords[p][name]; k != nil {
			return k, true
		}
	}
	return nil, false
}

// lastEnv counts the lines of a file up to the last one that may change the environment.
func (r *Registry[B]) lastEnv(f *File) int {
	for n := len(f.Lines); n > 0; n-- {
		words := f.Lines[n-1].Words
		if len(words) == 0 {
			continue
		}
		if words[0].Quote != 0 {
			return n
		}
		for _, rows := range r.keywords {
			if k := rows[words[0].Text]; k != nil && k.Env {
				return n
			}
		}
	}
	return 0
}

func sub[B any](table []Keyword[B], name string) *Keyword[B] {
	for i := range table {
		if table[i].Name == name {
			return &table[i]
		}
	}
	return nil
}
