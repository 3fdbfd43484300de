package keyword

import (
	"slices"
	"testing"
)

func TestAbsentKeywords(t *testing.T) {
	absent := All().Absent()
	if !slices.IsSorted(absent) || len(absent) != len(slices.Compact(slices.Clone(absent))) {
		t.Error("not sorted, or a name twice")
	}
	for name, want := range map[string]bool{"maxconn": false, "lua-load": true, "bind": false, "bind crt-list": true, "option mysql-check": true} {
		if _, found := slices.BinarySearch(absent, name); found != want {
			t.Errorf("%s: absent %v", name, found)
		}
	}
}
