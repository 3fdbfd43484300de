package netx

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestRedial connects one socket twice: the first peer sees a reset, the second one an ordinary connection.
func TestRedial(t *testing.T) {
	listen := func() (*net.TCPListener, DialSpec) {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l, DialSpec{Addr: IPAddr(l.Addr().(*net.TCPAddr).AddrPort()), NoQuickAck: true}
	}
	accept := func(l *net.TCPListener) net.Conn {
		l.SetDeadline(time.Now().Add(5 * time.Second))
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(5 * time.Second))
		t.Cleanup(func() { c.Close() })
		return c
	}
	first, a := listen()
	second, b := listen()
	d, err := Dial(&a)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(d.FD)
	one := accept(first)
	var kinds Kinds
	if k := kinds.Of(&a); k == 0 || k != kinds.Of(&b) {
		t.Error("an address alone makes a difference")
	}
	nowhere := sockaddr{size: unix.SizeofSockaddrInet4}
	nowhere.raw.Addr.Family = unix.AF_UNSPEC
	if errno := connect(d.FD, &nowhere); errno != 0 {
		t.Fatal(errno)
	}
	if _, err := one.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the first peer sees %v", err)
	}
	if _, err := Redial(d.FD, &b); err != nil {
		t.Fatal(err)
	}
	two := accept(second)
	if n, _ := unix.GetsockoptInt(d.FD, unix.IPPROTO_TCP, unix.TCP_NODELAY); n == 0 {
		t.Error("the socket has forgotten TCP_NODELAY")
	}
	if _, err := unix.Write(d.FD, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(two, make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

// TestKinds holds which connections leave nothing on their socket that the next one must not have.
func TestKinds(t *testing.T) {
	base := DialSpec{Addr: IPAddr(netip.MustParseAddrPort("192.0.2.1:80"))}
	var kinds Kinds
	first := kinds.Of(&base)
	if first == 0 {
		t.Error("a socket without options cannot be used again")
	}
	for name, change := range map[string]func(*DialSpec){
		"source":    func(s *DialSpec) { s.Source = netip.MustParseAddrPort("192.0.2.2:0") },
		"interface": func(s *DialSpec) { s.Interface = "lo" },
		"signature": func(s *DialSpec) { s.MD5Key = "k" },
		"namespace": func(s *DialSpec) { s.Namespace = &Namespace{} },
		"kind":      func(s *DialSpec) { s.Kind = MPTCP },
		"unix":      func(s *DialSpec) { s.Addr = Addr{Family: Unix, Path: "/x"} },
		"fast open": func(s *DialSpec) { s.FastOpen = true },
		"usesrc":    func(s *DialSpec) { s.Transparent = netip.MustParseAddrPort("192.0.2.2:0") },
		"ports":     func(s *DialSpec) { s.Ports = &PortRange{} },
	} {
		s := base
		change(&s)
		if k := kinds.Of(&s); k != 0 {
			t.Errorf("%s: its socket is of kind %d", name, k)
		}
	}
	seen := map[int]string{first: "no option"}
	for name, change := range map[string]func(*DialSpec){
		"family":    func(s *DialSpec) { s.Addr = IPAddr(netip.MustParseAddrPort("[2001:db8::1]:80")) },
		"mss":       func(s *DialSpec) { s.MSS = 1000 },
		"mark":      func(s *DialSpec) { s.Marks.Mark = 1 },
		"cc":        func(s *DialSpec) { s.CC = "reno" },
		"one write": func(s *DialSpec) { s.OneWrite = true },
		"buffers":   func(s *DialSpec) { s.Buffers.Send = 4096 },
		"keepalive": func(s *DialSpec) { s.KeepAlive.On = true },
		"timeout":   func(s *DialSpec) { s.UserTimeout = time.Second },
	} {
		s := base
		change(&s)
		k := kinds.Of(&s)
		if k == 0 || seen[k] != "" || k != kinds.Of(&s) {
			t.Errorf("%s: kind %d, which is that of %q", name, k, seen[k])
		}
		seen[k] = name
	}
	for i := range 2 * mostKinds {
		s := base
		s.MSS = 2000 + i
		if k := kinds.Of(&s); k > mostKinds {
			t.Fatalf("kind %d", k)
		}
	}
	if kinds.Of(&base) != first {
		t.Error("a kind has changed")
	}
}
