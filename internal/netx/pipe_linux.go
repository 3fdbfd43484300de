package netx

import "golang.org/x/sys/unix"

// openPipe makes a pipe. A size that the system does not allow is no reason to do without.
func openPipe(size int) (Pipe, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		return Pipe{}, err
	}
	if size > 0 {
		unix.FcntlInt(uintptr(ends[0]), unix.F_SETPIPE_SZ, size)
	}
	return Pipe{ends[0], ends[1]}, nil
}

func closePipe(p Pipe) {
	closeFD(p.R)
	closeFD(p.W)
}
