package loop

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// acceptOne accepts one connection. ErrAgain says that none waits.
func (a *Acceptor) acceptOne() (int, netip.AddrPort, error) {
	var from unix.RawSockaddrAny
	for {
		size := uint32(unix.SizeofSockaddrAny)
		fd, _, e := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(a.fd), uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
		switch e {
		case 0:
			return int(fd), addrPort(&from), nil
		case unix.EAGAIN:
			return -1, netip.AddrPort{}, ErrAgain
		case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.EPERM, unix.ENETDOWN, unix.ENOPROTOOPT, unix.EHOSTDOWN,
			unix.ENONET, unix.EHOSTUNREACH, unix.ENETUNREACH:
			continue // one connection's own (accept(2), "Error handling"): the next may be well
		}
		return -1, netip.AddrPort{}, e
	}
}

// addrPort reads the kernel's form of an address. A scope of IPv6 is left out: as text it would have to be looked up.
func addrPort(from *unix.RawSockaddrAny) netip.AddrPort {
	switch from.Addr.Family {
	case unix.AF_INET:
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(from))
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), networkOrder(&sa.Port))
	case unix.AF_INET6:
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(from))
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), networkOrder(&sa.Port))
	}
	return netip.AddrPort{}
}

func networkOrder(port *uint16) uint16 {
	return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(port))[:])
}
