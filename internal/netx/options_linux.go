package netx

import (
	"time"

	"golang.org/x/sys/unix"
)

// The options below only tune: when the system refuses one, the socket is as good without, and HAProxy goes on too.

func setBuffers(fd int, b *Buffers) {
	if b.Recv > 0 {
		setInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, b.Recv)
	}
	if b.Send > 0 {
		setInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, b.Send)
	}
	if b.NotSentLow > 0 {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, b.NotSentLow)
	}
}

func setMarks(fd int, f Family, m *Marks) {
	if m.Mark != 0 {
		setInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(m.Mark))
	}
	if m.TOS != 0 {
		SetTOS(fd, f == IPv6, m.TOS) // changes the priority too
	}
	if m.Priority != 0 {
		setInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, m.Priority)
	}
}

func setKeepAlive(fd int, k *KeepAlive) {
	if !k.On {
		return
	}
	setInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	if k.Count > 0 {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, k.Count)
	}
	if k.Idle > 0 {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds(k.Idle))
	}
	if k.Interval > 0 {
		setInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, seconds(k.Interval))
	}
}

// seconds rounds up, so that a time below one second does not become none.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// SetQuickAck says whether what arrives is acknowledged at once. The system may change it back when it sees fit.
func SetQuickAck(fd int, on bool) error {
	v := 0
	if on {
		v = 1
	}
	return result(setInt(fd, unix.IPPROTO_TCP, unix.TCP_QUICKACK, v))
}

// SetNoLinger makes the next close of a connection reset it, throwing away what is unsent, instead of an orderly end.
func SetNoLinger(fd int) error { return result(setLinger(fd, true)) }

// SetMark sets the fwmark of a connection's packets (set-fc-mark, set-bc-mark). It needs a privilege.
func SetMark(fd int, mark uint32) error {
	return result(setInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(mark)))
}

// SetTOS sets the TOS of a connection's packets, or the traffic class of IPv6 ones (set-fc-tos, set-bc-tos). A socket
// of IPv6 that carries IPv4 gets both.
func SetTOS(fd int, v6 bool, tos int) error {
	four := setInt(fd, unix.IPPROTO_IP, unix.IP_TOS, tos)
	if !v6 {
		return result(four)
	}
	return result(setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, tos))
}

// result makes an error of a number: a nil one of zero.
func result(errno unix.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

// SocketError takes the error that is pending on a socket: after a non-blocking connect how it ended, nil when it
// succeeded.
func SocketError(fd int) error {
	n, errno := getInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if errno != 0 {
		return errno
	}
	return result(unix.Errno(n))
}
