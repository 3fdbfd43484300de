package stream_test

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"

	"sluice/internal/proxy"
)

func TestRelayPassesBytesAndHalfClose(t *testing.T) {
	srv := raw(t, func(c net.Conn, r *bufio.Reader) {
		all, _ := io.ReadAll(r) // until the client closes its half
		c.Write(all)
	})
	b := start(t, proxy.ModeTCP, []string{srv}, nil)
	c := b.dial()
	sent := make([]byte, 3<<20)
	for i := range sent {
		sent[i] = byte(rand.Uint32())
	}
	go func() {
		c.Write(sent)
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c.r)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("%d of %d bytes came back, %v", len(got), len(sent), err)
	}
	if line := b.logs.wait(t, 0); line != "s1 -1 --" {
		t.Errorf("log %q", line)
	}
}

func TestRelayTimeoutsBlameTheRightSide(t *testing.T) {
	silent := raw(t, func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	for _, x := range []struct {
		adjust func(*bench)
		log    string
	}{
		{func(b *bench) { b.front.Timeout.Client = 50e6 }, "s1 -1 cD"},
		{func(b *bench) { b.back.Timeout.Server = 50e6 }, "s1 -1 sD"},
	} {
		b := start(t, proxy.ModeTCP, []string{silent}, x.adjust)
		c := b.dial()
		c.send("hello")
		c.closed()
		if got := b.logs.wait(t, 0); got != x.log {
			t.Errorf("log %q, want %q", got, x.log)
		}
	}
}

func TestRelayToNobody(t *testing.T) {
	b := start(t, proxy.ModeTCP, []string{nobody(t)}, nil)
	b.dial().closed()
	if got := b.logs.wait(t, 0); got != "s1 -1 SC" {
		t.Errorf("log %q", got)
	}
}
