package proxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"sluice/internal/value"
)

// VarRef names one variable: a scope and the interned name.
type VarRef struct {
	Scope Scope
	ID    uint32
}

// Names gives every variable name a number that stays the same for the life of the process, so that variables outlive a
// reload. Any goroutine may use it; the path of a request never does.
type Names struct {
	mu   sync.RWMutex
	ids  map[string]uint32
	list []string
}

// Intern returns the number of a name, given without its scope.
func (n *Names) Intern(name string) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if id, ok := n.ids[name]; ok {
		return id
	}
	if n.ids == nil {
		n.ids = make(map[string]uint32)
	}
	id := uint32(len(n.list))
	name = strings.Clone(name)
	n.ids[name] = id
	n.list = append(n.list, name)
	return id
}

// Lookup returns the number of a name that was interned before.
func (n *Names) Lookup(name string) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	id, ok := n.ids[name]
	return id, ok
}

// Name returns the name with that number.
func (n *Names) Name(id uint32) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.list[id]
}

// Below returns the names that begin with prefix, which is cut off, and their numbers.
func (n *Names) Below(prefix string) map[string]uint32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	out := map[string]uint32{}
	for name, id := range n.ids {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			out[rest] = id
		}
	}
	return out
}

// ParseVar reads "scope.name" (configuration.txt 2.8) and interns the name.
func (n *Names) ParseVar(text string) (VarRef, error) {
	if text == "" {
		return VarRef{}, errors.New("Empty variable name cannot be accepted")
	}
	scope, name, dotted := strings.Cut(text, ".")
	at := slices.Index(scopeNames[:], scope)
	if !dotted || name == "" || at < 0 {
		return VarRef{}, fmt.Errorf("invalid variable name '%s'. A variable name must start with its scope. The scope can be 'proc', '(p)sess', '(p)txn', '(p)req', '(p)res' or 'check'", text)
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.') {
			return VarRef{}, fmt.Errorf("invalid syntax at char '%s'", []byte{c})
		}
	}
	return VarRef{Scope: Scope(at), ID: n.Intern(name)}, nil
}

// ErrVarReadOnly says that a variable of a parent stream was to be changed.
var ErrVarReadOnly = errors.New("variables of a parent stream cannot be changed")

// Writable reports whether the variable may be set.
func (r VarRef) Writable() bool { return r.Scope < ScopeParentSess }

// ProcVars are the variables of the whole process. A value is never changed in place, so what a reader was given stays
// true for it.
type ProcVars struct {
	mu   sync.RWMutex
	vars Vars
}

// Get copies the variable into v and reports whether it is set.
func (p *ProcVars) Get(id uint32, v *value.Value) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	got := p.vars.Get(id)
	if got != nil {
		*v = *got
	}
	return got != nil
}

// Set stores a copy of v; it reports false when limit, in bytes and 0 for none, would be passed.
func (p *ProcVars) Set(id uint32, v *value.Value, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.vars.fits(id, len(v.Bytes), limit) {
		return false
	}
	p.vars.Set(id, own(v))
	return true
}

// Unset removes the variable and reports whether it was there.
func (p *ProcVars) Unset(id uint32) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.vars.Unset(id)
}

// Each calls fn for every variable, under the lock.
func (p *ProcVars) Each(fn func(id uint32, v *value.Value)) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	p.vars.Each(fn)
}

// own returns v with bytes of its own, on the heap.
func own(v *value.Value) value.Value {
	out := *v
	out.Flags, out.Cursor = 0, 0
	out.Bytes = slices.Clone(v.Bytes)
	return out
}

// grows returns by how many bytes a scope grows when a variable of n bytes is set.
func (v *Vars) grows(id uint32, n int) int {
	if old := v.find(id); old != nil {
		return n - len(old.V.Bytes)
	}
	return n + VarOverhead
}

// fits reports whether a variable of n bytes may be set under a limit in bytes, 0 for none.
func (v *Vars) fits(id uint32, n, limit int) bool {
	return limit <= 0 || v.size+v.grows(id, n) <= limit
}

// scope returns the variables of one scope as far as the stream has them now, nil otherwise.
func (s *Stream) scope(scope Scope, make bool) *Vars {
	switch scope {
	case ScopeSess:
		if s.Sess == nil || s.Sess.Extra == nil && !make {
			return nil
		}
		return &s.Sess.More().Vars
	case ScopeTxn:
		return &s.Vars.Txn
	case ScopeReq:
		if s.responding {
			return nil
		}
		return &s.Vars.Req
	case ScopeRes:
		return &s.Vars.Res
	case ScopeCheck:
		return s.Vars.Check
	case ScopeParentSess, ScopeParentTxn, ScopeParentReq, ScopeParentRes:
		if s.Parent != nil {
			return s.Parent.scope(scope-ScopeParentSess+ScopeSess, false)
		}
	}
	return nil
}

// over reports whether a size is above a limit, of which 0 is none.
func over(size, limit int) bool { return limit > 0 && size > limit }

// room reports whether the scope and those around it may grow by n bytes (tune.vars.*-max-size: the limit of a scope
// covers the narrower ones).
func (s *Stream) room(scope Scope, n int) bool {
	if s.Snap == nil || s.Snap.Global == nil || n <= 0 {
		return true
	}
	t := &s.Snap.Global.Tune
	narrow := n + s.Vars.Req.size + s.Vars.Res.size
	if (scope == ScopeReq || scope == ScopeRes) && over(narrow, t.VarsReqResMax) {
		return false
	}
	narrow += s.Vars.Txn.size
	if scope != ScopeSess && over(narrow, t.VarsTxnMax) {
		return false
	}
	if s.Sess != nil && s.Sess.Extra != nil {
		narrow += s.Sess.Extra.Vars.size
	}
	return !over(narrow, t.VarsSessMax)
}

// GetVar copies a variable into v and reports whether it is set. Bytes stay valid until the variable is set again or its
// scope ends.
func (s *Stream) GetVar(r VarRef, v *value.Value) bool {
	if r.Scope == ScopeProc {
		return s.Snap != nil && s.Snap.Proc != nil && s.Snap.Proc.Vars.Get(r.ID, v)
	}
	vars := s.scope(r.Scope, false)
	if vars == nil {
		return false
	}
	got := vars.Get(r.ID)
	if got != nil {
		*v = *got
	}
	return got != nil
}

// VarExists reports whether a variable was ever set. Those of the process exist from the configuration on.
func (s *Stream) VarExists(r VarRef) bool {
	vars := s.scope(r.Scope, false)
	return r.Scope == ScopeProc || vars != nil && vars.Exists(r.ID)
}

// SetVar stores a copy of v and reports false when a limit (tune.vars.*) or the scope forbids it.
func (s *Stream) SetVar(r VarRef, v *value.Value) bool {
	if r.Scope == ScopeProc {
		if s.Snap == nil || s.Snap.Proc == nil {
			return false
		}
		limit := 0
		if s.Snap.Global != nil {
			limit = s.Snap.Global.Tune.VarsProcMax
		}
		return s.Snap.Proc.Vars.Set(r.ID, v, limit)
	}
	vars := s.scope(r.Scope, true)
	if vars == nil {
		return false
	}
	grows := vars.grows(r.ID, len(v.Bytes))
	switch {
	case r.Scope == ScopeCheck:
		if grows > 0 && s.Snap != nil && s.Snap.Global != nil && over(vars.size+grows, s.Snap.Global.Tune.VarsCheckMax) {
			return false
		}
	case !s.room(r.Scope, grows) || !s.charge(grows):
		return false
	}
	if r.Scope == ScopeSess || r.Scope == ScopeCheck {
		vars.Set(r.ID, own(v))
		return true
	}
	kept := *v
	kept.Flags, kept.Cursor = 0, 0
	kept.Bytes = s.Arena.Copy(v.Bytes)
	vars.Set(r.ID, kept)
	return true
}

// UnsetVar removes a variable and reports whether it was there.
func (s *Stream) UnsetVar(r VarRef) bool {
	if r.Scope == ScopeProc {
		return s.Snap != nil && s.Snap.Proc != nil && s.Snap.Proc.Vars.Unset(r.ID)
	}
	vars := s.scope(r.Scope, false)
	if vars == nil {
		return false
	}
	before := vars.size
	had := vars.Unset(r.ID)
	if r.Scope != ScopeCheck {
		s.charge(vars.size - before)
	}
	return had
}

// BeginResponse ends the scope of the request's variables: from now on they are not there (configuration.txt 2.8).
func (s *Stream) BeginResponse() {
	if s.responding {
		return
	}
	s.responding = true
	if n := s.Vars.Req.size; n > 0 {
		s.charge(-n)
		s.Vars.Req.Reset()
	}
}

// charge adds n bytes to what all variables together take, and reports false, without effect, when more than
// tune.vars.global-max-size would be.
func (s *Stream) charge(n int) bool {
	if s.Snap == nil || s.Snap.Proc == nil || s.Snap.Global.Tune.VarsGlobalMax <= 0 {
		return true
	}
	all := &s.Snap.Proc.VarBytes
	if sum := all.Add(int64(n)); n > 0 && sum > int64(s.Snap.Global.Tune.VarsGlobalMax) {
		all.Add(-int64(n))
		return false
	}
	return true
}

// DropVars gives back what the session's variables take.
func (x *Session) DropVars() {
	if x.Extra == nil || x.Snap == nil || x.Snap.Proc == nil || x.Snap.Global.Tune.VarsGlobalMax <= 0 {
		return
	}
	x.Snap.Proc.VarBytes.Add(-int64(x.Extra.Vars.size))
	x.Extra.Vars.Reset()
}

// EachVar calls fn for every variable of a scope that is there. fn must not change variables.
func (s *Stream) EachVar(scope Scope, fn func(id uint32, v *value.Value)) {
	if scope == ScopeProc {
		s.Snap.Proc.Vars.Each(fn)
		return
	}
	if vars := s.scope(scope, false); vars != nil {
		vars.Each(fn)
	}
}
