package proxy

import (
	"sync"
	"sync/atomic"
)

// Queue holds streams that wait for a slot on a server or for any server of a backend, in order of class, then of
// time or offset (http-request set-priority-*). It is shared by all loops under one short lock, which only streams
// that must wait take.
type Queue struct {
	mu         sync.Mutex
	head, tail *Pending
	n          atomic.Int32
}

// Pending is a stream's place in a queue; it is part of the stream, so waiting allocates nothing.
type Pending struct {
	Stream     *Stream
	Key        int64 // order: priority class in the top bits, then arrival in milliseconds plus the offset
	Granted    atomic.Pointer[Server]
	queue      *Queue
	next, prev *Pending
	Index      int64 // how many had been served when it came, for "queue position" in logs
}

// Len returns the number of waiting streams, without the lock.
func (q *Queue) Len() int { return int(q.n.Load()) }

// Push adds p behind every entry whose key is not higher.
func (q *Queue) Push(p *Pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := q.tail
	for at != nil && at.Key > p.Key {
		at = at.prev
	}
	p.queue, p.prev = q, at
	if at == nil {
		p.next, q.head = q.head, p
	} else {
		p.next, at.next = at.next, p
	}
	if p.next == nil {
		q.tail = p
	} else {
		p.next.prev = p
	}
	q.n.Add(1)
}

// Pop removes and returns the first entry, nil when empty. grant is stored in the entry before anybody can see it
// outside of the queue.
func (q *Queue) Pop(grant *Server) *Pending {
	if q.n.Load() == 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.head
	if p != nil {
		q.unlink(p)
		p.Granted.Store(grant)
	}
	return p
}

// Peek returns the key of the first entry.
func (q *Queue) Peek() (key int64, ok bool) {
	if q.n.Load() == 0 {
		return 0, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == nil {
		return 0, false
	}
	return q.head.Key, true
}

// Remove takes p out of its queue and reports whether it was still there: false means that somebody granted it a
// server meanwhile.
func (p *Pending) Remove() bool {
	q := p.queue
	if q == nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if p.queue != q {
		return false
	}
	q.unlink(p)
	return true
}

func (q *Queue) unlink(p *Pending) {
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		q.head = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		q.tail = p.prev
	}
	p.next, p.prev, p.queue = nil, nil, nil
	q.n.Add(-1)
}
