package proxy

import (
	"math"
	"sync"
	"sync/atomic"
)

// Queue holds streams that wait for a slot on one server or for any server of a backend, in order of priority class,
// then of time and offset (http-request set-priority-class and its kin). All loops share it under one short lock, which
// only streams that must wait and those that let them in take; how many wait and the first one's key are read without.
type Queue struct {
	mu   sync.Mutex
	heap []*Pending // the entry with the lowest key first
	seq  uint64     // entries ever pushed: equal keys leave in the order they came
	out  uint64     // entries ever granted
	n    atomic.Int32
	head atomic.Int64 // key of the first entry, NoKey without
}

// NoKey is what Queue.Head returns for an empty queue: it is higher than any entry's.
const NoKey int64 = math.MaxInt64

// Pending is a stream's place in a queue; it is part of the stream, so waiting allocates nothing. The task of the stream
// owns it, except that whoever takes it out of a queue decides, under the queue's lock, what became of it.
type Pending struct {
	Stream *Stream
	Waker  Waker // wakes the stream's task from any thread
	Key    int64 // order, see QueueKey; set before Push

	queue *Queue // the one it was pushed on last; written by the owner only
	// What follows is guarded by the queue's lock, and the owner's once it has left the queue.
	at    int // place in the heap
	seq   uint64
	outAt uint64
	// Server is the one whose slot was given to the stream, once the state is PendingGranted.
	Server *Server
	// Ahead is how many were granted from this queue while it waited: the queue position in logs.
	Ahead int
	state atomic.Uint32 // PendingState
}

// Waker is a task that can be woken from any thread; waking one that does not wait is harmless.
type Waker interface{ Wake() }

// PendingState is where a Pending is in its life.
type PendingState uint32

// The states.
const (
	PendingNone    PendingState = iota // in no queue
	PendingWaiting                     // in a queue
	PendingGranted                     // taken out by somebody who reserved a slot on Server for it
	PendingKicked                      // taken out because what it waited for is gone: choose again
)

// QueueKey returns the order of an entry: class -2047 to 2047 (lower first), then the time of arrival in nanoseconds of
// the loops' clock plus an offset in milliseconds.
func QueueKey(class int32, now int64, offset int32) int64 {
	const bits, middle = 52, 1 << 51 // microseconds; the middle, so that a negative offset finds room at a clock's start
	when := middle + now/1000 + int64(offset)*1000
	return int64(min(max(class, -2047), 2047))<<bits | when&(1<<bits-1)
}

// Len returns the number of waiting streams, without the lock.
func (q *Queue) Len() int { return int(q.n.Load()) }

// Head returns the key of the first entry, NoKey when there is none, without the lock.
func (q *Queue) Head() int64 {
	if q.n.Load() == 0 {
		return NoKey
	}
	return q.head.Load()
}

// Push adds p behind every entry whose key is not higher and returns how many wait now, p included. With a limit above
// 0 it does nothing and returns 0 when that many wait already. Only the owner of p may push, and only what is in no
// queue.
func (q *Queue) Push(p *Pending, limit int) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.heap)
	if limit > 0 && n >= limit {
		return 0
	}
	q.seq++
	p.queue, p.seq, p.outAt, p.Server, p.Ahead = q, q.seq, q.out, nil, 0
	p.state.Store(uint32(PendingWaiting))
	q.heap = append(q.heap, p)
	q.up(n, p)
	q.publish()
	return n + 1
}

// Grant takes the first entry out, gives it srv and wakes its task; it reports whether there was one. The caller has
// reserved a slot of srv, which now belongs to the entry's stream.
func (q *Queue) Grant(srv *Server) bool {
	if q.n.Load() == 0 {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.heap) == 0 {
		return false
	}
	p := q.heap[0]
	q.cut(p)
	p.Server, p.Ahead = srv, int(q.out-p.outAt)
	q.out++
	p.leave(PendingGranted)
	return true
}

// Kick takes out every entry for which keep, when not nil, does not say otherwise, and wakes their tasks so that they
// choose again. It returns how many.
func (q *Queue) Kick(keep func(*Stream) bool) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	left := q.heap[:0]
	all := q.heap
	for _, p := range all {
		if keep != nil && keep(p.Stream) {
			left = append(left, p)
			continue
		}
		n++
		p.Ahead = int(q.out - p.outAt)
		p.leave(PendingKicked)
	}
	clear(all[len(left):])
	q.heap = left
	for i, p := range left {
		p.at = i
	}
	for i := len(left)/2 - 1; i >= 0; i-- {
		q.down(i, left[i])
	}
	q.publish()
	return n
}

// leave tells the owner what became of p. It runs under the queue's lock: an owner that takes the lock once after it
// saw the new state knows that nobody touches p any more.
func (p *Pending) leave(state PendingState) {
	p.state.Store(uint32(state))
	if p.Waker != nil {
		p.Waker.Wake()
	}
}

// State returns where p is, without the lock. Only the owner may ask.
func (p *Pending) State() PendingState { return PendingState(p.state.Load()) }

// Leave ends p's stay in its queue and returns what had become of it until then: PendingWaiting when this call took it
// out, PendingGranted when a slot of p.Server is the stream's, PendingKicked when it is to choose again. Afterwards
// nobody else refers to p.
func (p *Pending) Leave() PendingState {
	q := p.queue
	if q == nil {
		return PendingNone
	}
	q.mu.Lock()
	was := p.State()
	if was == PendingWaiting {
		q.cut(p)
		p.Ahead = int(q.out - p.outAt)
	}
	p.state.Store(uint32(PendingNone))
	q.mu.Unlock()
	p.queue = nil
	return was
}

// cut takes p out of the heap.
func (q *Queue) cut(p *Pending) {
	last := len(q.heap) - 1
	at, moved := p.at, q.heap[last]
	q.heap[last] = nil
	q.heap = q.heap[:last]
	if at != last {
		q.up(at, moved)
		q.down(moved.at, moved)
	}
	q.publish()
}

// publish makes length and first key known to those who do not take the lock.
func (q *Queue) publish() {
	if len(q.heap) > 0 {
		q.head.Store(q.heap[0].Key)
	}
	q.n.Store(int32(len(q.heap)))
}

func (p *Pending) before(o *Pending) bool {
	return p.Key < o.Key || p.Key == o.Key && p.seq < o.seq
}

// up puts p at i or nearer to the top.
func (q *Queue) up(i int, p *Pending) {
	for i > 0 {
		parent := (i - 1) / 2
		if !p.before(q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		q.heap[i].at = i
		i = parent
	}
	q.heap[i] = p
	p.at = i
}

// down puts p at i or farther from the top.
func (q *Queue) down(i int, p *Pending) {
	for {
		child := 2*i + 1
		if child >= len(q.heap) {
			break
		}
		if r := child + 1; r < len(q.heap) && q.heap[r].before(q.heap[child]) {
			child = r
		}
		if !q.heap[child].before(p) {
			break
		}
		q.heap[i] = q.heap[child]
		q.heap[i].at = i
		i = child
	}
	q.heap[i] = p
	p.at = i
}
