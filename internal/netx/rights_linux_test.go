package netx

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func socketpair(t *testing.T) (int, int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFD(p[0]); closeFD(p[1]) })
	return p[0], p[1]
}

// open counts the descriptors of this process.
func open(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(all)
}

func TestPassFDs(t *testing.T) {
	a, b := socketpair(t)
	l := mustListen(t, spec(local(t, IPv4)))
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := SendFDs(a, []byte("two"), l.FD, int(file.Fd())); err != nil {
		t.Fatal(err)
	}
	var room [16]byte
	n, fds, err := RecvFDs(b, room[:], []int{-7})
	if err != nil || string(room[:n]) != "two" || len(fds) != 3 || fds[0] != -7 {
		t.Fatalf("%q, %v, %v", room[:n], fds, err)
	}
	l.Close()
	if own, _ := unix.FcntlInt(uintptr(fds[1]), unix.F_GETFD, 0); own&unix.FD_CLOEXEC == 0 {
		t.Error("a received descriptor would be inherited")
	}
	// The socket listens on in the hands of the receiver.
	taken := mustListen(t, spec(Addr{Family: FD, FD: fds[1]}))
	mustDial(t, &DialSpec{Addr: taken.Addr})
	mustAccept(t, taken)
	closeFD(fds[1])
	closeFD(fds[2])

	if err := SendFDs(a, []byte("none")); err != nil {
		t.Fatal(err)
	}
	if n, fds, err := RecvFDs(b, room[:], nil); err != nil || string(room[:n]) != "none" || len(fds) != 0 {
		t.Errorf("%q, %v, %v", room[:n], fds, err)
	}
	if _, _, err := RecvFDs(b, room[:], nil); err != unix.EAGAIN {
		t.Errorf("nothing there: %v", err)
	}
	unix.Shutdown(a, unix.SHUT_WR)
	if n, _, err := RecvFDs(b, room[:], nil); n != 0 || err != nil {
		t.Errorf("the end: %d, %v", n, err)
	}
	if err := SendFDs(b, nil, a); err != unix.EINVAL {
		t.Errorf("no byte to carry the descriptors: %v", err)
	}
	if err := SendFDs(a, []byte("x"), a); err != unix.EPIPE {
		t.Errorf("after the end: %v", err)
	}
}

func TestPassMany(t *testing.T) {
	a, b := socketpair(t)
	before := open(t)
	fds := make([]int, MaxFDs)
	for i := range fds {
		fds[i] = a
	}
	if err := SendFDs(a, []byte("x"), fds...); err != nil {
		t.Fatal(err)
	}
	var room [1]byte
	_, got, err := RecvFDs(b, room[:], nil)
	if err != nil || len(got) != MaxFDs {
		t.Fatalf("%d, %v", len(got), err)
	}
	for _, fd := range got {
		closeFD(fd)
	}
	if err := SendFDs(a, []byte("x"), append(fds, a)...); err != unix.EINVAL {
		t.Errorf("too many: %v", err)
	}
	// AcceptPair takes one and closes what else came with it.
	if err := SendFDs(a, []byte("x"), a, a); err != nil {
		t.Fatal(err)
	}
	if fd, err := AcceptPair(b); err == nil {
		closeFD(fd)
	}
	if after := open(t); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}
