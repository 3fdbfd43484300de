package logs

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxMulti is how many datagrams go into one system call. The scheduler is not told of the call, since it would look for
// work to do meanwhile, again and again; so it must be short, and it never waits.
const maxMulti = 32

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [4]byte
}

// multi sends batches of datagrams over a connected socket.
type multi struct {
	hdrs [maxMulti]mmsghdr
	iovs [maxMulti]unix.Iovec
}

// send sends the messages and returns how many were lost: those that the system refuses, and those for which its buffer
// stays full.
func (m *multi) send(fd int, msgs [][]byte) (lost int) {
	for waits := 0; ; waits++ {
		left, refused := m.trySend(fd, msgs)
		lost += refused
		msgs = msgs[len(msgs)-left:]
		if left == 0 || waits == maxWaits {
			return lost + left
		}
		p := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		unix.Poll(p[:], waitMs)
	}
}

// trySend sends until the system's buffer is full, and returns how many messages are left then, and how many were
// refused before.
func (m *multi) trySend(fd int, msgs [][]byte) (left, lost int) {
	for len(msgs) > 0 {
		k := min(len(msgs), maxMulti)
		for i, b := range msgs[:k] {
			m.iovs[i].Base = &b[0]
			m.iovs[i].SetLen(len(b))
			m.hdrs[i].hdr.Iov = &m.iovs[i]
			m.hdrs[i].hdr.Iovlen = 1
		}
		n, _, e := syscall.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdrs[0])), uintptr(k),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
		runtime.KeepAlive(msgs)
		switch e {
		case 0:
			msgs = msgs[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			return len(msgs), lost
		case unix.ECONNREFUSED, unix.EMSGSIZE: // the answer to an earlier datagram: nobody listens now; or a long line
			msgs = msgs[1:]
			lost++
		default:
			return 0, lost + len(msgs)
		}
	}
	return 0, lost
}

// A full socket buffer is waited for a few times, then its lines are dropped.
const (
	maxWaits = 5
	waitMs   = 20
)
