package netx

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// signAll makes a listening socket demand a TCP MD5 signature (RFC 2385) of every peer. The key is set for the prefix
// of length zero; HAProxy sets it for the listening address alone, which the system compares with the peer's.
func signAll(fd int, f Family, key string) unix.Errno {
	if f == IPv6 {
		// Peers of IPv4 are known under their IPv4 address, for which the socket has a list of its own.
		errno := sign(fd, netip.AddrPortFrom(netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff}), 0), IPv6, key, true)
		if errno != 0 {
			return errno
		}
		return sign(fd, netip.AddrPortFrom(netip.IPv6Unspecified(), 0), IPv6, key, true)
	}
	return sign(fd, netip.AddrPortFrom(netip.IPv4Unspecified(), 0), IPv4, key, true)
}

// sign sets the key for one peer, or for all when any is set.
func sign(fd int, peer netip.AddrPort, f Family, key string, any bool) unix.Errno {
	var a sockaddr
	var m unix.TCPMD5Sig
	if len(key) > len(m.Key) || !a.setIP(peer, f) {
		return unix.EINVAL
	}
	copy((*[unsafe.Sizeof(m.Addr)]byte)(unsafe.Pointer(&m.Addr))[:], a.bytes()[:a.size])
	copy(m.Key[:], key)
	m.Keylen = uint16(len(key))
	option := unix.TCP_MD5SIG
	if any {
		option, m.Flags = unix.TCP_MD5SIG_EXT, unix.TCP_MD5SIG_FLAG_PREFIX
	}
	return errnoOr0(unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, option, &m))
}

func errnoOr0(err error) unix.Errno {
	if err == nil {
		return 0
	}
	return errnoOf(err)
}
