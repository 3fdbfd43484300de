package netx

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Listening sockets are handed from process to process in the form that HAProxy uses (management.txt 3, -x): the one
// that wants them writes "_getsocks", a line; the other one sends their number in four bytes, in the machine's order, and
// then messages of at most MaxFDs descriptors, each of which is acknowledged with four bytes. The text of a message has
// for every descriptor a network namespace and a device, each behind a byte that is its length, and four bytes that are
// zero.

// getSocks is the command of the runtime API that asks for the sockets.
const getSocks = "_getsocks\n"

// handoverWait is how long a process waits for the other one while sockets are handed over.
const handoverWait = 2 * time.Second

// maxHandedOver bounds what is believed about the number of sockets.
const maxHandedOver = 1 << 20

// A HandedOver is a listening socket on its way from one process to another.
type HandedOver struct {
	FD                int
	Namespace, Device string

	in          Inherited
	transparent bool
	v6Only      bool
}

// appendTo appends what the message says of the socket.
func (h *HandedOver) appendTo(b []byte) []byte {
	b = append(append(b, byte(len(h.Namespace))), h.Namespace...)
	b = append(append(b, byte(len(h.Device))), h.Device...)
	return append(b, 0, 0, 0, 0)
}

// parse reads what appendTo wrote; ok is false while some of it is missing.
func (h *HandedOver) parse(b []byte) (rest []byte, ok bool) {
	for _, into := range [...]*string{&h.Namespace, &h.Device} {
		if len(b) == 0 || len(b) <= int(b[0]) {
			return b, false
		}
		*into = string(b[1 : 1+b[0]])
		b = b[1+b[0]:]
	}
	if len(b) < 4 {
		return b, false
	}
	return b[4:], true
}

// HandOver answers "_getsocks" on a blocking UNIX socket: it sends list, whose descriptors stay the caller's.
func HandOver(socket int, list []HandedOver) error {
	if err := patience(socket); err != nil {
		return err
	}
	if err := SendFDs(socket, binary.NativeEndian.AppendUint32(nil, uint32(len(list)))); err != nil {
		return err
	}
	for len(list) > 0 {
		n := min(len(list), MaxFDs)
		var text []byte
		fds := make([]int, 0, n)
		for i := range list[:n] {
			text = list[i].appendTo(text)
			fds = append(fds, list[i].FD)
		}
		if err := unix.Sendmsg(socket, text, unix.UnixRights(fds...), nil, unix.MSG_NOSIGNAL); err != nil {
			return err
		}
		list = list[n:]
		// Releases before 3.0 close without the last acknowledgement.
		var ack [4]byte
		if got, err := unix.Read(socket, ack[:]); len(list) > 0 && (err != nil || got != len(ack)) {
			return unix.EPIPE
		}
	}
	return nil
}

// patience bounds how long a blocking socket waits.
func patience(socket int) error {
	if err := unix.SetNonblock(socket, false); err != nil {
		return err
	}
	t := unix.NsecToTimeval(int64(handoverWait))
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &t); err != nil {
		return err
	}
	return unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &t)
}

// A Heritage is the listening sockets that another process handed over. Each serves one listener; Close closes those
// that nobody wanted. The nil Heritage is empty.
type Heritage struct{ list []HandedOver }

// fetchTries is how often a path is asked: a process that is about to leave may answer at a socket that it shares with the
// one that follows it, and ends the conversation.
const fetchTries = 10

// FetchPath asks the process at the runtime API's UNIX socket path for its listening sockets.
func FetchPath(path string) (h *Heritage, err error) {
	for range fetchTries {
		if h, err = fetchPath(path); !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
			break
		}
	}
	return h, err
}

func fetchPath(path string) (*Heritage, error) {
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer closeFD(socket)
	name := path
	if abstract, ok := strings.CutPrefix(path, "abns@"); ok {
		name = "\x00" + abstract + strings.Repeat("\x00", max(0, MaxUnixName-len(abstract)))
	}
	name = strings.TrimPrefix(name, "unix@")
	if err := patience(socket); err != nil { // a process that stands still has a full queue of connections
		return nil, err
	}
	if err := unix.Connect(socket, &unix.SockaddrUnix{Name: name}); err != nil {
		return nil, err
	}
	return Fetch(socket)
}

// Fetch asks for listening sockets over a connection to the runtime API, which stays the caller's. After an error no
// socket is left open.
func Fetch(socket int) (*Heritage, error) {
	if err := patience(socket); err != nil {
		return nil, err
	}
	if err := SendFDs(socket, []byte(getSocks)); err != nil {
		return nil, err
	}
	var head [4]byte
	if n, _, err := unix.Recvfrom(socket, head[:], unix.MSG_WAITALL); err != nil || n != len(head) {
		return nil, orPipe(err)
	}
	total := int(binary.NativeEndian.Uint32(head[:]))
	if total > maxHandedOver {
		return nil, unix.EPROTO // an answer in words: the command was refused
	}
	h := &Heritage{}
	if err := h.receive(socket, total); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func orPipe(err error) error {
	if err == nil {
		return unix.EPIPE
	}
	return err
}

// receive takes total sockets.
func (h *Heritage) receive(socket, total int) error {
	part := make([]byte, MaxFDs*(2+2*255+4))
	var text []byte
	var fds []int
	for len(h.list) < total {
		n, all, err := RecvFDs(socket, part, fds)
		fds = all
		if err == nil && n == 0 || len(fds)+len(h.list) > total {
			err = unix.EPIPE
		}
		if err != nil {
			for _, fd := range fds {
				closeFD(fd)
			}
			return err
		}
		text = append(text, part[:n]...)
		for len(fds) > 0 {
			one := HandedOver{FD: fds[0]}
			rest, ok := one.parse(text)
			if !ok {
				break
			}
			text, fds = rest, fds[1:]
			one.inspect()
			h.list = append(h.list, one)
		}
		SendFDs(socket, []byte{0, 0, 0, 0}) // old programs do not wait for it
	}
	return nil
}

// inspect asks the system what the message does not tell.
func (h *HandedOver) inspect() {
	in, err := InspectFD(h.FD)
	if err != nil || !in.Listening || shut(h.FD) {
		return // matches nothing, and is closed
	}
	h.in = in
	on := func(level, option int) bool {
		n, errno := getInt(h.FD, level, option)
		return errno == 0 && n != 0
	}
	switch in.Addr.Family {
	case IPv4:
		h.transparent = on(unix.IPPROTO_IP, unix.IP_TRANSPARENT) || on(unix.IPPROTO_IP, unix.IP_FREEBIND)
	case IPv6:
		h.transparent = on(unix.IPPROTO_IPV6, unix.IPV6_TRANSPARENT) || on(unix.IPPROTO_IPV6, unix.IPV6_FREEBIND)
		h.v6Only = on(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	}
}

// shut says whether a UNIX socket that listens takes no connections any more, by Shut.
func shut(fd int) bool {
	ask := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(ask, 0)
	return err == nil && n == 1 && ask[0].Revents&unix.POLLHUP != 0
}

// matches says whether the socket is the one that s describes.
func (h *HandedOver) matches(s *ListenSpec) bool {
	name := ""
	if s.Namespace != nil {
		name = s.Namespace.Name()
	}
	if h.in.Kind != s.Kind || h.Namespace != name || h.Device != s.Interface {
		return false
	}
	switch a := &h.in.Addr; s.Addr.Family {
	case IPv4, IPv6:
		return a.IP == s.Addr.IP && h.transparent == s.Transparent && (a.Family == IPv4 || h.v6Only == s.V6Only)
	case Unix:
		return a.Family == Unix && besides(a.Path, s.Addr.Path)
	case Abns, Abnsz:
		return a.Family == s.Addr.Family && a.Path == s.Addr.Path
	}
	return false
}

// besides says whether a UNIX socket was bound to a name beside path, to be moved there.
func besides(name, path string) bool {
	rest, ok := strings.CutPrefix(name, path)
	if !ok || rest == "" {
		return ok
	}
	return rest[0] == '.' && strings.Trim(strings.TrimSuffix(rest, ".tmp"), ".0123456789") == ""
}

// Len returns how many sockets nobody has taken yet.
func (h *Heritage) Len() int {
	if h == nil {
		return 0
	}
	return len(h.list)
}

// Share returns another heritage of the same sockets, which is closed on its own.
func (h *Heritage) Share() *Heritage {
	both := &Heritage{}
	for _, one := range h.list {
		if fd, err := Dup(one.FD); err == nil {
			one.FD = fd
			both.list = append(both.list, one)
		}
	}
	return both
}

// Serve answers one "_getsocks" of a process at the other end of a blocking UNIX socket, as HandOver does. The sockets stay
// in the heritage.
func (h *Heritage) Serve(socket int) error {
	if err := patience(socket); err != nil {
		return err
	}
	line := make([]byte, len(getSocks))
	if n, _, err := unix.Recvfrom(socket, line, unix.MSG_WAITALL); err != nil || string(line[:n]) != getSocks {
		return orPipe(err)
	}
	return HandOver(socket, h.list)
}

// take gives away the socket that s describes.
func (h *Heritage) take(s *ListenSpec) (fd int, ok bool) {
	if h == nil {
		return -1, false
	}
	for i := range h.list {
		if h.list[i].matches(s) {
			fd = h.list[i].FD
			h.list = append(h.list[:i], h.list[i+1:]...)
			return fd, true
		}
	}
	return -1, false
}

// Close closes the sockets that nobody has taken.
func (h *Heritage) Close() {
	if h == nil {
		return
	}
	for i := range h.list {
		closeFD(h.list[i].FD)
	}
	h.list = nil
}

// Bind is Bind with a socket of the heritage, where it has the one that s describes.
func (h *Heritage) Bind(s *ListenSpec) (*Listener, error) {
	fd, ok := h.take(s)
	if !ok {
		return Bind(s)
	}
	l := &Listener{FD: fd, Addr: s.Addr, spec: *s}
	if err := unix.SetNonblock(fd, true); err != nil {
		l.Close()
		return nil, l.fail(StepSocket, errnoOf(err))
	}
	return l, nil
}

// HandedOver returns the listener in the form that HandOver sends.
func (l *Listener) HandedOver() HandedOver {
	h := HandedOver{FD: l.FD, Device: l.spec.Interface}
	if l.spec.Namespace != nil {
		h.Namespace = l.spec.Namespace.Name()
	}
	return h
}
