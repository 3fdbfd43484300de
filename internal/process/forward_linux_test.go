package process

import (
	"io"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"sluice/internal/proxy"
)

// The sockets that log-forward receives datagrams on have the buffers of tune.rcvbuf.frontend and tune.sndbuf.frontend, and
// the others those of clients; the kernel doubles them.
func TestBuffersOfLogForward(t *testing.T) {
	g := &proxy.Global{}
	g.Tune.RcvBufFront, g.Tune.SndBufFront, g.Tune.RcvBufClient = 20000, 30000, 50000
	bind := func() *proxy.Bind {
		return &proxy.Bind{Addr: proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1")}, UID: -1, GID: -1}
	}
	conf := &proxy.LogForward{Name: "f", Binds: []*proxy.Bind{bind()}, Dgrams: []*proxy.Bind{bind()}}
	r := &run{Start: Start{Snapshot: &proxy.Snapshot{Global: g, Forwards: []*proxy.LogForward{conf}}, Console: &Console{Err: io.Discard}}}
	if !r.forwards() {
		t.Skip("cannot listen here")
	}
	for i, want := range [][2]int{{100000, 0}, {40000, 60000}} {
		sock := r.forwarders[0].socks[i]
		defer sock.Close()
		if err := sock.Listen(); err != nil {
			t.Fatal(err)
		}
		recv, _ := unix.GetsockoptInt(sock.FD, unix.SOL_SOCKET, unix.SO_RCVBUF)
		send, _ := unix.GetsockoptInt(sock.FD, unix.SOL_SOCKET, unix.SO_SNDBUF)
		if recv != want[0] || want[1] != 0 && send != want[1] {
			t.Errorf("socket %d: buffers of %d and %d bytes", i, recv, send)
		}
	}
}
