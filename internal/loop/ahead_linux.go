package loop

import "unsafe"

// With many connections at work, what an event concerns has left the processor's caches since the last time, and the way
// to it is a chain: the connection, its task, the task's stack and Runner, what the Runner points to. Followed link by
// link each costs a trip to memory. So while one event is worked on, those behind it are announced, each link a few
// events before the next one.
const (
	connAhead  = 8 // events before its own turn that a connection is asked for
	taskAhead  = 6
	stackAhead = 4
	warmAhead  = 2

	taskLines  = 2
	stackLines = 16
)

// manyTasks is from how many tasks at work on their memory has probably left the caches when they are resumed.
const manyTasks = 96

// lead announces the first events of a poll, if that is worth it.
func (p *epoll) lead(l *Loop) {
	if p.far = p.n-p.next > 2 && len(l.tasks)-len(l.free) > manyTasks; !p.far {
		return
	}
	for i := p.next; i < p.next+connAhead; i++ {
		p.ahead(l, i)
	}
}

// ahead announces event i, and takes the next step for those between it and the one at work.
func (p *epoll) ahead(l *Loop, i int) {
	if c := p.conn(l, i); c != nil {
		prefetch(uintptr(unsafe.Pointer(c)), connLines)
	}
	if c := p.conn(l, i-connAhead+taskAhead); c != nil && c.rt != nil {
		prefetch(uintptr(unsafe.Pointer(c.rt)), taskLines)
	}
	if c := p.conn(l, i-connAhead+stackAhead); c != nil && c.rt != nil {
		prefetch(c.rt.stack, stackLines)
		if w, ok := c.rt.r.(Warmer); ok {
			w.Warm(0)
		}
	}
	if c := p.conn(l, i-connAhead+warmAhead); c != nil && c.rt != nil {
		if w, ok := c.rt.r.(Warmer); ok {
			w.Warm(1)
		}
	}
}

// conn returns the connection of an event that was not dispatched yet, nil when there is none.
func (p *epoll) conn(l *Loop, i int) *Conn {
	if i < p.next || i >= p.n {
		return nil
	}
	id := uint32(p.events[i].Fd)
	if id >= wakeSlot {
		return nil
	}
	return l.slots[id].c
}
