package netx

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// IsLocal reports whether an address belongs to this system (configuration.txt 7.3.3, dst_is_local): whether a socket
// can be bound to it. It costs a few system calls, but for the addresses of the loopback.
func IsLocal(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.IsLoopback() {
		return true
	}
	family, to := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Addr: ip.As16()})
	if ip.Is4() {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Addr: ip.As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Bind(fd, to) == nil
}
