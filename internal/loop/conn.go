package loop

import (
	"errors"
	"net"
)

// Dir is what to wait for on a connection.
type Dir uint8

const (
	// In is ready when a read would not wait: bytes, the end, or an error.
	In Dir = 1 << iota
	// Out is ready when a write would not wait.
	Out
	// Hup is ready when the peer has closed its side or the connection has failed, bytes to read or not.
	Hup
)

// flags is what a connection remembers. Those that epoll(7) reports have its values, so that news need no translation.
type flags uint16

const (
	canRead  flags = 0x0001 // EPOLLIN: a read may give something
	canWrite flags = 0x0004 // EPOLLOUT: a write may take something
	sawErr   flags = 0x0008 // EPOLLERR: the connection has failed
	sawHup   flags = 0x0010 // EPOLLHUP: both sides are shut
	sawRDHup flags = 0x2000 // EPOLLRDHUP: the peer has sent its end

	sawOut    flags = canWrite << 6 // the kernel has said once that it is writable: it is connected
	hupOnly   flags = 0x0200        // the reading task waits for Hup, not for In
	idleQueue flags = 0x0400        // an entry for the idle handler is in the run queue
	atEnd     flags = 0x0800        // a read has returned the end
	corked    flags = 0x1000        // the last write said that more follows
	bulk      flags = 0x0002        // the last read gave more than a row takes
	late      flags = 0x0020        // something written waits for the end of the turn
	owes      flags = 0x0040        // something written waits for the system to take it
	taken     flags = 0x0080        // something was read that the reader has not had yet
	eager     flags = 0x8000        // the idle handler reads at once

	sawGone = sawRDHup | sawHup | sawErr
	told    = canRead | canWrite | sawGone
)

// IdleHandler takes up a connection that no task works on.
type IdleHandler interface {
	// Ready is called once per SetIdle, on the loop's thread and outside of any task, when c has become readable, was
	// closed by the peer or failed. It may spawn a task, close c, or call SetIdle again (when it has read).
	Ready(c *Conn)
}

// Conn is one stream socket in non-blocking mode, registered with a loop. It is embedded by value in what it serves; the
// zero value is closed. From Open to Close or Detach it must not be copied, and the loop keeps it alive.
//
// Its Try methods never wait. The connection remembers what the kernel has said, so a Try that could only fail makes no
// system call, and after a short read the next wait needs no read that says so. (TCP urgent data, which nobody sends in
// earnest, can hide bytes behind a short read until the next segment comes.)
type Conn struct {
	l     *Loop
	a     *aside // nil when bytes go straight to the kernel and back
	rt    *Task  // waits for In or Hup
	wt    *Task  // waits for Out
	idle  IdleHandler
	fd    int32
	slot  int32
	flags flags

	room, from, to uint16 // where what was taken lies
}

// slot is a place in a loop's list of connections. Events name a slot and its generation, so that one that was on its
// way when a connection closed does not reach the next.
type slot struct {
	c    *Conn
	gen  uint32
	free int32 // the next unused slot, -1 at the end
}

// Open registers the stream socket fd with the loop, for c to own. The socket must be in non-blocking mode and connected
// or connecting. On an error fd stays the caller's. In the goroutine form the socket must be connected, and c has no
// file descriptor afterwards.
func (l *Loop) Open(c *Conn, fd int) error {
	if l.ep == nil {
		return l.openFile(c, fd)
	}
	l.place(c)
	c.fd = int32(fd)
	c.flags = canWrite
	if err := l.ep.add(fd, uint32(c.slot), l.slots[c.slot].gen); err != nil {
		l.unplace(c)
		*c = Conn{}
		return err
	}
	return nil
}

// OpenNew is Open of a socket that was made just now, by an accept or a connect. Epoll hears of it at the end of the turn,
// together with others; if it cannot, the connection has failed for whoever reads it.
func (l *Loop) OpenNew(c *Conn, fd int) error {
	if l.ring == nil {
		return l.Open(c, fd)
	}
	l.place(c)
	c.fd = int32(fd)
	c.flags = canWrite
	l.announce(c, false)
	return nil
}

// OpenAgain is OpenNew of a socket that Resting.Take gave and that connects.
func (l *Loop) OpenAgain(c *Conn, fd int) {
	l.place(c)
	c.fd = int32(fd)
	c.flags = canWrite
	l.announce(c, true)
}

// OpenNet gives c a net.Conn, in either form. It costs two goroutines and two buffers: it is meant for tests, for
// systems without epoll, and for connections that are none of the kernel's.
func (l *Loop) OpenNet(c *Conn, nc net.Conn) error {
	return l.openPump(c, newPump(l.g, nc))
}

// EachConn calls fn for each connection that is registered. On the loop only.
func (l *Loop) EachConn(fn func(c *Conn)) {
	for i := range l.slots {
		if c := l.slots[i].c; c != nil {
			fn(c)
		}
	}
}

// Attended returns who waits for the connection: the Runner of a task, or else the handler of an idle one; nil for nobody.
func (c *Conn) Attended() any {
	switch {
	case c.rt != nil:
		return c.rt.r
	case c.wt != nil:
		return c.wt.r
	case c.idle != nil:
		return c.idle
	}
	return nil
}

// Socket is a connection on its way: accepted, or detached from a loop. It must reach a loop or be closed.
type Socket struct {
	// FD is the file descriptor when Net is nil.
	FD int
	// Net is the connection in the goroutine form.
	Net net.Conn
	p   *pump // what moves when a pumped connection is detached
}

// Close closes a socket that no loop took.
func (s Socket) Close() error {
	switch {
	case s.p != nil:
		s.p.close(false)
		return nil
	case s.Net != nil:
		return s.Net.Close()
	}
	return closeFD(s.FD)
}

// OpenSocket is Open or OpenNet, as the socket demands. On an error the socket stays the caller's.
func (l *Loop) OpenSocket(c *Conn, s Socket) error {
	switch {
	case s.p != nil:
		return l.openPump(c, s.p)
	case s.Net != nil:
		return l.OpenNet(c, s.Net)
	}
	return l.OpenNew(c, s.FD)
}

// place gives c a slot.
func (l *Loop) place(c *Conn) {
	if c.l != nil {
		panic("loop: Open of a connection that is open")
	}
	i := l.freeSlot
	if i < 0 {
		i = int32(len(l.slots))
		l.slots = append(l.slots, slot{})
	} else {
		l.freeSlot = l.slots[i].free
	}
	l.slots[i].c = c
	*c = Conn{l: l, slot: i, fd: -1}
	l.n.ConnsOpen++
	l.n.ConnsOpened++
}

func (l *Loop) unplace(c *Conn) {
	s := &l.slots[c.slot]
	s.c = nil
	s.gen++
	s.free = l.freeSlot
	l.freeSlot = c.slot
	l.n.ConnsOpen--
}

// Loop returns the loop that c is registered with, nil when c is closed.
func (c *Conn) Loop() *Loop { return c.l }

// FD returns the file descriptor, -1 when c is closed or pumped.
func (c *Conn) FD() int {
	if c.l == nil {
		return -1
	}
	return int(c.fd)
}

// Net returns the net.Conn below a pumped connection, nil for others. Not for reading or writing.
func (c *Conn) Net() net.Conn {
	if p := c.pump(); p != nil {
		return p.nc
	}
	return nil
}

// pump returns what moves the bytes in the goroutine form, nil for a file descriptor.
func (c *Conn) pump() *pump {
	if c.a == nil {
		return nil
	}
	return c.a.pump
}

// Plain says whether bytes go straight between the caller and the kernel: no layer, no pump. Only then can they be spliced.
func (c *Conn) Plain() bool { return c.a == nil }

// IsOpen says whether c is registered with a loop.
func (c *Conn) IsOpen() bool { return c.l != nil }

// Readable says whether TryRead may give something: bytes, the end or an error. Through a layer it is sure to.
func (c *Conn) Readable() bool {
	if c.a != nil {
		return c.a.speaks(c)
	}
	return c.flags&canRead != 0
}

// Writable says whether TryWrite may take something.
func (c *Conn) Writable() bool { return c.flags&canWrite != 0 }

// PeerClosed says whether the peer has closed its side or the connection has failed, as far as the loop has heard. There
// may be bytes to read before the end.
func (c *Conn) PeerClosed() bool { return c.flags&sawGone != 0 }

// Failed says whether the connection is dead in both directions, as far as the loop has heard.
func (c *Conn) Failed() bool { return c.flags&(sawHup|sawErr) != 0 }

// AtEnd says whether a read has returned io.EOF.
func (c *Conn) AtEnd() bool { return c.flags&atEnd != 0 }

func (c *Conn) ready(dir Dir) bool {
	return c.l == nil ||
		dir&In != 0 && c.flags&canRead != 0 ||
		dir&Out != 0 && c.flags&canWrite != 0 ||
		dir&Hup != 0 && c.flags&sawGone != 0
}

// claim makes t the task that waits for c.
func (c *Conn) claim(t *Task, dir Dir) {
	if c.l == nil {
		return
	}
	if c.l != t.l {
		panic("loop: a task waits for a connection of another loop")
	}
	if dir&(In|Hup) != 0 {
		if c.rt != nil && c.rt != t || c.idle != nil {
			panic("loop: a second task, or an idle handler, waits to read the same connection")
		}
		if dir&In == 0 && c.rt == nil {
			c.flags |= hupOnly
		} else if dir&In != 0 {
			c.flags &^= hupOnly
		}
		c.rt = t
	}
	if dir&Out != 0 {
		if c.wt != nil && c.wt != t {
			panic("loop: a second task waits to write the same connection")
		}
		c.wt = t
	}
}

func (c *Conn) unclaim(t *Task, dir Dir) {
	if dir&(In|Hup) != 0 && c.rt == t {
		c.rt = nil
		c.flags &^= hupOnly
	}
	if dir&Out != 0 && c.wt == t {
		c.wt = nil
	}
}

// event is the kernel's or the pump's news.
func (c *Conn) event(l *Loop, news flags) {
	if c.flags&owes != 0 && news&canWrite != 0 && !c.pay() {
		news &^= canWrite
	}
	c.flags |= news
	if c.a != nil {
		c.a.event(news)
	}
	rt, wt := c.rt, c.wt
	if rt != nil {
		if news&canRead != 0 && (c.flags&hupOnly == 0 || c.flags&sawGone != 0) && rt.awaits(Ready) {
			l.resume(rt, Ready)
		}
	} else if c.idle != nil && news&(canRead|idleQueue) == canRead && c.flags&idleQueue == 0 {
		c.flags |= idleQueue
		l.fresh.push(entry{c: c})
	}
	if wt != nil && news&canWrite != 0 && c.wt == wt && wt.awaits(Ready) {
		l.resume(wt, Ready)
	}
}

// awaits says whether the task is parked and would go on for the cause.
func (t *Task) awaits(cause Cause) bool { return t.state == parked && t.ends&cause != 0 }

// SetIdle hands c, which no task reads, to h until it is readable or closed by the peer; if it is so already, h is
// called by the run queue. A nil h takes it back.
func (c *Conn) SetIdle(h IdleHandler) {
	if c.l == nil {
		panic("loop: SetIdle on a closed connection")
	}
	if h != nil && c.rt != nil {
		panic("loop: SetIdle while a task waits to read the connection")
	}
	c.idle = h
	if h != nil && c.flags&(canRead|idleQueue) == canRead {
		c.flags |= idleQueue
		c.l.queue.push(entry{c: c})
	}
}

// Eager says that the handlers that c is given read at once what has come. It may then have been read for them before.
func (c *Conn) Eager() { c.flags |= eager }

// callIdle tells the idle handler, if there still is one and a reason.
func (c *Conn) callIdle() {
	c.flags &^= idleQueue
	if h := c.idle; h != nil && c.Readable() {
		c.idle = nil
		h.Ready(c)
	}
}

// leave takes c out of its loop; tasks that wait for it go on and find it closed.
func (c *Conn) leave() {
	if c.flags&(late|owes) != 0 {
		c.recall()
	}
	if c.flags&taken != 0 {
		c.forget()
	}
	c.l.unplace(c)
	c.release()
}

// release is the end of c for those who wait for it.
func (c *Conn) release() {
	for _, t := range [2]*Task{c.rt, c.wt} {
		if t != nil && t.awaits(Ready) {
			c.l.enqueue(t, Ready)
		}
	}
	*c = Conn{}
}

// Close closes the connection. What was written is still delivered. Tasks that wait for c go on and find it closed.
func (c *Conn) Close() error {
	if c.l == nil {
		return net.ErrClosed
	}
	if c.linger() || c.flags&(late|owes) != 0 && c.outlives() {
		return nil
	}
	l, p, fd := c.l, c.pump(), c.fd
	if p == nil {
		c.drain()
	}
	c.leave()
	if p != nil {
		p.close(false)
	} else {
		l.dismiss(fd)
	}
	return nil
}

// Reset closes the connection and throws away what was not delivered: a TCP peer gets a reset.
func (c *Conn) Reset() error {
	if c.l == nil {
		return net.ErrClosed
	}
	l, p, fd := c.l, c.pump(), c.fd
	c.leave()
	if p != nil {
		p.close(true)
	} else {
		abortFD(int(fd))
		l.dismiss(fd)
	}
	return nil
}

// Detach takes the connection, which has no layer, out of its loop without closing it, to be opened on another (by OpenSocket, from a
// function posted there). The kernel reports its readiness anew there.
func (c *Conn) Detach() (Socket, error) {
	if c.l == nil {
		return Socket{FD: -1}, net.ErrClosed
	}
	if c.Layered() != nil {
		return Socket{FD: -1}, errors.ErrUnsupported
	}
	if c.flags&(late|owes|taken) != 0 {
		if c.settle(); c.flags&(owes|taken) != 0 {
			return Socket{FD: -1}, errBytes
		}
	}
	l, p, fd := c.l, c.pump(), c.fd
	l.registerLate()
	if p != nil {
		p.detach()
		c.leave()
		return Socket{FD: -1, Net: p.nc, p: p}, nil
	}
	err := l.ep.remove(int(fd))
	c.leave()
	return Socket{FD: int(fd)}, err
}
