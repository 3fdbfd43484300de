package sample

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Assign is the setting of a variable under conditions (configuration.txt 7.3.1, set-var).
type Assign struct {
	Ref   proxy.VarRef
	Name  string // as written, for traces
	conds uint8
}

const (
	ifExists uint8 = 1 << iota
	ifNotExists
	ifEmpty
	ifNotEmpty
	ifSet
	ifNotSet
	ifGreater
	ifLess
)

var condNames = [...]string{"ifexists", "ifnotexists", "ifempty", "ifnotempty", "ifset", "ifnotset", "ifgt", "iflt"}

// NewAssign reads the name of a variable and the conditions behind it.
func NewAssign(words []string, e *Env) (Assign, error) {
	var a Assign
	if len(words) == 0 || words[0] == "" {
		return a, errors.New("Empty variable name cannot be accepted")
	}
	ref, err := e.Var(words[0])
	if err != nil {
		return a, err
	}
	if !ref.Writable() {
		return a, fmt.Errorf("variable '%s' belongs to the parent stream and cannot be set", words[0])
	}
	a.Ref, a.Name = ref, words[0]
	for _, w := range words[1:] {
		bit := uint8(0)
		for i, n := range condNames {
			if n == strings.TrimSpace(w) {
				bit = 1 << i
			}
		}
		if bit == 0 {
			return a, fmt.Errorf("unknown condition %q", w)
		}
		a.conds |= bit
	}
	return a, nil
}

// Set stores v unless a condition forbids it; it reports whether it was stored.
func (a Assign) Set(s *proxy.Stream, v *value.Value) bool {
	if s.Trace != nil {
		return a.traced(s, v)
	}
	return a.set(s, v)
}

func (a Assign) set(s *proxy.Stream, v *value.Value) bool {
	return (a.conds == 0 || a.holds(s, v)) && s.SetVar(a.Ref, v)
}

// traced is set with a record of the variable before and after.
func (a Assign) traced(s *proxy.Stream, v *value.Value) bool {
	before, after := a.text(s), v.Append([]byte{})
	ok := a.set(s, v)
	if ok {
		s.Trace.Rewrite("var "+a.Name, before, after)
	}
	return ok
}

// text is the variable as it is now, nil when it is not set.
func (a Assign) text(s *proxy.Stream) []byte {
	now := s.Borrow()
	defer s.Return()
	if !s.GetVar(a.Ref, now) {
		return nil
	}
	return now.Append([]byte{})
}

// Unset removes the variable.
func (a Assign) Unset(s *proxy.Stream) {
	if s.Trace != nil {
		s.Trace.Rewrite("var "+a.Name, a.text(s), nil)
	}
	s.UnsetVar(a.Ref)
}

func (a Assign) holds(s *proxy.Stream, v *value.Value) bool {
	now := s.Borrow()
	defer s.Return()
	set := s.GetVar(a.Ref, now)
	empty := len(v.Bytes) == 0 && (v.Type == value.Str || v.Type == value.Bin || v.Type == value.Meth && v.Method == value.OtherMethod)
	numbers := set && now.Type == value.Sint && v.Type == value.Sint
	for _, c := range [...]struct {
		bit uint8
		ok  bool
	}{
		{ifExists, s.VarExists(a.Ref)}, {ifNotExists, !s.VarExists(a.Ref)}, {ifEmpty, empty}, {ifNotEmpty, !empty},
		{ifSet, set}, {ifNotSet, !set}, {ifGreater, !numbers || now.Int > v.Int}, {ifLess, !numbers || now.Int < v.Int},
	} {
		if a.conds&c.bit != 0 && !c.ok {
			return false
		}
	}
	return true
}
