package logs

import (
	"bytes"
	"net"
	"testing"
	"time"

	"sluice/internal/netx"
)

// TestLinesOfEqualLength sends lines some of which go together and looks whether they arrive as they are, in their order.
func TestLinesOfEqualLength(t *testing.T) {
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.SetReadDeadline(time.Now().Add(10 * time.Second))
	d := datagrams{to: netx.Addr{Family: netx.IPv4, IP: server.LocalAddr().(*net.UDPAddr).AddrPort()}}
	defer d.close()
	var msgs [][]byte
	for i, size := range []int{5, 5, 5, 4, 6, 3, 3, 2, longestRun, longestRun, longestRun + 1, longestRun + 1, 1, 1, 1} {
		msgs = append(msgs, bytes.Repeat([]byte{byte('a' + i)}, size))
	}
	for range 3 * maxMulti { // more than one call takes
		msgs = append(msgs, []byte("same"))
	}
	if lost := d.send(msgs); lost != 0 {
		t.Errorf("%d lines lost", lost)
	}
	b := make([]byte, 1<<16)
	for i, want := range msgs {
		n, err := server.Read(b)
		if err != nil || !bytes.Equal(b[:n], want) {
			t.Fatalf("datagram %d: %d bytes of %q, %v", i, n, b[:min(n, 10)], err)
		}
	}
	if !d.mm.runs {
		t.Error("the system did not take lines together")
	}
}

// TestRun holds which lines go together.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  int
	}{{[]int{3}, 1}, {[]int{3, 3}, 2}, {[]int{3, 4}, 1}, {[]int{3, 2, 2}, 2}, {[]int{3, 3, 4}, 2}, {[]int{longestRun + 1, longestRun + 1}, 1}} {
		var msgs [][]byte
		for _, n := range c.sizes {
			msgs = append(msgs, make([]byte, n))
		}
		if got := run(msgs); got != c.want {
			t.Errorf("%v: %d", c.sizes, got)
		}
	}
}
