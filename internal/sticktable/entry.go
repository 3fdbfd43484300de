package sticktable

// Entry is an entry of a table that is kept as long as somebody tracks it. The zero value is none.
type Entry struct {
	t     *Table
	shard uint32
	at    uint32
}

// Table returns the table, nil for no entry.
func (e Entry) Table() *Table { return e.t }

// open locks the entry's shard and returns its words.
func (e Entry) open() (*shard, []uint32) {
	s := &e.t.shards[e.shard]
	s.mu.Lock()
	return s, e.t.record(s, e.at)
}

// Track returns the entry of a key, made when there is none, and keeps it until Release. A connection of the key begins.
// ok is false when the table is full.
func (t *Table) Track(key []byte, now int64) (e Entry, ok bool) {
	h := t.hash(key)
	n := t.shardOf(h)
	s := &t.shards[n]
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := t.use(s, h, key, now, true)
	if !ok {
		return Entry{}, false
	}
	r := t.record(s, i)
	r[wRefs]++
	t.add(r, ConnCur, 0, 1, now)
	t.add(r, ConnCnt, 0, 1, now)
	t.add(r, ConnRate, 0, 1, now)
	return Entry{t, n, i}, true
}

// use finds a key that is not over, or makes it when asked to, and begins its life anew.
func (t *Table) use(s *shard, h uint32, key []byte, now int64, create bool) (uint32, bool) {
	i, ok := t.live(s, h, key, now)
	switch {
	case ok:
		t.touch(s, i, now)
	case create:
		return t.create(s, h, key, now)
	}
	return i, ok
}

// live finds a key that is not over. What is over is removed.
func (t *Table) live(s *shard, h uint32, key []byte, now int64) (uint32, bool) {
	i := t.find(s, h, key)
	if i == 0 {
		return 0, false
	}
	if t.over(t.record(s, i-1), now) {
		t.remove(s, i-1)
		return 0, false
	}
	return i - 1, true
}

// Release ends the tracking: the connection of the key is over.
func (e Entry) Release(now int64) {
	s, r := e.open()
	defer s.mu.Unlock()
	if c := e.t.slots[ConnCur]; c.at != 0 && r[c.at] > 0 {
		r[c.at]--
		e.t.touch(s, e.at, now)
	}
	if e.t.Expire > 0 && endOf(r) <= now {
		e.t.renew(s, e.at, now)
	}
	r[wRefs]--
}

// Trackers returns how many track the entry.
func (e Entry) Trackers() int64 {
	s, r := e.open()
	defer s.mu.Unlock()
	return int64(r[wRefs])
}

// AppendKey appends the key as it is stored.
func (e Entry) AppendKey(b []byte) []byte {
	s, r := e.open()
	defer s.mu.Unlock()
	return appendKey(b, r)
}

// Count adds n to a counter and to the rate beside it, as far as they are stored.
func (e Entry) Count(cnt, rate Field, n uint64, now int64) {
	if e.t.slots[cnt].at == 0 && e.t.slots[rate].at == 0 {
		return
	}
	s, r := e.open()
	e.t.add(r, cnt, 0, n, now)
	e.t.add(r, rate, 0, n, now)
	e.t.touch(s, e.at, now)
	s.mu.Unlock()
}

// Bytes counts bytes. Their rate counts blocks of brates-factor bytes.
func (e Entry) Bytes(in, out uint64, now int64) {
	t := e.t
	if t.slots[BytesInCnt].at|t.slots[BytesInRate].at|t.slots[BytesOutCnt].at|t.slots[BytesOutRate].at == 0 {
		return
	}
	scale := uint64(t.ByteScale)
	s, r := e.open()
	t.add(r, BytesInCnt, 0, in, now)
	t.add(r, BytesInRate, 0, in/scale, now)
	t.add(r, BytesOutCnt, 0, out, now)
	t.add(r, BytesOutRate, 0, out/scale, now)
	t.touch(s, e.at, now)
	s.mu.Unlock()
}

// Change does one thing with an element of an entry and returns the value that op asks for; ok is false when it is not
// stored.
func (e Entry) Change(op Op, d Field, i int, n uint64, now int64) (v uint64, ok bool) {
	s, r := e.open()
	defer s.mu.Unlock()
	if v, ok = e.t.change(r, op, d, i, n, now); ok && op.writes() {
		e.t.touch(s, e.at, now)
	}
	return v, ok
}
