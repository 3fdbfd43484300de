package netx

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Plain reports whether a connection of s has nothing but options that its socket keeps when it is disconnected: then
// the socket may connect again, as any of the same spec and the same family.
func (s *DialSpec) Plain() bool {
	return s.Kind == Stream && s.Addr.Family.isIP() && s.Namespace == nil && !s.Source.IsValid() && s.Ports == nil &&
		!s.Transparent.IsValid() && s.Interface == "" && s.MD5Key == "" && !s.FastOpen
}

// SameSocket reports whether a socket that was dialled as s says, which is plain, serves for o as well.
func (s *DialSpec) SameSocket(o *DialSpec) bool {
	return o.Plain() && s.Addr.Family == o.Addr.Family && s.CC == o.CC && s.MSS == o.MSS && s.UserTimeout == o.UserTimeout &&
		s.KeepAlive == o.KeepAlive && s.Buffers == o.Buffers && s.Marks == o.Marks
}

// Disconnect ends a connection as a reset does, and leaves its socket as it was before it was connected (connect(2)).
func Disconnect(fd int) error {
	a := sockaddr{size: uint32(unsafe.Sizeof(unix.RawSockaddrInet4{}))}
	a.raw.Addr.Family = unix.AF_UNSPEC
	return result(connect(fd, &a))
}

// Redial begins to connect a socket that was disconnected, to the address of s. The rest of s is as when the socket was
// made (SameSocket). It neither waits nor allocates, unless it fails; then the socket is still the caller's.
func Redial(fd int, s *DialSpec) (connected bool, err error) {
	var to sockaddr
	if !to.set(&s.Addr) {
		return false, dialError(s, StepConnect, "", unix.EINVAL)
	}
	if s.NoQuickAck { // the one option that does not last
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0)
	}
	d := Dialed{FD: fd}
	err = d.connect(s, &to)
	return d.Connected, err
}
