package pattern

import (
	"errors"

	"sluice/internal/buf"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// Map opens the map that a converter names.
func (ls *Lists) Map(use sample.MapUse, env *sample.Env) (sample.Map, error) {
	m, ok := LookupMethod(use.Method)
	if !ok {
		return nil, errors.New("unknown matching method '" + use.Method + "'")
	}
	l, err := ls.Open(use.Name, true, env.ReadFile, env.Pos)
	if err != nil {
		return nil, err
	}
	o := options{method: m, regm: use.Expand, resolve: lookupHost}
	u, err := l.use(o, Maps, use.Value)
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Find returns the key and the value of the first entry that v matches. They never change.
func (u *user) Find(v *value.Value, a *buf.Arena) (key, text []byte, ok bool) {
	at, st := u.find(v, a)
	if at == none {
		return nil, nil, false
	}
	return st.entry(at)
}

// Expand returns the value of the first regular expression that v matches, with its back-references replaced.
func (u *user) Expand(v *value.Value, a *buf.Arena) ([]byte, bool) {
	x := u.index.Load()
	st := x.state.Load()
	var room sample.Found
	for i := range st.line {
		p := &st.line[i]
		places := p.re.Find(v.Bytes, &room, a)
		if places == nil {
			continue
		}
		if _, to, ok := x.store.entry(p.at); ok {
			return sample.Expand(a.Alloc(sample.ExpandLen(to, v.Bytes, places))[:0], to, v.Bytes, places), true
		}
	}
	return nil, false
}
