package netx

import (
	"golang.org/x/sys/unix"
)

// MaxFDs is how many descriptors the system passes in one message.
const MaxFDs = 253

// SendFDs sends b, one byte at least, and with it copies of descriptors, over a UNIX socket. It returns EAGAIN when the
// socket is full; then nothing was sent. The caller keeps its own descriptors.
func SendFDs(socket int, b []byte, fds ...int) error {
	if len(b) == 0 || len(fds) > MaxFDs {
		return unix.EINVAL
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	n, err := unix.SendmsgN(socket, b, rights, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
	if err == nil && n < len(b) {
		return unix.EMSGSIZE
	}
	return err
}

// RecvFDs receives into b what SendFDs sent, and appends the descriptors that came with it to fds. They are
// close-on-exec and belong to the caller, except when there is an error: then none is left open. n is 0 at the end.
// More than MaxFDs at once are refused.
func RecvFDs(socket int, b []byte, fds []int) (n int, all []int, err error) {
	room := make([]byte, unix.CmsgSpace(MaxFDs*4))
	n, used, flags, _, err := unix.Recvmsg(socket, b, room, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return 0, fds, err
	}
	all = fds
	messages, err := unix.ParseSocketControlMessage(room[:used])
	if err == nil {
		for i := range messages {
			// A message of another type is of no interest.
			if got, e := unix.ParseUnixRights(&messages[i]); e == nil {
				all = append(all, got...)
			}
		}
	}
	if flags&unix.MSG_CTRUNC != 0 {
		err = unix.EMSGSIZE
	}
	if err != nil {
		for _, fd := range all[len(fds):] {
			closeFD(fd)
		}
		return 0, fds, err
	}
	return n, all, nil
}

// AcceptPair takes a connection that came over a sockpair@, the descriptor of a Listener: the other end sends one byte
// with each. The errors are those of Accept; ECONNABORTED also stands for a byte without a connection, and EOF of the
// other end is EPIPE.
func AcceptPair(fd int) (int, error) {
	made, _, err := AcceptPairByte(fd)
	return made, err
}

// AcceptPairByte is AcceptPair that returns the byte as well.
func AcceptPairByte(fd int) (made int, b byte, err error) {
	var room [unix.SizeofCmsghdr + 8]byte
	var one [1]byte
	n, used, flags, _, err := unix.Recvmsg(fd, one[:], room[:], unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return -1, 0, err
	}
	if n == 0 {
		return -1, 0, unix.EPIPE
	}
	messages, err := unix.ParseSocketControlMessage(room[:used])
	if err != nil || len(messages) != 1 || flags&unix.MSG_CTRUNC != 0 {
		return -1, 0, unix.ECONNABORTED
	}
	got, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(got) == 0 {
		return -1, 0, unix.ECONNABORTED
	}
	for _, extra := range got[1:] {
		closeFD(extra)
	}
	if err := unix.SetNonblock(got[0], true); err != nil {
		closeFD(got[0])
		return -1, 0, err
	}
	return got[0], one[0], nil
}

// dialPair makes a connection over a sockpair@: it keeps one end of a new pair and passes the other.
func dialPair(s *DialSpec) (Dialed, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return Dialed{FD: -1}, dialError(s, StepSocket, "", errnoOf(err))
	}
	err = SendFDs(s.Addr.FD, []byte{'\n'}, ends[1])
	closeFD(ends[1])
	if err != nil {
		closeFD(ends[0])
		return Dialed{FD: -1}, dialError(s, StepPass, "", errnoOf(err))
	}
	return Dialed{FD: ends[0], Connected: true}, nil
}

// DialPair makes a connection over a socket pair: it passes one end of a new pair together with b, and returns the other.
func DialPair(over int, b byte) (int, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = SendFDs(over, []byte{b}, ends[1])
	closeFD(ends[1])
	if err != nil {
		closeFD(ends[0])
		return -1, err
	}
	return ends[0], nil
}

// Pair returns the two ends of a socket pair.
func Pair() (ours, theirs int, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	return ends[0], ends[1], err
}
