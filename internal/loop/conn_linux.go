package loop

import (
	"io"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls on sockets are raw: none of them can block, so the scheduler need not hear of them.

// sendMore tells the kernel that more follows, or the end.
const sendMore = unix.MSG_MORE

// recv reads into b, which is not empty.
func (c *Conn) recv(b []byte) (int, error) {
	if c.flags&taken != 0 {
		return c.recvTaken(b)
	}
	for {
		n, e := recvFD(c.fd, b)
		if e == 0 {
			if n == 0 {
				c.flags |= atEnd | sawRDHup
				return 0, io.EOF
			}
			if c.flags &^= bulk; n >= rowRoom {
				c.flags |= bulk
			}
			// A short read has emptied the socket, and what comes later is announced; but the peer's end was
			// announced already, so it is read for.
			if n < len(b) && c.flags&sawGone == 0 {
				c.flags &^= canRead
			}
			return n, nil
		}
		switch e {
		case unix.EAGAIN:
			c.flags &^= canRead
			return 0, ErrAgain
		case unix.EINTR:
			continue
		}
		return 0, e
	}
}

// recvFD reads into b, which is not empty, what the socket has.
func recvFD(fd int32, b []byte) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), e
}

// writeMore writes a and b, not both of them empty, and tells the kernel that more follows.
func (c *Conn) writeMore(a, b []byte) (n int, err error) {
	if c.flags&late != 0 && !c.settled() {
		return 0, ErrAgain
	}
	switch {
	case len(a) == 0:
		n, err = c.send(b, sendMore)
	case len(b) == 0:
		n, err = c.send(a, sendMore)
	default:
		n, err = c.sendv(a, b, sendMore)
	}
	c.flags |= corked
	return n, err
}

// pushFD has the kernel send what it keeps back: setting the option again does that (tcp(7), TCP_NODELAY).
func pushFD(fd int) { unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }

// settled sends what waits for the end of the turn; false when the connection then takes no more.
func (c *Conn) settled() bool {
	c.settle()
	return c.flags&canWrite != 0
}

// send writes b, which is not empty.
func (c *Conn) send(b []byte, how int) (int, error) {
	if c.flags&late != 0 && !c.settled() {
		return 0, ErrAgain
	}
	c.flags &^= corked
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(c.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(how|unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT), 0, 0)
		if e != unix.EINTR {
			return c.sent(int(n), len(b), e)
		}
	}
}

// sendv writes a and b, neither of them empty.
func (c *Conn) sendv(a, b []byte, how int) (int, error) {
	if c.flags&late != 0 && !c.settled() {
		return 0, ErrAgain
	}
	c.flags &^= corked
	var iov [2]unix.Iovec
	iov[0].Base, iov[1].Base = &a[0], &b[0]
	iov[0].SetLen(len(a))
	iov[1].SetLen(len(b))
	var msg unix.Msghdr
	msg.Iov = &iov[0]
	msg.SetIovlen(2)
	for {
		n, _, e := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(c.fd), uintptr(unsafe.Pointer(&msg)), uintptr(how|unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT))
		if e != unix.EINTR {
			return c.sent(int(n), len(a)+len(b), e)
		}
	}
}

// sent is what a write makes of the system's answer.
func (c *Conn) sent(n, want int, e syscall.Errno) (int, error) {
	if e == 0 {
		if n < want { // the send buffer is full: its next room is announced
			c.flags &^= canWrite
		}
		return n, nil
	}
	if e == unix.EAGAIN {
		c.flags &^= canWrite
		return 0, ErrAgain
	}
	return 0, e
}

func (c *Conn) spliceIn(pipe, limit int, empty bool) (int, error) {
	if c.flags&taken != 0 {
		return c.pipeTaken(pipe, limit, empty)
	}
	n, e := splice(int(c.fd), pipe, limit)
	switch {
	case e == unix.EAGAIN:
		if empty {
			c.flags &^= canRead
		}
		return 0, ErrAgain
	case e != 0:
		return 0, e
	case n == 0:
		c.flags |= atEnd | sawRDHup
		return 0, io.EOF
	}
	return n, nil
}

// pipeTaken is spliceIn for what was read already. An empty pipe has room for it.
func (c *Conn) pipeTaken(pipe, limit int, empty bool) (int, error) {
	if !empty {
		return 0, ErrAgain
	}
	var room [rowRoom]byte
	b := room[:min(limit, rowRoom)]
	n, err := c.recvTaken(b)
	if n > 0 {
		_, err = unix.Write(pipe, b[:n])
	}
	return n, err
}

func (c *Conn) spliceOut(pipe, limit int) (int, error) {
	if c.flags&late != 0 && !c.settled() {
		return 0, ErrAgain
	}
	n, e := splice(pipe, int(c.fd), limit)
	switch {
	case e == unix.EAGAIN:
		c.flags &^= canWrite
		return 0, ErrAgain
	case e != 0:
		return 0, e
	}
	return n, nil
}

func splice(from, to, limit int) (int, syscall.Errno) {
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_SPLICE, uintptr(from), 0, uintptr(to), 0, uintptr(limit), unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		if e != unix.EINTR {
			return int(n), e
		}
	}
}

// drain throws away what the peer has sent and nobody has read: the system would answer it with a reset, and with that take
// back what it has not delivered yet.
func (c *Conn) drain() {
	if c.flags&(canRead|atEnd) == canRead {
		syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.fd), 0, drainRoom, unix.MSG_DONTWAIT|unix.MSG_TRUNC, 0, 0)
	}
}

// drainRoom is how much drain throws away, in bytes; who sends more than that gets the reset.
const drainRoom = 1 << 20

func socketError(fd int) error {
	e, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || e == 0 {
		return err
	}
	return syscall.Errno(e)
}

// disconnectFD ends the connection of a TCP socket as a reset does, and leaves the socket as it was before it connected.
func disconnectFD(fd int) error {
	nowhere := unix.RawSockaddrInet4{Family: unix.AF_UNSPEC}
	if _, _, e := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&nowhere)), unix.SizeofSockaddrInet4); e != 0 {
		return e
	}
	return nil
}

func shutdownFD(fd int) error {
	if _, _, e := syscall.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_WR, 0); e != 0 {
		return e
	}
	return nil
}

func closeFD(fd int) error {
	if _, _, e := syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0); e != 0 {
		return e
	}
	return nil
}

// abortFD has the system throw away what was not delivered when the socket is closed, and send a reset.
func abortFD(fd int) {
	unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
}
