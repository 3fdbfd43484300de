package netx

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TCPInfo is what the system has measured of a TCP connection, for fc_rtt and its neighbours (configuration.txt 7.3.3).
type TCPInfo struct {
	RTT, RTTVar time.Duration // whole microseconds
	Unacked     uint32        // segments on their way
	Sacked      uint32        // segments acknowledged out of order
	Lost        uint32        // segments thought lost
	Retrans     uint32        // segments on their way again: what fc_retrans reports
	Fackets     uint32        // segments before the highest one acknowledged; zero on systems of today
	Reordering  uint32        // how far segments may arrive out of order without being thought lost

	TotalRetrans uint32 // segments sent again since the beginning
	MSS          uint32 // the largest segment that is sent, in bytes
	PathMTU      uint32 // in bytes
}

// Read asks the system. It fails for what is no TCP connection.
func (t *TCPInfo) Read(fd int) error {
	var raw unix.TCPInfo
	size := uint32(unsafe.Sizeof(raw))
	if errno := getOption(fd, unix.IPPROTO_TCP, unix.TCP_INFO, unsafe.Pointer(&raw), &size); errno != 0 {
		return errno
	}
	*t = TCPInfo{
		RTT:          time.Duration(raw.Rtt) * time.Microsecond,
		RTTVar:       time.Duration(raw.Rttvar) * time.Microsecond,
		Unacked:      raw.Unacked,
		Sacked:       raw.Sacked,
		Lost:         raw.Lost,
		Retrans:      raw.Retrans,
		Fackets:      raw.Fackets,
		Reordering:   raw.Reordering,
		TotalRetrans: raw.Total_retrans,
		MSS:          raw.Snd_mss,
		PathMTU:      raw.Pmtu,
	}
	return nil
}

// SavedSYN appends to b the packet that opened an accepted connection, whose listener has ListenSpec.SaveSYN set
// (fc_saved_syn). The system gives it out once. b must have room for 128 bytes, else the packet does not fit.
func SavedSYN(fd int, b []byte) ([]byte, error) {
	room := b[len(b):cap(b)]
	if len(room) == 0 {
		return b, unix.EINVAL
	}
	size := uint32(len(room))
	errno := getOption(fd, unix.IPPROTO_TCP, unix.TCP_SAVED_SYN, unsafe.Pointer(&room[0]), &size)
	if errno != 0 {
		return b, errno
	}
	return b[:len(b)+int(size)], nil
}

// OutQueue returns how many bytes written to a socket its peer has not acknowledged yet.
func OutQueue(fd int) (int, error) { return queue(fd, unix.SIOCOUTQ) }

// InQueue returns how many bytes wait to be read from a socket.
func InQueue(fd int) (int, error) { return queue(fd, unix.SIOCINQ) }

func queue(fd int, request uintptr) (int, error) {
	var n int32
	_, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&n)))
	return int(n), result(errno)
}
