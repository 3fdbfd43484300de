package netx

import "golang.org/x/sys/unix"

// Rest makes a listening TCP socket refuse connections while it keeps its address, so that another process may serve
// it meanwhile (`disable frontend`). Everyone who shares the socket stops listening with it. Connections to UNIX sockets
// wait instead.
func (l *Listener) Rest() error {
	if !l.Addr.Family.isIP() || l.spec.Kind == Datagram {
		return nil
	}
	return result(errnoOr0(unix.Shutdown(l.FD, unix.SHUT_RD)))
}

// Shut makes a listening socket refuse connections for good, whoever shares it: behind a descriptor that is only closed,
// those who connect would wait at the copy that a master keeps. The socket of an fd@ is not ours to shut.
func (l *Listener) Shut() {
	if f := l.spec.Addr.Family; f != FD && f != Sockpair {
		unix.Shutdown(l.FD, unix.SHUT_RDWR)
	}
}

// Relisten ends a Rest.
func (l *Listener) Relisten() error {
	if !l.Addr.Family.isIP() || l.spec.Kind == Datagram {
		return nil
	}
	// A port that the system chose is not the socket's any more; one that was asked for is, and bind refuses.
	var a sockaddr
	if a.set(&l.Addr) {
		bind(l.FD, &a)
	}
	if err := unix.Listen(l.FD, l.backlog()); err != nil {
		return l.fail(StepListen, errnoOf(err))
	}
	return nil
}
