package netx

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Accept takes a connection that waits at a listening socket. The peer's address is invalid for a UNIX socket. The
// error is a syscall.Errno: EAGAIN when none waits, ECONNABORTED when one went away (try again), EMFILE, ENFILE,
// ENOBUFS and ENOMEM when the system has no room (wait before trying again, or the listener will spin).
func Accept(fd int) (conn int, peer netip.AddrPort, err error) {
	var s sockaddr
	for {
		s.size = uint32(unsafe.Sizeof(s.raw))
		n, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&s.raw)),
			uintptr(unsafe.Pointer(&s.size)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
		switch errno {
		case 0:
			return int(n), s.addrPort(), nil
		case unix.EINTR:
		default:
			return -1, netip.AddrPort{}, errno
		}
	}
}
