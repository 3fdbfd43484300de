// Package netx makes sockets: listening ones and outgoing ones, with every option of the bind and server lines, as
// plain non-blocking file descriptors for the event loops. It also holds what the product asks of the system beside
// that: network namespaces, descriptors passed between processes, pipes for splice, limits, users, host names.
//
// Descriptors returned here are non-blocking and close-on-exec, and belong to the caller. The calls are direct system
// calls without the runtime's poller; those of the request path (Dial, Accept, addresses, options) do not allocate
// unless they fail. Everything that needs Linux says so elsewhere: see ErrUnsupported.
package netx

import (
	"net"
	"net/netip"
	"strconv"
)

// Family is the kind of an address (configuration.txt 2.9.1).
type Family uint8

// The families.
const (
	NoFamily Family = iota
	IPv4
	IPv6
	Unix     // a path
	Abns     // abstract namespace, filled up with zeros
	Abnsz    // abstract namespace, as long as the name
	FD       // an inherited descriptor
	Sockpair // an inherited half of a socket pair, over which connections are passed
)

// Kind is the type of a socket and its protocol.
type Kind uint8

// The kinds. UNIX sockets know Stream and Datagram.
const (
	Stream Kind = iota // TCP
	MPTCP
	Datagram // UDP
)

// Addr is where a socket listens or connects to. The zero value is no address.
type Addr struct {
	Family Family
	IP     netip.AddrPort // IPv4, IPv6
	Path   string         // Unix: the path; Abns, Abnsz: the name
	FD     int            // FD, Sockpair
}

// IPAddr returns the Addr of an IP address and port.
func IPAddr(a netip.AddrPort) Addr {
	if a.Addr().Is4() {
		return Addr{Family: IPv4, IP: a}
	}
	return Addr{Family: IPv6, IP: a}
}

// String returns the address as HAProxy's messages print it: IPv6 without brackets, the other families with their
// prefix.
func (a Addr) String() string {
	switch a.Family {
	case IPv4, IPv6:
		return a.IP.Addr().String() + ":" + strconv.Itoa(int(a.IP.Port()))
	case Unix:
		return a.Path
	case Abns:
		return "abns@" + a.Path
	case Abnsz:
		return "abnsz@" + a.Path
	case FD:
		return "fd@" + strconv.Itoa(a.FD)
	case Sockpair:
		return "sockpair@" + strconv.Itoa(a.FD)
	}
	return ""
}

// isUnix reports whether sockets of the family are UNIX sockets.
func (f Family) isUnix() bool { return f == Unix || f == Abns || f == Abnsz }

// isIP reports whether sockets of the family are IP sockets.
func (f Family) isIP() bool { return f == IPv4 || f == IPv6 }

// MaxPath is the longest UNIX socket path that a listener can have, in bytes: the system's 107 less what a name beside
// it needs while the socket is being prepared. HAProxy has the same bound. Servers and abstract names may have
// MaxUnixName.
const (
	MaxPath     = 97
	MaxUnixName = 107
)

// MaxMD5Key is the longest password of tcp-md5sig, in bytes.
const MaxMD5Key = 80

// IsPrivileged reports whether a is one of the ports that systems keep for themselves (RFC 6335 6): what comes from there in
// the name of a client is suspicious.
func IsPrivileged(a netip.AddrPort) bool {
	const first = 1024 // of the others
	return a.IsValid() && a.Port() < first
}

// PeerIsPrivileged is IsPrivileged of the peer of c.
func PeerIsPrivileged(c net.Conn) bool {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	return ok && IsPrivileged(a.AddrPort())
}
