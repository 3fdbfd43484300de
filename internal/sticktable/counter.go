package sticktable

// Op is what is done with an element of data.
type Op uint8

// What can be done.
const (
	Read  Op = iota // the value
	Clear           // sets it to zero; the value before
	Add             // adds n, to the rate of the same counter as well; the new value
	Set             // sets it to n; the new value
	Life            // how long the entry has to live, in milliseconds, whatever the data
	Idle            // how long ago its life began anew, in milliseconds, whatever the data
	Refs            // how many track it, whatever the data
)

// writes reports whether data change.
func (op Op) writes() bool { return op == Clear || op == Add || op == Set }

// add adds n to an element, if it is stored.
func (t *Table) add(r []uint32, d Field, i int, n uint64, now int64) {
	c := t.slots[d]
	if c.at == 0 || i >= c.n {
		return
	}
	w := r[c.at+i*words[c.form]:]
	switch c.form {
	case total:
		setTotal(w, getTotal(w)+n)
	case rate:
		addRate(w, n, uint32(now/1e6), c.period)
	default:
		w[0] = clamp(uint64(w[0]) + n)
	}
}

// get returns an element.
func (t *Table) get(r []uint32, d Field, i int, now int64) uint64 {
	c := t.slots[d]
	w := r[c.at+i*words[c.form]:]
	switch c.form {
	case total:
		return getTotal(w)
	case rate:
		return uint64(readRate(w, uint32(now/1e6), c.period)) * t.scale(d)
	}
	return uint64(w[0])
}

// set sets an element.
func (t *Table) set(r []uint32, d Field, i int, n uint64, now int64) {
	c := t.slots[d]
	w := r[c.at+i*words[c.form]:]
	switch c.form {
	case total:
		setTotal(w, n)
	case rate:
		setRate(w, n/t.scale(d), uint32(now/1e6))
	default:
		w[0] = clamp(n)
	}
}

// scale is what one event of a rate stands for.
func (t *Table) scale(d Field) uint64 {
	if d == BytesInRate || d == BytesOutRate {
		return uint64(t.ByteScale)
	}
	return 1
}

func getTotal(w []uint32) uint64 { return uint64(w[0]) | uint64(w[1])<<32 }

func setTotal(w []uint32, n uint64) { w[0], w[1] = uint32(n), uint32(n>>32) }

// rateOf is the rate that counts with a counter.
func rateOf(d Field) (Field, bool) {
	switch d {
	case GPC:
		return GPCRate, true
	case GPC0:
		return GPC0Rate, true
	case GPC1:
		return GPC1Rate, true
	}
	return 0, false
}

// change does what op says. A counter that only its rate is stored of can be added to all the same.
func (t *Table) change(r []uint32, op Op, d Field, i int, n uint64, now int64) (uint64, bool) {
	switch op {
	case Life:
		if t.Expire == 0 {
			return 0, true
		}
		end := endOf(r)
		if r[wRefs] > 0 {
			end = t.next(end, now)
		}
		return uint64(max(end-now, 0)) / 1e6, true
	case Idle:
		return uint64(max(now-(endOf(r)-t.Expire*1e6), 0)) / 1e6, true
	case Refs:
		return uint64(r[wRefs]), true
	case Add:
		pair, paired := rateOf(d)
		have := i < t.Elements(d)
		also := paired && i < t.Elements(pair)
		t.add(r, d, i, n, now)
		if also {
			t.add(r, pair, i, n, now)
		}
		switch {
		case have:
			return t.get(r, d, i, now), true
		case also:
			return t.get(r, pair, i, now), true
		}
		return 0, false
	}
	if i >= t.Elements(d) {
		return 0, false
	}
	before := t.get(r, d, i, now)
	switch op {
	case Clear:
		t.set(r, d, i, 0, now)
	case Set:
		t.set(r, d, i, n, now)
		return n, true
	}
	return before, true
}

// Answer says how an access by key went.
type Answer uint8

// The answers.
const (
	Absent   Answer = iota // there is no such entry, or no room for it
	Unstored               // there is, but without that data
	Done
)

// Access does one thing with an element of the entry of a key. What changes data makes the entry when there is none, and
// begins its life anew; what reads does not.
func (t *Table) Access(key []byte, op Op, d Field, i int, n uint64, now int64) (v uint64, a Answer) {
	h := t.hash(key)
	s := &t.shards[t.shardOf(h)]
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := t.live(s, h, key, now)
	if !ok && op.writes() {
		at, ok = t.create(s, h, key, now)
	} else if ok && op.writes() {
		t.touch(s, at, now)
	}
	if !ok {
		return 0, Absent
	}
	if v, ok = t.change(t.record(s, at), op, d, i, n, now); !ok {
		return 0, Unstored
	}
	return v, Done
}

// Contains reports whether there is an entry of that key.
func (t *Table) Contains(key []byte, now int64) bool {
	_, a := t.Access(key, Refs, 0, 0, 0, now)
	return a == Done
}
