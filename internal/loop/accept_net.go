package loop

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// netAcceptor brings the connections of a net.Listener to a loop, one at a time.
type netAcceptor struct {
	nl net.Listener
	l  *Loop
	a  *Acceptor // of the loop's thread

	mu     sync.Mutex
	change sync.Cond
	paused bool
	closed bool
	busy   bool // a connection or an error is on its way to the loop
	got    net.Conn
	err    error
}

func newNetAcceptor(l *Loop, a *Acceptor, nl net.Listener) *netAcceptor {
	np := &netAcceptor{nl: nl, l: l, a: a}
	np.change.L = &np.mu
	l.g.running.Add(1)
	go np.accept()
	return np
}

// accept is the goroutine: it accepts one, waits until the loop has taken it, and goes on.
func (np *netAcceptor) accept() {
	defer np.l.g.running.Done()
	for {
		nc, err := np.nl.Accept()
		np.mu.Lock()
		for np.paused && !np.closed {
			np.change.Wait()
		}
		if np.closed {
			np.mu.Unlock()
			if nc != nil {
				nc.Close()
			}
			return
		}
		np.got, np.err, np.busy = nc, err, true
		np.mu.Unlock()
		if !np.l.PostRunner(np) {
			if nc != nil {
				nc.Close()
			}
			return
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(time.Duration(acceptRetry))
		}
		np.mu.Lock()
		for np.busy {
			np.change.Wait()
		}
		np.mu.Unlock()
	}
}

// RunOnLoop hands over what was accepted.
func (np *netAcceptor) RunOnLoop(l *Loop) {
	np.mu.Lock()
	nc, err, closed := np.got, np.err, np.closed
	np.got, np.err, np.busy = nil, nil, false
	np.change.Signal()
	np.mu.Unlock()
	switch {
	case closed:
		if nc != nil {
			nc.Close()
		}
	case err != nil:
		l.n.AcceptErrors++
		np.a.h.AcceptFailed(np.a, err)
	default:
		l.n.Accepted++
		np.a.h.Accepted(np.a, Socket{FD: -1, Net: nc}, peerOf(nc))
	}
}

func (np *netAcceptor) pause(on bool) {
	np.mu.Lock()
	np.paused = on
	np.change.Signal()
	np.mu.Unlock()
}

func (np *netAcceptor) close() {
	np.mu.Lock()
	np.closed = true
	np.change.Signal()
	np.mu.Unlock()
	np.nl.Close()
}

func peerOf(nc net.Conn) netip.AddrPort {
	switch addr := nc.RemoteAddr().(type) {
	case *net.TCPAddr:
		return addr.AddrPort()
	case *net.UDPAddr:
		return addr.AddrPort()
	}
	return netip.AddrPort{}
}
