package loop

import (
	"net"
	"time"
)

// NetConn makes a Conn look like a net.Conn to code that blocks, such as crypto/tls: its Read and Write park the task
// that it is bound to. Without a task they do not wait but return an error that is ErrAgain (by errors.Is) and a
// temporary timeout, which crypto/tls forgives a Read but not a Write.
//
// It belongs to the Conn's loop. A lock that such code holds while it waits is not known to the loop: two tasks that
// use one tls.Conn for the same direction would stop the thread for ever.
type NetConn struct {
	// Conn is what it reads and writes.
	Conn *Conn
	// Local and Remote are what LocalAddr and RemoteAddr return.
	Local, Remote net.Addr

	reader, writer     *Task
	readEnd, writesEnd int64
}

var _ net.Conn = (*NetConn)(nil)

// Bind makes t the task that waits; nil for none.
func (n *NetConn) Bind(t *Task) { n.reader, n.writer = t, t }

// BindRead makes t the task that waits to read; nil for none.
func (n *NetConn) BindRead(t *Task) { n.reader = t }

// BindWrite makes t the task that waits to write; nil for none.
func (n *NetConn) BindWrite(t *Task) { n.writer = t }

// Read reads at least one byte.
func (n *NetConn) Read(b []byte) (int, error) {
	if n.reader != nil {
		return n.Conn.Read(n.reader, b, n.readEnd)
	}
	m, err := n.Conn.TryRead(b)
	if err == ErrAgain {
		err = wouldBlock{}
	}
	return m, err
}

// Write writes all of b.
func (n *NetConn) Write(b []byte) (int, error) {
	if n.writer != nil {
		return n.Conn.Write(n.writer, b, n.writesEnd)
	}
	m, err := n.Conn.TryWrite(b)
	if err == ErrAgain || err == nil && m < len(b) {
		err = wouldBlock{}
	}
	return m, err
}

// Close closes the connection.
func (n *NetConn) Close() error { return n.Conn.Close() }

// CloseWrite ends the sending side.
func (n *NetConn) CloseWrite() error { return n.Conn.CloseWrite() }

// LocalAddr returns Local.
func (n *NetConn) LocalAddr() net.Addr { return n.Local }

// RemoteAddr returns Remote.
func (n *NetConn) RemoteAddr() net.Addr { return n.Remote }

// SetDeadlines sets the deadlines of reads and writes in the loop's time, which costs nothing.
func (n *NetConn) SetDeadlines(read, write int64) { n.readEnd, n.writesEnd = read, write }

// SetDeadline sets both deadlines; the zero time means none. A wait that has begun keeps the one it had.
func (n *NetConn) SetDeadline(t time.Time) error {
	d := n.deadline(t)
	n.readEnd, n.writesEnd = d, d
	return nil
}

// SetReadDeadline sets the deadline of reads.
func (n *NetConn) SetReadDeadline(t time.Time) error {
	n.readEnd = n.deadline(t)
	return nil
}

// SetWriteDeadline sets the deadline of writes.
func (n *NetConn) SetWriteDeadline(t time.Time) error {
	n.writesEnd = n.deadline(t)
	return nil
}

// deadline translates to the loop's time.
func (n *NetConn) deadline(t time.Time) int64 {
	l := n.Conn.Loop()
	if t.IsZero() || l == nil {
		return NoDeadline
	}
	return max(l.g.Now()+int64(time.Until(t)), 1)
}

// wouldBlock is ErrAgain as a net.Error.
type wouldBlock struct{}

func (wouldBlock) Error() string { return ErrAgain.Error() }

// Is makes it ErrAgain.
func (wouldBlock) Is(target error) bool { return target == ErrAgain }

// Timeout and Temporary tell crypto/tls that the same call may be made again.
func (wouldBlock) Timeout() bool { return true }

// Temporary is true.
func (wouldBlock) Temporary() bool { return true }
