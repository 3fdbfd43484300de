package loop

import (
	"errors"
	"io"
	"net"
)

// again is the answer of a Try that makes no system call.
func (c *Conn) again() (int, error) {
	if c.l == nil {
		return 0, net.ErrClosed
	}
	return 0, ErrAgain
}

// TryRead reads what is there into b. It returns ErrAgain when there is nothing yet and io.EOF at the end.
func (c *Conn) TryRead(b []byte) (int, error) {
	switch {
	case c.flags&canRead == 0:
		return c.again()
	case len(b) == 0:
		return 0, nil
	case c.a != nil:
		return c.a.read(c, b)
	}
	return c.recv(b)
}

// TryWrite writes as much of b as the system takes. It returns ErrAgain, and zero, when it takes nothing.
func (c *Conn) TryWrite(b []byte) (int, error) {
	switch {
	case c.flags&canWrite == 0:
		return c.again()
	case len(b) == 0:
		return 0, nil
	case c.a != nil:
		return c.a.write(c, b, nil)
	}
	return c.send(b, 0)
}

// TryWriteMore is TryWritev for a caller who has more to write at once: what does not fill a segment may stay with the
// kernel until then, which saves packets and wakes the peer less often. Whoever then has nothing after all calls Push.
func (c *Conn) TryWriteMore(a, b []byte) (int, error) {
	switch {
	case c.flags&canWrite == 0:
		return c.again()
	case c.a != nil:
		return c.a.write(c, a, b)
	}
	return c.writeMore(a, b)
}

// Push sends what TryWriteMore has left with the kernel.
func (c *Conn) Push() {
	if c.flags&corked != 0 {
		c.flags &^= corked
		pushFD(int(c.fd))
	}
}

// TryWritev is TryWrite for a followed by b, in one system call.
func (c *Conn) TryWritev(a, b []byte) (int, error) {
	switch {
	case len(b) == 0:
		return c.TryWrite(a)
	case len(a) == 0:
		return c.TryWrite(b)
	case c.flags&canWrite == 0:
		return c.again()
	case c.a != nil:
		return c.a.write(c, a, b)
	}
	return c.sendv(a, b, 0)
}

// TrySpliceIn moves up to limit received bytes into the pipe whose writing end is pipe, without copying them through
// the process. Empty says that the pipe holds nothing: only then does ErrAgain mean that the connection has nothing,
// else it can mean that the pipe is full, and the pipe is to be emptied first. It returns io.EOF at the end, and
// errors.ErrUnsupported for a pumped connection and for one with a layer.
func (c *Conn) TrySpliceIn(pipe, limit int, empty bool) (int, error) {
	switch {
	case c.a != nil:
		return 0, errors.ErrUnsupported
	case c.flags&canRead == 0:
		return c.again()
	}
	return c.spliceIn(pipe, limit, empty)
}

// TrySpliceOut moves up to limit bytes from the pipe whose reading end is pipe into the connection. There must be bytes
// in the pipe: ErrAgain then means that the connection takes none.
func (c *Conn) TrySpliceOut(pipe, limit int) (int, error) {
	switch {
	case c.a != nil:
		return 0, errors.ErrUnsupported
	case c.flags&canWrite == 0:
		return c.again()
	}
	return c.spliceOut(pipe, limit)
}

// WaitReadable parks t until a read would not wait, and returns Ready, Expired or Cancelled.
func (c *Conn) WaitReadable(t *Task, deadline int64) Cause { return c.await(t, In, deadline) }

// WaitWritable parks t until a write would not wait, and returns Ready, Expired or Cancelled.
func (c *Conn) WaitWritable(t *Task, deadline int64) Cause { return c.await(t, Out, deadline) }

func (c *Conn) await(t *Task, dir Dir, deadline int64) Cause {
	t.spend()
	for !c.ready(dir) {
		c.claim(t, dir)
		cause := t.park(Ready, deadline)
		c.unclaim(t, dir)
		if cause != Ready {
			return cause
		}
	}
	return Ready
}

// Read reads what is there into b, at least one byte, and parks t until something is. Errors are io.EOF,
// os.ErrDeadlineExceeded, ErrCancelled, net.ErrClosed and what the system says.
func (c *Conn) Read(t *Task, b []byte, deadline int64) (int, error) {
	t.spend()
	for {
		n, err := c.TryRead(b)
		if n > 0 || err != ErrAgain {
			return n, err
		}
		c.claim(t, In) // as in await, with one frame less on the parked stack
		cause := t.park(Ready, deadline)
		c.unclaim(t, In)
		if cause != Ready {
			return 0, cause.Err()
		}
	}
}

// ReadFull is Read until b is full. It returns io.ErrUnexpectedEOF for an end after the first byte.
func (c *Conn) ReadFull(t *Task, b []byte, deadline int64) (int, error) {
	for n := 0; ; {
		m, err := c.Read(t, b[n:], deadline)
		if n += m; n == len(b) {
			return n, nil
		}
		if err != nil {
			if err == io.EOF && n > 0 {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
}

// Write writes all of b, parking t while the peer does not take it. With an error it returns how much was taken.
func (c *Conn) Write(t *Task, b []byte, deadline int64) (int, error) {
	return c.Writev(t, b, nil, deadline)
}

// Writev writes all of a, then all of b, with one system call where they fit.
func (c *Conn) Writev(t *Task, a, b []byte, deadline int64) (int, error) {
	total := 0
	for {
		n, err := c.TryWritev(a, b)
		total += n
		m := min(n, len(a))
		a, b = a[m:], b[n-m:]
		if len(a)+len(b) == 0 {
			return total, nil
		}
		if err == nil || err == ErrAgain {
			if cause := c.await(t, Out, deadline); cause != Ready {
				return total, cause.Err()
			}
			continue
		}
		return total, err
	}
}

// WaitConnected parks t until a connect that was in progress when c was opened has succeeded or failed. The error is the
// system's, or that of the wait.
func (c *Conn) WaitConnected(t *Task, deadline int64) error {
	for c.l != nil && !c.Connected() {
		c.Connecting()
		if cause := c.await(t, Out, deadline); cause != Ready {
			return cause.Err()
		}
	}
	if c.l != nil && !c.Failed() {
		return nil
	}
	return c.SocketError()
}

// Connecting says that the socket c was opened with is still connecting: until the system reports the end of it, c is
// not writable, so a Watch for Out waits for that moment. Connected tells when it has come and SocketError how it ended.
// WaitConnected is all of this for a task that waits for nothing else.
func (c *Conn) Connecting() {
	if !c.Connected() {
		c.flags &^= canWrite
	}
}

// Connected says whether the end of a connect that was in progress is known, good or bad.
func (c *Conn) Connected() bool { return c.flags&(sawOut|sawHup|sawErr) != 0 }

// SocketError takes the pending error off the socket (SO_ERROR); nil when there is none.
func (c *Conn) SocketError() error {
	switch {
	case c.l == nil:
		return net.ErrClosed
	case c.pump() != nil:
		return c.pump().failure()
	}
	return socketError(int(c.fd))
}

// CloseWrite tells the peer that nothing more will be sent, after what was written (shutdown of the sending side). A
// pumped connection whose net.Conn cannot do so returns errors.ErrUnsupported.
func (c *Conn) CloseWrite() error {
	switch {
	case c.l == nil:
		return net.ErrClosed
	case c.a != nil:
		return c.a.closeWrite(c)
	}
	return c.shutdown()
}
