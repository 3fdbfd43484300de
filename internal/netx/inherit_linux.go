package netx

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Inherited is what InspectFD finds behind a descriptor.
type Inherited struct {
	Addr      Addr // the address it is bound to; NoFamily for a family that is not known
	Kind      Kind
	Listening bool
}

// InspectFD says what an inherited descriptor is, for fd@ and sockpair@ addresses. It fails with EBADF for one that is
// not open, and with ENOTSOCK for a file.
func InspectFD(fd int) (Inherited, error) {
	kind, errno := getInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if errno != 0 {
		return Inherited{}, errno
	}
	var in Inherited
	if kind == unix.SOCK_DGRAM {
		in.Kind = Datagram
	} else if protocol, _ := getInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); protocol == unix.IPPROTO_MPTCP {
		in.Kind = MPTCP
	}
	var s sockaddr
	if errno := s.get(fd, unix.SYS_GETSOCKNAME); errno != 0 {
		return Inherited{}, errno
	}
	in.Addr = s.addr()
	listening, _ := getInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	in.Listening = listening != 0
	return in, nil
}

// inherit makes the Listener of an fd@ or sockpair@. The descriptor is duplicated: the original stays open and stays as
// it is, for the next reading of the same configuration.
func (l *Listener) inherit() error {
	n := l.spec.Addr.FD
	in, err := InspectFD(n)
	if err != nil {
		return &Error{Step: StepInherit, What: strconv.Itoa(n), Addr: l.spec.Addr, Errno: errnoOf(err)}
	}
	wrong := in.Kind == Datagram != (l.spec.Kind == Datagram) || in.Addr.Family == NoFamily ||
		l.spec.Addr.Family == Sockpair && (!in.Addr.Family.isUnix() || in.Kind == Datagram)
	if wrong {
		return &Error{Step: StepType, What: strconv.Itoa(n), Addr: l.spec.Addr}
	}
	fd, err := Dup(n)
	if err != nil {
		return l.fail(StepSocket, errnoOf(err))
	}
	l.FD = fd
	if err := unix.SetNonblock(fd, true); err != nil {
		return l.fail(StepSocket, errnoOf(err))
	}
	if l.spec.Addr.Family == FD {
		l.Addr, l.spec.Kind = in.Addr, in.Kind
	}
	return nil
}

// Dup returns another descriptor of the same socket, for the shards of a UNIX listener.
func Dup(fd int) (int, error) {
	return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
}
