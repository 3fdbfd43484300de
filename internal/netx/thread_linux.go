package netx

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

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

// Nice returns the priority of the calling thread, from -20, the highest, to 19 (setpriority(2)).
func Nice() (int, error) {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	return 20 - n, err // what the system call returns is never negative
}

// SetNice gives all threads of the process a priority. Later ones inherit it.
func SetNice(nice int) error {
	const tasks = "/proc/self/task"
	done := map[int]bool{}
	for again := true; again; { // until no thread has begun meanwhile
		list, err := os.ReadDir(tasks)
		if err != nil {
			return unix.Setpriority(unix.PRIO_PROCESS, 0, nice)
		}
		again = false
		for _, e := range list {
			id, err := strconv.Atoi(e.Name())
			if err != nil || done[id] {
				continue
			}
			if err := unix.Setpriority(unix.PRIO_PROCESS, id, nice); err != nil && err != unix.ESRCH {
				return err
			}
			done[id], again = true, true
		}
	}
	return nil
}
