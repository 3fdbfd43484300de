package pattern

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// List is a named list of patterns, shared by all that name it (configuration.txt 2.7). What is searched are the indexes
// of its users, which a change replaces as a whole: a reader never waits.
type List struct {
	Name    string // without "file@" and "opt@"
	Map     bool   // two columns
	Entries []*Entry
	users   []*user
}

// user is one index over a list.
type user struct {
	o     options
	index atomic.Pointer[Index]
}

// Lists are all lists of a configuration by name. It is used while the configuration is read only.
type Lists struct {
	byName map[string]*List
	ids    map[string]bool // ids given by -u
}

// NewLists returns an empty set.
func NewLists() *Lists { return &Lists{byName: map[string]*List{}, ids: map[string]bool{}} }

// All calls fn for every list.
func (l *Lists) All(fn func(*List)) {
	for _, list := range l.byName {
		fn(list)
	}
}

// Open returns the list that a name in the configuration stands for, read at its first use. read returns the content of
// a file and whether it exists.
func (l *Lists) Open(name string, isMap bool, read func(string) ([]byte, error)) (*List, error) {
	optional := strings.HasPrefix(name, "opt@")
	file := strings.TrimPrefix(strings.TrimPrefix(name, "opt@"), "file@")
	if list := l.byName[file]; list != nil {
		if list.Map != isMap && len(list.Entries) > 0 {
			columns := [...]string{"one", "two"}
			have, want := 0, 1
			if list.Map {
				have, want = 1, 0
			}
			return nil, fmt.Errorf("The file %q is already used as %s column file and cannot be used by as %s column file.", file, columns[have], columns[want])
		}
		return list, nil
	}
	list := &List{Name: file, Map: isMap}
	if !strings.HasPrefix(file, "virt@") {
		if read == nil {
			return nil, fmt.Errorf("failed to open pattern file <%s>", file)
		}
		content, err := read(file)
		if err != nil && !optional {
			return nil, fmt.Errorf("failed to open pattern file <%s>", file)
		}
		list.parse(string(content))
	}
	l.byName[file] = list
	return list, nil
}

// parse reads the lines of a file: blanks at their beginning do not count, empty lines and comments are left out. In a
// map the first word is the pattern and the rest the value, without the blanks around it.
func (l *List) parse(content string) {
	n := 0
	for line := range strings.Lines(content) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			continue
		}
		e := &Entry{Text: line, Line: n}
		if l.Map {
			if i := strings.IndexAny(line, " \t"); i >= 0 {
				e.Text, e.Value = line[:i], strings.Trim(line[i:], " \t")
			}
		}
		l.Entries = append(l.Entries, e)
	}
}

// use returns the index of the list under some options, made at the first use.
func (l *List) use(o options) (*user, error) {
	for _, u := range l.users {
		if u.o.method == o.method && u.o.fold == o.fold && u.o.dotted == o.dotted {
			return u, nil
		}
	}
	x := newIndex(o)
	for _, e := range l.Entries {
		if err := x.add(e, o); err != nil {
			return nil, fmt.Errorf("%w at line %d of file '%s'", err, e.Line, l.Name)
		}
	}
	u := &user{o: o}
	u.index.Store(x)
	l.users = append(l.users, u)
	return u, nil
}
