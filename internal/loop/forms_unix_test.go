//go:build unix

package loop

import (
	"syscall"
	"testing"
)

// duplicateOf returns a duplicate of the file descriptor and closes the original.
func duplicateOf(t testing.TB, sc interface {
	syscall.Conn
	Close() error
}) int {
	t.Helper()
	raw, err := sc.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	fd := -1
	raw.Control(func(old uintptr) { fd, err = syscall.Dup(int(old)) })
	if err != nil {
		t.Fatal(err)
	}
	sc.Close()
	return fd
}
