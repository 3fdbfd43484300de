package cli

import (
	"strings"
	"testing"

	"sluice/internal/sticktable"
)

// aTable is a table of a kind.
func aTable(kind sticktable.Kind) *sticktable.Table {
	return sticktable.New(sticktable.Config{Name: "t", Kind: kind, KeyLen: 8, Size: 4, Expire: 1000,
		Stores: []sticktable.Store{{Field: sticktable.GPC, Count: 3}, {Field: sticktable.ConnRate, Period: 1000}, {Field: sticktable.ServerKey}}})
}

func TestTableWords(t *testing.T) {
	tb := aTable(sticktable.IPv4)
	for _, c := range [][2]string{
		{"data.gpc[1] gt 3 data.conn_rate le 5", ""},
		{"data.nothing gt 3", "Filter entry #1: Unknown data type"},
		{"data.gpc[3] gt 3", "Filter entry #1: Data type not stored in this table"},
		{"data.gpc[ gt 3", "Filter entry #1: Unknown data type"},
		{"data.conn_rate[1] gt 3", "Filter entry #1: Unknown data type"},
		{"data.server_key eq 3", "Filter entry #1: Data type not stored in this table"},
		{"data.gpc gt 3 data.gpc", `Filter entry #2: Require and operator among "eq", "ne", "le", "ge", "lt", "gt"`},
		{"data.gpc gt x", "Filter entry #1: Require a valid integer value to compare against"},
	} {
		_, err := filters(tb, strings.Fields(c[0]))
		if got := message(err); got != c[1] {
			t.Errorf("%s: got %q, want %q", c[0], got, c[1])
		}
	}
	for _, c := range [][2]string{
		{"data.gpc[1] 3 data.conn_rate 5", ""},
		{"gpc 3", `"data.<type>" followed by a value expected`},
		{"data.nothing 3", "Unknown data type"},
		{"data.gpc0 3", "Data type not stored in this table"},
		{"data.gpc[7] 3", "index out of range in this data array"},
		{"data.gpc", "Require a valid integer value to store"},
		{"data.server_key s", "Require a valid integer value to store"},
	} {
		_, err := settings(tb, strings.Fields(c[0]))
		if got := message(err); got != c[1] {
			t.Errorf("%s: got %q, want %q", c[0], got, c[1])
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzTableWords reads what follows the name of a table in commands, whatever it is.
func FuzzTableWords(f *testing.F) {
	f.Add("192.0.2.1", "data.gpc[1] 3")
	f.Add("::1", "data.gpc[ gt 99999999999999999999")
	f.Add("-1", "data.conn_rate le -1")
	f.Fuzz(func(t *testing.T, key, words string) {
		for kind := sticktable.IPv4; kind <= sticktable.Binary; kind++ {
			tb := aTable(kind)
			list, _ := filters(tb, strings.Fields(words))
			set, _ := settings(tb, strings.Fields(words))
			k, ok := tableKey(tb, key)
			if !ok {
				continue
			}
			tb.One(k, true, 0, func(l *sticktable.Look) {
				for _, x := range set {
					l.Set(x.field, x.element, x.value)
				}
				all(list, l)
				if row := tableRow(nil, l); strings.Count(string(row), "\n") != 1 {
					t.Errorf("%q is not one line", row)
				}
			})
		}
	})
}
