package sticktable

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"

	"sluice/internal/value"
)

// Cursor is a position in a table, for those that look at all entries a few at a time.
type Cursor struct {
	shard int
	at    uint32
}

// Look is what Walk shows of an entry. It is only good while the function it was given to runs.
type Look struct {
	t     *Table
	s     *shard
	r     []uint32
	shard uint32
	at    uint32
	now   int64
}

// Walk shows fn the next entries, at most n of them, and reports whether there may be more. fn must be short: others wait.
func (t *Table) Walk(c *Cursor, n int, now int64, fn func(*Look)) bool {
	for c.shard < len(t.shards) {
		s := &t.shards[c.shard]
		s.mu.Lock()
		for ; c.at < s.made && n > 0; c.at++ {
			r := t.record(s, c.at)
			if r[wLen] != gone && !t.over(r, now) {
				fn(&Look{t, s, r, uint32(c.shard), c.at, now})
				n--
			}
		}
		ended := c.at >= s.made
		s.mu.Unlock()
		if !ended {
			return true
		}
		c.shard++
		c.at = 0
	}
	return false
}

// One shows fn the entry of a key, if there is one; where create is set it is made, and its life begins anew.
func (t *Table) One(key []byte, create bool, now int64, fn func(*Look)) bool {
	h := t.hash(key)
	n := t.shardOf(h)
	s := &t.shards[n]
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := t.live(s, h, key, now)
	if create {
		i, ok = t.use(s, h, key, now, true)
	}
	if ok {
		fn(&Look{t, s, t.record(s, i), n, i, now})
	}
	return ok
}

// At shows fn the entry that ID gave out that number for, if it is there.
func (t *Table) At(id uint64, now int64, fn func(*Look)) bool {
	n, i := uint32(id>>32)-1, uint32(id)
	if id>>32 == 0 || int(n) >= len(t.shards) {
		return false
	}
	s := &t.shards[n]
	s.mu.Lock()
	defer s.mu.Unlock()
	if i >= s.made {
		return false
	}
	r := t.record(s, i)
	if r[wLen] == gone || t.over(r, now) {
		return false
	}
	fn(&Look{t, s, r, n, i, now})
	return true
}

// ID returns a number of the entry within its table.
func (l *Look) ID() uint64 { return uint64(l.shard+1)<<32 | uint64(l.at) }

// Trackers returns how many track the entry.
func (l *Look) Trackers() uint32 { return l.r[wRefs] }

// Left returns how long the entry has to live, in milliseconds; 0 where entries live for ever.
func (l *Look) Left() int64 {
	v, _ := l.t.change(l.r, Life, 0, 0, 0, l.now)
	return int64(v)
}

// Get returns an element.
func (l *Look) Get(d Field, i int) uint64 { return l.t.get(l.r, d, i, l.now) }

// Set sets an element.
func (l *Look) Set(d Field, i int, n uint64) { l.t.set(l.r, d, i, n, l.now) }

// Remove removes the entry unless somebody tracks it, and reports whether it did.
func (l *Look) Remove() bool {
	if l.r[wRefs] != 0 {
		return false
	}
	l.t.remove(l.s, l.at)
	return true
}

// AppendKey appends the key as people read it.
func (l *Look) AppendKey(b []byte) []byte {
	var stack [64]byte
	return l.t.appendText(b, appendKey(stack[:0], l.r))
}

// appendText appends a key as people read it: addresses and numbers as such, blocks in hexadecimal digits, strings with
// what could be mistaken escaped.
func (t *Table) appendText(b, key []byte) []byte {
	switch t.Kind {
	case IPv4:
		return netip.AddrFrom4([4]byte(key)).AppendTo(b)
	case IPv6:
		return netip.AddrFrom16([16]byte(key)).AppendTo(b)
	case Integer:
		return strconv.AppendUint(b, uint64(binary.BigEndian.Uint32(key)), 10)
	case Binary:
		for len(key) < t.KeyLen {
			key = append(key, 0)
		}
		return hex.AppendEncode(b, key)
	}
	for _, c := range key {
		if c < ' ' || c > '~' || c == '\\' || c == ' ' || c == '=' {
			b = append(append(b, '\\'), escape(c)...)
		} else {
			b = append(b, c)
		}
	}
	return b
}

// escape is what follows the backslash.
func escape(c byte) string {
	switch c {
	case '\n':
		return "n"
	case '\r':
		return "r"
	case '\t':
		return "t"
	}
	if c >= ' ' && c <= '~' {
		return string(c)
	}
	return "x" + hex.EncodeToString([]byte{c})
}

// Append appends the data as `show table` prints them (management.txt 9.3).
func (l *Look) Append(b []byte) []byte {
	for d := range NFields {
		c := l.t.slots[d]
		if c.at == 0 || l.t.borrowed(d) {
			continue
		}
		for i := range c.n {
			b = append(b, ' ')
			if kinds[d].array {
				b = d.element(b, i)
			} else {
				b = append(b, kinds[d].name...)
			}
			if c.form == rate {
				b = append(strconv.AppendUint(append(b, '('), uint64(c.period), 10), ')')
			}
			b = append(b, '=')
			if c.form != word {
				b = strconv.AppendUint(b, l.Get(d, i), 10)
			} else if text := l.t.Text(l.Get(d, i)); text != "" {
				b = append(b, text...)
			} else {
				b = append(b, '-')
			}
		}
	}
	return b
}

// borrowed reports whether a type is only an element of an array of the table.
func (t *Table) borrowed(d Field) bool {
	for _, o := range old {
		if o.field == d {
			return t.slots[o.array].at != 0
		}
	}
	return false
}

// Sample makes a sample of a key as it is stored.
func (t *Table) Sample(v *value.Value, key []byte) {
	switch t.Kind {
	case IPv4:
		v.SetIP(netip.AddrFrom4([4]byte(key)))
	case IPv6:
		v.SetIP(netip.AddrFrom16([16]byte(key)))
	case Integer:
		v.SetInt(int64(binary.BigEndian.Uint32(key)))
	case Binary:
		v.SetBin(key)
	default:
		v.SetStr(key)
	}
}
