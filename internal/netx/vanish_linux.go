package netx

import "golang.org/x/sys/unix"

// Vanish prepares a connection so that its close is not heard by the peer (silent-drop). With ttl 0 the socket is put
// into repair mode, which needs a privilege, or else as with a ttl: the close sends a reset of that many hops, one
// without a ttl.
func Vanish(fd, ttl int) {
	if ttl == 0 {
		if setInt(fd, unix.IPPROTO_TCP, unix.TCP_REPAIR, 1) == 0 {
			return
		}
		ttl = 1
	}
	setInt(fd, unix.IPPROTO_IP, unix.IP_TTL, ttl)
	setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, ttl)
	setLinger(fd, true)
}
