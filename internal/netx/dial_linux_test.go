package netx

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDialOptions(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	d := mustDial(t, &DialSpec{
		Addr: l.Addr, Source: netip.MustParseAddrPort("127.0.0.3:0"), Interface: "lo", MSS: 1200, CC: "reno",
		UserTimeout: 5 * time.Second, NoQuickAck: true,
		KeepAlive: KeepAlive{On: true, Count: 4, Idle: 10 * time.Second, Interval: 3 * time.Second},
		Buffers:   Buffers{Recv: 40000, Send: 50000, NotSentLow: 16384},
		Marks:     Marks{TOS: 0x10, Priority: 3},
	})
	if _, peer := mustAccept(t, l); peer.Addr() != netip.MustParseAddr("127.0.0.3") {
		t.Errorf("seen as %v", peer)
	}
	for _, o := range []struct {
		name                string
		level, option, want int
	}{
		{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{"TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 5000},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{"TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 4},
		{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 10},
		{"TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 3},
		{"SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, 80000},
		{"SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, 100000},
		{"TCP_NOTSENT_LOWAT", unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, 16384},
		{"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, 0x10},
		{"SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, 3},
		{"IP_BIND_ADDRESS_NO_PORT", unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1},
	} {
		if got := option(t, d.FD, o.level, o.option); got != o.want {
			t.Errorf("%s is %d, want %d", o.name, got, o.want)
		}
	}
	if cc, err := unix.GetsockoptString(d.FD, unix.IPPROTO_TCP, unix.TCP_CONGESTION); cc != "reno" {
		t.Errorf("congestion control %q, %v", cc, err)
	}
	if dev, err := unix.GetsockoptString(d.FD, unix.SOL_SOCKET, unix.SO_BINDTODEVICE); dev != "lo" {
		t.Errorf("device %q, %v", dev, err)
	}
}

func TestDialNoAllocations(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	ports, err := NewPortRange(30000, 40000)
	if err != nil {
		t.Fatal(err)
	}
	s := &DialSpec{Addr: l.Addr, CC: "reno", KeepAlive: KeepAlive{On: true}, Ports: ports,
		Source: netip.MustParseAddrPort("127.0.0.4:0")}
	if n := testing.AllocsPerRun(20, func() {
		d, err := Dial(s)
		if err != nil {
			t.Fatal(err)
		}
		// The loopback connects at once.
		c, _, err := Accept(l.FD)
		if err != nil || SocketError(d.FD) != nil {
			t.Fatal(err)
		}
		var seen TCPInfo
		if _, err := LocalAddr(d.FD); err != nil {
			t.Error(err)
		}
		if err := seen.Read(c); err != nil {
			t.Error(err)
		}
		SetNoLinger(d.FD)
		closeFD(d.FD)
		closeFD(c)
		ports.Put(d.Port)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDialErrors(t *testing.T) {
	gone := mustListen(t, spec(local(t, IPv4)))
	gone.Close()
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.3:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	to := IPAddr(netip.MustParseAddrPort("127.0.0.1:9"))
	for _, c := range []struct {
		name string
		spec DialSpec
		want error
		as   Reason
	}{
		{"no such source", DialSpec{Addr: to, Source: netip.MustParseAddrPort("192.0.2.9:0")}, unix.EADDRNOTAVAIL, CannotBind},
		{"source of the other family", DialSpec{Addr: to, Source: netip.MustParseAddrPort("[::1]:0")}, unix.EINVAL, CannotBind},
		{"source in use", DialSpec{Addr: to, Source: netip.MustParseAddrPort(busy.Addr().String())}, unix.EADDRINUSE, CannotBind},
		{"no such interface", DialSpec{Addr: to, Interface: "nosuch0"}, unix.ENODEV, CannotBind},
		{"no such path", DialSpec{Addr: Addr{Family: Unix, Path: plain + "x"}}, unix.ENOENT, SockError},
		{"not a socket", DialSpec{Addr: Addr{Family: Unix, Path: plain}}, unix.ECONNREFUSED, Refused},
		{"no such name", DialSpec{Addr: Addr{Family: Abns, Path: "netx-nosuch"}}, unix.ECONNREFUSED, Refused},
		{"path too long", DialSpec{Addr: Addr{Family: Unix, Path: strings.Repeat("x", 108)}}, unix.EINVAL, SockError},
		{"no address", DialSpec{}, unix.EINVAL, SockError},
		{"sockpair closed", DialSpec{Addr: Addr{Family: Sockpair, FD: 9999}}, unix.EBADF, SockError},
	} {
		d, err := Dial(&c.spec)
		var e *Error
		if d.FD != -1 || !errors.As(err, &e) || !errors.Is(err, c.want) || ReasonOf(err) != c.as {
			t.Errorf("%s: %v, reason %d, want %v, %d", c.name, err, ReasonOf(err), c.want, c.as)
		}
	}
	d, err := Dial(&DialSpec{Addr: gone.Addr})
	if err != nil {
		if ReasonOf(err) != Refused {
			t.Error(err)
		}
		return
	}
	defer closeFD(d.FD)
	wait(t, d.FD, unix.POLLOUT)
	if err := SocketError(d.FD); err != unix.ECONNREFUSED || ReasonOf(err) != Refused {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestReasons(t *testing.T) {
	for errno, want := range map[unix.Errno]Reason{
		unix.EMFILE: ProcFDLimit, unix.ENFILE: SysFDLimit, unix.ENOBUFS: SysMemLimit, unix.ENOMEM: SysMemLimit,
		unix.EAFNOSUPPORT: NoProtocol, unix.EPROTONOSUPPORT: NoProtocol, unix.EACCES: SockError,
	} {
		if got := ReasonOf(&Error{Step: StepSocket, Errno: errno}); got != want {
			t.Errorf("socket: %v is %d, want %d", errno, got, want)
		}
	}
	for errno, want := range map[unix.Errno]Reason{
		unix.EAGAIN: NoFreePorts, unix.EADDRNOTAVAIL: NoFreePorts, unix.EADDRINUSE: AddrInUse, unix.ECONNREFUSED: Refused,
		unix.ENETUNREACH: Unreachable, unix.ECONNRESET: Reset, unix.EPIPE: BrokenPipe, unix.ENOTCONN: NotConnected,
		unix.ETIMEDOUT: SockError,
	} {
		if got := ReasonOf(&Error{Step: StepConnect, Errno: errno}); got != want {
			t.Errorf("connect: %v is %d, want %d", errno, got, want)
		}
	}
	if ReasonOf(nil) != NoReason || ReasonOf(errors.New("x")) != SockError {
		t.Error("other errors")
	}
}

// TestSourcePorts: a range is used up, ports that others hold are passed over, and what is given back is used again.
func TestSourcePorts(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	// Somebody else holds the port in the middle of the range.
	var other net.Listener
	var low uint16
	for try := uint16(41000); other == nil; try += 10 {
		var err error
		if other, err = net.Listen("tcp", fmt.Sprintf("127.0.0.5:%d", try+1)); err == nil {
			low = try
		}
	}
	defer other.Close()
	ports, err := NewPortRange(low, low+2)
	if err != nil {
		t.Fatal(err)
	}
	s := &DialSpec{Addr: l.Addr, Source: netip.MustParseAddrPort("127.0.0.5:0"), Ports: ports}
	a, b := mustDial(t, s), mustDial(t, s)
	if got := [2]uint16{min(a.Port, b.Port), max(a.Port, b.Port)}; got != [2]uint16{low, low + 2} {
		t.Errorf("ports %v, want %d and %d", got, low, low+2)
	}
	if own, _ := LocalAddr(a.FD); own.Port() != a.Port {
		t.Errorf("bound to %v, not to port %d", own, a.Port)
	}
	if _, err := Dial(s); ReasonOf(err) != PortsInUse || err.Error() != "no free port in the source port range for ["+l.Addr.String()+"]" {
		t.Errorf("all in use: %v", err)
	}
	// Without a lingering connection the port is free again at once.
	SetNoLinger(a.FD)
	unix.Close(a.FD)
	a.FD = -1
	ports.Put(a.Port)
	d, err := Dial(s)
	if err != nil || d.Port != a.Port {
		t.Fatalf("after one was given back: %+v, %v", d, err)
	}
	closeFD(d.FD)
}

func TestFastOpenDial(t *testing.T) {
	s := spec(local(t, IPv4))
	s.FastOpen = true
	l := mustListen(t, s)
	for range 2 { // the first connection fetches the cookie that the second one uses
		d := mustDial(t, &DialSpec{Addr: l.Addr, FastOpen: true})
		for {
			if _, err := unix.Write(d.FD, []byte("early")); err == nil {
				break
			} else if err != unix.EINPROGRESS && err != unix.EAGAIN {
				t.Fatal(err)
			}
			wait(t, d.FD, unix.POLLOUT)
		}
		c, _ := mustAccept(t, l)
		wait(t, c, unix.POLLIN)
		var got [8]byte
		if n, err := unix.Read(c, got[:]); string(got[:max(n, 0)]) != "early" {
			t.Errorf("%q, %v", got[:max(n, 0)], err)
		}
	}
}

func TestMPTCP(t *testing.T) {
	s := spec(local(t, IPv4))
	s.Kind = MPTCP
	l, err := Listen(s)
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ENOPROTOOPT) {
		t.Skip("no MPTCP on this system")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := mustDial(t, &DialSpec{Addr: l.Addr, Kind: MPTCP})
	c, _ := mustAccept(t, l)
	talk(t, d.FD, c)
	plain := mustDial(t, &DialSpec{Addr: l.Addr}) // and those who do not know it
	c, _ = mustAccept(t, l)
	talk(t, plain.FD, c)
	if in, err := InspectFD(l.FD); err != nil || in.Kind != MPTCP {
		t.Errorf("%+v, %v", in, err)
	}
}

func TestMD5(t *testing.T) {
	for _, f := range []Family{IPv4, IPv6} {
		s := spec(local(t, f))
		s.MD5Key = "secret"
		l, err := Listen(s)
		if errors.Is(err, unix.ENOPROTOOPT) {
			t.Skip("no TCP MD5 signatures on this system")
		}
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		d := mustDial(t, &DialSpec{Addr: l.Addr, MD5Key: "secret"})
		c, _ := mustAccept(t, l)
		talk(t, d.FD, c)
		// The system is silent to others, so there is nothing to wait for: the connection stays where it was.
		other, err := Dial(&DialSpec{Addr: l.Addr, MD5Key: "wrong"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Accept(l.FD); err != unix.EAGAIN {
			t.Errorf("a wrong signature is accepted: %v", err)
		}
		closeFD(other.FD)
	}
	s := spec(local(t, IPv4))
	s.MD5Key = strings.Repeat("x", MaxMD5Key+1)
	if l, err := Listen(s); err == nil {
		l.Close()
		t.Error("a key that is too long is taken")
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func TestTransparent(t *testing.T) {
	needRoot(t)
	s := spec(IPAddr(netip.MustParseAddrPort("192.0.2.1:0")))
	s.Transparent = true
	mustListen(t, s)

	l := mustListen(t, spec(local(t, IPv4)))
	d, err := Dial(&DialSpec{Addr: l.Addr, Transparent: netip.MustParseAddrPort("192.0.2.7:0"),
		Source: netip.MustParseAddrPort("127.0.0.3:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(d.FD)
	if own, err := LocalAddr(d.FD); own.Addr() != netip.MustParseAddr("192.0.2.7") {
		t.Errorf("comes from %v, %v", own, err)
	}
}

func TestMarkNeedsRoot(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	d := mustDial(t, &DialSpec{Addr: l.Addr})
	if err := SetTOS(d.FD, false, 8); err != nil || option(t, d.FD, unix.IPPROTO_IP, unix.IP_TOS) != 8 {
		t.Errorf("TOS: %v", err)
	}
	if err := SetQuickAck(d.FD, false); err != nil || option(t, d.FD, unix.IPPROTO_TCP, unix.TCP_QUICKACK) != 0 {
		t.Errorf("quick acknowledgement: %v", err)
	}
	needRoot(t)
	if err := SetMark(d.FD, 0x80000001); err != nil || uint32(option(t, d.FD, unix.SOL_SOCKET, unix.SO_MARK)) != 0x80000001 {
		t.Errorf("mark: %v", err)
	}
}

func TestNoLinger(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	d := mustDial(t, &DialSpec{Addr: l.Addr})
	c, _ := mustAccept(t, l)
	if err := SetNoLinger(c); err != nil {
		t.Fatal(err)
	}
	unix.Close(c)
	wait(t, d.FD, unix.POLLIN)
	if _, err := unix.Read(d.FD, make([]byte, 1)); err != unix.ECONNRESET {
		t.Errorf("%v, want a reset", err)
	}
}

func TestOriginalDst(t *testing.T) {
	for _, f := range []Family{IPv4, IPv6} {
		l := mustListen(t, spec(local(t, f)))
		mustDial(t, &DialSpec{Addr: l.Addr})
		c, _ := mustAccept(t, l)
		// Without a rule that redirects there is nothing to tell.
		if a, err := OriginalDst(c, f == IPv6); err == nil || a.IsValid() {
			t.Errorf("%v, %v", a, err)
		}
	}
}

func TestTCPInfo(t *testing.T) {
	s := spec(local(t, IPv4))
	s.SaveSYN = 1
	l := mustListen(t, s)
	d := mustDial(t, &DialSpec{Addr: l.Addr})
	c, peer := mustAccept(t, l)
	talk(t, d.FD, c)
	var seen TCPInfo
	if err := seen.Read(d.FD); err != nil || seen.RTT <= 0 || seen.Reordering == 0 || seen.MSS < 536 || seen.Retrans != 0 {
		t.Errorf("%+v, %v", seen, err)
	}
	syn, err := SavedSYN(c, make([]byte, 0, 128))
	if err != nil || len(syn) < 40 || syn[0] != 0x45 || uint16(syn[20])<<8|uint16(syn[21]) != peer.Port() {
		t.Errorf("SYN %x, %v", syn, err)
	}
	if _, err := SavedSYN(c, nil); err == nil {
		t.Error("no room is no error")
	}
	if _, err := unix.Write(d.FD, []byte("12345")); err != nil {
		t.Fatal(err)
	}
	wait(t, c, unix.POLLIN)
	if n, err := InQueue(c); n != 5 || err != nil {
		t.Errorf("%d bytes wait, %v", n, err)
	}
	if n, err := OutQueue(c); n != 0 || err != nil {
		t.Errorf("%d bytes are unsent, %v", n, err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(pair[0])
	defer closeFD(pair[1])
	if err := seen.Read(pair[0]); err == nil {
		t.Error("a UNIX socket has TCP measurements")
	}
}

// TestRetransmissions: HAProxy reports as fc_retrans the segments that are on their way again, not how many there have
// been. The receiving side refuses every packet here.
func TestRetransmissions(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	d := mustDial(t, &DialSpec{Addr: l.Addr})
	c, _ := mustAccept(t, l)
	refuse := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
	if err := unix.SetsockoptSockFprog(c, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &refuse}); err != nil {
		t.Skip("no packet filters on this system:", err)
	}
	if _, err := unix.Write(d.FD, []byte("lost")); err != nil {
		t.Fatal(err)
	}
	var seen TCPInfo
	for range 1000 {
		if err := seen.Read(d.FD); err != nil {
			t.Fatal(err)
		}
		if seen.TotalRetrans >= 2 {
			break
		}
		unix.Poll(nil, 10)
	}
	if seen.Unacked != 1 || seen.Retrans > 1 || seen.Lost > 1 || seen.TotalRetrans < 2 {
		t.Errorf("%+v", seen)
	}
	if n, err := OutQueue(d.FD); n != 4 || err != nil {
		t.Errorf("%d bytes are unacknowledged, %v", n, err)
	}
}
