package loop

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// row reads from the connections of the next events.
func (p *epoll) row(l *Loop) {
	l.endRow()
	p.rowEnd = min(p.n, p.next+rowCount)
	if p.rowEnd-p.next < rowLeast {
		return
	}
	for _, ev := range p.events[p.next:p.rowEnd] {
		if ev.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != unix.EPOLLIN || uint32(ev.Fd) >= wakeSlot {
			continue
		}
		s := &l.slots[ev.Fd]
		if s.gen == uint32(ev.Pad) && s.c.rt != nil && s.c.reads() {
			l.row.add(s.c)
		}
	}
	l.readRow()
}

// readRow reads the beginning of what has come on the connections of the row.
func (l *Loop) readRow() {
	r := &l.row
	if r.rooms == nil {
		r.rooms = make([]byte, rowCount*rowRoom)
	}
	if l.ring != nil && r.n >= ringLeast {
		l.readBatch()
		return
	}
	for i, c := range r.conns[:r.n] {
		n, e := recvFD(c.fd, r.room(i))
		c.had(i, n, e)
	}
}

// readBatch is readRow by the ring.
func (l *Loop) readBatch() {
	r := &l.row
	for i, c := range r.conns[:r.n] {
		l.ring.put(opRecv, i, c.fd, r.room(i), 0)
	}
	made := l.carryOut()
	for i, c := range r.conns[:r.n] {
		c.had(i, int(made.counts[i]), made.results[i])
	}
}

// had takes note of what was read of c into a room of its row.
func (c *Conn) had(room, n int, e syscall.Errno) {
	switch {
	case e == unix.EAGAIN, e == unix.EINTR, e == 0 && n == 0: // its reader is told so again
		return
	case e != 0:
		c.strand(&stray{err: e})
		return
	}
	c.room, c.from, c.to = uint16(room), 0, uint16(n)
	c.flags |= taken
	if n == rowRoom {
		c.flags |= bulk
	}
}
