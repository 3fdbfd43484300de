package loop

import "errors"

// What many connections write in one turn leaves at its end, one after the other: the system's way from a socket to its
// peer is long, and walked in a row it stays in the processor's caches, which working on the next request in between
// would take away. That is 3 to 5 % of a request when many are under way.

const (
	// mostLate is the longest write that waits for the end of the turn: a longer one costs more to copy than it saves.
	mostLate = 2 << 10
	// lateRoom and lateCount bound what waits, in bytes and in writes; with more the turn's end is brought forward.
	lateRoom  = 64 << 10
	lateCount = 128
	// ringLeast is the least of calls that go by the ring: fewer are cheaper one by one.
	ringLeast = 4
)

// outbox is what waits for the end of a turn.
type outbox struct {
	writes []lateWrite
	ends   int      // how many of them are the last of their connections
	closes []ending // sockets that lose their connections after them
	opens  []opening
	bytes  []byte
	debts  map[int32]*debt // by the slot of the connection
}

// lateWrite is a part of the outbox's bytes and where it goes; nowhere any more when c is nil.
type lateWrite struct {
	c        *Conn
	from, to int
	closing  *lingerer // c is its own, and ends with this write
}

// debt is what a connection did not take at the end of the turn. Nothing is written before it has left.
type debt struct {
	b       []byte
	shut    bool      // end the sending side then
	closing *lingerer // the connection has no user any more
}

// TryWriteLate is TryWrite for a message that is complete: where that is cheaper it leaves at the end of the turn, before
// the loop looks for events. A failure is then not returned but seen by who reads. Later writes, CloseWrite and Close keep
// the order.
func (c *Conn) TryWriteLate(b []byte) (int, error) {
	switch {
	case c.flags&canWrite == 0:
		return c.again()
	case len(b) == 0:
		return 0, nil
	case len(b) > mostLate:
		return c.TryWrite(b)
	case c.a == nil:
		return c.post(b), nil
	case c.a.pump != nil || c.a.layer == nil:
		return c.a.write(c, b, nil)
	}
	c.a.below.late = true
	n, err := c.a.write(c, b, nil)
	c.a.below.late = false
	return n, err
}

// post puts a copy of b into the outbox.
func (c *Conn) post(b []byte) int {
	o := &c.l.out
	if len(o.writes) >= lateCount || len(o.bytes)+len(b) > lateRoom {
		c.l.sendLate()
	}
	from := len(o.bytes)
	o.bytes = append(o.bytes, b...)
	if n := len(o.writes); n > 0 && o.writes[n-1].c == c {
		o.writes[n-1].to += len(b)
		return len(b)
	}
	o.writes = append(o.writes, lateWrite{c: c, from: from, to: len(o.bytes)})
	c.flags |= late
	return len(b)
}

// sendLate empties the outbox.
func (l *Loop) sendLate() {
	o := &l.out
	if l.ring != nil && len(o.writes) >= ringLeast {
		l.sendBatch()
	}
	for i := range o.writes {
		if w := &o.writes[i]; w.c != nil {
			w.c.flags &^= late
			c, b := w.take(o)
			c.deliver(b, w.how())
		}
	}
	for i := 0; o.ends > 0; i++ {
		if w := &o.writes[i]; w.closing != nil {
			w.closing.farewell()
			w.closing = nil
			o.ends--
		}
	}
	if len(o.closes) > 0 {
		l.closeLate()
	}
	o.writes, o.bytes = o.writes[:0], o.bytes[:0]
}

// opening is a connection that epoll is to hear of before the loop looks for events.
type opening struct {
	slot  int32 // -1 once it has heard
	gen   uint32
	again bool // epoll knows the socket
}

// announce has c registered at the end of the turn.
func (l *Loop) announce(c *Conn, again bool) {
	o := &l.out
	if len(o.opens) == lateCount {
		l.registerLate()
	}
	o.opens = append(o.opens, opening{c.slot, l.slots[c.slot].gen, again})
}

// registerLate registers what was announced and is still open. One that cannot be registered has failed for whoever reads it.
func (l *Loop) registerLate() {
	o := &l.out
	if l.ring != nil && len(o.opens) >= ringLeast {
		l.registerBatch()
	}
	for _, n := range o.opens {
		if n.slot < 0 {
			continue
		}
		s := &l.slots[n.slot]
		if s.gen != n.gen || s.c == nil {
			continue
		}
		if err := l.ep.register(int(s.c.fd), uint32(n.slot), n.gen, n.again); err != nil {
			s.c.strand(&stray{err: err})
			s.c.event(l, canRead|canWrite|sawErr)
		}
	}
	o.opens = o.opens[:0]
}

// ending is a socket whose connection ends with the turn.
type ending struct {
	fd, kind int32
	rest     *Resting // where the socket rests then; it is closed when nil
	said     bool     // the peer has said its end, and hears ours
}

// take takes the write out of o.
func (w *lateWrite) take(o *outbox) (*Conn, []byte) {
	c := w.c
	w.c = nil
	return c, o.bytes[w.from:w.to]
}

// how says how the write is to be sent: the last one of a connection leaves together with its end.
func (w *lateWrite) how() int {
	if w.closing != nil {
		return sendMore
	}
	return 0
}

// settle sends what c has in the outbox before anything else of it leaves.
func (c *Conn) settle() {
	c.flags &^= late
	o := &c.l.out
	for i := range o.writes {
		if w := &o.writes[i]; w.c == c {
			_, b := w.take(o)
			c.deliver(b, 0)
		}
	}
}

// recall takes what c has in the outbox and what it owes back, unsent.
func (c *Conn) recall() {
	o := &c.l.out
	for i := range o.writes {
		if w := &o.writes[i]; w.c == c {
			if w.c = nil; w.closing != nil {
				w.closing = nil
				o.ends--
			}
		}
	}
	delete(o.debts, c.slot)
	c.flags &^= late | owes
}

// deliver sends b, or what the system does not take of it once it does. A connection that failed has nothing to deliver:
// its reader hears of it.
func (c *Conn) deliver(b []byte, how int) {
	o := &c.l.out
	if c.flags&owes != 0 {
		d := o.debts[c.slot]
		d.b = append(d.b, b...)
		return
	}
	n, err := c.send(b, how)
	c.keep(b, n, err)
}

// keep notes what is left of b after a write to the system.
func (c *Conn) keep(b []byte, n int, err error) {
	if n == len(b) || err != nil && err != ErrAgain {
		return
	}
	o := &c.l.out
	if o.debts == nil {
		o.debts = map[int32]*debt{}
	}
	o.debts[c.slot] = &debt{b: append([]byte(nil), b[n:]...)}
	c.flags = c.flags&^canWrite | owes
}

// pay sends what c owes, now that the system takes more; true when nothing is left of it.
func (c *Conn) pay() bool {
	o := &c.l.out
	d := o.debts[c.slot]
	n, err := c.send(d.b, 0)
	if d.b = d.b[n:]; len(d.b) > 0 && (err == nil || err == ErrAgain) {
		return false
	}
	delete(o.debts, c.slot)
	c.flags &^= owes
	if d.shut {
		shutdownFD(int(c.fd))
	}
	if d.closing != nil {
		d.closing.end()
	}
	return true
}

// outlives has a connection that is being closed live until what it has in the outbox has left, and until it has paid, or
// for closeWait; false when it may go now.
func (c *Conn) outlives() bool {
	o := &c.l.out
	if c.flags&owes != 0 {
		d := o.debts[c.slot]
		if d.closing != nil {
			return false
		}
		d.closing = c.outlived()
		d.closing.wait()
		return true
	}
	x := c.outlived()
	last := -1
	for i := range o.writes {
		if w := &o.writes[i]; w.c == c {
			w.c, last = &x.Conn, i
		}
	}
	o.writes[last].closing = x
	o.ends++
	return true
}

// farewell ends a connection whose last write has left, or waits until it has. The end is said before the socket is
// closed: what the peer may send meanwhile would otherwise have the system throw the write away.
func (x *lingerer) farewell() {
	l, fd := x.l, x.fd
	if x.flags&owes != 0 {
		l.out.debts[x.slot].closing = x
		if x.a != nil {
			x.a.closing = x
		}
		x.wait()
		return
	}
	shutdownFD(int(fd))
	x.drain()
	x.leave()
	l.dismiss(fd)
	if len(l.lingerers) < lateCount {
		l.lingerers = append(l.lingerers, x)
	}
}

// Settle does at once what waits for the end of the turn: it sends what was written late and closes what was closed. Where
// that gives no descriptor back, the sockets at rest are closed. It says whether there is a descriptor now.
func (l *Loop) Settle() bool {
	given := l.out.ends > 0
	for i := range l.out.closes {
		given = given || l.out.closes[i].rest == nil
	}
	l.sendLate()
	return given || l.releaseResting()
}

// dismiss closes a socket that is no connection any more at the end of the turn.
func (l *Loop) dismiss(fd int32) { l.end(ending{fd: fd}) }

func (l *Loop) end(e ending) {
	o := &l.out
	if len(o.closes) == lateCount {
		l.closeLate()
	}
	o.closes = append(o.closes, e)
}

// closeLate ends what end was given.
func (l *Loop) closeLate() {
	o := &l.out
	for i := range o.closes {
		if e := &o.closes[i]; e.said {
			shutdownFD(int(e.fd))
		}
	}
	if l.ring != nil && len(o.closes) >= ringLeast {
		l.closeBatch()
	}
	for _, e := range o.closes {
		if e.rest == nil {
			closeFD(int(e.fd))
		} else {
			e.disconnected(disconnectFD(int(e.fd)) == nil)
		}
	}
	o.closes = o.closes[:0]
}

// disconnected lays a socket to rest. One that could not be disconnected is closed.
func (e *ending) disconnected(ok bool) {
	e.rest.coming--
	if ok {
		e.rest.add(e.fd, e.kind)
		return
	}
	abortFD(int(e.fd))
	closeFD(int(e.fd))
}

// errBytes says that a connection cannot go to another loop before it has sent what was written and its reader has had
// what was read.
var errBytes = errors.New("loop: the connection has bytes on their way")
