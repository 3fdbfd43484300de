package sticktable

// The entries of a shard stand in the order of their last use.

// append makes entry i the newest one.
func (t *Table) append(s *shard, i uint32) {
	r := t.record(s, i)
	r[wPrev], r[wNext] = s.newest, 0
	if s.newest != 0 {
		t.record(s, s.newest-1)[wNext] = i + 1
	} else {
		s.oldest = i + 1
	}
	s.newest = i + 1
}

// unlink takes entry i out of the order.
func (t *Table) unlink(s *shard, i uint32) {
	r := t.record(s, i)
	if r[wPrev] != 0 {
		t.record(s, r[wPrev]-1)[wNext] = r[wNext]
	} else {
		s.oldest = r[wNext]
	}
	if r[wNext] != 0 {
		t.record(s, r[wNext]-1)[wPrev] = r[wPrev]
	} else {
		s.newest = r[wPrev]
	}
}

// touch begins the life of entry i anew.
func (t *Table) touch(s *shard, i uint32, now int64) {
	r := t.record(s, i)
	setEnd(r, now+t.Expire*1e6)
	if s.newest != i+1 {
		t.unlink(s, i)
		t.append(s, i)
	}
}

func setEnd(r []uint32, end int64) { r[wEndLow], r[wEndHigh] = uint32(end), uint32(end>>32) }

func endOf(r []uint32) int64 { return int64(r[wEndHigh])<<32 | int64(r[wEndLow]) }

// over reports whether the life of an entry that nobody tracks has ended.
func (t *Table) over(r []uint32, now int64) bool {
	return t.Expire > 0 && r[wRefs] == 0 && endOf(r) <= now
}

// renew begins another life of an entry that is tracked and would be over.
func (t *Table) renew(s *shard, i uint32, now int64) {
	r := t.record(s, i)
	setEnd(r, t.next(endOf(r), now))
	if s.newest != i+1 {
		t.unlink(s, i)
		t.append(s, i)
	}
}

// next is the first moment after now at which a life that began anew at each of its ends ends.
func (t *Table) next(end, now int64) int64 {
	if life := t.Expire * 1e6; end <= now && life > 0 {
		end += ((now-end)/life + 1) * life
	}
	return end
}

// sweep removes up to most entries whose life is over. Those that are tracked have another one.
func (t *Table) sweep(s *shard, now int64, most int) {
	if t.Expire == 0 {
		return
	}
	for ; most > 0 && s.oldest != 0; most-- {
		i := s.oldest - 1
		r := t.record(s, i)
		if endOf(r) > now {
			return
		}
		if r[wRefs] == 0 {
			t.remove(s, i)
		} else {
			t.renew(s, i, now)
		}
	}
}

// evictSteps bounds how many entries that are tracked are passed over to find one that is not.
const evictSteps = 256

// evict removes the entry of the shard that was used longest ago among those that nobody tracks.
func (t *Table) evict(s *shard) bool {
	for left := min(s.used, evictSteps); left > 0; left-- {
		i := s.oldest - 1
		if t.record(s, i)[wRefs] == 0 {
			t.remove(s, i)
			return true
		}
		if s.newest != i+1 {
			t.unlink(s, i)
			t.append(s, i)
		}
	}
	return false
}
