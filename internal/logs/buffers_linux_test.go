package logs

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// The sockets of targets have the buffers of tune.rcvbuf.backend and tune.sndbuf.backend; the kernel doubles them.
func TestBuffersOfTargets(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback UDP:", err)
	}
	defer pc.Close()
	set := NewSet(process())
	defer set.Close()
	set.Buffers = netx.Buffers{Recv: 20000, Send: 30000}
	l := &proxy.Logger{Format: proxy.LogRaw, Level: proxy.LogDebug, Len: 100,
		Target: proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1"), Port: pc.LocalAddr().(*net.UDPAddr).Port}}
	if err := set.Attach(l, ""); err != nil {
		t.Fatal(err)
	}
	d := l.Sink.(*sink).t.out.(*datagrams)
	if !d.dial() {
		t.Fatal("no socket")
	}
	recv, _ := unix.GetsockoptInt(d.fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	send, _ := unix.GetsockoptInt(d.fd, unix.SOL_SOCKET, unix.SO_SNDBUF)
	if recv != 40000 || send != 60000 {
		t.Errorf("buffers of %d and %d bytes", recv, send)
	}
}
