package netx

import (
	"sync"

	"golang.org/x/sys/unix"
)

// Kinds numbers what sockets DialSpecs ask for: two of one kind may stand for one another, since a socket that is
// disconnected keeps its options (connect(2), AF_UNSPEC). The zero value is ready. For any thread.
type Kinds struct {
	mu    sync.Mutex
	specs []DialSpec
}

// mostKinds bounds the kinds. A configuration has a few; the sockets of those that come after so many connect once.
const mostKinds = 64

// Of returns the kind of the socket that s asks for, from 1; 0 when it serves for one connection only.
func (k *Kinds) Of(s *DialSpec) int {
	if !s.plain() {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.specs {
		if k.specs[i].sameSocket(s) {
			return i + 1
		}
	}
	if len(k.specs) == mostKinds {
		return 0
	}
	k.specs = append(k.specs, *s)
	return len(k.specs)
}

// plain reports whether a connection of s has nothing but options that its socket keeps when it is disconnected.
func (s *DialSpec) plain() bool {
	return s.Kind == Stream && s.Addr.Family.isIP() && s.Namespace == nil && !s.Source.IsValid() && s.Ports == nil &&
		!s.Transparent.IsValid() && s.Interface == "" && s.MD5Key == "" && !s.FastOpen
}

// sameSocket reports whether a socket that was dialled as s says serves for o as well; both are plain.
func (s *DialSpec) sameSocket(o *DialSpec) bool {
	return s.Addr.Family == o.Addr.Family && s.CC == o.CC && s.MSS == o.MSS && s.UserTimeout == o.UserTimeout &&
		s.OneWrite == o.OneWrite && s.KeepAlive == o.KeepAlive && s.Buffers == o.Buffers && s.Marks == o.Marks
}

// Redial begins to connect a socket that was disconnected, to the address of s, which is of the kind that the socket was
// made as. It neither waits nor allocates, unless it fails; then the socket is still the caller's.
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
