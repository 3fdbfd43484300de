package loop

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const haveEpoll = true

// Event data are a slot and its generation. Two kinds of slots are none of connections.
const (
	acceptorBit = 1 << 31 // the rest indexes the loop's acceptors
	wakeSlot    = 1<<31 - 1
)

// epoll is the source of a loop in the epoll form.
type epoll struct {
	fd     int
	wakeFD int // an eventfd, edge-triggered: each write is an event, nobody has to read it
	events []unix.EpollEvent
	next   int // the first event not dispatched
	rowEnd int // the first that no row was read for
	n      int
	calm   bool // the last wait was a sleep
	far    bool // events are announced to the memory ahead

	news int64 // when a wait last ended with an event
}

func newEpoll(maxEvents int) (*epoll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		closeFD(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	p := &epoll{fd: fd, wakeFD: wake, events: make([]unix.EpollEvent, maxEvents)}
	if err := p.control(unix.EPOLL_CTL_ADD, wake, unix.EPOLLIN|unix.EPOLLET, wakeSlot, 0); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *epoll) control(op, fd int, events uint32, id, gen uint32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(id), Pad: int32(gen)}
	_, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
	if e != 0 {
		return os.NewSyscallError("epoll_ctl", e)
	}
	return nil
}

// add registers a connection once for all its life.
func (p *epoll) add(fd int, id, gen uint32) error {
	ev := registration(id, gen)
	return p.control(unix.EPOLL_CTL_ADD, fd, ev.Events, id, gen)
}

// register is add, for a socket that epoll knows where again is set. The connection before may have ended before epoll
// heard of it.
func (p *epoll) register(fd int, id, gen uint32, again bool) error {
	if again {
		ev := registration(id, gen)
		if err := p.control(unix.EPOLL_CTL_MOD, fd, ev.Events, id, gen); !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return p.add(fd, id, gen)
}

// registration is what epoll is told of a connection.
func registration(id, gen uint32) unix.EpollEvent {
	const events = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET
	return unix.EpollEvent{Events: events, Fd: int32(id), Pad: int32(gen)}
}

// listen registers a listener: level-triggered, so that what one turn leaves is announced again, and one loop only is
// woken for each connection when several listen on the same socket. An inherited socket may still be in blocking mode,
// in which accept would stop the loop.
func (p *epoll) listen(fd int, index, gen uint32) error {
	if err := unix.SetNonblock(fd, true); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	return p.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN|unix.EPOLLEXCLUSIVE, index|acceptorBit, gen)
}

func (p *epoll) remove(fd int) error { return p.control(unix.EPOLL_CTL_DEL, fd, 0, 0, 0) }

// briefWait is a wait, in nanoseconds, that cannot have been a sleep: something was ready when it began.
const briefWait = 3000

// A wait within napSpan nanoseconds of the last event is a nap, of napMs milliseconds at most.
const (
	napSpan = 40_000_000
	napMs   = 40
)

// poll waits. A busy loop seldom waits, so it looks first; a loop that slept the last time has probably nothing to see,
// and saves the look.
func (p *epoll) poll(l *Loop) {
	p.next, p.n, p.rowEnd = 0, 0, 0
	if !p.calm {
		p.n = p.look()
	}
	if p.n == 0 {
		before := l.g.Now()
		if pause := l.pause(before); pause != 0 {
			p.n = p.wait(l, pause, before-p.news < napSpan)
			l.readClock()
			if p.n > 0 {
				p.news = l.now
			}
			p.calm = l.now-before > briefWait
			p.dispatch(l)
			return
		}
		if p.calm {
			p.n = p.look()
			p.calm = false
		}
	}
	l.readClock()
	p.dispatch(l)
}

// look takes what is ready.
func (p *epoll) look() int {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
	if e != 0 { // EINTR: the next turn looks again
		return 0
	}
	return int(n)
}

// wait sleeps up to pause nanoseconds, negative without limit, and returns the number of events.
//
// A long sleep is a system call that lets the processor go, so that the garbage collector and other goroutines have it. A
// loop that wakes up many times in a second, and works little each time, would pay dearly for that: whenever its processor
// was taken from it, the scheduler's watchdog looks every 20 us for a while whether there is more to take, which costs as
// much as fifty system calls. A nap therefore keeps the processor. Whoever wants the thread to stop ends it by a signal.
func (p *epoll) wait(l *Loop, pause int64, nap bool) int {
	ms := -1
	if pause > 0 {
		ms = int(min((pause+tickNs-1)/tickNs, 1<<30))
	}
	l.in.asleep.Store(true)
	if l.in.filled.Load() { // posted between the look and the flag: nobody would wake us
		ms = 0
	}
	l.n.Sleeps++
	var n uintptr
	var e syscall.Errno
	if nap {
		if ms < 0 || ms > napMs {
			ms = napMs
		}
		n, _, e = syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(ms), 0, 0)
	} else {
		n, _, e = syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(ms), 0, 0)
	}
	l.in.asleep.Store(false)
	if e != 0 {
		return 0
	}
	return int(n)
}

func (p *epoll) dispatch(l *Loop) {
	p.lead(l)
	for p.next < p.n {
		if p.next >= p.rowEnd {
			p.row(l)
		}
		ev := &p.events[p.next]
		p.next++
		if p.far {
			p.ahead(l, p.next+connAhead-1)
		}
		id := uint32(ev.Fd)
		if id >= wakeSlot {
			if id != wakeSlot {
				l.n.Events++
				if a := l.acceptors[id&^acceptorBit]; a != nil && a.gen == uint32(ev.Pad) {
					a.event()
				}
				l.drain()
			}
			continue
		}
		s := &l.slots[id]
		if s.gen != uint32(ev.Pad) {
			continue
		}
		l.n.Events++
		s.c.event(l, newsOf(ev.Events))
		if l.queue.n > 0 {
			l.drain()
		}
	}
	l.endRow()
}

// newsOf makes flags of what the kernel says: at the end, and after a failure, reads and writes have something to tell.
func newsOf(ev uint32) flags {
	f := flags(ev) & told
	f |= f & canWrite << 6
	if f&sawGone != 0 {
		f |= canRead
		if f&(sawHup|sawErr) != 0 {
			f |= canWrite
		}
	}
	return f
}

func (p *epoll) wake() {
	one := uint64(1)
	syscall.RawSyscall(unix.SYS_WRITE, uintptr(p.wakeFD), uintptr(unsafe.Pointer(&one)), 8)
}

func (p *epoll) close() {
	closeFD(p.wakeFD)
	closeFD(p.fd)
}
