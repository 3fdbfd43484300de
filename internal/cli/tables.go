package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// tableCommands are about stick tables (management.txt 9.3).
func tableCommands() []Command {
	return []Command{
		{Name: "clear table", Args: "<table> [<filter>]*", Doc: "Removes entries of a stick table.", Run: clearTable},
		{Name: "set table", Args: "<table> key <k> [data.* <v>]*", Doc: "Makes or changes an entry of a stick table.", Run: setTable},
		{Name: "show table", Args: "<table> [<filter>]*", Doc: "Lists the stick tables, or the entries of one.", Run: showTable},
	}
}

const (
	setUsage   = "Required arguments: <table> key <key> [data.<store_data_type> <value>]* or <table> ptr <ptr> [data.<store_data_type> <value>]*"
	clearUsage = `Required arguments: <table> "data.<store_data_type>" <operator> <value> or <table> key <key> or <table> ptr <ptr>`
	showUsage  = `Optional argument only supports "data.<store_data_type>" <operator> <value> or key <key> or ptr <ptr>`
)

// batch is how many entries are looked at while a part of a table is locked.
const batch = 64

// A filter compares a value of an entry.
type filter struct {
	field   sticktable.Field
	element int
	op      string
	value   int64
}

func (f *filter) holds(l *sticktable.Look) bool {
	v := int64(l.Get(f.field, f.element))
	switch f.op {
	case "eq":
		return v == f.value
	case "ne":
		return v != f.value
	case "le":
		return v <= f.value
	case "ge":
		return v >= f.value
	case "lt":
		return v < f.value
	}
	return v > f.value
}

// maxFilters bounds how many filters a command may have.
const maxFilters = 4

// filters reads data.<type> <operator> <value>, several times.
func filters(t *sticktable.Table, args []string) ([]filter, error) {
	var list []filter
	for i := 0; i < len(args); i += 3 {
		n := i/3 + 1
		name, ok := strings.CutPrefix(args[i], "data.")
		switch {
		case !ok:
			return nil, fmt.Errorf("Filter entry #%d: Unknown data type", n)
		case n > maxFilters:
			return nil, fmt.Errorf("Filter entry #%d: at most %d filters are supported", n, maxFilters)
		}
		var f filter
		if f.field, f.element, ok = element(name); !ok {
			return nil, fmt.Errorf("Filter entry #%d: Unknown data type", n)
		}
		if f.element >= t.Elements(f.field) || f.field.IsText() || !t.Stored(f.field) {
			return nil, fmt.Errorf("Filter entry #%d: Data type not stored in this table", n)
		}
		if i+1 < len(args) {
			f.op = args[i+1]
		}
		switch f.op {
		case "eq", "ne", "le", "ge", "lt", "gt":
		default:
			return nil, fmt.Errorf(`Filter entry #%d: Require and operator among "eq", "ne", "le", "ge", "lt", "gt"`, n)
		}
		var err error
		if i+2 < len(args) {
			f.value, err = strconv.ParseInt(args[i+2], 10, 64)
		}
		if i+2 >= len(args) || err != nil {
			return nil, fmt.Errorf("Filter entry #%d: Require a valid integer value to compare against", n)
		}
		list = append(list, f)
	}
	return list, nil
}

// element reads the name of a type, with the number of an element behind it in brackets.
func element(name string) (d sticktable.Field, i int, ok bool) {
	name, index, array := strings.Cut(name, "[")
	if array {
		in, closed := strings.CutSuffix(index, "]")
		n, err := strconv.ParseUint(in, 10, 16)
		if !closed || err != nil {
			return 0, 0, false
		}
		i = int(n)
	}
	d, ok = sticktable.Lookup(name)
	return d, i, ok && (!array || d.IsArray())
}

// table returns the table that the first word names; nil after it has said why not.
func (s *Session) table(args []string) *sticktable.Table {
	t := s.srv.snapshot().Table(args[0])
	if t == nil {
		s.Fail("No such table")
	}
	return t
}

func (s *Session) now() int64 { return s.srv.Proc.Clock() }

// tableHead is the line above the entries of a table.
func (s *Session) tableHead(t *sticktable.Table) {
	s.Printf("# table: %s, type: %s, size:%d, used:%d\n", t.Name, t.Kind, t.Size, t.Used())
}

// tableRow appends an entry.
func tableRow(b []byte, l *sticktable.Look) []byte {
	b = append(strconv.AppendUint(append(b, "0x"...), l.ID(), 16), ": key="...)
	b = l.AppendKey(b)
	b = fmt.Appendf(b, " use=%d exp=%d shard=0", l.Trackers(), l.Left())
	return append(l.Append(b), '\n')
}

func showTable(s *Session, args []string) {
	now := s.now()
	if len(args) == 0 {
		for _, t := range slices.Backward(s.srv.snapshot().Tables()) {
			t.Sweep(now)
			s.tableHead(t)
		}
		return
	}
	t := s.table(args)
	if t == nil {
		return
	}
	var list []filter
	if args = args[1:]; len(args) > 0 {
		if args[0] == "key" || args[0] == "ptr" {
			s.showEntry(t, args, now)
			return
		}
		if !strings.HasPrefix(args[0], "data.") {
			s.Fail(showUsage)
			return
		}
		var err error
		if list, err = filters(t, args); err != nil {
			s.Fail(err.Error())
			return
		}
	}
	t.Sweep(now)
	s.tableHead(t)
	var c sticktable.Cursor
	var b []byte
	for more := true; more; {
		b = b[:0]
		more = t.Walk(&c, batch, now, func(l *sticktable.Look) {
			if all(list, l) {
				b = tableRow(b, l)
			}
		})
		if _, err := s.out.Write(b); err != nil {
			return
		}
	}
}

func all(list []filter, l *sticktable.Look) bool {
	for i := range list {
		if !list[i].holds(l) {
			return false
		}
	}
	return true
}

// showEntry shows one entry.
func (s *Session) showEntry(t *sticktable.Table, args []string, now int64) {
	s.one(t, args, "Showing keys from", false, now, func(l *sticktable.Look) {
		s.tableHead(t)
		s.out.Write(tableRow(nil, l))
	})
}

// one calls fn for the entry that a command names by its key or its number; doing is the verb of messages. It reports
// false after it has said why there is none; that a key has no entry is not said.
func (s *Session) one(t *sticktable.Table, args []string, doing string, create bool, now int64, fn func(*sticktable.Look)) bool {
	if args[0] == "ptr" {
		id, ok := uint64(0), false
		if len(args) > 1 {
			n, err := strconv.ParseUint(strings.TrimPrefix(args[1], "0x"), 16, 64)
			id, ok = n, err == nil
		}
		if ok && t.At(id, now, fn) {
			return true
		}
		s.Fail("No entry can be found matching ptr.")
		return false
	}
	if len(args) < 2 || args[1] == "" {
		s.Fail("Key value expected")
		return false
	}
	if t.Kind == sticktable.Binary {
		s.Fail(doing + " tables of type other than ip, ipv6, string and integer is not supported")
		return false
	}
	key, ok := tableKey(t, args[1])
	if !ok {
		s.Fail("Invalid key")
		return false
	}
	return t.One(key, create, now, fn)
}

// tableKey reads a key as people write it.
func tableKey(t *sticktable.Table, text string) ([]byte, bool) {
	var v value.Value
	v.SetStr([]byte(text))
	switch t.Kind {
	case sticktable.IPv4, sticktable.IPv6:
		ip, ok := value.ParseIP(v.Bytes)
		if !ok {
			return nil, false
		}
		v.SetIP(ip)
	case sticktable.Integer:
		n, _ := value.LeadingInt(v.Bytes)
		v.SetInt(n)
	}
	small := new([16]byte)
	return t.Key(small, &v, nil)
}

func clearTable(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail(clearUsage)
		return
	}
	t := s.table(args)
	if t == nil {
		return
	}
	now := s.now()
	var list []filter
	if args = args[1:]; len(args) > 0 {
		if args[0] == "key" || args[0] == "ptr" {
			removed := true
			s.one(t, args, "Removing keys from", false, now, func(l *sticktable.Look) { removed = l.Remove() })
			if !removed {
				s.Fail("Entry currently in use, cannot remove")
			}
			return
		}
		if !strings.HasPrefix(args[0], "data.") {
			s.Fail(clearUsage)
			return
		}
		var err error
		if list, err = filters(t, args); err != nil {
			s.Fail(err.Error())
			return
		}
	}
	var c sticktable.Cursor
	for more := true; more; {
		more = t.Walk(&c, batch, now, func(l *sticktable.Look) {
			if all(list, l) {
				l.Remove()
			}
		})
	}
}

// setting is one data.<type> <value> of set table.
type setting struct {
	field   sticktable.Field
	element int
	value   uint64
}

// settings reads them.
func settings(t *sticktable.Table, args []string) ([]setting, error) {
	var list []setting
	for i := 0; i < len(args); i += 2 {
		name, ok := strings.CutPrefix(args[i], "data.")
		if !ok {
			return nil, fmt.Errorf(`"data.<type>" followed by a value expected`)
		}
		d, n, ok := element(name)
		switch {
		case !ok:
			return nil, fmt.Errorf("Unknown data type")
		case !t.Stored(d):
			return nil, fmt.Errorf("Data type not stored in this table")
		case n >= t.Elements(d):
			return nil, fmt.Errorf("index out of range in this data array")
		}
		if i+1 >= len(args) || args[i+1] == "" || d.IsText() {
			return nil, fmt.Errorf("Require a valid integer value to store")
		}
		v, err := strconv.ParseInt(args[i+1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("Require a valid integer value to store")
		}
		list = append(list, setting{d, n, uint64(v)})
	}
	return list, nil
}

func setTable(s *Session, args []string) {
	if len(args) < 2 {
		if len(args) == 1 && s.table(args) == nil {
			return
		}
		s.Fail(setUsage)
		return
	}
	t := s.table(args)
	if t == nil {
		return
	}
	switch args = args[1:]; {
	case strings.HasPrefix(args[0], "data."):
		s.Fail(`content-based lookup is only supported with the "show" and "clear" actions`)
		return
	case args[0] != "key" && args[0] != "ptr":
		s.Fail(setUsage)
		return
	}
	var list []setting
	if len(args) > 2 {
		var err error
		if list, err = settings(t, args[2:]); err != nil {
			s.Fail(err.Error())
			return
		}
	}
	done := false
	ok := s.one(t, args, "Inserting keys into", true, s.now(), func(l *sticktable.Look) {
		done = true
		for _, x := range list {
			l.Set(x.field, x.element, x.value)
		}
	})
	if !ok && !done && args[0] == "key" && len(args) > 1 && t.Used() >= t.Size {
		s.Fail("Unable to allocate a new entry")
	}
}
