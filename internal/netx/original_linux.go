package netx

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// soOriginalDst is the option's number at both levels (netfilter's SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST).
const soOriginalDst = 80

// OriginalDst returns where a connection was going before a firewall's REDIRECT or DNAT rule sent it here. Without such
// a rule it fails with ENOENT, and without netfilter with ENOPROTOOPT; LocalAddr is then the answer.
func OriginalDst(fd int, v6 bool) (netip.AddrPort, error) {
	var s sockaddr
	level := unix.IPPROTO_IP
	if v6 {
		level = unix.IPPROTO_IPV6
	}
	s.size = uint32(unsafe.Sizeof(s.raw))
	if errno := getOption(fd, level, soOriginalDst, unsafe.Pointer(&s.raw), &s.size); errno != 0 {
		return netip.AddrPort{}, errno
	}
	return s.addrPort(), nil
}
