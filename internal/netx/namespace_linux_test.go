package netx

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// namespace makes a network namespace for the test.
func namespace(t *testing.T) string {
	t.Helper()
	needRoot(t)
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the program ip")
	}
	name := fmt.Sprintf("netx%d", os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		t.Skipf("cannot make a namespace: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("ip", "netns", "del", name).Run() })
	if out, err := exec.Command("ip", "-n", name, "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return name
}

func TestNamespace(t *testing.T) {
	ns, err := OpenNamespace(namespace(t))
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	s := spec(local(t, IPv4))
	s.Namespace = ns
	l := mustListen(t, s)
	d := mustDial(t, &DialSpec{Addr: l.Addr, Namespace: ns})
	c, _ := mustAccept(t, l)
	talk(t, d.FD, c)
	// Outside there is nobody at that port, and the thread is back outside.
	out, err := Dial(&DialSpec{Addr: l.Addr})
	if err == nil {
		wait(t, out.FD, unix.POLLOUT)
		err = SocketError(out.FD)
		closeFD(out.FD)
	}
	if ReasonOf(err) != Refused {
		t.Errorf("from outside: %v", err)
	}
	if n := testing.AllocsPerRun(10, func() {
		d, err := Dial(&DialSpec{Addr: l.Addr, Namespace: ns})
		if err != nil {
			t.Fatal(err)
		}
		closeFD(d.FD)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOpenNamespaceErrors(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../mnt", "nosuch-namespace"} {
		if ns, err := OpenNamespace(name); err == nil {
			t.Errorf("%q is opened: %v", name, ns)
		}
	}
}
