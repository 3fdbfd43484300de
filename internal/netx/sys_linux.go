package netx

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls below take the short way into the kernel. None of them waits, so the scheduler need not know, and their
// arguments stay on the caller's stack.

func socket(family, kind, protocol int) (int, unix.Errno) {
	fd, _, errno := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family),
		uintptr(kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC), uintptr(protocol))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), 0
}

func setInt(fd, level, option, value int) unix.Errno {
	v := int32(value)
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option),
		uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
	return errno
}

func setString(fd, level, option int, s string) unix.Errno {
	if s == "" {
		return unix.EINVAL
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option),
		uintptr(unsafe.Pointer(unsafe.StringData(s))), uintptr(len(s)), 0)
	return errno
}

func getInt(fd, level, option int) (int, unix.Errno) {
	var v int32
	size := uint32(unsafe.Sizeof(v))
	errno := getOption(fd, level, option, unsafe.Pointer(&v), &size)
	return int(v), errno
}

func getOption(fd, level, option int, p unsafe.Pointer, size *uint32) unix.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option),
		uintptr(p), uintptr(unsafe.Pointer(size)), 0)
	return errno
}

func setLinger(fd int, on bool) unix.Errno {
	var l unix.Linger
	if on {
		l.Onoff = 1
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER,
		uintptr(unsafe.Pointer(&l)), unsafe.Sizeof(l), 0)
	return errno
}

func bind(fd int, a *sockaddr) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), uintptr(a.size))
	return errno
}

func connect(fd int, a *sockaddr) unix.Errno {
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), uintptr(a.size))
		if errno != unix.EINTR {
			return errno
		}
	}
}

func closeFD(fd int) { unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }
