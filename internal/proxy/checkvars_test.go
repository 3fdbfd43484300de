package proxy

import (
	"testing"

	"sluice/internal/value"
)

// tune.vars.check-max-size bounds the variables of a check, and those only.
func TestVariablesOfChecksHaveALimit(t *testing.T) {
	g := &Global{}
	g.Tune.VarsCheckMax = 2*VarOverhead + 10
	var check Vars
	s := &Stream{Snap: &Snapshot{Global: g}}
	s.Vars.Check = &check
	set := func(scope Scope, id uint32, n int) bool {
		var v value.Value
		v.SetStr(make([]byte, n))
		return s.SetVar(VarRef{Scope: scope, ID: id}, &v)
	}
	for i, c := range []struct {
		scope Scope
		id    uint32
		n     int
		fits  bool
	}{
		{ScopeCheck, 1, 10, true},
		{ScopeCheck, 2, 1, false},
		{ScopeCheck, 1, 5, true},
		{ScopeCheck, 2, 5, true},
		{ScopeCheck, 2, 6, false},
		{ScopeTxn, 2, 1000, true},
	} {
		if got := set(c.scope, c.id, c.n); got != c.fits {
			t.Errorf("%d: stored %v", i, got)
		}
	}
}
