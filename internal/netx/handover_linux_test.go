package netx

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFetchFromStopped asks a process that stands still, whose queue of connections is full: that ends with an error.
func TestFetchFromStopped(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/s"
	listening, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(listening)
	if err := unix.Bind(listening, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(listening, 0); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		var waiting int
		if waiting, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(waiting)
		err = unix.Connect(waiting, &unix.SockaddrUnix{Name: path})
	}
	if h, err := FetchPath(path); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("%v, %v", h, err)
	}
}
