package sticktable

// slot is where a type of data lies in a record; at 0 it is not stored.
type slot struct {
	at     int // word
	n      int // elements
	period uint32
	form   form
}

// Kind is the type of a table's keys.
type Kind uint8

// The kinds.
const (
	IPv4 Kind = iota
	IPv6
	Integer
	String
	Binary
)

var kindNames = [...]string{"ip", "ipv6", "integer", "string", "binary"}

// String returns the type as tables are listed with it.
func (k Kind) String() string { return kindNames[k] }

// Config is what a stick-table line says.
type Config struct {
	Name      string
	Kind      Kind
	KeyLen    int // of strings and blocks, bytes
	Size      int
	Expire    int64 // milliseconds, 0: entries stay until there is no room
	NoPurge   bool
	RecvOnly  bool
	ByAddr    bool   // servers are known by their address
	WriteTo   string // name of another table
	ByteScale int    // brates-factor
	Stores    []Store
}

// Words of a record, before its key.
const (
	wHash   = iota // of the key
	wRefs          // streams and sessions that track the entry
	wEndLow        // end of its life, nanoseconds
	wEndHigh
	wPrev  // order of use, numbers of entries plus one
	wNext  //
	wChain // next entry with the same bucket; the free list
	wLen   // length of the key in bytes
	wKey
)

// layout places the data behind the key and returns the size of a record in words.
func (t *Table) layout() int {
	at := wKey + (t.KeyLen+3)/4
	for _, s := range t.Stores {
		n := max(s.Count, 1)
		f := kinds[s.Field].form
		t.slots[s.Field] = slot{at, n, uint32(s.Period), f}
		at += n * words[f]
	}
	for _, o := range old {
		s := t.slots[o.array]
		if s.at == 0 || o.at >= s.n || t.slots[o.field].at != 0 {
			continue
		}
		s.at, s.n = s.at+o.at*words[s.form], 1
		t.slots[o.field] = s
	}
	return at
}

// Has reports whether the table stores that type, as itself or as an element of an array.
func (t *Table) Has(d Field) bool { return t.slots[d].at != 0 }

// Elements returns how many values of that type an entry has, 0 when it is not stored.
func (t *Table) Elements(d Field) int {
	if t.slots[d].at == 0 {
		return 0
	}
	return t.slots[d].n
}

// Require adds a type that rules need, before the table is opened.
func (c *Config) Require(d Field) {
	if !c.Stored(d) {
		c.Stores = append(c.Stores, Store{Field: d})
	}
}

// Stored reports whether the line asks for that type.
func (c *Config) Stored(d Field) bool {
	for _, s := range c.Stores {
		if s.Field == d {
			return true
		}
	}
	return false
}
