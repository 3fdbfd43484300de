package conv

import (
	"slices"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// tableRows are the converters that take their input as a key of a stick table (configuration.txt 7.3.1).
func tableRows() []sample.Conv {
	rows := []sample.Conv{
		{Name: "in_table", Doc: "Whether a stick table has such a key.", Args: "table", In: value.Any, Out: value.Bool, Eval: inTable},
		{Name: "table_expire", Doc: "How long the entry of a key has to live, in milliseconds.", Args: "table[,integer]", In: value.Any, Out: value.Sint, Eval: tableTime(sticktable.Life)},
		{Name: "table_idle", Doc: "How long ago the entry of a key was used last, in milliseconds.", Args: "table[,integer]", In: value.Any, Out: value.Sint, Eval: tableTime(sticktable.Idle)},
		{Name: "table_server_id", Doc: "Number of the server of a key.", Args: "table", In: value.Any, Out: value.Sint, Bind: bindTable(serverNumber)},
	}
	for _, m := range sample.Measures() {
		args := "table"
		if m.Indexed {
			args = "integer,table"
		}
		rows = append(rows, sample.Conv{Name: "table_" + strings.Replace(m.Name, "get_", "", 1), Doc: m.Doc, Args: args, In: value.Any, Out: value.Sint, Bind: bindTable(m)})
	}
	slices.SortFunc(rows, func(a, b sample.Conv) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// serverNumber is what only this converter asks for.
var serverNumber = sample.Measure{Name: "server_id", Doc: "Number of the server.", Field: sticktable.ServerID}

// bindTable makes the converter of a measure.
func bindTable(m sample.Measure) func(sample.Args, *sample.Env) (sample.Func, error) {
	at := 0
	if m.Indexed {
		at = 1
	}
	return func(sample.Args, *sample.Env) (sample.Func, error) {
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			element := 0
			if at == 1 {
				element = int(a[0].Int)
			}
			t := a[at].Table
			var small [16]byte
			key, ok := t.Key(&small, v, &s.Arena)
			return ok && element >= 0 && m.Ask(s, t, key, element, v)
		}, nil
	}
}

func inTable(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	t := a[0].Table
	var small [16]byte
	key, ok := t.Key(&small, v, &s.Arena)
	if !ok {
		return false
	}
	v.SetBool(t.Contains(key, s.Now()))
	return true
}

// tableTime makes the converter of a time of an entry. Without an entry it gives its second argument, if there is one.
func tableTime(op sticktable.Op) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		t := a[0].Table
		var small [16]byte
		key, ok := t.Key(&small, v, &s.Arena)
		if !ok {
			return false
		}
		n, found := t.Access(key, op, 0, 0, 0, s.Now())
		if found == sticktable.Done {
			v.SetInt(int64(n))
			return true
		}
		v.SetInt(a.Int(1))
		return len(a) > 1
	}
}
