package process

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// IsTerminal reports whether a person looks at f.
func IsTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// Reason returns the words of the system for an error: "No such file or directory" rather than what was tried.
func Reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if text := unix.ErrnoName(errno); text != "" {
			return reasonOf(errno)
		}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// reasonOf capitalises the first letter as the C library does.
func reasonOf(errno syscall.Errno) string {
	text := errno.Error()
	if text[0] >= 'a' && text[0] <= 'z' {
		text = string(text[0]-'a'+'A') + text[1:]
	}
	return text
}
