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

// multi sends batches of datagrams over a connected socket. Lines of equal length that follow each other, which the
// requests of a busy moment often make, go through the kernel as one, which makes datagrams of them at its end
// (udp(7), UDP_SEGMENT): the way is longer than what is carried on it.
type multi struct {
	runs  bool // lines may go together: it is UDP, and nothing spoke against it
	hdrs  [maxMulti]mmsghdr
	iovs  [maxMulti]unix.Iovec
	sizes [maxMulti]segment
	lines [maxMulti]int // of each of hdrs
}

// segment is the control message with the length of the datagrams to be made.
type segment struct {
	hdr  unix.Cmsghdr
	size uint16
	_    [6]byte
}

// longestRun is the longest line that goes together with others: longer ones may be more than a packet carries, and
// then have to be sent as fragments.
const longestRun = 1200

// fill describes the next messages to the kernel and returns in how many of its own they go.
func (m *multi) fill(msgs [][]byte) (k int) {
	msgs = msgs[:min(len(msgs), maxMulti)]
	for at := 0; at < len(msgs); k++ {
		n := 1
		if m.runs {
			n = run(msgs[at:])
		}
		for i, b := range msgs[at : at+n] {
			m.iovs[at+i].Base = &b[0]
			m.iovs[at+i].SetLen(len(b))
		}
		h := &m.hdrs[k].hdr
		h.Iov = &m.iovs[at]
		h.SetIovlen(n)
		h.Control = nil
		h.SetControllen(0)
		if n > 1 {
			s := &m.sizes[k]
			s.hdr.Level, s.hdr.Type, s.size = unix.SOL_UDP, unix.UDP_SEGMENT, uint16(len(msgs[at]))
			s.hdr.SetLen(unix.CmsgLen(2))
			h.Control = (*byte)(unsafe.Pointer(s))
			h.SetControllen(int(unsafe.Sizeof(*s)))
		}
		m.lines[k] = n
		at += n
	}
	return k
}

// run returns how many of the messages, at least one, go together: they have the length of the first, the last one may
// be shorter.
func run(msgs [][]byte) (n int) {
	size := len(msgs[0])
	if size > longestRun {
		return 1
	}
	for n = 1; n < len(msgs) && len(msgs[n]) <= size; n++ {
		if len(msgs[n]) < size {
			return n + 1
		}
	}
	return n
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
		k := m.fill(msgs)
		n, _, e := syscall.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdrs[0])), uintptr(k),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
		runtime.KeepAlive(msgs)
		if m.lines[0] > 1 && e != 0 && e != unix.EINTR && e != unix.EAGAIN && e != unix.ECONNREFUSED {
			m.runs = false // the kernel, or the way to the target, does not know how
			continue
		}
		switch e {
		case 0:
			for _, lines := range m.lines[:n] {
				msgs = msgs[lines:]
			}
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
