package pattern

import (
	"bytes"
	"sync/atomic"
)

// store holds the entries of one version of a list in their order. An entry is a number: its place. One writer at a time
// changes it, any number of readers look at it meanwhile and never wait: what they see of an entry is a chunk that nobody
// changes any more. A change costs the copy of one chunk, not of the list.
//
// The texts of a file stay where they were read, so that a million lines are a million records of 16 bytes beside the
// file's bytes, without a pointer for the garbage collector to follow.
type store struct {
	chunks atomic.Pointer[[]atomic.Pointer[chunk]]
	n      uint32        // places given out; the writer's
	live   atomic.Uint32 // entries that are not deleted
}

// chunkSize is how many entries share a chunk.
const (
	chunkBits = 8
	chunkSize = 1 << chunkBits
)

// chunk is a run of entries. It is immutable but for what lies behind the lengths of its slices.
type chunk struct {
	records []record
	text    []byte
	waste   int // bytes of text that no record names any more
}

// record is one entry: the places of its texts in the chunk's.
type record struct {
	key, keyLen     uint32
	value, valueLen uint32
}

// gone is the length of the key of a deleted entry.
const gone = ^uint32(0)

// none is no entry.
const none = ^uint32(0)

// record returns an entry and the chunk it is in; ok is false when it is deleted or was never there.
func (s *store) record(at uint32) (c *chunk, r record, ok bool) {
	chunks := s.chunks.Load()
	if chunks == nil || at>>chunkBits >= uint32(len(*chunks)) {
		return nil, record{}, false
	}
	c = (*chunks)[at>>chunkBits].Load()
	if c == nil || at%chunkSize >= uint32(len(c.records)) {
		return nil, record{}, false
	}
	r = c.records[at%chunkSize]
	return c, r, r.keyLen != gone
}

// key returns the text of an entry, false when it is deleted.
func (s *store) key(at uint32) ([]byte, bool) {
	c, r, ok := s.record(at)
	if !ok {
		return nil, false
	}
	return c.text[r.key : r.key+r.keyLen : r.key+r.keyLen], true
}

// entry returns the texts of an entry, false when it is deleted.
func (s *store) entry(at uint32) (key, value []byte, ok bool) {
	c, r, ok := s.record(at)
	if !ok {
		return nil, nil, false
	}
	return c.text[r.key : r.key+r.keyLen : r.key+r.keyLen], c.text[r.value : r.value+r.valueLen : r.value+r.valueLen], true
}

// end is the place behind the last entry as a reader may see it.
func (s *store) end() uint32 {
	chunks := s.chunks.Load()
	if chunks == nil || len(*chunks) == 0 {
		return 0
	}
	last := len(*chunks) - 1
	if c := (*chunks)[last].Load(); c != nil {
		return uint32(last<<chunkBits + len(c.records))
	}
	return uint32(last << chunkBits)
}

// each calls fn for the entries in order until it returns false.
func (s *store) each(from uint32, fn func(at uint32, key, value []byte) bool) {
	end := s.end()
	for at := from; at < end; at++ {
		if key, value, ok := s.entry(at); ok && !fn(at, key, value) {
			return
		}
	}
}

// load fills an empty store with the lines of a file, whose bytes it keeps. places holds a record for each entry whose
// texts are places in content.
func (s *store) load(content []byte, places []place) {
	chunks := make([]atomic.Pointer[chunk], (len(places)+chunkSize-1)>>chunkBits)
	records := make([]record, len(places))
	for i := range chunks {
		from := i << chunkBits
		to := min(from+chunkSize, len(places))
		base, end := places[from].key, 0
		for j := from; j < to; j++ {
			p := &places[j]
			r := record{key: uint32(p.key - base), keyLen: p.keyLen}
			end = max(end, p.key+int(p.keyLen))
			if p.valueLen > 0 {
				r.value, r.valueLen = uint32(p.value-base), p.valueLen
				end = max(end, p.value+int(p.valueLen))
			}
			records[j] = r
		}
		chunks[i].Store(&chunk{records: records[from:to:to], text: content[base:end:end]})
	}
	s.n = uint32(len(places))
	s.live.Store(s.n)
	s.chunks.Store(&chunks)
}

// place is where the texts of one line of a file are.
type place struct {
	key, value       int
	keyLen, valueLen uint32
}

// add puts an entry behind the others and returns its place.
func (s *store) add(key, value []byte) uint32 {
	at := s.n
	if at%chunkSize == 0 {
		s.extend()
	}
	slot := &(*s.chunks.Load())[at>>chunkBits]
	c := chunk{}
	if old := slot.Load(); old != nil {
		c = *old
	}
	r := record{key: uint32(len(c.text)), keyLen: uint32(len(key))}
	c.text = append(c.text, key...)
	r.value, r.valueLen = uint32(len(c.text)), uint32(len(value))
	c.text = append(c.text, value...)
	c.records = append(c.records, r)
	slot.Store(&c)
	s.n++
	s.live.Add(1)
	return at
}

// extend makes room for another chunk. What readers hold of the old table stays as it is.
func (s *store) extend() {
	need := int(s.n>>chunkBits) + 1
	old := s.chunks.Load()
	have := 0
	if old != nil {
		have = len(*old)
	}
	if need <= have {
		return
	}
	var grown []atomic.Pointer[chunk]
	if old != nil && cap(*old) >= need {
		grown = (*old)[:need]
	} else {
		grown = make([]atomic.Pointer[chunk], need, max(4, 2*need))
		for i := range have {
			grown[i].Store((*old)[i].Load())
		}
	}
	s.chunks.Store(&grown)
}

// change replaces one record by what fn makes of it, in a copy of its chunk.
func (s *store) change(at uint32, fn func(c *chunk, r *record)) {
	slot := &(*s.chunks.Load())[at>>chunkBits]
	c := *slot.Load()
	c.records = append(make([]record, 0, cap(c.records)), c.records...)
	fn(&c, &c.records[at%chunkSize])
	if c.waste > len(c.text)/2 && c.waste > 4096 {
		c.tidy()
	}
	slot.Store(&c)
}

// set gives an entry another value.
func (s *store) set(at uint32, value []byte) {
	s.change(at, func(c *chunk, r *record) {
		c.waste += int(r.valueLen)
		r.value, r.valueLen = uint32(len(c.text)), uint32(len(value))
		c.text = append(c.text, value...)
	})
}

// remove deletes an entry. Its place is not used again; a chunk without entries costs nothing any more.
func (s *store) remove(at uint32) {
	s.change(at, func(c *chunk, r *record) {
		c.waste += int(r.keyLen + r.valueLen)
		*r = record{keyLen: gone}
		for i := range c.records {
			if c.records[i].keyLen != gone {
				return
			}
		}
		if len(c.records) == chunkSize {
			c.records, c.text, c.waste = nil, nil, 0
		}
	})
	s.live.Add(^uint32(0))
}

// tidy copies the texts that are still in use.
func (c *chunk) tidy() {
	var text bytes.Buffer
	text.Grow(len(c.text) - c.waste)
	for i := range c.records {
		r := &c.records[i]
		if r.keyLen == gone {
			continue
		}
		key, value := c.text[r.key:r.key+r.keyLen], c.text[r.value:r.value+r.valueLen]
		r.key = uint32(text.Len())
		text.Write(key)
		r.value = uint32(text.Len())
		text.Write(value)
	}
	c.text, c.waste = text.Bytes(), 0
}
