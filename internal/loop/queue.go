package loop

// entry is something runnable: a task to begin or resume, or an idle connection that has become readable.
type entry struct {
	t *Task
	c *Conn
}

// queue is a first-in first-out ring that grows.
type queue struct {
	ring    []entry // its length is a power of two, or zero
	first   int
	n       int
	longest int
}

func (q *queue) push(e entry) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.first+q.n)&(len(q.ring)-1)] = e
	q.n++
	q.longest = max(q.longest, q.n)
}

func (q *queue) pushFirst(e entry) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.first = (q.first - 1) & (len(q.ring) - 1)
	q.ring[q.first] = e
	q.n++
	q.longest = max(q.longest, q.n)
}

func (q *queue) pop() entry {
	e := q.ring[q.first]
	q.ring[q.first] = entry{}
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.n--
	return e
}

// peek returns the connection that is n places behind the first, nil when there is none.
func (q *queue) peek(n int) *Conn {
	if n >= q.n {
		return nil
	}
	return q.ring[(q.first+n)&(len(q.ring)-1)].c
}

func (q *queue) grow() {
	ring := make([]entry, max(64, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.first+i)&(len(q.ring)-1)]
	}
	q.ring, q.first = ring, 0
}
