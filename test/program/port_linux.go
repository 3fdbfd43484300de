package program

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Port is a free port that stays ours until release: a socket is bound to it and never listens, and what a program binds
// shares it by SO_REUSEPORT.
func Port() (port string, release func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	release = func() { unix.Close(fd) }
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{})
	}
	var name unix.Sockaddr
	if err == nil {
		name, err = unix.Getsockname(fd)
	}
	if err != nil {
		release()
		return "", nil, err
	}
	return strconv.Itoa(name.(*unix.SockaddrInet4).Port), release, nil
}
