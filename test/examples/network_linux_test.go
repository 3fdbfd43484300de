package examples

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// machine is a network namespace on a cable with others.
type machine struct {
	k         *kitchen
	namespace string
	address   string
}

// connect puts machines on a cable. Without root or the program ip the test is skipped.
func (k *kitchen) connect(names ...string) map[string]*machine {
	k.Helper()
	machines := map[string]*machine{}
	cable := k.namespace()
	k.ip("-n", cable, "link", "add", "cable", "type", "bridge")
	k.ip("-n", cable, "link", "set", "cable", "up")
	for i, name := range names {
		m := &machine{k: k, namespace: k.namespace(), address: fmt.Sprintf("10.77.0.%d", i+1)}
		machines[name] = m
		plug := fmt.Sprintf("plug%d", i)
		k.ip("-n", cable, "link", "add", plug, "type", "veth", "peer", "name", "eth0", "netns", m.namespace)
		k.ip("-n", cable, "link", "set", plug, "master", "cable", "up")
		k.ip("-n", m.namespace, "addr", "add", m.address+"/24", "dev", "eth0")
		k.ip("-n", m.namespace, "link", "set", "eth0", "up")
	}
	return machines
}

// namespace makes a network namespace with its loopback up.
func (k *kitchen) namespace() string {
	k.Helper()
	if os.Geteuid() != 0 {
		k.Skip("network namespaces want root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		k.Skip("the program ip is not installed")
	}
	file, err := os.CreateTemp("", "recipe-")
	k.must(err)
	file.Close()
	k.Cleanup(func() { os.Remove(file.Name()) })
	name := filepath.Base(file.Name())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		k.Skipf("network namespaces are not to be had here: %v: %s", err, out)
	}
	k.Cleanup(func() { k.ip("netns", "del", name) })
	k.ip("-n", name, "link", "set", "lo", "up")
	return name
}

func (k *kitchen) ip(words ...string) {
	k.Helper()
	if out, err := exec.Command("ip", words...).CombinedOutput(); err != nil {
		k.Fatalf("ip %s: %v\n%s", strings.Join(words, " "), err, out)
	}
}

// inside runs a function on a thread that is in a namespace. The thread is never used for anything else.
func inside(namespace string, do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		fd, err := unix.Open("/run/netns/"+namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			unix.Close(fd)
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

// serveInside runs a server at an address of a namespace that tells its name.
func (k *kitchen) serveInside(namespace, address, name string) *httptest.Server {
	k.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tell(w, r, name) }))
	k.must(inside(namespace, func() error {
		l, err := net.Listen("tcp", address)
		if err == nil {
			s.Listener.Close()
			s.Listener = l
		}
		return err
	}))
	s.Start()
	k.Cleanup(s.Close)
	return s
}

// way is how a client in a namespace reaches what it asks; each request has a connection of its own.
func way(namespace string) http.RoundTripper {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(_ context.Context, network, address string) (c net.Conn, err error) {
		err = inside(namespace, func() error {
			c, err = net.DialTimeout(network, address, patience)
			return err
		})
		return c, err
	}}
}

// run starts the program on a machine.
func (m *machine) run(file string, values env) *proxy {
	m.k.Helper()
	cmd := m.k.command(file, values, "-db")
	cmd.Args = append([]string{"ip", "netns", "exec", m.namespace}, cmd.Args...)
	path, err := exec.LookPath("ip")
	m.k.must(err)
	cmd.Path = path
	return m.k.launch(cmd)
}

// get asks a URL from a machine.
func (m *machine) get(url string, headers ...string) (reply, error) {
	return fetch(way(m.namespace), "GET", url, headers...)
}

// sees asks a URL from a machine and wants an answer with a status from a server.
func (m *machine) sees(status int, server, url string) reply {
	m.k.Helper()
	r, err := m.get(url)
	m.k.must(err)
	if r.status != status || r.from() != server {
		m.k.Errorf("%s: %d from %q, want %d from %q\n%s", url, r.status, r.from(), status, server, r.body)
	}
	return r
}
