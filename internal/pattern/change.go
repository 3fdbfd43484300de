package pattern

// Current returns the version that is searched.
func (l *List) Current() uint32 { return l.cur.Load() }

// Next returns the last version that was given out.
func (l *List) Next() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// Count returns the number of entries in all versions.
func (l *List) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, v := range l.versions() {
		n += int(v.store.live.Load())
	}
	return n
}

// Add puts an entry behind the others of a version.
func (l *List) Add(number uint32, key, value []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if int32(l.next-number) < 0 {
		return ErrNoVersion
	}
	return l.insert(l.version(number, true), key, value)
}

// AddOnce puts an entry into the current version unless it has one of that key.
func (l *List) AddOnce(key []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.places(key)) > 0 {
		return nil
	}
	return l.insert(l.current, key, nil)
}

// Put gives the entries of a key a value, and makes one when there is none.
func (l *List) Put(key, value []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.places(key)
	for _, at := range found {
		if err := l.assign(l.current, at, value); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return nil
	}
	return l.insert(l.current, key, value)
}

// Set gives the entries of a key another value.
func (l *List) Set(key, value []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.places(key)
	for _, at := range found {
		if err := l.assign(l.current, at, value); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return ErrNoEntry
	}
	return nil
}

// Delete removes the entries of a key.
func (l *List) Delete(key []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.places(key)
	for _, at := range found {
		l.drop(l.current, at)
	}
	if len(found) == 0 {
		return ErrNoEntry
	}
	return nil
}

// A Ref names one entry of a list for as long as it is there.
type Ref uint64

func (v *version) ref(at uint32) Ref { return Ref(v.serial<<32 | uint64(at)) }

// byRef finds an entry in any version.
func (l *List) byRef(r Ref) (*version, uint32, bool) {
	for _, v := range l.versions() {
		if v.serial == uint64(r)>>32 {
			_, _, ok := v.store.record(uint32(r))
			return v, uint32(r), ok
		}
	}
	return nil, 0, false
}

// SetRef gives one entry another value.
func (l *List) SetRef(r Ref, value []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, at, ok := l.byRef(r)
	if !ok {
		return ErrNoEntry
	}
	return l.assign(v, at, value)
}

// DeleteRef removes one entry.
func (l *List) DeleteRef(r Ref) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, at, ok := l.byRef(r)
	if !ok {
		return ErrNoEntry
	}
	l.drop(v, at)
	return nil
}

// Clear removes all entries of a version.
func (l *List) Clear(number uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number == l.current.number {
		l.search(l.newVersion(number))
		return
	}
	l.forget(func(v *version) bool { return v.number == number })
}

// forget drops versions that are not searched.
func (l *List) forget(which func(*version) bool) {
	var rest []*version
	for _, v := range l.others {
		if !which(v) {
			rest = append(rest, v)
		}
	}
	l.others = rest
}

// Prepare gives out a version.
func (l *List) Prepare() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

// Commit makes a version that was given out the one that is searched, and drops those before it.
func (l *List) Commit(number uint32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if int32(number-l.current.number) <= 0 || int32(l.next-number) < 0 {
		return ErrNoVersion
	}
	v := l.version(number, true)
	l.search(v)
	l.forget(func(o *version) bool { return int32(o.number-number) <= 0 })
	return nil
}

// Each calls fn for the entries of a version in order until it returns false. Changes go on meanwhile.
func (l *List) Each(number uint32, fn func(r Ref, key, value []byte) bool) {
	l.mu.Lock()
	v := l.version(number, false)
	l.mu.Unlock()
	if v != nil {
		v.store.each(0, func(at uint32, key, value []byte) bool { return fn(v.ref(at), key, value) })
	}
}
