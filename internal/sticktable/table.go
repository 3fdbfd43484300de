package sticktable

import (
	"encoding/binary"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// Table is one stick table (configuration.txt 11.1). Everybody may use it at any time.
type Table struct {
	Config
	// Twin is the table that Config.WriteTo names, nil without.
	Twin *Table

	stride    int // words of a record
	slots     [NFields]slot
	shards    []shard
	shardBits uint
	seed      maphash.Seed
	used      atomic.Int64
	names     dictionary
}

// dictionary gives texts numbers, the same one for the same text. There are few: the names or addresses of servers.
type dictionary struct {
	mu   sync.RWMutex
	list []string
	by   map[string]uint32
}

// shardFrom is the number of entries from which on it pays to have several shards.
const (
	shardFrom = 1024
	mostBits  = 5
)

// New returns an empty table. What it will need of memory is taken while it fills.
func New(c Config) *Table {
	switch c.Kind {
	case IPv4, Integer:
		c.KeyLen = 4
	case IPv6:
		c.KeyLen = 16
	}
	c.ByteScale = max(c.ByteScale, 1)
	t := &Table{Config: c, seed: maphash.MakeSeed()}
	t.stride = t.layout()
	for t.shardBits < mostBits && c.Size>>t.shardBits >= 2*shardFrom {
		t.shardBits++
	}
	t.shards = make([]shard, 1<<t.shardBits)
	return t
}

// Used returns how many entries there are. Some may be over and not yet removed: Sweep first where that matters.
func (t *Table) Used() int { return int(t.used.Load()) }

// Memory returns how many bytes the entries and their index take, those that are free included.
func (t *Table) Memory() (n int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += int64(len(s.buckets)) * 4
		for _, slab := range s.slabs {
			n += int64(len(slab)) * 4
		}
		s.mu.Unlock()
	}
	return n
}

// Sweep removes what is over. Its work is in proportion to what it removes.
func (t *Table) Sweep(now int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		t.sweep(s, now, int(s.used))
		s.mu.Unlock()
	}
}

// sampleType is what samples are cast to for keys of each kind.
var sampleType = [...]value.Type{IPv4: value.IPv4, IPv6: value.IPv6, Integer: value.Sint, String: value.Str, Binary: value.Bin}

// Type returns the type that samples must be castable to.
func (t *Table) Type() value.Type { return sampleType[t.Kind] }

// Key makes a key of a sample, which it casts. small is memory for keys of a fixed size. ok is false when the sample
// cannot be one; strings and blocks are cut to the length of keys, and an empty string is no key.
func (t *Table) Key(small *[16]byte, v *value.Value, a *buf.Arena) (key []byte, ok bool) {
	if v.Type != t.Type() && !v.Cast(t.Type(), a) {
		return nil, false
	}
	switch t.Kind {
	case IPv4:
		ip := v.IP.As4()
		copy(small[:], ip[:])
		return small[:4], true
	case IPv6:
		*small = v.IP.As16()
		return small[:], true
	case Integer:
		binary.BigEndian.PutUint32(small[:], uint32(v.Int))
		return small[:4], true
	case Binary:
		key = v.Bytes[:min(len(v.Bytes), t.KeyLen)]
		for len(key) > 0 && key[len(key)-1] == 0 { // shorter ones are padded with zeros, which are not kept
			key = key[:len(key)-1]
		}
		return key, len(v.Bytes) > 0
	}
	key = v.Bytes[:min(len(v.Bytes), t.KeyLen)]
	return key, len(key) > 0
}

func (t *Table) hash(key []byte) uint32 { return uint32(maphash.Bytes(t.seed, key)) }

func (t *Table) shardOf(hash uint32) uint32 { return hash & (1<<t.shardBits - 1) }

// sweepStep is how many entries that are over each creation of another removes at most.
const sweepStep = 2

// create makes an entry in a shard that has none for the key. It may leave the shard for a moment to make room
// elsewhere; found is then true when somebody else was faster.
func (t *Table) create(s *shard, hash uint32, key []byte, now int64) (i uint32, ok bool) {
	t.sweep(s, now, sweepStep)
	if t.used.Add(1) > int64(t.Size) && !t.room(s, now) {
		t.used.Add(-1)
		return 0, false
	}
	i = t.insert(s, hash, key)
	setEnd(t.record(s, i), now+t.Expire*1e6)
	return i, true
}

// room makes room for one entry of s, whose lock is held.
func (t *Table) room(s *shard, now int64) bool {
	before := t.used.Load()
	t.sweep(s, now, int(s.used))
	if t.used.Load() < before {
		return true
	}
	if !t.NoPurge && t.evict(s) {
		return true
	}
	for i := range t.shards {
		o := &t.shards[i]
		if o == s || !o.mu.TryLock() { // whoever waits for a lock must hold none
			continue
		}
		t.sweep(o, now, int(o.used))
		ok := t.used.Load() < before || !t.NoPurge && t.evict(o)
		o.mu.Unlock()
		if ok {
			return true
		}
	}
	return false
}

// Word returns the number of a text, for ServerKey; 0 is none.
func (t *Table) Word(text string) uint64 {
	w := &t.names
	w.mu.RLock()
	n := w.by[text]
	w.mu.RUnlock()
	if n != 0 {
		return uint64(n)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n = w.by[text]; n == 0 {
		if w.by == nil {
			w.by = map[string]uint32{}
		}
		w.list = append(w.list, text)
		n = uint32(len(w.list))
		w.by[text] = n
	}
	return uint64(n)
}

// Text returns the text with that number, "" for none.
func (t *Table) Text(n uint64) string {
	w := &t.names
	w.mu.RLock()
	defer w.mu.RUnlock()
	if n == 0 || n > uint64(len(w.list)) {
		return ""
	}
	return w.list[n-1]
}
