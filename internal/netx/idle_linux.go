package netx

import "golang.org/x/sys/unix"

// Quiet reports whether a connected socket in non-blocking mode is alive and has nothing to be read.
func Quiet(fd int) bool {
	var b [1]byte
	_, _, err := unix.Recvfrom(fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return err == unix.EAGAIN
}

// Shut ends a connection in both directions and leaves its descriptor open.
func Shut(fd int) { unix.Shutdown(fd, unix.SHUT_RDWR) }
