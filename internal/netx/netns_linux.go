package netx

import (
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// namespaces is where the system keeps the network namespaces that have names (ip-netns(8)).
const namespaces = "/var/run/netns/"

// Namespace is a network namespace to create sockets in. A socket stays in the namespace it was created in, so only its
// creation happens there. The zero value is of no use; a Namespace is safe for use by several loops at once.
type Namespace struct {
	name     string
	fd, home int
}

// OpenNamespace opens the namespace of that name. Like HAProxy it is opened once, when the configuration is read, and
// stays the same one even when the name is given to another.
func OpenNamespace(name string) (*Namespace, error) {
	fail := func(err error) (*Namespace, error) {
		return nil, fmt.Errorf("cannot open namespace '%s': %w", name, err)
	}
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return fail(unix.EINVAL)
	}
	fd, err := unix.Open(namespaces+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fail(err)
	}
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		closeFD(fd)
		return fail(err)
	}
	return &Namespace{name, fd, home}, nil
}

// Name returns the name the namespace was opened by.
func (n *Namespace) Name() string { return n.name }

// Close forgets the namespace. Sockets in it stay.
func (n *Namespace) Close() error {
	closeFD(n.fd)
	closeFD(n.home)
	return nil
}

// socket creates a socket in the namespace.
func (n *Namespace) socket(family, kind, protocol int) (int, unix.Errno) {
	runtime.LockOSThread()
	if errno := setns(n.fd); errno != 0 {
		runtime.UnlockOSThread()
		return -1, errno
	}
	fd, errno := socket(family, kind, protocol)
	if setns(n.home) != 0 {
		// Every later socket of this thread would be created in the wrong network. There is no safe way to go on:
		// the thread may be a loop's.
		panic("cannot return from network namespace " + n.name)
	}
	runtime.UnlockOSThread()
	return fd, errno
}

func setns(fd int) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_SETNS, uintptr(fd), unix.CLONE_NEWNET, 0)
	return errno
}
