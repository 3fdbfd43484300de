package loop

import (
	"net"
	"net/netip"
	"time"
)

// acceptRetry is how long an acceptor rests after an error such as "too many open files", in nanoseconds.
const acceptRetry = int64(100 * time.Millisecond)

// AcceptHandler takes accepted connections, on the loop's thread and outside of any task.
type AcceptHandler interface {
	// Accepted is given a connection, non-blocking and close-on-exec, which it opens, passes on or closes, and the
	// peer's address, which is not valid where the peer has no IP address. IPv4 on an IPv6 socket is mapped still.
	Accepted(a *Acceptor, s Socket, peer netip.AddrPort)
	// AcceptFailed is told of an error that is not one connection's own, such as EMFILE. The acceptor tries again
	// after a tenth of a second.
	AcceptFailed(a *Acceptor, err error)
}

// Acceptor takes the connections of one listening socket for one loop. The zero value is closed. From Listen to Close
// it must not be copied.
type Acceptor struct {
	l      *Loop
	h      AcceptHandler
	np     *netAcceptor // nil for a file descriptor
	timer  Timer        // runs while it rests after an error
	fd     int
	most   int
	index  uint32
	gen    uint32
	paused bool
	added  bool
}

// Listen makes a accept connections of the listening socket fd, at most most in one turn of the loop
// (tune.maxaccept; not above zero means 64). Several loops may listen on one fd: each connection reaches one of them. fd
// stays the caller's and must be open until Close.
func (l *Loop) Listen(a *Acceptor, fd int, h AcceptHandler, most int) error {
	if l.ep == nil {
		return l.listenFile(a, fd, h)
	}
	l.placeAcceptor(a, h)
	a.fd = fd
	if a.most = most; most <= 0 {
		a.most = 64
	}
	if err := a.add(); err != nil {
		a.leave()
		return err
	}
	return nil
}

// ListenNet is Listen for a net.Listener, in either form. Close closes it.
func (l *Loop) ListenNet(a *Acceptor, nl net.Listener, h AcceptHandler) {
	l.placeAcceptor(a, h)
	a.np = newNetAcceptor(l, a, nl)
}

func (l *Loop) placeAcceptor(a *Acceptor, h AcceptHandler) {
	if a.l != nil {
		panic("loop: Listen with an acceptor that is in use")
	}
	i := 0
	for i < len(l.acceptors) && l.acceptors[i] != nil {
		i++
	}
	if i == len(l.acceptors) {
		l.acceptors = append(l.acceptors, nil)
	}
	l.acceptors[i] = a
	l.acceptGen++
	*a = Acceptor{l: l, h: h, fd: -1, index: uint32(i), gen: l.acceptGen}
}

func (a *Acceptor) leave() {
	a.l.Disarm(&a.timer)
	a.l.acceptors[a.index] = nil
	a.l, a.h, a.np = nil, nil, nil
}

// Loop returns the loop the acceptor works on, nil when it is closed.
func (a *Acceptor) Loop() *Loop { return a.l }

// Pause stops accepting; connections wait in the system's queue (but one, for a net.Listener).
func (a *Acceptor) Pause() {
	if a.l == nil || a.paused {
		return
	}
	a.paused = true
	if a.np != nil {
		a.np.pause(true)
		return
	}
	a.drop()
}

// Resume accepts again after Pause. A listener that cannot be registered again is reported to AcceptFailed.
func (a *Acceptor) Resume() {
	if a.l == nil || !a.paused {
		return
	}
	a.paused = false
	if a.np != nil {
		a.np.pause(false)
		return
	}
	a.retry()
}

// Close ends the acceptor.
func (a *Acceptor) Close() {
	if a.l == nil {
		return
	}
	if a.np != nil {
		a.np.close()
	} else {
		a.drop()
	}
	a.leave()
}

// Drain accepts what waits, before the socket is closed: whoever has connected to it is not to be refused. A net.Listener
// has nothing that waits.
func (a *Acceptor) Drain() {
	for n := 0; n < drainMost && a.l != nil && a.np == nil && a.added; n++ {
		fd, peer, err := a.acceptOne()
		if err != nil {
			return
		}
		a.l.n.Accepted++
		a.h.Accepted(a, Socket{FD: fd}, peer)
	}
}

// drainMost bounds what Drain accepts.
const drainMost = 1 << 16

func (a *Acceptor) add() error {
	if a.added {
		return nil
	}
	err := a.l.ep.listen(a.fd, a.index, a.gen)
	a.added = err == nil
	return err
}

func (a *Acceptor) drop() {
	if a.added {
		a.added = false
		a.l.ep.remove(a.fd)
	}
}

// retry registers the listener again, unless it is paused or resting.
func (a *Acceptor) retry() {
	if a.paused || a.timer.Armed() {
		return
	}
	if err := a.add(); err != nil {
		a.failed(err)
	}
}

// acceptTimer is the Acceptor as the handler of its timer.
type acceptTimer Acceptor

// Expired ends the rest after an error.
func (at *acceptTimer) Expired(*Loop, *Timer) { (*Acceptor)(at).retry() }

// failed reports an error and rests.
func (a *Acceptor) failed(err error) {
	a.drop()
	l := a.l
	l.n.AcceptErrors++
	l.Arm(&a.timer, l.now+acceptRetry, (*acceptTimer)(a))
	a.h.AcceptFailed(a, err)
}

// event accepts what waits, up to the bound; the rest is announced again.
func (a *Acceptor) event() {
	l := a.l
	for n := 0; n < a.most && a.l == l && a.added; n++ {
		fd, peer, err := a.acceptOne()
		if err == ErrAgain {
			return
		}
		if err != nil && l.Settle() { // there may be a descriptor now
			continue
		}
		if err != nil {
			a.failed(err)
			return
		}
		l.n.Accepted++
		a.h.Accepted(a, Socket{FD: fd}, peer)
	}
}
