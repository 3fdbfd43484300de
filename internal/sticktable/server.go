package sticktable

// Remember stores the server of a key: its number, and the number of its name (Word).
func (t *Table) Remember(key []byte, id, word uint64, now int64) {
	h := t.hash(key)
	s := &t.shards[t.shardOf(h)]
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := t.use(s, h, key, now, true)
	if !ok {
		return
	}
	r := t.record(s, i)
	if t.Has(ServerID) {
		t.set(r, ServerID, 0, id, now)
	}
	if t.Has(ServerKey) {
		t.set(r, ServerKey, 0, word, now)
	}
}

// Recall returns what Remember stored for a key; ok is false when there is nothing. The life of the entry begins anew.
func (t *Table) Recall(key []byte, now int64) (id, word uint64, ok bool) {
	h := t.hash(key)
	s := &t.shards[t.shardOf(h)]
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := t.use(s, h, key, now, false)
	if !ok {
		return 0, 0, false
	}
	r := t.record(s, i)
	if t.Has(ServerID) {
		id = t.get(r, ServerID, 0, now)
	}
	if t.Has(ServerKey) {
		word = t.get(r, ServerKey, 0, now)
	}
	return id, word, true
}
