package netx

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sockaddr is an address in the system's form.
type sockaddr struct {
	raw  unix.RawSockaddrAny
	size uint32
}

// pathAt is where the path begins in a UNIX address, in bytes.
const pathAt = uint32(unsafe.Offsetof(unix.RawSockaddrUnix{}.Path))

// bytes returns the whole storage.
func (s *sockaddr) bytes() []byte {
	return (*[unsafe.Sizeof(s.raw)]byte)(unsafe.Pointer(&s.raw))[:]
}

// set fills s from a; ok is false for an address that no socket can have.
func (s *sockaddr) set(a *Addr) (ok bool) {
	switch a.Family {
	case IPv4, IPv6:
		return s.setIP(a.IP, a.Family)
	case Unix:
		return s.setPath(a.Path)
	case Abns:
		// The name is filled up with zeros, and all of it is the name.
		return s.setAbstract(a.Path, MaxUnixName+1)
	case Abnsz:
		return s.setAbstract(a.Path, 1+len(a.Path))
	}
	return false
}

// setIP fills s with an address of the given family. An IPv4 address is mapped when the family is IPv6.
func (s *sockaddr) setIP(a netip.AddrPort, f Family) bool {
	b := s.bytes()
	clear(b)
	binary.BigEndian.PutUint16(b[2:], a.Port())
	ip := a.Addr()
	switch {
	case f == IPv4 && ip.Unmap().Is4():
		s.raw.Addr.Family = unix.AF_INET
		four := ip.Unmap().As4()
		copy(b[4:], four[:])
		s.size = unix.SizeofSockaddrInet4
	case f == IPv6 && ip.IsValid():
		s.raw.Addr.Family = unix.AF_INET6
		sixteen := ip.As16()
		copy(b[8:], sixteen[:])
		binary.NativeEndian.PutUint32(b[24:], zoneIndex(ip.Zone()))
		s.size = unix.SizeofSockaddrInet6
	default:
		return false
	}
	return true
}

// zoneIndex returns the number of a zone, which is written as such or as the name of an interface.
func zoneIndex(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}

func (s *sockaddr) setPath(path string) bool {
	if path == "" || len(path) > MaxUnixName {
		return false
	}
	clear(s.bytes())
	s.raw.Addr.Family = unix.AF_UNIX
	copy(s.bytes()[pathAt:], path)
	s.size = pathAt + uint32(len(path)) + 1
	return true
}

func (s *sockaddr) setAbstract(name string, length int) bool {
	if name == "" || len(name) > MaxUnixName {
		return false
	}
	clear(s.bytes())
	s.raw.Addr.Family = unix.AF_UNIX
	copy(s.bytes()[pathAt+1:], name)
	s.size = pathAt + uint32(length)
	return true
}

// addrPort returns the address when it is an IP address, and otherwise an invalid one. The zone of a link-local address
// is left out: naming it would allocate, and nobody compares it.
func (s *sockaddr) addrPort() netip.AddrPort {
	b := s.bytes()
	switch s.raw.Addr.Family {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), binary.BigEndian.Uint16(b[2:]))
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:])), binary.BigEndian.Uint16(b[2:]))
	}
	return netip.AddrPort{}
}

// addr returns the address of any family.
func (s *sockaddr) addr() Addr {
	if a := s.addrPort(); a.IsValid() {
		f := IPv4
		if s.raw.Addr.Family == unix.AF_INET6 {
			f = IPv6
		}
		return Addr{Family: f, IP: a}
	}
	if s.raw.Addr.Family != unix.AF_UNIX {
		return Addr{}
	}
	name := s.bytes()[pathAt:max(pathAt, min(s.size, uint32(len(s.bytes()))))]
	switch {
	case len(name) == 0:
		return Addr{Family: Unix}
	case name[0] != 0:
		if i := bytes.IndexByte(name, 0); i >= 0 {
			name = name[:i]
		}
		return Addr{Family: Unix, Path: string(name)}
	case len(name) == MaxUnixName+1:
		return Addr{Family: Abns, Path: string(bytes.TrimRight(name[1:], "\x00"))}
	}
	return Addr{Family: Abnsz, Path: string(name[1:])}
}

// domain returns the system's number of a family.
func (f Family) domain() int {
	switch f {
	case IPv4:
		return unix.AF_INET
	case IPv6:
		return unix.AF_INET6
	}
	return unix.AF_UNIX
}

// open creates a socket of the family and kind, in the namespace when there is one.
func (k Kind) open(f Family, ns *Namespace) (int, unix.Errno) {
	kind, protocol := unix.SOCK_STREAM, 0
	switch {
	case k == Datagram:
		kind = unix.SOCK_DGRAM
	case f.isIP() && k == MPTCP:
		protocol = unix.IPPROTO_MPTCP
	case f.isIP():
		protocol = unix.IPPROTO_TCP
	}
	if ns == nil {
		return socket(f.domain(), kind, protocol)
	}
	return ns.socket(f.domain(), kind, protocol)
}

// LocalAddr returns the address that an IP socket is bound to; an invalid one for other sockets.
func LocalAddr(fd int) (netip.AddrPort, error) {
	return nameOf(fd, unix.SYS_GETSOCKNAME)
}

// PeerAddr returns the address at the other end of an IP connection; an invalid one for other sockets.
func PeerAddr(fd int) (netip.AddrPort, error) {
	return nameOf(fd, unix.SYS_GETPEERNAME)
}

func nameOf(fd int, call uintptr) (netip.AddrPort, error) {
	var s sockaddr
	if errno := s.get(fd, call); errno != 0 {
		return netip.AddrPort{}, errno
	}
	return s.addrPort(), nil
}

// get asks for one of a socket's addresses.
func (s *sockaddr) get(fd int, call uintptr) unix.Errno {
	s.size = uint32(unsafe.Sizeof(s.raw))
	_, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&s.raw)), uintptr(unsafe.Pointer(&s.size)))
	return errno
}
