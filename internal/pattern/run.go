package pattern

import (
	"sluice/internal/buf"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// truth is the outcome of a test: unknown means that more input may decide.
type truth uint8

const (
	no truth = iota
	unknown
	yes
)

func (t truth) not() truth { return yes - t }

// Match evaluates the condition.
func (c *Cond) Match(s *proxy.Stream) bool {
	m := s.Arena.Mark()
	result := c.run(s)
	if !c.keeps {
		s.Arena.Release(m)
	}
	if c.Unless {
		result = result.not()
	}
	if result == unknown {
		s.Undecided = true
	}
	return result == yes
}

func (c *Cond) run(s *proxy.Stream) truth {
	result, all := no, yes
	for i := range c.terms {
		t := &c.terms[i]
		if all != no { // else the rest of its group does not count
			got := t.run(s)
			if t.not {
				got = got.not()
			}
			all = min(all, got)
		}
		if t.last {
			if result = max(result, all); result == yes {
				break
			}
			all = yes
		}
	}
	return result
}

// run evaluates the tests of an ACL until one matches.
func (t *term) run(s *proxy.Stream) truth {
	a := t.acl
	if s.Trace != nil {
		return a.traced(s, t.not)
	}
	result := no
	switch x := &a.first; {
	case x.direct.Ready(s):
		result = x.look(s)
	case x.expr != nil:
		result = x.borrow(s)
	}
	for i := 0; i < len(a.more) && result != yes; i++ {
		if x := a.more[i]; x.direct.Ready(s) {
			result = max(result, x.look(s))
		} else {
			result = max(result, x.borrow(s))
		}
	}
	return result
}

// traced is run with a record of each test.
func (a *ACL) traced(s *proxy.Stream, not bool) truth {
	v := s.Borrow()
	result := no
	for t := range a.tests {
		got := t.sample(s, v)
		a.trace(s, t, v, got, not)
		if result = max(result, got); result == yes {
			break
		}
	}
	s.Return()
	return result
}

// trace records a test, and forgets its sample, so that the next one without any shows none.
func (a *ACL) trace(s *proxy.Stream, t *test, v *value.Value, got truth, not bool) {
	term := proxy.TraceTerm{ACL: a.Name, Test: t.text, Pos: t.pos, Negated: not, Matched: got == yes, Unknown: got == unknown}
	if v.Type != value.Any {
		term.Value = v
	}
	s.Trace.Term(term)
	*v = value.Value{}
}

// borrow evaluates the test with a borrowed sample.
func (t *test) borrow(s *proxy.Stream) truth {
	v := s.Borrow()
	result := t.sample(s, v)
	s.Return()
	return result
}

// look compares texts where they are, one occurrence after the other until one matches. As they are there, nothing is
// unknown.
func (t *test) look(s *proxy.Stream) truth {
	// The patterns are asked for first, so that they come from memory while the text is looked for.
	st := t.state.Load()
	short := st != nil && st.few.ready
	for at := int64(0); ; {
		text, next := t.direct.At(s, at)
		switch {
		case next == sample.NoText:
			return no
		case short && st.few.text(text, &s.Arena), t.method == Found, !short && t.words.finds(s, text), t.inFiles(s, text):
			return yes
		case next == 0:
			return no
		}
		at = next
	}
}

// inFiles compares one text with the patterns of files.
func (t *test) inFiles(s *proxy.Stream, text []byte) bool {
	for _, u := range t.files {
		if st := u.state.Load(); st.few.ready {
			if st.few.text(text, &s.Arena) {
				return true
			}
		} else if u.finds(s, text) {
			return true
		}
	}
	return false
}

// finds searches the index for a text.
func (u *user) finds(s *proxy.Stream, text []byte) bool {
	v := s.Borrow()
	v.SetStr(text)
	at, _ := u.find(v, &s.Arena)
	s.Return()
	return at != none
}

// has reports whether one of the patterns matches a sample, which has the type that the method looks at.
func (u *user) has(v *value.Value, a *buf.Arena) bool {
	if f := &u.state.Load().few; f.ready {
		switch {
		case f.method == Int:
			return f.number(v.Int)
		case f.method != IP:
			return f.text(v.Bytes, a)
		case v.IP.Is4():
			return f.address(v.IP)
		}
	}
	at, _ := u.find(v, a)
	return at != none
}

// sample evaluates the test on all occurrences of its sample until one matches, and leaves that in v.
func (t *test) sample(s *proxy.Stream, v *value.Value) truth {
	v.Flags, v.Cursor = value.Iterate, 0
	for {
		if !t.expr.Eval(s, v) {
			v.Type = value.Any // no sample, whatever a converter left there
			if v.Flags&value.MayChange != 0 && s.MayWait {
				return unknown
			}
			return no
		}
		next, cursor := v.Flags&value.NotLast != 0, v.Cursor
		change := v.Flags&value.MayChange != 0 && s.MayWait
		if t.matches(s, v) {
			return yes
		}
		switch {
		case next:
			v.Flags, v.Cursor = value.Iterate, cursor
		case change:
			return unknown
		default:
			return no
		}
	}
}

// matches compares one sample with the patterns.
func (t *test) matches(s *proxy.Stream, v *value.Value) bool {
	if t.method == Found {
		return true
	}
	if in := input[t.method]; v.Type != in && !v.Cast(in, &s.Arena) {
		return false
	}
	if t.method == Bool {
		return v.True()
	}
	for _, u := range t.files {
		if u.has(v, &s.Arena) {
			return true
		}
	}
	return t.words.has(v, &s.Arena)
}
