package pattern

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// List is a list of patterns, of a file, of a name or of one test's words (configuration.txt 2.7). All that use it share it.
// It has versions: one that is searched, and others that are prepared to replace it as a whole (management.txt 9.3).
//
// One writer at a time changes a list. Searches take what is there and never wait.
type List struct {
	Name string // "" for the words of a test
	Map  bool   // entries have values
	ID   int

	lists *Lists
	uses  []string // where the configuration names it
	forms [2]bool  // who names it: tests, maps

	source   []byte // the file, while the configuration is read
	mu       sync.Mutex
	users    []*user
	current  *version
	others   []*version // those that are not searched
	cur      atomic.Uint32
	next     uint32
	searched atomic.Pointer[version] // current, for readers
}

// Kind is what uses a list.
type Kind uint8

// The kinds.
const (
	Tests Kind = iota // acl lines and conditions
	Maps              // converters
)

// version is the entries of one version of a list with an index for each user.
type version struct {
	number  uint32
	serial  uint64
	store   store
	indexes []*index
}

// user is one way in which a list is searched.
type user struct {
	state     atomic.Pointer[state]    // of the index
	followers []*atomic.Pointer[state] // the same where it is at hand
	list      *List
	o         options
	kind      Kind
	value     value.Type // what the values of a map are read as: Any for tests, Str, Sint or Addr
	mute      bool       // finds entries for changes only: the program's own
	index     atomic.Pointer[index]
}

// choose makes an index the one that is searched.
func (u *user) choose(x *index) {
	u.index.Store(x)
	u.show(x.state.Load())
}

// show makes a state the one that searches look at.
func (u *user) show(st *state) {
	u.state.Store(st)
	for _, p := range u.followers {
		p.Store(st)
	}
}

// follow keeps the state that is searched in p.
func (u *user) follow(p *atomic.Pointer[state]) {
	u.list.mu.Lock()
	defer u.list.mu.Unlock()
	u.followers = append(u.followers, p)
	p.Store(u.state.Load())
}

// find returns the texts of the first entry that v matches.
func (u *user) find(v *value.Value, a *buf.Arena) (at uint32, st *store) {
	x := u.index.Load()
	return x.find(v, a), x.store
}

// readable says whether the user can read a value.
func (u *user) readable(text []byte) bool {
	switch u.value {
	case value.Sint:
		_, used := value.LeadingInt(text)
		return used == len(text) // nothing at all is 0
	case value.Addr:
		_, ok := value.ParseIP(text)
		return ok
	}
	return true
}

// use returns the user that searches the list in some way, made with its index at the first use. An error names the line of
// the file.
func (l *List) use(o options, kind Kind, as value.Type) (*user, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range l.users {
		if u.o.same(&o) && u.kind == kind && u.value == as && !u.mute {
			return u, nil
		}
	}
	u := &user{list: l, o: o, kind: kind, value: as}
	if as == value.Sint || as == value.Addr {
		if err := l.checkValues(u); err != nil {
			return nil, err
		}
	}
	if err := l.attach(u); err != nil {
		return nil, err
	}
	return u, nil
}

func (l *List) checkValues(u *user) (err error) {
	l.current.store.each(0, func(at uint32, _, text []byte) bool {
		if !u.readable(text) {
			err = l.located(fmt.Errorf("unable to parse '%s'", text), at)
		}
		return err == nil
	})
	return err
}

// located says where in the file an entry stands whose place is at.
func (l *List) located(err error, at uint32) error {
	if l.Name == "" {
		return err
	}
	return fmt.Errorf("%w at line %d of file '%s'", err, l.lineOf(at), l.Name)
}

// attach makes the indexes of a new user in all versions.
func (l *List) attach(u *user) error {
	for _, v := range l.versions() {
		x := newIndex(u, &v.store, &l.lists.seed, &l.mu)
		if at, err := x.build(); err != nil {
			return l.located(err, at)
		}
		v.indexes = append(v.indexes, x)
	}
	u.choose(l.current.indexes[len(l.users)])
	l.users = append(l.users, u)
	return nil
}

// versions returns all of them, the current one first.
func (l *List) versions() []*version { return append([]*version{l.current}, l.others...) }

// version returns the one of a number; with make it is made when it is not there.
func (l *List) version(number uint32, create bool) *version {
	for _, v := range l.versions() {
		if v.number == number {
			return v
		}
	}
	if !create {
		return nil
	}
	v := l.newVersion(number)
	l.others = append(l.others, v)
	return v
}

func (l *List) newVersion(number uint32) *version {
	v := &version{number: number, serial: l.lists.serial.Add(1)}
	for _, u := range l.users {
		v.indexes = append(v.indexes, newIndex(u, &v.store, &l.lists.seed, &l.mu))
	}
	return v
}

// search makes a version the one that is searched.
func (l *List) search(v *version) {
	l.current = v
	for i, u := range l.users {
		u.choose(v.indexes[i])
	}
	l.cur.Store(v.number)
	l.searched.Store(v)
}

// byText returns the index by the whole text of the current version, made when no user has one.
func (l *List) byText() *index {
	for i, u := range l.users {
		if u.o.method == Str && !u.o.fold {
			return l.current.indexes[i]
		}
	}
	u := &user{list: l, o: options{method: Str}, mute: true, value: value.Any}
	if l.attach(u) != nil {
		return nil // texts are always texts
	}
	return l.current.indexes[len(l.users)-1]
}

// places returns the entries of the current version that have a key.
func (l *List) places(key []byte) []uint32 {
	x := l.byText()
	st := x.state.Load()
	var found []uint32
	for i := range st.line {
		if string(st.line[i].text) == string(key) {
			found = append(found, st.line[i].at)
		}
	}
	if st.table != nil {
		h := x.seed.text(key)
		for _, s := range st.table.bucket(h) {
			if uint32(s>>32) == uint32(h) && x.holds(uint32(s), key) {
				found = append(found, uint32(s))
			}
		}
	}
	return found
}

// insert puts an entry into a version, when all users can read it.
func (l *List) insert(v *version, key, text []byte) error {
	at := v.store.n
	pats := make([]pat, len(l.users))
	for i, u := range l.users {
		if !u.readable(text) {
			return fmt.Errorf("unable to parse '%s'", text)
		}
		o := u.o
		o.resolve = nil // no look-ups while traffic runs
		var err error
		if pats[i], err = o.parse(at, key); err != nil {
			return err
		}
	}
	v.store.add(key, text)
	for i := range pats {
		// What the pattern keeps of the key is the caller's.
		pats[i].text = append([]byte(nil), pats[i].text...)
		v.indexes[i].add(&pats[i])
	}
	return nil
}

// word puts a word of the configuration into a list that has one user.
func (l *List) word(u *user, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := u.o.parse(l.current.store.n, []byte(text))
	if err == nil {
		l.current.store.add([]byte(text), nil)
		l.current.indexes[0].add(&p)
	}
	return err
}

// drop deletes an entry of a version.
func (l *List) drop(v *version, at uint32) {
	for _, x := range v.indexes {
		x.remove(at)
	}
	v.store.remove(at)
}

// assign gives an entry another value.
func (l *List) assign(v *version, at uint32, text []byte) error {
	for _, u := range l.users {
		if !u.readable(text) {
			return fmt.Errorf("unable to parse '%s'", text)
		}
	}
	v.store.set(at, text)
	return nil
}

// ErrNoVersion says that a version was never given out.
var ErrNoVersion = errors.New("pattern: no such version")

// ErrNoEntry says that no entry has a key or a reference.
var ErrNoEntry = errors.New("pattern: no such entry")

// String describes where the list comes from, as `show acl` and `show map` print it.
func (l *List) String() string { return strings.Join(l.uses, ", ") }

// Changeable makes what changes by key need, so that the first one does not pay for it while traffic runs.
func (l *List) Changeable() {
	l.mu.Lock()
	l.byText()
	l.mu.Unlock()
}
