package pattern

import (
	"bytes"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// Match is what one user of a list finds for a value, as `get acl` and `get map` tell it.
type Match struct {
	Method     string
	Fold       bool
	Found      bool
	Tree       bool // found by HAProxy's trees rather than in its lists
	Key, Value []byte
	Type       string // of the value: str, sint, ipv4, ipv6; "" for tests
}

// Probe looks a text up in all ways in which the list is used.
func (l *List) Probe(text []byte) []Match {
	l.mu.Lock()
	users := append([]*user(nil), l.users...)
	l.mu.Unlock()
	var out []Match
	for _, u := range users {
		if !u.mute {
			out = append(out, u.probe(text))
		}
	}
	return out
}

func (u *user) probe(text []byte) Match {
	m := Match{Method: u.o.method.String(), Fold: u.o.fold}
	if u.o.regm {
		m.Method = "regm"
	}
	var a buf.Arena
	v := value.Value{}
	v.SetStr(bytes.Clone(text))
	if !u.o.method.patterns() || !v.Cast(input[u.o.method], &a) {
		return m
	}
	at, st := u.find(&v, &a)
	if at == none {
		return m
	}
	var ok bool
	if m.Key, m.Value, ok = st.entry(at); !ok {
		return m
	}
	m.Found, m.Tree = true, u.tree(m.Key)
	switch u.value {
	case value.Str, value.Sint, value.Addr:
		v.SetStr(m.Value)
		v.Cast(u.value, &a)
		m.Type = v.Type.String()
	}
	return m
}

// tree tells in which of its indexes HAProxy keeps a pattern.
func (u *user) tree(key []byte) bool {
	switch u.o.method {
	case Str, Beg:
		return !u.o.fold
	case IP:
		n, ok := parseNet(key)
		return !ok || !n.odd
	}
	return false
}
