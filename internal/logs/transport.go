package logs

import (
	"net"
	"os"

	"sluice/internal/loop"
	"sluice/internal/netx"
)

// file writes lines to a descriptor, a batch at once.
type file struct{ f *os.File }

func (f *file) send(msgs [][]byte) (lost int) {
	bufs := net.Buffers(msgs)
	if _, err := bufs.WriteTo(f.f); err != nil {
		return len(msgs)
	}
	return 0
}

func (f *file) close() {} // the descriptor was inherited

// datagrams sends one datagram per line, many to a system call where the system can do that.
type datagrams struct {
	to   netx.Addr
	room netx.Buffers
	fd   int
	open bool
	mm   multi
}

func (d *datagrams) send(msgs [][]byte) (lost int) {
	if !d.dial() {
		return len(msgs)
	}
	lost = d.mm.send(d.fd, msgs)
	d.doubt(lost)
	return lost
}

// trySend is send without waiting: it returns how many messages, the last ones, found the system's buffer full.
func (d *datagrams) trySend(msgs [][]byte) (left, lost int) {
	if !d.dial() {
		return 0, len(msgs)
	}
	left, lost = d.mm.trySend(d.fd, msgs)
	d.doubt(lost)
	return left, lost
}

// doubt gives up a socket file that refused messages: a log server that was started again has a new one in its place.
func (d *datagrams) doubt(lost int) {
	if lost > 0 && d.to.Family == netx.Unix {
		d.close()
	}
}

// dial opens the socket, unless it is open. A target that is not there is tried again each time.
func (d *datagrams) dial() bool {
	if !d.open {
		c, err := netx.Dial(&netx.DialSpec{Addr: d.to, Kind: netx.Datagram, Buffers: d.room})
		if err != nil {
			return false
		}
		d.fd, d.open = c.FD, true
		d.mm.runs = d.to.Family != netx.Unix
	}
	return true
}

func (d *datagrams) close() {
	if d.open {
		loop.Socket{FD: d.fd}.Close()
		d.open = false
	}
}
