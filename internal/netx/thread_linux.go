package netx

import "golang.org/x/sys/unix"

// ShutDescriptor ends the connection of a descriptor under whoever has it; hard closes it, which nobody is told.
func ShutDescriptor(fd int, hard bool) error {
	if hard {
		return unix.Close(fd)
	}
	return unix.Shutdown(fd, unix.SHUT_RDWR)
}

// Thread returns the number of the calling thread, and how long it has used a processor, in nanoseconds.
func Thread() (id int, used int64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) == nil {
		used = u.Utime.Nano() + u.Stime.Nano()
	}
	return unix.Gettid(), used
}
