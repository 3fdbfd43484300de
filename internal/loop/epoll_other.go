//go:build !linux

package loop

import (
	"errors"
	"net/netip"
)

// Without epoll every connection is pumped, and nothing here is ever reached.

const haveEpoll = false

type epoll struct{ source }

func newEpoll(int) (*epoll, error) { return nil, errors.ErrUnsupported }

func (*epoll) add(int, uint32, uint32) error { return errors.ErrUnsupported }

func (*epoll) register(int, uint32, uint32, bool) error { return errors.ErrUnsupported }

func (*epoll) remove(int) error { return errors.ErrUnsupported }

func (*epoll) listen(int, uint32, uint32) error { return errors.ErrUnsupported }

func (c *Conn) recv([]byte) (int, error) { return 0, errors.ErrUnsupported }

func (c *Conn) send([]byte, int) (int, error) { return 0, errors.ErrUnsupported }

func (c *Conn) sendv(_, _ []byte, _ int) (int, error) { return 0, errors.ErrUnsupported }

func (c *Conn) writeMore(_, _ []byte) (int, error) { return 0, errors.ErrUnsupported }

func pushFD(int) {}

func (c *Conn) spliceIn(int, int, bool) (int, error) { return 0, errors.ErrUnsupported }

func (c *Conn) spliceOut(int, int) (int, error) { return 0, errors.ErrUnsupported }

func socketError(int) error { return errors.ErrUnsupported }

func disconnectFD(int) error { return errors.ErrUnsupported }

func shutdownFD(int) error { return errors.ErrUnsupported }

func closeFD(int) error { return errors.ErrUnsupported }

func abortFD(int) {}

func (c *Conn) drain() {}

// acceptOne accepts nothing.
func (a *Acceptor) acceptOne() (int, netip.AddrPort, error) {
	return -1, netip.AddrPort{}, errors.ErrUnsupported
}

func (l *Loop) readRow() {}

const sendMore = 0

// RingFault says that there are no batches of calls.
func RingFault() error { return errors.ErrUnsupported }

// ring is there on Linux only.
type ring struct{}

func (l *Loop) sendBatch() {}

func (l *Loop) closeBatch() {}

func (l *Loop) registerBatch() {}

func (l *Loop) openRing() {}

func (l *Loop) closeRing() {}
