package stream_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// bytesOut is what the frontend's counters know of bytes to clients.
func (b *bench) bytesOut() (n uint64) {
	b.eng.Group.Each(func(l *loop.Loop) { n += b.front.State.Front.On(l.ID()).BytesOut })
	return n
}

func TestContStatsCountsWhileAStreamLasts(t *testing.T) {
	const size = 40000
	goOn := make(chan bool)
	half := raw(t, func(c net.Conn, r *bufio.Reader) {
		if q, err := http.ReadRequest(r); err == nil && q.URL.Path == "/" {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 80000\r\n\r\n"+strings.Repeat("a", size))
			<-goOn
			io.WriteString(c, strings.Repeat("b", size))
			<-goOn
		}
	})
	for _, on := range []bool{false, true} {
		b := start(t, proxy.ModeHTTP, []string{half}, func(b *bench) {
			if on {
				b.front.Options |= proxy.OptContStats
			}
		})
		c := b.dial()
		c.send(get("/"))
		res, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if n := b.bytesOut(); on != (n >= size) {
			t.Errorf("contstats %v: %d bytes counted in the middle", on, n)
		}
		goOn <- true
		if _, err := io.ReadFull(res.Body, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		b.logs.wait(t, 0)
		goOn <- true
		if n := b.bytesOut(); n < 2*size || n > 2*size+1000 {
			t.Errorf("contstats %v: %d bytes counted at the end", on, n)
		}
	}
}

func TestContStatsCountsARelay(t *testing.T) {
	echo := raw(t, func(c net.Conn, r *bufio.Reader) { io.Copy(c, r) })
	b := start(t, proxy.ModeTCP, []string{echo}, func(b *bench) { b.front.Options |= proxy.OptContStats })
	c := b.dial()
	for i := range 3 {
		c.send("0123456789")
		if _, err := io.ReadFull(c.r, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		if n := b.bytesOut(); n != uint64(10*i+10) {
			t.Errorf("%d bytes counted after %d", n, 10*i+10)
		}
	}
	c.CloseWrite()
	c.closed()
	b.logs.wait(t, 0)
	if n := b.bytesOut(); n != 30 {
		t.Errorf("%d bytes counted at the end", n)
	}
}
