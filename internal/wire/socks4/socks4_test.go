package socks4

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"testing"
)

func TestRequest(t *testing.T) {
	// What HAProxy 3.5 sends for a server 1.2.3.4:80.
	for _, a := range []string{"1.2.3.4:80", "[::ffff:1.2.3.4]:80"} {
		b, err := AppendRequest([]byte{0xff}, netip.MustParseAddrPort(a))
		if want := "ff0401005001020304484150726f787900"; err != nil || hex.EncodeToString(b) != want {
			t.Errorf("%s: %x, %v, want %s", a, b, err, want)
		}
		if len(b)-1 != RequestLen {
			t.Errorf("%d bytes", len(b)-1)
		}
	}
	for _, a := range []netip.AddrPort{{}, netip.MustParseAddrPort("[2001:db8::1]:80")} {
		if b, err := AppendRequest([]byte("x"), a); !errors.Is(err, ErrAddress) || string(b) != "x" {
			t.Errorf("%v: %q, %v", a, b, err)
		}
	}
}

func TestReply(t *testing.T) {
	const ok = "\x00\x5a\x01\x02\x03\x04\x05\x06"
	for i := range ok {
		if n, err := ParseReply([]byte(ok[:i])); n != 0 || err != nil {
			t.Errorf("%d bytes: %d, %v", i, n, err)
		}
	}
	for in, denied := range map[string]bool{
		ok: false, ok + "payload": false, "\x04" + ok[1:]: false,
		"\x00\x5b\x00\x00\x00\x00\x00\x00": true, "\x00\x5c": true, "\x00\x5d": true, "\x00\x00": true,
	} {
		n, err := ParseReply([]byte(in))
		if denied != errors.Is(err, ErrDenied) || !denied && (n != ReplyLen || err != nil) {
			t.Errorf("%q: %d, %v", in, n, err)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	b, dst := make([]byte, 0, 64), netip.MustParseAddrPort("1.2.3.4:80")
	if n := testing.AllocsPerRun(100, func() {
		b, _ = AppendRequest(b[:0], dst)
		ParseReply(b)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("\x00\x5a\x01\x02\x03\x04\x05\x06x"))
	f.Add([]byte("\x00\x5b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := ParseReply(b)
		if n != 0 && (n != ReplyLen || n > len(b) || err != nil) {
			t.Fatalf("%d, %v", n, err)
		}
		for i := range n {
			if m, err := ParseReply(b[:i]); m != 0 || err != nil {
				t.Fatalf("%q of %q: %d, %v", b[:i], b, m, err)
			}
		}
	})
}
