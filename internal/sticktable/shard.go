package sticktable

import "sync"

// A shard is the part of a table whose keys share some bits of their hash.
type shard struct {
	mu      sync.Mutex
	slabs   [][]uint32
	buckets []uint32 // numbers of first entries plus one, 0: none; a power of two of them
	free    uint32   // number of the first unused record plus one
	made    uint32   // records there are
	used    uint32
	oldest  uint32 // number of the entry used longest ago plus one
	newest  uint32

	_ [32]byte // no two shards in one cache line
}

// slabBits is how many records, as a power of two, are made at a time.
const slabBits = 8

// record returns the words of entry number i.
func (t *Table) record(s *shard, i uint32) []uint32 {
	at := int(i&(1<<slabBits-1)) * t.stride
	return s.slabs[i>>slabBits][at : at+t.stride : at+t.stride]
}

// make takes an unused record, whose words are all zero.
func (t *Table) makeRecord(s *shard) uint32 {
	if s.free != 0 {
		i := s.free - 1
		r := t.record(s, i)
		s.free = r[wChain]
		clear(r)
		return i
	}
	if int(s.made)>>slabBits == len(s.slabs) {
		n := 1 << slabBits
		if t.Size < n { // small tables need no whole slab
			n = max(t.Size, 1)
		}
		s.slabs = append(s.slabs, make([]uint32, n*t.stride))
	}
	s.made++
	return s.made - 1
}

// find returns the number of the entry with that key plus one, 0 for none.
func (t *Table) find(s *shard, hash uint32, key []byte) uint32 {
	if len(s.buckets) == 0 {
		return 0
	}
	for i := s.buckets[t.bucket(s, hash)]; i != 0; {
		r := t.record(s, i-1)
		if r[wHash] == hash && equalKey(r, key) {
			return i
		}
		i = r[wChain]
	}
	return 0
}

// bucket is where a hash belongs; the lowest bits chose the shard.
func (t *Table) bucket(s *shard, hash uint32) uint32 {
	return hash >> t.shardBits & uint32(len(s.buckets)-1)
}

// insert puts a record with its key in place as the newest one.
func (t *Table) insert(s *shard, hash uint32, key []byte) uint32 {
	if int(s.used) >= len(s.buckets) {
		t.grow(s)
	}
	i := t.makeRecord(s)
	r := t.record(s, i)
	r[wHash] = hash
	setKey(r, key)
	b := t.bucket(s, hash)
	r[wChain] = s.buckets[b]
	s.buckets[b] = i + 1
	s.used++
	t.append(s, i)
	return i
}

// grow doubles the buckets, so that a chain is about one entry long.
func (t *Table) grow(s *shard) {
	before := s.buckets
	s.buckets = make([]uint32, max(2*len(before), 16))
	for _, i := range before {
		for i != 0 {
			r := t.record(s, i-1)
			next := r[wChain]
			b := t.bucket(s, r[wHash])
			r[wChain] = s.buckets[b]
			s.buckets[b] = i
			i = next
		}
	}
}

// remove takes entry number i out of the table; its record is free.
func (t *Table) remove(s *shard, i uint32) {
	r := t.record(s, i)
	b := t.bucket(s, r[wHash])
	for at := &s.buckets[b]; *at != 0; at = &t.record(s, *at-1)[wChain] {
		if *at == i+1 {
			*at = r[wChain]
			break
		}
	}
	t.unlink(s, i)
	r[wLen] = gone
	r[wChain] = s.free
	s.free = i + 1
	s.used--
	t.used.Add(-1)
}

// gone is the length of the key of a record that is not used.
const gone = 1<<32 - 1

// setKey copies a key into a record.
func setKey(r []uint32, key []byte) {
	r[wLen] = uint32(len(key))
	for i, c := range key {
		r[wKey+i>>2] |= uint32(c) << (i & 3 * 8)
	}
}

// equalKey compares the key of a record.
func equalKey(r []uint32, key []byte) bool {
	if int(r[wLen]) != len(key) {
		return false
	}
	i := 0
	for ; i+4 <= len(key); i += 4 {
		if r[wKey+i>>2] != uint32(key[i])|uint32(key[i+1])<<8|uint32(key[i+2])<<16|uint32(key[i+3])<<24 {
			return false
		}
	}
	for ; i < len(key); i++ {
		if byte(r[wKey+i>>2]>>(i&3*8)) != key[i] {
			return false
		}
	}
	return true
}

// appendKey appends the key of a record.
func appendKey(b []byte, r []uint32) []byte {
	for i := range int(r[wLen]) {
		b = append(b, byte(r[wKey+i>>2]>>(i&3*8)))
	}
	return b
}
