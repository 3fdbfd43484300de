package fetch

import (
	"slices"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// trackedRows are the fetches of stick tables (configuration.txt 7.3.2, 7.3.3): each measure by the number of a stick
// counter, by that of one of the first three in the name, and by the client's address.
func trackedRows() []sample.Fetch {
	rows := []sample.Fetch{
		{Name: "sc_key", Doc: "Key of a tracked entry.", Args: "integer", Out: value.Any, Uses: sample.Tracked, Says: sample.Internal, Bind: bindKey(-1)},
		{Name: "sc_tracked", Doc: "Whether a stick counter tracks an entry.", Args: "integer[,table]", Out: value.Bool, Uses: sample.Tracked, Bind: bindTracked(-1)},
		{Name: "src_updt_conn_cnt", Doc: "Number of connections of the client's address, this one included.", Args: "table", Out: value.Sint, Uses: sample.ClientAddress,
			Bind: bindSource(newConnection)},
		{Name: "table_avl", Doc: "Entries that a stick table still has room for.", Args: "table", Out: value.Sint, Uses: sample.Internal, Eval: tableFree},
		{Name: "table_cnt", Doc: "Entries of a stick table.", Args: "table", Out: value.Sint, Uses: sample.Internal, Eval: tableUsed},
	}
	for i, number := range [...]string{"0", "1", "2"} {
		rows = append(rows,
			sample.Fetch{Name: "sc" + number + "_key", Doc: "Key of the entry that stick counter " + number + " tracks.", Out: value.Any, Uses: sample.Tracked, Says: sample.Internal, Bind: bindKey(i)},
			sample.Fetch{Name: "sc" + number + "_tracked", Doc: "Whether stick counter " + number + " tracks an entry.", Args: "[table]", Out: value.Bool, Uses: sample.Tracked, Bind: bindTracked(i)})
	}
	for _, m := range sample.Measures() {
		rows = append(rows, counterRows(m)...)
		if m.Op != sticktable.Refs {
			rows = append(rows, sourceRow(m))
		}
	}
	slices.SortFunc(rows, func(a, b sample.Fetch) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// newConnection counts a connection by itself.
var newConnection = sample.Measure{Name: "updt_conn_cnt", Doc: "Number of connections, one more than before.", Op: sticktable.Add, Field: sticktable.ConnCnt}

// counterRows are the fetches of a measure by stick counters.
func counterRows(m sample.Measure) []sample.Fetch {
	args, uses := "integer[,table]", sample.Tracked
	if m.Indexed {
		args = "integer,integer[,table]"
	}
	if m.Shift > 0 {
		uses = sample.ClientAddress
	}
	rows := append([]sample.Fetch(nil), sample.Fetch{Name: "sc_" + m.Name, Doc: m.Doc, Args: args, Out: value.Sint, Uses: uses, Bind: bindCounter(m, -1)})
	for i, number := range [...]string{"0", "1", "2"} {
		if m.Name == "clr_gpc" && i == 1 { // the only one of these that there is
			rows = append(rows, sample.Fetch{Name: "sc1_clr_gpc", Doc: m.Doc, Args: "integer[,table]", Out: value.Sint, Uses: uses, Bind: bindCounter(m, i)})
		}
		if !m.Indexed {
			rows = append(rows, sample.Fetch{Name: "sc" + number + "_" + m.Name, Doc: m.Doc, Args: "[table]", Out: value.Sint, Uses: uses, Bind: bindCounter(m, i)})
		}
	}
	return rows
}

// sourceRow is the fetch of a measure by the client's address.
func sourceRow(m sample.Measure) sample.Fetch {
	args := "table"
	if m.Indexed {
		args = "integer,table"
	}
	return sample.Fetch{Name: "src_" + m.Name, Doc: m.Doc, Args: args, Out: value.Sint, Uses: sample.ClientAddress, Bind: bindSource(m)}
}

// A place says which arguments hold the number of a stick counter, of an element, and a table. Those that are -1 are none.
type place struct{ counter, element, table int }

// bindCounter makes the fetch of a measure by the stick counter with that number, or by the one an argument names.
func bindCounter(m sample.Measure, counter int) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(sample.Args, *sample.Env) (sample.Func, error) {
		at := place{-1, -1, 0}
		if m.Indexed {
			at.element, at.table = at.table, at.table+1
		}
		if counter < 0 {
			at.counter, at.table = at.table, at.table+1
		}
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			n := counter
			if n < 0 {
				n = int(a.Int(at.counter))
			}
			element := 0
			if at.element >= 0 {
				element = int(a.Int(at.element))
			}
			return ofCounter(&m, s, n, element, other(a, at.table), v)
		}, nil
	}
}

// other returns the table that an argument names, nil when it is not given.
func other(a sample.Args, i int) *sticktable.Table {
	if i < len(a) {
		return a[i].Table
	}
	return nil
}

// ofCounter gives a measure of what a stick counter tracks, or of the entry with the same key in another table.
func ofCounter(m *sample.Measure, s *proxy.Stream, counter, element int, other *sticktable.Table, v *value.Value) bool {
	e := s.Tracked(counter)
	if e.Table() == nil || element < 0 {
		return false
	}
	if other == nil || other == e.Table() {
		n, ok := e.Change(m.Op, m.Field, element, 1, s.Now())
		m.Give(v, n)
		return ok
	}
	if other.Kind != e.Table().Kind {
		return false
	}
	var small [64]byte
	return m.Ask(s, other, e.AppendKey(small[:0]), element, v)
}

// bindSource makes the fetch of a measure by the client's address.
func bindSource(m sample.Measure) func(sample.Args, *sample.Env) (sample.Func, error) {
	at := 0
	if m.Indexed {
		at = 1
	}
	return func(sample.Args, *sample.Env) (sample.Func, error) {
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			t := other(a, at)
			src := s.Src()
			if t == nil || !src.IsValid() {
				return false
			}
			element := 0
			if at == 1 {
				element = int(a.Int(0))
			}
			v.SetIP(src.Addr().Unmap())
			var small [16]byte
			key, ok := t.Key(&small, v, &s.Arena)
			return ok && element >= 0 && m.Ask(s, t, key, element, v)
		}, nil
	}
}

// bindTracked makes the fetch that says whether a stick counter tracks something, or whether another table has its key.
func bindTracked(counter int) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(sample.Args, *sample.Env) (sample.Func, error) {
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			n, at := counter, 0
			if n < 0 {
				n, at = int(a.Int(0)), 1
			}
			e, t := s.Tracked(n), other(a, at)
			v.Flags |= value.Volatile
			if t == nil || e.Table() == nil || e.Table() == t {
				v.SetBool(e.Table() != nil)
				return true
			}
			var small [64]byte
			v.SetBool(t.Kind == e.Table().Kind && t.Contains(e.AppendKey(small[:0]), s.Now()))
			return true
		}, nil
	}
}

// bindKey makes the fetch of the key that a stick counter tracks.
func bindKey(counter int) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(sample.Args, *sample.Env) (sample.Func, error) {
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			n := counter
			if n < 0 {
				n = int(a.Int(0))
			}
			e := s.Tracked(n)
			if e.Table() == nil {
				return false
			}
			e.Table().Sample(v, s.Arena.Keep(e.AppendKey(s.Arena.Tail(e.Table().KeyLen))))
			v.Flags |= value.Volatile
			return true
		}, nil
	}
}

func tableUsed(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	t := other(a, 0)
	if t == nil {
		return false
	}
	t.Sweep(s.Now())
	v.SetInt(int64(t.Used()))
	v.Flags |= value.Volatile
	return true
}

func tableFree(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !tableUsed(s, a, v) {
		return false
	}
	v.Int = int64(a[0].Table.Size) - v.Int
	return true
}
