package netx

import (
	"syscall"
	"unsafe"

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

// KeepCapabilities has the process keep its capabilities when it takes another user, until SetCapabilities.
func KeepCapabilities() error {
	if _, _, e := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

// SetCapabilities leaves the process these capabilities, as bits, and no other.
func SetCapabilities(bits uint32) error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	set := [2]unix.CapUserData{{Effective: bits, Permitted: bits}}
	_, _, e := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&set)), 0)
	if e != 0 {
		return e
	}
	return nil
}

// SetDumpable lets the system keep an image of the process when it crashes, of any size.
func SetDumpable() error {
	all := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	unix.Setrlimit(unix.RLIMIT_FSIZE, &all)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &all); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
}
