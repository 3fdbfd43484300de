package proxy

import "sluice/internal/value"

// Vars is one scope of variables (configuration.txt 2.8): few, so a list. Names are interned when the configuration is
// read: NameID is the same number for the same name everywhere.
type Vars struct {
	list []Var
	size int // bytes accounted against tune.vars.*-max-size
}

// Var is one variable.
type Var struct {
	NameID uint32
	V      value.Value
}

// Scope says where a variable lives.
type Scope uint8

// The scopes.
const (
	ScopeProc Scope = iota
	ScopeSess
	ScopeTxn
	ScopeReq
	ScopeRes
	ScopeCheck
	ScopeParentSess // psess and its kin: the scopes of a parent stream, read only
	ScopeParentTxn
	ScopeParentReq
	ScopeParentRes
	NScopes
)

var scopeNames = [NScopes]string{"proc", "sess", "txn", "req", "res", "check", "psess", "ptxn", "preq", "pres"}

// String returns the scope as it is written before the dot.
func (s Scope) String() string { return scopeNames[s] }

// Get returns the variable, nil when it is not set. The result is valid until the next Set or Unset.
func (v *Vars) Get(id uint32) *value.Value {
	if e := v.find(id); e != nil && e.V.Type != value.Any {
		return &e.V
	}
	return nil
}

// Exists reports whether the variable was ever set, even if it is not any more.
func (v *Vars) Exists(id uint32) bool { return v.find(id) != nil }

func (v *Vars) find(id uint32) *Var {
	for i := range v.list {
		if v.list[i].NameID == id {
			return &v.list[i]
		}
	}
	return nil
}

// Set stores val; its bytes must live as long as the scope.
func (v *Vars) Set(id uint32, val value.Value) {
	if old := v.find(id); old != nil {
		v.size += len(val.Bytes) - len(old.V.Bytes)
		old.V = val
		return
	}
	v.size += len(val.Bytes) + VarOverhead
	v.list = append(v.list, Var{id, val})
}

// VarOverhead is what a variable is accounted with besides its bytes.
const VarOverhead = 64

// Unset removes the value and reports whether there was one. The variable goes on to exist.
func (v *Vars) Unset(id uint32) bool {
	e := v.find(id)
	if e == nil || e.V.Type == value.Any {
		return false
	}
	v.size -= len(e.V.Bytes)
	e.V = value.Value{}
	return true
}

// Size returns the accounted bytes.
func (v *Vars) Size() int { return v.size }

// Each calls fn for every variable.
func (v *Vars) Each(fn func(id uint32, val *value.Value)) {
	for i := range v.list {
		if v.list[i].V.Type != value.Any {
			fn(v.list[i].NameID, &v.list[i].V)
		}
	}
}

// Reset removes all variables and keeps the memory.
func (v *Vars) Reset() {
	clear(v.list)
	v.list = v.list[:0]
	v.size = 0
}
