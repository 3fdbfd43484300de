package checker

import (
	"sluice/internal/loop"
	"sluice/internal/netx"
)

// dial begins a connection, on a socket that another check has left where there is one. It reports whether the connection
// is made already.
func (e *exam) dial(spec *netx.DialSpec) (connected bool, err error) {
	h, c := e.home, &e.Conn
	if e.kind = h.set.kinds.Of(spec); e.kind != 0 {
		if fd, ok := h.resting.Take(e.kind); ok {
			if connected, err = netx.Redial(fd, spec); err != nil {
				loop.Socket{FD: fd}.Close()
				return false, err
			}
			h.loop.OpenAgain(c, fd)
			return connected, nil
		}
	}
	d, err := netx.Dial(spec)
	if err != nil {
		return false, err
	}
	if err := h.loop.Open(c, d.FD); err != nil {
		loop.Socket{FD: d.FD}.Close()
		return false, err
	}
	return d.Connected, nil
}

// reset ends the connection at once. Its socket rests, if it can.
func (e *exam) reset() {
	e.Conn.Rest(e.home.resting, e.kind)
}
