package loop

import (
	"syscall"
	"unsafe"

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
			l.readAhead(s.c)
		}
	}
}

// readAhead reads the beginning of what has come on c.
func (l *Loop) readAhead(c *Conn) {
	r := &l.row
	if r.rooms == nil {
		r.rooms = make([]byte, rowCount*rowRoom)
	}
	b := r.rooms[r.n*rowRoom : (r.n+1)*rowRoom]
	n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
	switch {
	case e == unix.EAGAIN, e == unix.EINTR, e == 0 && n == 0: // its reader is told so again
		return
	case e != 0:
		c.strand(&stray{err: e})
		return
	}
	c.room, c.from, c.to = uint16(r.n), 0, uint16(n)
	c.flags |= taken
	if n == rowRoom {
		c.flags |= bulk
	}
	r.conns[r.n] = c
	r.n++
}
