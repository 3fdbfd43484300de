package master

import (
	"golang.org/x/sys/unix"

	"sluice/internal/cli"
	"sluice/internal/netx"
)

// keep has the master hold the listening sockets of a worker that serves from now on, beside the worker: they go on
// listening when it is killed, and who connects then waits for the one that takes its place. What only the worker before
// had is let go.
func (m *Master) keep(w *worker) {
	if m.Fetch == "/dev/null" || m.over {
		return
	}
	var sockets *netx.Heritage
	fd, err := netx.DialPair(w.control, cli.PairByte(cli.Admin, false, false))
	if err == nil {
		sockets, err = netx.Fetch(fd)
		unix.Close(fd)
	}
	if err != nil {
		m.Console.Warnf("The master cannot keep the listening sockets of worker (%d): %v.", w.pid, err)
	}
	m.kept.Close()
	m.kept = sockets
}

// heritage is a connection over which a new worker gets the listening sockets: the current one answers it, or the master
// when there is none. 0 when there is nothing to get.
func (m *Master) heritage() int {
	switch {
	case m.Fetch == "/dev/null":
	case m.current != nil:
		if fd, err := netx.DialPair(m.current.control, cli.PairByte(cli.Admin, false, false)); err == nil {
			return fd
		}
	case m.kept.Len() > 0:
		ours, theirs, err := netx.Pair()
		if err != nil {
			return 0
		}
		kept := m.kept.Share()
		go func() {
			kept.Serve(ours) // a worker that could not fetch them binds by itself
			kept.Close()
			unix.Close(ours)
		}()
		return theirs
	}
	return 0
}
