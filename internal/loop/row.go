package loop

import "unsafe"

// What has come on many connections is read in a row, before any of it is worked on, as what leaves is written in a row:
// see late.go. A row is not for what comes in large pieces: it would take the beginning only, and the reader copies it. So
// a connection whose last read was a large one is left out.

const (
	rowCount = 16        // connections of a row
	rowLeast = 4         // fewer are read one by one: there the copy costs more than it saves
	rowRoom  = 1 << 10   // what is read of each, in bytes
	noRoom   = 1<<16 - 1 // in place of a room: the bytes are a stray
)

// row is what was read in a row and not taken yet.
type row struct {
	rooms  []byte
	conns  [rowCount]*Conn
	n      int
	strays map[int32]*stray // by the slot of the connection
}

// stray is what a connection's reader left when the row ended, or how reading failed.
type stray struct {
	b    []byte
	more bool // the system may have more
	err  error
}

// reads says whether what comes on c is going to be read at once: a task waits for it, or a handler that said so.
func (c *Conn) reads() bool {
	if c.flags&(taken|bulk|hupOnly|sawGone) != 0 || c.a != nil && c.a.pump != nil {
		return false
	}
	return c.rt != nil && c.rt.awaits(Ready) || c.rt == nil && c.idle != nil && c.flags&eager != 0
}

// endRow puts aside what was not taken.
func (l *Loop) endRow() {
	r := &l.row
	for i, c := range r.conns[:r.n] {
		if r.conns[i] = nil; c.flags&taken != 0 && int(c.room) == i {
			b := r.rooms[i*rowRoom:]
			c.strand(&stray{b: append([]byte(nil), b[c.from:c.to]...), more: c.to == rowRoom})
		}
	}
	r.n = 0
}

func (c *Conn) strand(s *stray) {
	r := &c.l.row
	if r.strays == nil {
		r.strays = map[int32]*stray{}
	}
	r.strays[c.slot] = s
	c.room = noRoom
	c.flags |= taken
}

// forget drops what was read of a connection that ends.
func (c *Conn) forget() {
	if c.room == noRoom {
		delete(c.l.row.strays, c.slot)
	}
	c.flags &^= taken
}

// recvTaken reads what was read in a row.
func (c *Conn) recvTaken(b []byte) (n int, err error) {
	more := false
	if c.room == noRoom {
		s := c.l.row.strays[c.slot]
		n, err, more = copy(b, s.b), s.err, s.more
		if s.b = s.b[n:]; len(s.b) > 0 {
			return n, nil
		}
		delete(c.l.row.strays, c.slot)
	} else {
		n = copy(b, c.l.row.rooms[int(c.room)*rowRoom:][c.from:c.to])
		if c.from += uint16(n); c.from < c.to {
			return n, nil
		}
		more = c.to == rowRoom
	}
	c.flags &^= taken
	if !more && c.flags&sawGone == 0 && err == nil {
		c.flags &^= canRead
	}
	return n, err
}

// freshRow reads from the next idle connections that are to be taken up.
func (l *Loop) freshRow() {
	l.endRow()
	n := min(l.fresh.n, rowCount)
	if n < rowLeast {
		return
	}
	for i := range n {
		if c := l.fresh.peek(i + freshAhead); c != nil {
			prefetch(uintptr(unsafe.Pointer(c)), connLines)
		}
		if c := l.fresh.peek(i); c != nil && c.l != nil && c.rt == nil && c.reads() {
			l.row.add(c)
		}
	}
	l.readRow()
}

// add has the beginning of what has come on c read with the row.
func (r *row) add(c *Conn) {
	r.conns[r.n] = c
	r.n++
}

func (r *row) room(i int) []byte { return r.rooms[i*rowRoom : (i+1)*rowRoom] }
