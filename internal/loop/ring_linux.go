package loop

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Entering the kernel costs more than what many calls do there, and the way back empties what the processor had learnt
// about the next call. So what is read and written in a row is handed to the kernel in one call, by io_uring(7): of its
// many uses only this one, a batch of calls that never wait, carried out before it returns. epoll says what is ready, as
// without it.

// ringCalls is the most calls of a batch.
const ringCalls = lateCount

// Of linux/io_uring.h.
const (
	opConnect  = 16
	opClose    = 19
	opSend     = 26
	opRecv     = 27
	opEpollCtl = 29

	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13
	enterGetEvents    = 1 << 0

	offRings = 0
	offCalls = 0x10000000
)

// ringParams is struct io_uring_params.
type ringParams struct {
	callEntries, answerEntries, flags, cpu, idle, features, wq uint32
	_                                                          [3]uint32
	calls                                                      struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	answers struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

// ringCall is struct io_uring_sqe, as far as the calls here use it.
type ringCall struct {
	op       uint8
	flags    uint8
	prio     uint16
	fd       int32
	off      uint64
	addr     uint64
	size     uint32
	msgFlags uint32
	key      uint64
	_        [3]uint64
}

// ringAnswer is struct io_uring_cqe.
type ringAnswer struct {
	key    uint64
	result int32
	_      uint32
}

// ring is a loop's batch of calls. All of it is for the thread that made it.
type ring struct {
	fd       int
	n        uint32 // calls put
	carried  bool   // they were carried out
	callTail *uint32
	head     *uint32 // of the answers
	tail     *uint32 // of the answers
	callMask uint32
	mask     uint32 // of the answers
	calls    []ringCall
	answers  []ringAnswer
	mapped   [2][]byte

	nowhere unix.RawSockaddrInet4 // AF_UNSPEC
	events  [ringCalls]unix.EpollEvent
	keys    [ringCalls]uint8         // those of the calls put
	results [ringCalls]syscall.Errno // by key: nothing, or why the call failed; EINTR when it was not made
	counts  [ringCalls]int32         // by key: the bytes moved
}

// newRing makes a ring for the calling thread. Kernels before 6.1, and sandboxes that do not allow it, have none.
func newRing() (*ring, error) {
	p := ringParams{flags: setupSingleIssuer | setupDeferTaskrun}
	fd, _, e := syscall.RawSyscall(unix.SYS_IO_URING_SETUP, ringCalls, uintptr(unsafe.Pointer(&p)), 0)
	if e != 0 {
		return nil, os.NewSyscallError("io_uring_setup", e)
	}
	r := &ring{fd: int(fd)}
	if err := r.share(&p); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// share maps what the ring and the kernel have together.
func (r *ring) share(p *ringParams) error {
	size := max(p.calls.array+p.callEntries*4, p.answers.cqes+p.answerEntries*uint32(unsafe.Sizeof(ringAnswer{})))
	rings, err := unix.Mmap(r.fd, offRings, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.mapped[0] = rings
	calls, err := unix.Mmap(r.fd, offCalls, int(p.callEntries)*int(unsafe.Sizeof(ringCall{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.mapped[1] = calls
	word := func(off uint32) *uint32 { return (*uint32)(unsafe.Pointer(&rings[off])) }
	r.callTail, r.callMask = word(p.calls.tail), *word(p.calls.mask)
	r.head, r.tail, r.mask = word(p.answers.head), word(p.answers.tail), *word(p.answers.mask)
	r.calls = unsafe.Slice((*ringCall)(unsafe.Pointer(&calls[0])), p.callEntries)
	r.answers = unsafe.Slice((*ringAnswer)(unsafe.Pointer(&rings[p.answers.cqes])), p.answerEntries)
	for i := range p.callEntries {
		*word(p.calls.array + i*4) = i // calls are taken in the order in which they lie
	}
	return nil
}

func (r *ring) close() {
	for _, m := range r.mapped {
		if m != nil {
			unix.Munmap(m)
		}
	}
	closeFD(r.fd)
}

// put adds a call: b, which stays where it is until carryOut returns, goes to or comes from the socket fd. The key, below
// ringCalls and no other call's of the batch, names its result. The loop's outbox and row are no larger than a batch.
func (r *ring) put(op uint8, key int, fd int32, b []byte, how uint32) {
	*r.next(key) = ringCall{op: op, fd: fd, addr: uint64(uintptr(unsafe.Pointer(&b[0]))), size: uint32(len(b)), msgFlags: how | unix.MSG_DONTWAIT, key: uint64(key)}
}

// putClose adds the closing of fd.
func (r *ring) putClose(key int, fd int32) {
	*r.next(key) = ringCall{op: opClose, fd: fd, key: uint64(key)}
}

// putDisconnect adds the end of fd's connection.
func (r *ring) putDisconnect(key int, fd int32) {
	*r.next(key) = ringCall{op: opConnect, fd: fd, addr: uint64(uintptr(unsafe.Pointer(&r.nowhere))), off: unix.SizeofSockaddrInet4, key: uint64(key)}
}

// putRegister adds the registration of fd with an epoll, which knows it already where again is set.
func (r *ring) putRegister(key, epoll int, fd int32, ev unix.EpollEvent, again bool) {
	r.events[key] = ev
	op := uint32(unix.EPOLL_CTL_ADD)
	if again {
		op = unix.EPOLL_CTL_MOD
	}
	*r.next(key) = ringCall{op: opEpollCtl, fd: int32(epoll), off: uint64(fd), addr: uint64(uintptr(unsafe.Pointer(&r.events[key]))), size: op, key: uint64(key)}
}

func (r *ring) next(key int) *ringCall {
	if r.carried {
		r.n, r.carried = 0, false
	}
	c := &r.calls[(*r.callTail+r.n)&r.callMask]
	r.keys[r.n] = uint8(key)
	r.results[key] = unix.EINTR
	r.n++
	return c
}

// carryOut makes the calls that were put, in their order; keys[:n] are theirs until the next is put. It is false when the
// kernel has refused some of them, and may have kept them: the ring must then be closed.
func (r *ring) carryOut() bool {
	if r.carried { // nothing was put since: what lies in the ring is done
		r.n = 0
		return true
	}
	r.carried = true
	atomic.StoreUint32(r.callTail, *r.callTail+r.n)
	taken, answered, least, how := uint32(0), uint32(0), uint32(0), uintptr(0)
	for answered < r.n {
		m, _, e := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.n-taken), uintptr(least), how, 0, 0)
		if e == 0 {
			taken += uint32(m)
		}
		got := r.reap()
		answered += got
		if got == 0 && e != unix.EINTR && (e != 0 || m == 0) {
			return false
		}
		least, how = taken-answered, enterGetEvents // no call waits, so neither does this
	}
	return true
}

// reap takes the answers that are there.
func (r *ring) reap() (n uint32) {
	head, tail := *r.head, atomic.LoadUint32(r.tail)
	for ; head != tail; head++ {
		a := &r.answers[head&r.mask]
		if a.result < 0 {
			r.counts[a.key], r.results[a.key] = 0, syscall.Errno(-a.result)
		} else {
			r.counts[a.key], r.results[a.key] = a.result, 0
		}
		n++
	}
	atomic.StoreUint32(r.head, head)
	return n
}

// RingFault returns why loops here make their calls one by one, nil when they can make them in batches.
func RingFault() error {
	r, err := newRing()
	if err == nil {
		r.close()
	}
	return err
}

// openRing gives the loop a ring, where one is to be had.
func (l *Loop) openRing() { l.ring, _ = newRing() }

// closeRing has the loop make its calls one by one.
func (l *Loop) closeRing() {
	if l.ring != nil {
		l.ring.close()
		l.ring = nil
	}
}

// carryOut makes the calls that were put. A ring that fails is not asked again: what it has not done is EINTR in its results.
func (l *Loop) carryOut() *ring {
	r := l.ring
	if !r.carryOut() {
		l.closeRing()
	}
	return r
}

// registerBatch registers what was announced, and leaves those of which epoll has not heard.
func (l *Loop) registerBatch() {
	o := &l.out
	for i, n := range o.opens {
		if s := &l.slots[n.slot]; s.gen == n.gen && s.c != nil {
			l.ring.putRegister(i, l.ep.fd, s.c.fd, registration(uint32(n.slot), n.gen), n.again)
		}
	}
	r := l.carryOut()
	for _, i := range r.keys[:r.n] {
		if r.results[i] == 0 {
			o.opens[i].slot = -1
		}
	}
}

// sendBatch sends the first that each connection has in the outbox.
func (l *Loop) sendBatch() {
	o := &l.out
	for i := range o.writes {
		if w := &o.writes[i]; w.c != nil && w.c.flags&(late|owes) == late {
			w.c.flags &^= late | corked
			l.ring.put(opSend, i, w.c.fd, o.bytes[w.from:w.to], uint32(w.how()|unix.MSG_NOSIGNAL))
		}
	}
	r := l.carryOut()
	for _, i := range r.keys[:r.n] {
		if e := r.results[i]; e != unix.EINTR {
			c, b := o.writes[i].take(o)
			n, err := c.sent(int(r.counts[i]), len(b), e)
			c.keep(b, n, err)
		}
	}
}

// closeBatch closes and disconnects the sockets whose connections are to end, and leaves those that it could not.
func (l *Loop) closeBatch() {
	o := &l.out
	for i, e := range o.closes {
		if e.rest == nil {
			l.ring.putClose(i, e.fd)
		} else {
			l.ring.putDisconnect(i, e.fd)
		}
	}
	r := l.carryOut()
	left := o.closes[:0]
	for i, e := range o.closes {
		switch {
		case r.results[i] == unix.EINTR:
			left = append(left, e)
		case e.rest != nil:
			e.disconnected(r.results[i] == 0)
		}
	}
	o.closes = left
}
