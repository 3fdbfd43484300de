//go:build !linux

package netx

import (
	"net/netip"
	"time"
)

// Elsewhere than on Linux the loops run on package net and have no use for bare descriptors, so these functions only
// say so. They take the same arguments everywhere, which keeps the callers free of build tags.

// MaxFDs is how many descriptors can be passed in one message.
const MaxFDs = 0

// Listener is a bound socket.
type Listener struct {
	FD       int
	Addr     Addr
	Warnings []error
}

// Namespace is a network namespace.
type Namespace struct{ name string }

// Inherited is what InspectFD finds behind a descriptor.
type Inherited struct {
	Addr      Addr
	Kind      Kind
	Listening bool
}

// Listen makes a listening socket.
func Listen(*ListenSpec) (*Listener, error) { return nil, ErrUnsupported }

// Bind makes a socket and binds it.
func Bind(*ListenSpec) (*Listener, error) { return nil, ErrUnsupported }

// Listen makes the socket accept connections.
func (l *Listener) Listen() error { return ErrUnsupported }

// Close closes the socket.
func (l *Listener) Close() error { return nil }

// Rest says that it is not supported.
func (l *Listener) Rest() error { return ErrUnsupported }

// Shut does nothing.
func (l *Listener) Shut() {}

// Relisten says that it is not supported.
func (l *Listener) Relisten() error { return ErrUnsupported }

// Dial begins to connect.
func Dial(*DialSpec) (Dialed, error) { return Dialed{FD: -1}, ErrUnsupported }

// Kinds numbers no sockets.
type Kinds struct{}

// Of says that no socket connects twice.
func (*Kinds) Of(*DialSpec) int { return 0 }

// NoDelay does nothing.
func NoDelay(int) {}

// Redial says that it is not supported.
func Redial(int, *DialSpec) (connected bool, err error) { return false, ErrUnsupported }

// Accept takes a connection that waits.
func Accept(int) (int, netip.AddrPort, error) { return -1, netip.AddrPort{}, ErrUnsupported }

// AcceptPair takes a connection that came over a sockpair@.
func AcceptPair(int) (int, error) { return -1, ErrUnsupported }

// OpenNamespace opens the network namespace of that name.
func OpenNamespace(string) (*Namespace, error) { return nil, ErrUnsupported }

// Name returns the name the namespace was opened by.
func (n *Namespace) Name() string { return n.name }

// Close forgets the namespace.
func (n *Namespace) Close() error { return nil }

// InspectFD says what an inherited descriptor is.
func InspectFD(int) (Inherited, error) { return Inherited{}, ErrUnsupported }

// Dup returns another descriptor of the same socket.
func Dup(int) (int, error) { return -1, ErrUnsupported }

// LocalAddr returns the address that an IP socket is bound to.
func LocalAddr(int) (netip.AddrPort, error) { return netip.AddrPort{}, ErrUnsupported }

// PeerAddr returns the address at the other end of an IP connection.
func PeerAddr(int) (netip.AddrPort, error) { return netip.AddrPort{}, ErrUnsupported }

// SocketError takes the error that is pending on a socket.
func SocketError(int) error { return ErrUnsupported }

// SetQuickAck says whether what arrives is acknowledged at once.
func SetQuickAck(int, bool) error { return ErrUnsupported }

// SetNoLinger makes the next close of a connection reset it.
func SetNoLinger(int) error { return ErrUnsupported }

// SetMark sets the fwmark of a connection's packets.
func SetMark(int, uint32) error { return ErrUnsupported }

// SetTOS sets the TOS of a connection's packets.
func SetTOS(int, bool, int) error { return ErrUnsupported }

// Vanish prepares a connection so that its close is not heard by the peer.
func Vanish(int, int) {}

// SendFDs sends b and with it copies of descriptors.
func SendFDs(int, []byte, ...int) error { return ErrUnsupported }

// RecvFDs receives what SendFDs sent.
func RecvFDs(_ int, _ []byte, fds []int) (int, []int, error) { return 0, fds, ErrUnsupported }

// TCPInfo is what the system has measured of a TCP connection.
type TCPInfo struct {
	RTT, RTTVar                                         time.Duration
	Unacked, Sacked, Lost, Retrans, Fackets, Reordering uint32
	TotalRetrans, MSS, PathMTU                          uint32
}

// Read asks the system.
func (t *TCPInfo) Read(int) error { return ErrUnsupported }

// IsLocal reports whether an address is one of the loopback: no more is known here.
func IsLocal(ip netip.Addr) bool { return ip.Unmap().IsLoopback() }

// SavedSYN appends the packet that opened an accepted connection.
func SavedSYN(_ int, b []byte) ([]byte, error) { return b, ErrUnsupported }

// OutQueue returns how many bytes the peer has not acknowledged yet.
func OutQueue(int) (int, error) { return 0, ErrUnsupported }

// InQueue returns how many bytes wait to be read.
func InQueue(int) (int, error) { return 0, ErrUnsupported }

// OriginalDst returns where a connection was going before a firewall redirected it.
func OriginalDst(int, bool) (netip.AddrPort, error) { return netip.AddrPort{}, ErrUnsupported }

// SetFDLimits sets both limits.
func SetFDLimits(uint64, uint64) error { return ErrUnsupported }

func openPipe(int) (Pipe, error) { return Pipe{}, ErrUnsupported }

func closePipe(Pipe) {}

// Quiet reports whether a connected socket is alive and has nothing to be read.
func Quiet(int) bool { return false }

// Shut ends a connection and leaves its descriptor open.
func Shut(int) {}

// NoNewPrivileges has the system refuse programs that would raise the process's privileges.
func NoNewPrivileges() error { return nil }

// HandedOver is a listening socket on its way from one process to another.
type HandedOver struct {
	FD                int
	Namespace, Device string
}

// Heritage is the listening sockets that another process handed over.
type Heritage struct{}

// HandOver answers "_getsocks".
func HandOver(int, []HandedOver) error { return ErrUnsupported }

// FetchPath asks another process for its listening sockets.
func FetchPath(string) (*Heritage, error) { return nil, ErrUnsupported }

// Fetch asks another process for its listening sockets.
func Fetch(int) (*Heritage, error) { return nil, ErrUnsupported }

// Share returns another heritage of the same sockets.
func (h *Heritage) Share() *Heritage { return h }

// Serve is for Linux only.
func (h *Heritage) Serve(int) error { return ErrUnsupported }

// Len returns how many sockets nobody has taken yet.
func (h *Heritage) Len() int { return 0 }

// Close closes the sockets that nobody has taken.
func (h *Heritage) Close() {}

// Bind is Bind.
func (h *Heritage) Bind(s *ListenSpec) (*Listener, error) { return Bind(s) }

// HandedOver returns the listener in the form that HandOver sends.
func (l *Listener) HandedOver() HandedOver { return HandedOver{FD: l.FD} }

// AcceptPairByte is AcceptPair that returns the byte as well.
func AcceptPairByte(int) (int, byte, error) { return -1, 0, ErrUnsupported }

// DialPair makes a connection over a socket pair.
func DialPair(int, byte) (int, error) { return -1, ErrUnsupported }

// Pair returns the two ends of a socket pair.
func Pair() (int, int, error) { return -1, -1, ErrUnsupported }

// KeepCapabilities has the process keep its capabilities when it takes another user.
func KeepCapabilities() error { return ErrUnsupported }

// SetCapabilities leaves the process these capabilities.
func SetCapabilities(uint32) error { return ErrUnsupported }

// SetDumpable lets the system keep an image of the process when it crashes.
func SetDumpable() error { return ErrUnsupported }
