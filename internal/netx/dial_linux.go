package netx

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Dial creates a socket and begins to connect it. It never waits: see Dialed for how to learn the end. It does not
// allocate unless it fails.
//
// Errors are of type *Error, and ReasonOf classifies them. Options that only tune are not worth failing for; an
// interface, a foreign address or a signature that cannot be had is.
func Dial(s *DialSpec) (Dialed, error) {
	if s.Addr.Family == Sockpair {
		return dialPair(s)
	}
	var to sockaddr
	if !to.set(&s.Addr) {
		return Dialed{FD: -1}, dialError(s, StepConnect, "", unix.EINVAL)
	}
	fd, errno := s.Kind.open(s.Addr.Family, s.Namespace)
	if errno != 0 {
		return Dialed{FD: -1}, dialError(s, StepSocket, "", errno)
	}
	d := Dialed{FD: fd}
	err := d.prepare(s)
	if err == nil {
		err = d.connect(s, &to)
	}
	if err != nil {
		closeFD(fd)
		if s.Ports != nil {
			s.Ports.Put(d.Port)
		}
		return Dialed{FD: -1}, err
	}
	return d, nil
}

func dialError(s *DialSpec, step Step, what string, errno unix.Errno) error {
	return &Error{Step: step, What: what, Addr: s.Addr, Errno: errno}
}

// prepare sets the options and binds to the source.
func (d *Dialed) prepare(s *DialSpec) error {
	setBuffers(d.FD, &s.Buffers)
	if !s.Addr.Family.isIP() {
		return nil
	}
	setMarks(d.FD, s.Addr.Family, &s.Marks)
	if s.Kind != Datagram {
		if err := d.setTCP(s); err != nil {
			return err
		}
	}
	if s.Interface != "" {
		if errno := setString(d.FD, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, s.Interface); errno != 0 {
			return dialError(s, StepDevice, s.Interface, errno)
		}
	}
	return d.bind(s)
}

// NoDelay has small writes leave at once, whether others were acknowledged or not (tcp(7), TCP_NODELAY).
func NoDelay(fd int) { setInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }

func (d *Dialed) setTCP(s *DialSpec) error {
	fd := d.FD
	if !s.OneWrite {
		NoDelay(fd)
	}
	setKeepAlive(fd, &s.KeepAlive)
	if s.MSS != 0 {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, s.MSS)
	}
	if s.CC != "" {
		setString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, s.CC)
	}
	if s.UserTimeout > 0 {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(s.UserTimeout.Milliseconds()))
	}
	if s.NoQuickAck {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0)
	}
	if s.FastOpen {
		// Without it the connection is opened in the ordinary way, and connect reports that it is under way.
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, 1)
	}
	if s.MD5Key != "" {
		if errno := sign(fd, s.Addr.IP, s.Addr.Family, s.MD5Key, false); errno != 0 {
			return dialError(s, StepMD5, "", errno)
		}
	}
	return nil
}

// bind binds to the source address, when there is one.
func (d *Dialed) bind(s *DialSpec) error {
	source := s.Source
	if s.Transparent.Addr().IsValid() {
		source = s.Transparent
		if !setTransparent(d.FD, s.Addr.Family) {
			return dialError(s, StepTransparent, "", unix.EPERM)
		}
	} else if s.Ports != nil {
		return d.bindRange(s)
	}
	if !source.Addr().IsValid() || source.Addr().IsUnspecified() && source.Port() == 0 {
		return nil
	}
	if source.Port() == 0 {
		// The port is chosen when the connection is made, and may then be one that is in use towards elsewhere.
		setInt(d.FD, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	}
	return d.bindTo(s, source)
}

func (d *Dialed) bindTo(s *DialSpec, source netip.AddrPort) error {
	if errno := d.tryBind(s, source); errno != 0 {
		return dialError(s, StepBind, "", errno)
	}
	return nil
}

func (d *Dialed) tryBind(s *DialSpec, source netip.AddrPort) unix.Errno {
	var from sockaddr
	if !from.setIP(source, s.Addr.Family) {
		return unix.EINVAL
	}
	setInt(d.FD, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	return bind(d.FD, &from)
}

// bindRange takes ports of the range until one can be bound to: others may use some as well.
func (d *Dialed) bindRange(s *DialSpec) error {
	source := s.Source.Addr()
	if !source.IsValid() {
		source = netip.IPv4Unspecified()
		if s.Addr.Family == IPv6 {
			source = netip.IPv6Unspecified()
		}
	}
	for range s.Ports.Len() {
		port, ok := s.Ports.Get()
		if !ok {
			break
		}
		errno := d.tryBind(s, netip.AddrPortFrom(source, port))
		if errno == 0 {
			d.Port = port
			return nil
		}
		s.Ports.Put(port)
		if errno != unix.EADDRINUSE {
			return dialError(s, StepBind, "", errno)
		}
	}
	return dialError(s, StepPorts, "", 0)
}

func (d *Dialed) connect(s *DialSpec, to *sockaddr) error {
	switch errno := connect(d.FD, to); errno {
	case 0:
		d.Connected = true
	case unix.EINPROGRESS, unix.EALREADY:
	default:
		return dialError(s, StepConnect, "", errno)
	}
	return nil
}
