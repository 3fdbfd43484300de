package netx

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// NoNewPrivileges has the system refuse to the whole process, and to what it starts, any program that would raise its
// privileges.
func NoNewPrivileges() error {
	if _, _, e := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}
