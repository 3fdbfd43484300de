package stats

import (
	"slices"

	"sluice/internal/sticktable"
)

// tableMetrics are those of stick tables, in the order of HAProxy.
var tableMetrics = [...]metric{
	{"size", "gauge", "Stick table size."},
	{"used", "gauge", "Number of entries used in this stick table."},
	{"local_updates", "gauge", "Number of updates sent to peers, of which there are none."},
}

// tableMetric writes one number of all stick tables, those declared last first.
func (e *export) tableMetric(b []byte, m metric) []byte {
	name := "haproxy_sticktable_" + m.name
	if !e.wanted.names(name) {
		return b
	}
	head := false
	for _, t := range slices.Backward(e.snap.Tables()) {
		if !head {
			b, head = begin(b, name, m.kind, m.field), true
		}
		first := true
		b = label(append(b, name...), &first, "name", t.Name)
		b = append(label(b, &first, "type", t.Kind.String()), "} "...)
		b = append(num64(e.tableNumber(t, m.name)).append(b), '\n')
	}
	return b
}

func (e *export) tableNumber(t *sticktable.Table, name string) uint64 {
	switch name {
	case "size":
		return uint64(t.Size)
	case "used":
		if e.snap.Proc != nil && e.snap.Proc.Clock != nil {
			t.Sweep(e.snap.Proc.Clock())
		}
		return uint64(t.Used())
	}
	return 0
}
