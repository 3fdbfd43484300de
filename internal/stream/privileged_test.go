package stream_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// A client from a privileged port is not served where that is forbidden.
func TestPrivilegedPortsAreRejected(t *testing.T) {
	for port, want := range map[uint16]bool{0: true, 1023: true, 1024: false} {
		if got := netx.IsPrivileged(netip.AddrPortFrom(netip.IPv6Loopback(), port)); got != want {
			t.Errorf("port %d: %v", port, got)
		}
	}
	for _, rejects := range []bool{true, false} {
		b := start(t, proxy.ModeHTTP, nil, func(b *bench) { b.snap.Global.RejectPrivileged = rejects })
		var c net.Conn
		var err error
		for port := 1023; port > 1000; port-- {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, Timeout: 5 * time.Second}
			if c, err = d.Dial("tcp", b.addr); err == nil {
				break
			}
		}
		if err != nil {
			t.Skip("no privileged port for a client:", err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(5 * time.Second))
		c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
		if n, _ := c.Read(make([]byte, 1)); (n == 0) != rejects {
			t.Errorf("rejected: %v, want %v", n == 0, rejects)
		}
	}
}
