package netx

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// bindPath binds a UNIX socket beside its path, with its owner and permissions set, to be moved there by takePlace.
func (l *Listener) bindPath() error {
	path := l.spec.Addr.Path
	if path == "" || len(path) > MaxPath {
		return l.fail(StepBind, unix.ENAMETOOLONG)
	}
	// What is there must be a socket: moving over a file would destroy it.
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err == nil {
		if kind := st.Mode & unix.S_IFMT; kind != unix.S_IFSOCK && kind != unix.S_IFLNK {
			return l.fail(StepReplace, unix.EEXIST)
		}
	}
	if err := l.open(); err != nil {
		return err
	}
	name, errno := l.bindBeside(path)
	if errno != 0 {
		return l.fail(StepBind, errno)
	}
	l.beside = name
	if l.spec.UID != -1 || l.spec.GID != -1 {
		if err := unix.Lchown(name, l.spec.UID, l.spec.GID); err != nil {
			return l.fail(StepOwner, errnoOf(err))
		}
	}
	if l.spec.Mode != 0 {
		if err := unix.Chmod(name, l.spec.Mode); err != nil {
			return l.fail(StepOwner, errnoOf(err))
		}
	}
	return nil
}

// bindBeside binds to a free name that begins with path. The process number is in it, so that one that was killed
// between Bind and Listen does no harm to others; a number follows for the listeners of one process. The first name is
// the one that HAProxy gives, by which it knows a socket that is handed over to it.
func (l *Listener) bindBeside(path string) (string, unix.Errno) {
	var a sockaddr
	pid := strconv.Itoa(os.Getpid() % 100000)
	for i := range 100 {
		name := path + "." + pid + ".tmp"
		if i > 0 {
			name = path + "." + pid + "." + strconv.Itoa(i)
		}
		if !a.setPath(name) {
			return "", unix.ENAMETOOLONG
		}
		if errno := bind(l.FD, &a); errno != unix.EADDRINUSE {
			return name, errno
		}
	}
	return "", unix.EADDRINUSE
}

// takePlace moves a UNIX socket to its path, over the one that an earlier process left or still serves. Connections
// that wait at the old one stay there.
func (l *Listener) takePlace() error {
	if l.beside == "" {
		return nil
	}
	if err := unix.Rename(l.beside, l.spec.Addr.Path); err != nil {
		return l.fail(StepReplace, errnoOf(err))
	}
	l.beside = ""
	return nil
}
