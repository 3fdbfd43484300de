package netx

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// local is a loopback address with a port for the system to choose.
func local(t *testing.T, f Family) Addr {
	t.Helper()
	if f == IPv6 {
		if _, err := os.Stat("/proc/net/if_inet6"); err != nil {
			t.Skip("no IPv6 on this system")
		}
		return Addr{Family: IPv6, IP: netip.MustParseAddrPort("[::1]:0")}
	}
	return Addr{Family: IPv4, IP: netip.MustParseAddrPort("127.0.0.1:0")}
}

// spec is the zero ListenSpec for an address.
func spec(a Addr) *ListenSpec { return &ListenSpec{Addr: a, UID: -1, GID: -1} }

func mustListen(t *testing.T, s *ListenSpec) *Listener {
	t.Helper()
	l, err := Listen(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for _, w := range l.Warnings {
		t.Errorf("warning: %v", w)
	}
	return l
}

func mustDial(t *testing.T, s *DialSpec) Dialed {
	t.Helper()
	d, err := Dial(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFD(d.FD) })
	wait(t, d.FD, unix.POLLOUT)
	if err := SocketError(d.FD); err != nil {
		t.Fatal(err)
	}
	return d
}

// wait waits until a descriptor is ready.
func wait(t *testing.T, fd int, events int16) {
	t.Helper()
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		n, err := unix.Poll(p, 5000)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("descriptor %d is not ready: %d, %v", fd, n, err)
		}
		return
	}
}

func mustAccept(t *testing.T, l *Listener) (int, netip.AddrPort) {
	t.Helper()
	wait(t, l.FD, unix.POLLIN)
	fd, peer, err := Accept(l.FD)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFD(fd) })
	return fd, peer
}

// talk sends a word each way.
func talk(t *testing.T, a, b int) {
	t.Helper()
	for _, way := range [][2]int{{a, b}, {b, a}} {
		if _, err := unix.Write(way[0], []byte("word")); err != nil {
			t.Fatal(err)
		}
		wait(t, way[1], unix.POLLIN)
		var got [8]byte
		if n, err := unix.Read(way[1], got[:]); string(got[:max(n, 0)]) != "word" {
			t.Fatalf("%q, %v", got[:max(n, 0)], err)
		}
	}
}

// flags checks that a descriptor does not block and is not inherited.
func flags(t *testing.T, fd int) {
	t.Helper()
	status, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	own, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if status&unix.O_NONBLOCK == 0 || own&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor %d: flags %x, %x", fd, status, own)
	}
}

func option(t *testing.T, fd, level, name int) int {
	t.Helper()
	n, errno := getInt(fd, level, name)
	if errno != 0 {
		t.Fatalf("option %d/%d: %v", level, name, errno)
	}
	return n
}

func TestListenAndDial(t *testing.T) {
	for _, f := range []Family{IPv4, IPv6} {
		l := mustListen(t, spec(local(t, f)))
		if l.Addr.IP.Port() == 0 {
			t.Fatal("the port is not known")
		}
		if _, _, err := Accept(l.FD); err != unix.EAGAIN {
			t.Errorf("nothing waits: %v", err)
		}
		d := mustDial(t, &DialSpec{Addr: l.Addr})
		c, peer := mustAccept(t, l)
		for _, fd := range []int{l.FD, d.FD, c} {
			flags(t, fd)
		}
		talk(t, d.FD, c)
		own, err1 := LocalAddr(d.FD)
		other, err2 := PeerAddr(d.FD)
		if err1 != nil || err2 != nil || own != peer || other != l.Addr.IP {
			t.Errorf("%v to %v, seen as %v, %v, %v", own, other, peer, err1, err2)
		}
		for name, fd := range map[string]int{"outgoing": d.FD, "accepted": c} {
			if option(t, fd, unix.IPPROTO_TCP, unix.TCP_NODELAY) == 0 {
				t.Errorf("%s connection: TCP_NODELAY is off", name)
			}
		}
	}
}

func TestListenOptions(t *testing.T) {
	s := spec(local(t, IPv4))
	s.Backlog, s.MSS, s.CC, s.SaveSYN, s.UserTimeout = 77, 1200, "reno", 1, 5*time.Second
	s.FastOpen, s.NoLinger, s.NoReusePort = true, true, true
	s.KeepAlive = KeepAlive{On: true, Count: 4, Idle: 10 * time.Second, Interval: 1500 * time.Millisecond}
	s.Buffers = Buffers{Recv: 40000, Send: 50000, NotSentLow: 16384}
	s.Marks = Marks{TOS: 0x10, Priority: 3}
	l := mustListen(t, s)
	mustDial(t, &DialSpec{Addr: l.Addr})
	c, _ := mustAccept(t, l)
	for _, o := range []struct {
		name                string
		level, option, want int
	}{
		{"TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 5000},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{"TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 4},
		{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 10},
		{"TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 2},
		{"SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, 80000}, // the system doubles what it is told
		{"SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, 100000},
		{"TCP_NOTSENT_LOWAT", unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, 16384},
		{"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, 0x10},
		{"SO_LINGER", unix.SOL_SOCKET, unix.SO_LINGER, 1},
	} {
		if got := option(t, c, o.level, o.option); got != o.want {
			t.Errorf("an accepted connection has %s %d, want %d", o.name, got, o.want)
		}
	}
	if cc, err := unix.GetsockoptString(c, unix.IPPROTO_TCP, unix.TCP_CONGESTION); cc != "reno" {
		t.Errorf("congestion control %q, %v", cc, err)
	}
	if mss := option(t, c, unix.IPPROTO_TCP, unix.TCP_MAXSEG); mss > 1200 {
		t.Errorf("MSS %d", mss)
	}
	if got := option(t, l.FD, unix.SOL_SOCKET, unix.SO_REUSEPORT); got != 0 {
		t.Error("noreuseport is not respected")
	}
	if got := option(t, l.FD, unix.IPPROTO_TCP, unix.TCP_FASTOPEN); got != 77 {
		t.Errorf("fast open queue %d", got)
	}
}

func TestDeferAccept(t *testing.T) {
	s := spec(local(t, IPv4))
	s.DeferAccept = true
	l := mustListen(t, s)
	d := mustDial(t, &DialSpec{Addr: l.Addr})
	if _, _, err := Accept(l.FD); err != unix.EAGAIN {
		t.Errorf("a silent connection is accepted: %v", err)
	}
	if _, err := unix.Write(d.FD, []byte("x")); err != nil {
		t.Fatal(err)
	}
	mustAccept(t, l)
}

func TestV6Only(t *testing.T) {
	for _, only := range []bool{false, true} {
		s := spec(local(t, IPv6))
		s.Addr.IP, s.V6Only = netip.MustParseAddrPort("[::]:0"), only
		l := mustListen(t, s)
		conn, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(int(l.Addr.IP.Port())))
		if (err != nil) != only {
			t.Errorf("v6only %v: %v", only, err)
		}
		if err == nil {
			if _, peer := mustAccept(t, l); !peer.Addr().Is4In6() {
				t.Errorf("an IPv4 client is seen as %v", peer)
			}
			conn.Close()
		}
	}
}

// TestBindErrors compares with the sentences that HAProxy 3.5 printed.
func TestBindErrors(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	ip := func(s string) Addr { return IPAddr(netip.MustParseAddrPort(s)) }
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := mustListen(t, spec(Addr{Family: Abns, Path: "netx-taken-" + strconv.Itoa(os.Getpid())}))
	missing := filepath.Join(dir, "none", "x.sock")
	for _, c := range []struct {
		addr Addr
		want error
		text string
	}{
		{ip(busy.Addr().String()), unix.EADDRINUSE, "cannot bind socket (Address already in use) for [" + busy.Addr().String() + "]"},
		{ip("192.0.2.1:19302"), unix.EADDRNOTAVAIL, "cannot bind socket (Cannot assign requested address) for [192.0.2.1:19302]"},
		{Addr{Family: Unix, Path: missing}, unix.ENOENT, "cannot bind UNIX socket (No such file or directory) [" + missing + "]"},
		{Addr{Family: Unix, Path: "/" + strings.Repeat("x", MaxPath)}, unix.ENAMETOOLONG, ""},
		{Addr{Family: Unix, Path: dir}, unix.EEXIST, "cannot switch final and temporary UNIX sockets (File exists) [" + dir + "]"},
		{Addr{Family: Unix, Path: file}, unix.EEXIST, ""},
		{Addr{Family: Unix}, unix.ENAMETOOLONG, ""},
		{taken.Addr, unix.EADDRINUSE, "cannot bind UNIX socket (already in use) [" + taken.Addr.String() + "]"},
		{Addr{Family: Abns, Path: strings.Repeat("x", MaxUnixName+1)}, unix.EINVAL, ""},
		{Addr{}, unix.EINVAL, ""},
	} {
		l, err := Listen(spec(c.addr))
		if err == nil {
			l.Close()
			t.Errorf("%s: no error", c.addr)
			continue
		}
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, c.want) || c.text != "" && err.Error() != c.text {
			t.Errorf("%s: %v, want %v: %s", c.addr, err, c.want, c.text)
		}
	}
	if b, err := os.ReadFile(file); string(b) != "precious" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if names, err := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

// TestWarnings: HAProxy prints these and goes on.
func TestWarnings(t *testing.T) {
	s := spec(local(t, IPv4))
	s.Interface, s.CC, s.MSS = "nosuch0", "nosuch", 5
	l, err := Listen(s)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var got []string
	for _, w := range l.Warnings {
		got = append(got, w.Error())
	}
	want := []string{
		"cannot bind receiver to device 'nosuch0' (No such device) for [127.0.0.1:0]",
		"cannot set MSS to 5, (Invalid argument) for [127.0.0.1:0]",
		"cannot set TCP congestion control algorithm, (No such file or directory) for [127.0.0.1:0]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	mustDial(t, &DialSpec{Addr: l.Addr})
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	s := spec(Addr{Family: Unix, Path: path})
	s.Mode = 0o620
	if os.Getuid() == 0 {
		s.UID, s.GID = 12345, 23456
	}
	l, err := Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := os.Stat(path); err == nil {
		t.Error("the path is there before anybody listens")
	}
	if err := l.Listen(); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode() != os.ModeSocket|0o620 {
		t.Fatalf("%v, %v", st, err)
	}
	if own := st.Sys().(*syscall.Stat_t); s.UID != -1 && (own.Uid != 12345 || own.Gid != 23456) {
		t.Errorf("owner %d, group %d", own.Uid, own.Gid)
	}
	d := mustDial(t, &DialSpec{Addr: s.Addr})
	if !d.Connected {
		t.Error("a UNIX connection is not established at once")
	}
	c, peer := mustAccept(t, l)
	talk(t, d.FD, c)
	if peer.IsValid() {
		t.Errorf("peer %v", peer)
	}
	if in, err := InspectFD(l.FD); err != nil || in.Addr.Family != Unix || !in.Listening {
		t.Errorf("%+v, %v", in, err)
	}
}

// TestUnixTakeover: a new listener takes the place of an old one; who waits at the old one is still served by it.
func TestUnixTakeover(t *testing.T) {
	dir := t.TempDir()
	s := spec(Addr{Family: Unix, Path: filepath.Join(dir, "a.sock")})
	older := mustListen(t, s)
	waiting := mustDial(t, &DialSpec{Addr: s.Addr})

	given, err := Bind(s) // prepared, then given up
	if err != nil {
		t.Fatal(err)
	}
	given.Close()
	mustDial(t, &DialSpec{Addr: s.Addr})

	newer := mustListen(t, s)
	d := mustDial(t, &DialSpec{Addr: s.Addr})
	c, _ := mustAccept(t, newer)
	talk(t, d.FD, c)
	first, _ := mustAccept(t, older)
	talk(t, waiting.FD, first)
	older.Close()
	mustDial(t, &DialSpec{Addr: s.Addr})
	if names, err := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	newer.Close()
	if _, err := Dial(&DialSpec{Addr: s.Addr}); ReasonOf(err) != Refused {
		t.Errorf("a stale socket: %v", err)
	}
	mustListen(t, s) // and it is replaced
}

func TestAbstract(t *testing.T) {
	for _, f := range []Family{Abns, Abnsz} {
		name := "netx-" + strconv.Itoa(os.Getpid())
		l := mustListen(t, spec(Addr{Family: f, Path: name}))
		d := mustDial(t, &DialSpec{Addr: l.Addr})
		c, _ := mustAccept(t, l)
		talk(t, d.FD, c)
		if in, err := InspectFD(l.FD); err != nil || in.Addr != l.Addr {
			t.Errorf("%+v, %v, want %v", in, err, l.Addr)
		}
		// Package net knows names of their own length only.
		conn, err := net.Dial("unix", "@"+name)
		if (err == nil) != (f == Abnsz) {
			t.Errorf("%v from outside: %v", f, err)
		}
		if err == nil {
			conn.Close()
		}
		l.Close()
	}
}

func TestDatagram(t *testing.T) {
	for _, a := range []Addr{local(t, IPv4), {Family: Unix, Path: filepath.Join(t.TempDir(), "log")}} {
		s := spec(a)
		s.Kind = Datagram
		l := mustListen(t, s)
		d := mustDial(t, &DialSpec{Addr: l.Addr, Kind: Datagram})
		if !d.Connected {
			t.Error("a datagram socket is not ready at once")
		}
		if _, err := unix.Write(d.FD, []byte("word")); err != nil {
			t.Fatal(err)
		}
		wait(t, l.FD, unix.POLLIN)
		var got [8]byte
		if n, err := unix.Read(l.FD, got[:]); n != 4 {
			t.Errorf("%d, %v", n, err)
		}
	}
}

func TestInherited(t *testing.T) {
	outer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	file, err := outer.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l := mustListen(t, spec(Addr{Family: FD, FD: int(file.Fd())}))
	outer.Close()
	flags(t, l.FD)
	if l.Addr.String() != outer.Addr().String() {
		t.Errorf("address %v, want %v", l.Addr, outer.Addr())
	}
	d := mustDial(t, &DialSpec{Addr: l.Addr})
	c, _ := mustAccept(t, l)
	talk(t, d.FD, c)
	l.Close()
	mustListen(t, spec(Addr{Family: FD, FD: int(file.Fd())})) // the descriptor itself is untouched
}

func TestInheritedErrors(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	packet, err := udp.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer packet.Close()
	tcp := mustListen(t, spec(local(t, IPv4)))
	n := func(fd uintptr) string { return strconv.Itoa(int(fd)) }
	for _, c := range []struct {
		addr Addr
		want string
	}{
		{Addr{Family: FD, FD: 9999}, "cannot use file descriptor '9999' : Bad file descriptor"},
		{Addr{Family: Sockpair, FD: 9999}, "cannot use file descriptor '9999' : Bad file descriptor"},
		{Addr{Family: FD, FD: int(dir.Fd())}, "cannot use file descriptor '" + n(dir.Fd()) + "' : Socket operation on non-socket"},
		{Addr{Family: FD, FD: int(packet.Fd())}, "socket on file descriptor '" + n(packet.Fd()) + "' is of the wrong type"},
		{Addr{Family: Sockpair, FD: tcp.FD}, "socket on file descriptor '" + strconv.Itoa(tcp.FD) + "' is of the wrong type"},
	} {
		if _, err := Listen(spec(c.addr)); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, want %s", c.addr, err, c.want)
		}
	}
}

func TestSockpair(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(pair[0])
	l := mustListen(t, spec(Addr{Family: Sockpair, FD: pair[1]}))
	closeFD(pair[1])
	if _, err := AcceptPair(l.FD); err != unix.EAGAIN {
		t.Errorf("nothing waits: %v", err)
	}
	for range 3 {
		d := mustDial(t, &DialSpec{Addr: Addr{Family: Sockpair, FD: pair[0]}})
		wait(t, l.FD, unix.POLLIN)
		c, err := AcceptPair(l.FD)
		if err != nil {
			t.Fatal(err)
		}
		flags(t, c)
		talk(t, d.FD, c)
		closeFD(c)
	}
	if _, err := unix.Write(pair[0], []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := AcceptPair(l.FD); err != unix.ECONNABORTED {
		t.Errorf("a byte without a descriptor: %v", err)
	}
	unix.Shutdown(pair[0], unix.SHUT_WR)
	if _, err := AcceptPair(l.FD); err != unix.EPIPE {
		t.Errorf("the end: %v", err)
	}
}

// TestChildInherits starts this program again with a listening socket as descriptor 3, as a supervisor would.
func TestChildInherits(t *testing.T) {
	if os.Getenv("NETX_CHILD") != "" {
		serveOne(t)
		return
	}
	l := mustListen(t, spec(local(t, IPv4)))
	fd, err := Dup(l.FD)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	child, err := os.StartProcess("/proc/self/exe", []string{os.Args[0], "-test.run=^TestChildInherits$"}, &os.ProcAttr{
		Env: append(os.Environ(), "NETX_CHILD=1"), Files: []*os.File{nil, in, in, file},
	})
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", l.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if word, err := io.ReadAll(conn); string(word) != "from the child" {
		t.Errorf("%q, %v", word, err)
	}
	text, _ := io.ReadAll(out)
	if state, err := child.Wait(); err != nil || !state.Success() {
		t.Errorf("child: %v, %v\n%s", state, err, text)
	}
}

func serveOne(t *testing.T) {
	l := mustListen(t, spec(Addr{Family: FD, FD: 3}))
	c, _ := mustAccept(t, l)
	if _, err := unix.Write(c, []byte("from the child")); err != nil {
		t.Error(err)
	}
	closeFD(c)
}
