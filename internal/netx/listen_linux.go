package netx

import (
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// Listener is a bound socket, and after Listen a listening one.
type Listener struct {
	FD   int
	Addr Addr // what it is bound to: with the port that the system chose, and with the real address of an fd@
	// Warnings tell which options the system refused where HAProxy goes on without them. Each is an *Error.
	Warnings []error

	spec   ListenSpec
	beside string // where a UNIX socket is bound until Listen moves it to its place
}

// Listen makes a listening socket: Bind and Listen in one step, for those who have only one.
func Listen(s *ListenSpec) (*Listener, error) {
	l, err := Bind(s)
	if err != nil {
		return nil, err
	}
	if err := l.Listen(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Bind makes a socket and binds it, without accepting anything yet. A program binds all its sockets first and listens
// only when all succeeded: a socket that shares its address with another process takes connections away from it from
// the moment it listens. A UNIX socket is bound beside its final path for the same reason.
//
// Errors are of type *Error. A device that cannot be bound to is a warning, as in HAProxy.
func Bind(s *ListenSpec) (*Listener, error) {
	l := &Listener{FD: -1, Addr: s.Addr, spec: *s}
	var err error
	switch {
	case s.Addr.Family == FD || s.Addr.Family == Sockpair:
		err = l.inherit()
	case s.Addr.Family == Unix:
		err = l.bindPath()
	default:
		err = l.bindAddr()
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// fail makes the error of a step.
func (l *Listener) fail(step Step, errno unix.Errno) error {
	return &Error{Step: step, Addr: l.spec.Addr, Errno: errno}
}

// warn notes an option that was refused.
func (l *Listener) warn(step Step, what string, errno unix.Errno) {
	if errno != 0 {
		l.Warnings = append(l.Warnings, &Error{Step: step, What: what, Addr: l.spec.Addr, Errno: errno})
	}
}

// open creates the socket and sets what must be set before it is bound.
func (l *Listener) open() error {
	fd, errno := l.spec.Kind.open(l.spec.Addr.Family, l.spec.Namespace)
	if errno != 0 {
		return l.fail(StepSocket, errno)
	}
	l.FD = fd
	if !l.spec.Addr.Family.isIP() {
		return nil
	}
	if errno := setInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); errno != 0 {
		return l.fail(StepReuse, errno)
	}
	if !l.spec.NoReusePort {
		// Where the system does not know it, a restart finds the address in use and says so.
		setInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	if l.spec.Transparent && !setTransparent(fd, l.spec.Addr.Family) {
		return l.fail(StepTransparent, unix.EPERM)
	}
	if l.spec.Addr.Family == IPv6 {
		only := 0
		if l.spec.V6Only {
			only = 1
		}
		setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only)
	}
	if l.spec.Interface != "" {
		l.warn(StepDevice, l.spec.Interface, setString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, l.spec.Interface))
	}
	return nil
}

// setTransparent allows a socket to be bound to an address that is not the system's. Without the privilege for
// IP_TRANSPARENT there is still IP_FREEBIND, which needs none and does for listening.
func setTransparent(fd int, f Family) bool {
	if f == IPv6 {
		return setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TRANSPARENT, 1) == 0 ||
			setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1) == 0
	}
	return setInt(fd, unix.IPPROTO_IP, unix.IP_TRANSPARENT, 1) == 0 ||
		setInt(fd, unix.IPPROTO_IP, unix.IP_FREEBIND, 1) == 0
}

// bindAddr binds an IP socket or one with an abstract name.
func (l *Listener) bindAddr() error {
	var a sockaddr
	if !a.set(&l.spec.Addr) {
		return l.fail(StepBind, unix.EINVAL)
	}
	if err := l.open(); err != nil {
		return err
	}
	if errno := bind(l.FD, &a); errno != 0 {
		return l.fail(StepBind, errno)
	}
	if l.spec.Addr.Family.isIP() && l.spec.Addr.IP.Port() == 0 {
		if bound, err := LocalAddr(l.FD); err == nil {
			l.Addr.IP = netip.AddrPortFrom(l.Addr.IP.Addr(), bound.Port())
		}
	}
	return nil
}

// Listen sets the options that matter from now on and makes the socket accept connections. A UNIX socket takes the
// place of an earlier one at that moment, in one step, so that there is always one to connect to. A datagram socket and
// a sockpair@ have nothing to listen to.
//
// Errors are of type *Error; after one the Listener is to be closed. Options that the system refuses are warnings,
// except for the MD5 signature, which protects.
func (l *Listener) Listen() error {
	setBuffers(l.FD, &l.spec.Buffers)
	if l.Addr.Family.isIP() {
		setMarks(l.FD, l.Addr.Family, &l.spec.Marks)
		if l.spec.Kind != Datagram {
			if err := l.setTCP(); err != nil {
				return err
			}
		}
	}
	if l.spec.Kind != Datagram && l.spec.Addr.Family != Sockpair {
		if err := unix.Listen(l.FD, l.backlog()); err != nil {
			return l.fail(StepListen, errnoOf(err))
		}
	}
	if l.Addr.Family.isIP() && l.spec.Kind != Datagram {
		quick := 1
		if l.spec.NoQuickAck {
			quick = 0
		}
		setInt(l.FD, unix.IPPROTO_TCP, unix.TCP_QUICKACK, quick)
	}
	return l.takePlace()
}

func (l *Listener) backlog() int {
	if l.spec.Backlog > 0 {
		return l.spec.Backlog
	}
	return unix.SOMAXCONN
}

// setTCP sets the options of a listening TCP socket, which its connections inherit.
func (l *Listener) setTCP() error {
	s, fd := &l.spec, l.FD
	setInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	setLinger(fd, s.NoLinger)
	setKeepAlive(fd, &s.KeepAlive)
	if s.MSS != 0 {
		l.warn(StepMSS, strconv.Itoa(s.MSS), setInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, s.MSS))
	}
	if s.CC != "" {
		l.warn(StepCongestion, s.CC, setString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, s.CC))
	}
	if s.MD5Key != "" {
		if errno := signAll(fd, l.Addr.Family, s.MD5Key); errno != 0 {
			return l.fail(StepMD5, errno)
		}
	}
	// An inherited socket may have these from before, so they are set to zero too.
	errno := setInt(fd, unix.IPPROTO_TCP, unix.TCP_SAVE_SYN, s.SaveSYN)
	if s.SaveSYN != 0 {
		l.warn(StepSaveSYN, "", errno)
	}
	errno = setInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(s.UserTimeout.Milliseconds()))
	if s.UserTimeout != 0 {
		l.warn(StepUserTimeout, "", errno)
	}
	deferred := 0
	if s.DeferAccept {
		deferred = 1
	}
	errno = setInt(fd, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, deferred)
	if s.DeferAccept {
		l.warn(StepDeferAccept, "", errno)
	}
	if s.FastOpen {
		l.warn(StepFastOpen, "", setInt(fd, unix.IPPROTO_TCP, unix.TCP_FASTOPEN, l.backlog()))
	}
	return nil
}

// Close closes the socket. A UNIX socket that Listen has put in its place leaves its name behind, because by then the
// name may be another process's.
func (l *Listener) Close() error {
	if l.beside != "" {
		unix.Unlink(l.beside)
		l.beside = ""
	}
	if l.FD < 0 {
		return nil
	}
	err := unix.Close(l.FD)
	l.FD = -1
	return err
}

// errnoOf returns the number in an error of package unix.
func errnoOf(err error) unix.Errno {
	if errno, ok := err.(unix.Errno); ok {
		return errno
	}
	return unix.EINVAL
}
