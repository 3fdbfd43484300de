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
	fd   int
	open bool
	mm   multi
}

func (d *datagrams) send(msgs [][]byte) (lost int) {
	if !d.open {
		c, err := netx.Dial(&netx.DialSpec{Addr: d.to, Kind: netx.Datagram})
		if err != nil {
			return len(msgs)
		}
		d.fd, d.open = c.FD, true
	}
	return d.mm.send(d.fd, msgs)
}

func (d *datagrams) close() {
	if d.open {
		loop.Socket{FD: d.fd}.Close()
		d.open = false
	}
}
