package balance

import "sluice/internal/proxy"

// timetable is the order of `balance roundrobin`: it gives every server its turns at even distances, and follows
// changes of weight without starting over (configuration.txt 4.2, balance roundrobin).
//
// Time is counted in turns. A round is as many turns as the weights summed up to when it began. A server that has had
// its turn is due again after sum/weight turns, the remainder of the division being carried along. Servers not yet
// scheduled in this round are fresh; they fill the holes that nobody is due for, the heaviest first. Whoever would be
// due after the end of the round waits, to be fresh in the next one. The order equals HAProxy's for every set of
// weights and every sequence of changes that was tried; fleets that mix both behave alike.
type timetable struct {
	now   int // turn
	round int // length of the current round, and the turn it began
	sum   int // of the weights now: the length of the next round

	due, fresh, later turnHeap
	seq               uint64
	entries           []*turn // by Server.Index, nil for unknown ones
}

// turn is the place of one server in the timetable.
type turn struct {
	srv    *proxy.Server
	weight int // effective; 0: takes no part
	next   int // turn it is due at
	rest   int // remainder of its distance, in 1/weight turns
	heap   *turnHeap
	at     int // place in heap
	rank   int // order in heap
	seq    uint64
}

// set gives srv a new effective weight; 0 takes it out.
func (t *timetable) set(srv *proxy.Server, weight int) {
	for srv.Index >= len(t.entries) {
		t.entries = append(t.entries, nil)
	}
	e := t.entries[srv.Index]
	if e == nil {
		e = &turn{srv: srv}
		t.entries[srv.Index] = e
	}
	if e.weight == weight {
		return
	}
	if e.heap != nil {
		e.heap.remove(e)
	}
	t.sum += weight - e.weight
	e.weight = weight
	switch {
	case weight == 0:
	case t.round == 0: // nobody had a turn since the timetable was empty
		t.put(&t.fresh, e, -weight)
	default:
		e.next = t.now + (t.sum+t.round-t.now)/weight
		t.schedule(e)
	}
}

// schedule puts e where its next turn belongs.
func (t *timetable) schedule(e *turn) {
	if e.next >= t.round+min(t.round, t.sum) {
		t.put(&t.later, e, -e.weight)
		return
	}
	const scale, heaviest = 256, 256 * proxy.WeightScale
	t.put(&t.due, e, e.next*scale+(heaviest+e.rest-e.weight)/proxy.WeightScale)
}

func (t *timetable) put(h *turnHeap, e *turn, rank int) {
	t.seq++
	e.rank, e.seq = rank, t.seq
	h.push(e)
}

// first returns who is to have this turn, nil when nobody is left.
func (t *timetable) first() *turn {
	if t.round == 0 {
		t.now, t.round = t.sum, t.sum
	}
	for range 2 {
		switch {
		case len(t.due) > 0 && t.due[0].next <= t.now:
			return t.due[0]
		case len(t.fresh) > 0:
			e := t.fresh[0]
			e.next, e.rest = t.now, 0
			return e
		case len(t.due) > 0: // early
			return t.due[0]
		}
		t.fresh, t.later = t.later, t.fresh
		for _, e := range t.fresh {
			e.heap = &t.fresh
		}
		t.now, t.round = t.sum, t.sum
	}
	return nil
}

// pass takes the turn of the first server and returns it without scheduling it again, nil when there is none left.
func (t *timetable) pass() *turn {
	e := t.first()
	if e == nil {
		return nil
	}
	e.heap.remove(e)
	e.next += t.sum / e.weight
	e.rest += t.sum % e.weight
	if e.rest >= e.weight {
		e.rest -= e.weight
		e.next++
	}
	t.now++
	return e
}

// take returns the server whose turn it is and schedules its next.
func (t *timetable) take() *proxy.Server {
	e := t.pass()
	if e == nil {
		return nil
	}
	t.schedule(e)
	return e.srv
}

// copyFrom makes t a copy of o and reuses its own memory.
func (t *timetable) copyFrom(o *timetable) {
	t.now, t.round, t.sum, t.seq = o.now, o.round, o.sum, o.seq
	for len(t.entries) < len(o.entries) {
		t.entries = append(t.entries, nil)
	}
	for i, e := range o.entries {
		if e == nil {
			continue
		}
		if t.entries[i] == nil {
			t.entries[i] = new(turn)
		}
		*t.entries[i] = *e
	}
	t.due.mirror(o.due, t.entries)
	t.fresh.mirror(o.fresh, t.entries)
	t.later.mirror(o.later, t.entries)
}

// turnHeap is a heap of turns by rank, then in order of arrival.
type turnHeap []*turn

// mirror makes h the heap of the same servers as o, out of entries.
func (h *turnHeap) mirror(o turnHeap, entries []*turn) {
	*h = (*h)[:0]
	for _, e := range o {
		mine := entries[e.srv.Index]
		mine.heap = h
		*h = append(*h, mine)
	}
}

func (e *turn) before(o *turn) bool { return e.rank < o.rank || e.rank == o.rank && e.seq < o.seq }

func (h *turnHeap) push(e *turn) {
	*h = append(*h, e)
	e.heap = h
	h.up(len(*h)-1, e)
}

func (h *turnHeap) remove(e *turn) {
	s := *h
	last := len(s) - 1
	moved := s[last]
	s[last] = nil
	*h = s[:last]
	if e.at != last {
		h.up(e.at, moved)
		h.down(moved.at, moved)
	}
	e.heap = nil
}

func (h *turnHeap) up(i int, e *turn) {
	s := *h
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(s[parent]) {
			break
		}
		s[i] = s[parent]
		s[i].at = i
		i = parent
	}
	s[i], e.at = e, i
}

func (h *turnHeap) down(i int, e *turn) {
	s := *h
	for {
		child := 2*i + 1
		if child >= len(s) {
			break
		}
		if r := child + 1; r < len(s) && s[r].before(s[child]) {
			child = r
		}
		if !s[child].before(e) {
			break
		}
		s[i] = s[child]
		s[i].at = i
		i = child
	}
	s[i], e.at = e, i
}
