package loop

import (
	"errors"
	"io"
	"net"
	"time"
)

// Layer is a protocol between a connection and what uses it, such as TLS: *tls.Conn is one, made over the connection's
// Below. The connection calls it from its Try methods, so it must not wait: when Below has nothing, Read returns an error
// that is ErrAgain, and can be repeated. Below takes all that it is given to write.
type Layer interface {
	io.Reader
	io.Writer
	// CloseWrite tells the peer's layer that nothing more will be sent.
	CloseWrite() error
}

// Below is a connection as the layer over it sees it: the bytes on the wire. It is a net.Conn for the sake of
// crypto/tls. Made by Conn.Below; it belongs to the connection's loop.
//
// A Read waits for bytes only while a task is bound, which is during a handshake. A Write never waits: what the
// connection does not take is kept and leaves when there is room. Conn.TryWrite takes nothing more until it has left, so
// that what is kept is bounded by what one call gives.
type Below struct {
	// Local and Remote are what LocalAddr and RemoteAddr return.
	Local, Remote net.Addr

	c        *Conn
	early    []byte // what was read of the wire before there was a layer
	t        *Task  // waits to read, nil for none
	deadline int64
	kept     []byte // ciphertext that has not left yet
	late     bool   // what is written may leave at the end of the turn
	gathers  bool   // a call of the layer is under way: what it writes leaves as one
	shut     bool   // end the sending side once kept has left
	dry      bool   // the connection has nothing to read
	ended    error  // what reading the connection ended with
	werr     error  // what writing to it ended with
}

// aside is what a connection has whose bytes do not go straight between its user and the kernel.
type aside struct {
	pump  *pump
	layer Layer
	own   RecordLayer // the layer, where it is one
	below *Below
	peek  [1]byte // what was read to see whether there is something
	held  bool    // peek counts

	closing *lingerer // nil while the connection has a user
}

// mostLayered is how much one TryWrite gives to a layer, in bytes.
const mostLayered = 64 << 10

// recordCost is by how much, at least, a layer may make a message longer that waits for the end of the turn.
const recordCost = 128

// Below returns the wire of an open connection, for a layer to be made over it. The caller runs the layer's handshake, in
// a task that it binds, and then calls SetLayer; until then nobody else reads or writes the connection.
func (c *Conn) Below() *Below {
	a := c.asides()
	if a.below == nil {
		a.below = &Below{c: c}
	}
	return a.below
}

func (c *Conn) asides() *aside {
	if c.a == nil {
		c.a = &aside{}
	}
	return c.a
}

// SetLayer puts y between the connection and its user: all methods of c speak to y from now on.
func (c *Conn) SetLayer(y Layer) {
	c.a.below.t = nil
	c.a.layer = y
	c.a.own, _ = y.(RecordLayer)
	c.flags |= canRead // the layer may hold bytes that came together with the end of its handshake
}

// Layered returns the layer, nil without one.
func (c *Conn) Layered() Layer {
	if c.a == nil {
		return nil
	}
	return c.a.layer
}

// Bind makes t the task that waits in Read until deadline; nil for none.
func (w *Below) Bind(t *Task, deadline int64) { w.t, w.deadline = t, deadline }

// Unread gives back bytes that were read from the connection before: they are the first that Read returns. b is copied.
func (w *Below) Unread(b []byte) { w.early = append(w.early, b...) }

// Read reads what the wire has.
func (w *Below) Read(b []byte) (int, error) {
	for {
		n, err := w.read(b)
		if err != ErrAgain {
			return n, err
		}
		if w.t == nil {
			return 0, wouldBlock{}
		}
		w.c.flags &^= canRead
		if cause := w.c.await(w.t, In, w.deadline); cause != Ready {
			return 0, cause.Err()
		}
		w.dry = false
	}
}

func (w *Below) read(b []byte) (int, error) {
	if len(w.early) > 0 {
		n := copy(b, w.early)
		if w.early = w.early[n:]; len(w.early) == 0 {
			w.early = nil
		}
		return n, nil
	}
	c := w.c
	switch {
	case c.l == nil:
		return 0, net.ErrClosed
	case w.ended != nil:
		return 0, w.ended
	case w.dry:
		return 0, ErrAgain
	}
	had := c.flags & canRead
	c.flags |= canRead
	var n int
	var err error
	if c.a.pump != nil {
		n, err = c.a.pump.read(c, b)
	} else {
		n, err = c.recv(b)
	}
	w.dry = c.flags&canRead == 0
	c.flags |= had
	if err != nil && err != ErrAgain {
		w.ended = err
	}
	return n, err
}

// Write takes all of b.
func (w *Below) Write(b []byte) (int, error) {
	if w.werr != nil {
		return 0, w.werr
	}
	if w.gathers || len(w.kept) > 0 || len(b) == 0 {
		w.kept = append(w.kept, b...)
		return len(b), nil
	}
	n, err := w.send(b)
	if err != nil {
		return n, err
	}
	w.kept = append(w.kept, b[n:]...)
	return len(b), nil
}

// send gives b to the connection and returns how much it took.
func (w *Below) send(b []byte) (n int, err error) {
	c := w.c
	switch {
	case c.l == nil:
		return 0, net.ErrClosed
	case c.flags&canWrite == 0:
		return 0, nil
	case c.a.pump != nil:
		n, err = c.a.pump.write(c, b, nil)
	case w.late && len(b) <= mostLate+recordCost:
		return c.post(b), nil
	default:
		n, err = c.send(b, 0)
	}
	if err == ErrAgain {
		err = nil
	}
	w.werr = err
	return n, err
}

// flush sends what was kept, as far as the connection takes it. It reports whether nothing is left.
func (w *Below) flush() bool {
	if len(w.kept) > 0 {
		n, err := w.send(w.kept)
		switch {
		case err != nil:
			w.kept = nil
		case n == len(w.kept):
			w.kept = w.kept[:0]
		default:
			w.kept = append(w.kept[:0], w.kept[n:]...)
			return false
		}
	}
	if w.shut {
		w.shut = false
		w.c.shutdown()
	}
	return true
}

// Close closes the connection.
func (w *Below) Close() error { return w.c.Close() }

// LocalAddr returns Local, or an address that says nothing.
func (w *Below) LocalAddr() net.Addr { return known(w.Local) }

// RemoteAddr returns Remote, or an address that says nothing.
func (w *Below) RemoteAddr() net.Addr { return known(w.Remote) }

// known keeps users of a net.Conn from meeting a nil address.
func known(a net.Addr) net.Addr {
	if a == nil {
		return &net.UnixAddr{Net: "unix"}
	}
	return a
}

// SetDeadline does nothing, nor do its kin: Bind says how long a handshake may take, and nothing else waits.
func (w *Below) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (w *Below) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (w *Below) SetWriteDeadline(time.Time) error { return nil }

// wouldBlock is ErrAgain as a net.Error.
type wouldBlock struct{}

func (wouldBlock) Error() string { return ErrAgain.Error() }

// Is makes it ErrAgain.
func (wouldBlock) Is(target error) bool { return target == ErrAgain }

// Timeout and Temporary tell crypto/tls that the same call may be made again.
func (wouldBlock) Timeout() bool { return true }

// Temporary is true.
func (wouldBlock) Temporary() bool { return true }

// read is TryRead through the layer or the pump. The truncation of a layer is an end like any other: those above know
// where a message must end.
func (a *aside) read(c *Conn, b []byte) (int, error) {
	if a.layer == nil {
		return a.pump.read(c, b)
	}
	if a.held {
		b[0], a.held = a.peek[0], false
		return 1, nil
	}
	n, err := a.layer.Read(b)
	switch {
	case n > 0:
		return n, nil
	case err == ErrAgain, errors.Is(err, ErrAgain):
		c.flags &^= canRead
		return 0, ErrAgain
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		c.flags |= atEnd | sawRDHup
		return 0, io.EOF
	}
	return 0, err
}

// speaks reports whether the layer has something for its user, which only reading tells: what came may be the layer's
// own.
func (a *aside) speaks(c *Conn) bool {
	if a.held || a.layer == nil || c.flags&canRead == 0 {
		return c.flags&canRead != 0
	}
	if a.own != nil {
		if !a.own.Ahead() {
			c.flags &^= canRead
			return false
		}
		return true
	}
	n, err := a.read(c, a.peek[:])
	a.held = n == 1
	return a.held || err != ErrAgain
}

// write is TryWritev through the layer or the pump.
func (a *aside) write(c *Conn, first, second []byte) (int, error) {
	if a.layer == nil {
		return a.pump.write(c, first, second)
	}
	w := a.below
	if !w.flush() {
		return 0, ErrAgain
	}
	w.gathers, w.kept = true, c.l.gather[:0]
	total := 0
	var err error
	if a.own != nil {
		first = first[:min(len(first), mostLayered)]
		total, err = a.own.Gather(first, second[:min(len(second), mostLayered-len(first))])
		first, second = nil, nil
	}
	for _, b := range [2][]byte{first, second} {
		if b = b[:min(len(b), mostLayered-total)]; len(b) > 0 && err == nil {
			var n int
			n, err = a.layer.Write(b)
			total += n
		}
	}
	w.gathers, c.l.gather = false, w.kept[:0]
	if w.flush() {
		w.kept = nil
	} else {
		w.kept = append([]byte(nil), w.kept...) // the loop's memory is for the next
	}
	if err == nil {
		err = w.werr
	}
	return total, err
}

// shutdown ends the sending side of the connection itself.
func (c *Conn) shutdown() error {
	if c.a != nil && c.a.pump != nil {
		return c.a.pump.closeWrite()
	}
	if c.flags&late != 0 {
		c.settle()
	}
	if c.flags&owes != 0 {
		c.l.out.debts[c.slot].shut = true
		return nil
	}
	return shutdownFD(int(c.fd))
}

// closeWrite ends the sending side of the layer, then that of the connection.
func (a *aside) closeWrite(c *Conn) error {
	if a.layer != nil {
		if err := a.layer.CloseWrite(); err != nil {
			return err
		}
		if !a.below.flush() {
			a.below.shut = true
			return nil
		}
	}
	return c.shutdown()
}

// event takes note of the kernel's or the pump's news before anybody else hears of them.
func (a *aside) event(news flags) {
	w := a.below
	if w == nil {
		return
	}
	if news&canRead != 0 {
		w.dry = false
	}
	if news&canWrite != 0 && w.flush() && a.closing != nil {
		a.closing.end()
	}
}

// lingerer is a connection that its user has closed while some of what was written had not left: it lives until that is
// done, or for closeWait.
type lingerer struct {
	Conn
	timer Timer
}

// linger hands a connection that is being closed to a lingerer, if its layer has something left; false without.
func (c *Conn) linger() bool {
	a := c.a
	if a == nil || a.layer == nil || a.closing != nil {
		return false
	}
	w := a.below
	w.late = a.pump == nil // its alert, a courtesy, leaves with what waits
	a.layer.CloseWrite()
	w.late = false
	if c.flags&owes != 0 {
		w.kept = append(c.l.out.debts[c.slot].b, w.kept...)
		c.recall()
	}
	if w.flush() || w.werr != nil {
		return false
	}
	x := c.outlived()
	a.closing = x
	x.wait()
	return true
}

// outlived makes a lingerer of c, which is closed for its user.
func (c *Conn) outlived() *lingerer {
	l := c.l
	var x *lingerer
	if n := len(l.lingerers) - 1; n >= 0 {
		x, l.lingerers = l.lingerers[n], l.lingerers[:n]
	} else {
		x = &lingerer{}
	}
	x.Conn = *c
	x.rt, x.wt, x.idle = nil, nil, nil
	c.release()
	l.slots[x.slot].c = &x.Conn
	if a := x.a; a != nil {
		a.below.c = &x.Conn
		if a.pump != nil {
			a.pump.move(&x.Conn)
		}
	}
	return x
}

// wait gives up after closeWait.
func (x *lingerer) wait() { x.l.Arm(&x.timer, x.l.After(closeWait), x) }

// Expired gives up.
func (x *lingerer) Expired(*Loop, *Timer) { x.end() }

func (x *lingerer) end() {
	x.l.Disarm(&x.timer)
	x.Close()
}
