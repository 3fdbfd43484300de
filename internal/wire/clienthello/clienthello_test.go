package clienthello

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"testing"
)

// heap is the room of tests.
func heap(n int) []byte { return make([]byte, n) }

// vec puts a length of width bytes before b.
func vec(width int, b ...[]byte) []byte {
	all := bytes.Join(b, nil)
	var out []byte
	for i := width - 1; i >= 0; i-- {
		out = append(out, byte(len(all)>>(8*i)))
	}
	return append(out, all...)
}

func ext(kind byte, body ...[]byte) []byte { return append([]byte{0, kind}, vec(2, body...)...) }

func serverName(kind byte, name string) []byte {
	return ext(ExtServerName, vec(2, append([]byte{kind}, vec(2, []byte(name))...)))
}

// handshake makes a handshake message; records puts it into records of at most n bytes.
func handshake(kind byte, body []byte) []byte { return append([]byte{kind}, vec(3, body)...) }

func records(n int, message []byte) (out []byte) {
	for len(message) > 0 {
		k := min(n, len(message))
		out = append(append(out, 22, 3, 1), vec(2, message[:k])...)
		message = message[k:]
	}
	return out
}

// body is that of a ClientHello with these extensions.
func body(version uint16, exts ...[]byte) []byte {
	b := []byte{byte(version >> 8), byte(version)}
	b = append(b, bytes.Repeat([]byte{'R'}, 32)...)
	b = append(b, vec(1, []byte("session"))...)
	b = append(b, vec(2, []byte{0x13, 1, 0x13, 2})...)
	b = append(b, 1, 0)
	if exts != nil {
		b = append(b, vec(2, exts...)...)
	}
	return b
}

var usual = [][]byte{
	serverName(0, "www.example.com"),
	ext(ExtProtocols, vec(2, vec(1, []byte("h2")), vec(1, []byte("http/1.1")))),
	ext(ExtGroups, vec(2, []byte{0, 0x1d, 0, 0x17})),
	ext(ExtSignatures, vec(2, []byte{4, 3, 8, 5})),
	ext(ExtSessionTicket, []byte("ticket")),
	ext(ExtKeyShare, vec(2, []byte{0, 0x1d}, vec(2, []byte("key")), []byte{0, 0x17}, vec(2, []byte("other")))),
}

func usualHello() []byte { return records(1<<14, handshake(TypeClientHello, body(0x0303, usual...))) }

// show is what a test compares.
func show(h Hello) string {
	name, _ := h.Extensions.ServerName()
	groups, _ := h.Extensions.Groups()
	sigs, _ := h.Extensions.Signatures()
	out := fmt.Sprintf("%x %s %s %x %x %x", h.Version, h.SessionID, name, h.Ciphers, groups, sigs)
	p, _ := h.Extensions.Protocols()
	for name, rest, ok := p.Next(); ok; name, rest, ok = rest.Next() {
		out += " " + string(name)
	}
	k, _ := h.Extensions.KeyShares()
	for group, rest, ok := k.Next(); ok; group, rest, ok = rest.Next() {
		out += " " + hex.EncodeToString(group)
	}
	ticket, ok := h.Extensions.Find(ExtSessionTicket)
	return fmt.Sprintf("%s %s %v", out, ticket, ok)
}

const usualShown = "303 session www.example.com 13011302 001d0017 04030805 h2 http/1.1 001d 0017 ticket true"

func TestParse(t *testing.T) {
	h, err := Parse(usualHello(), nil)
	if err != nil || show(h) != usualShown {
		t.Errorf("got %s, %v\nwant %s", show(h), err, usualShown)
	}
}

func TestHelloInSeveralRecords(t *testing.T) {
	whole := handshake(TypeClientHello, body(0x0303, usual...))
	for n := handshakeHead; n < len(whole); n++ {
		b := records(n, whole)
		h, err := Parse(b, heap)
		if err != nil || show(h) != usualShown {
			t.Fatalf("records of %d bytes: %s, %v", n, show(h), err)
		}
		if _, err := Parse(b[:len(b)-1], heap); err != ErrMore {
			t.Fatalf("records of %d bytes without the last byte: %v", n, err)
		}
		other := bytes.Clone(b)
		other[recordHead+n] = 23
		if _, err := Parse(other, heap); err != ErrNotTLS {
			t.Fatalf("records of %d bytes, the second of another kind: %v", n, err)
		}
	}
}

// Each beginning of a hello asks for more, and none of them is taken for something else.
func TestTruncated(t *testing.T) {
	whole := usualHello()
	for n := range whole {
		if _, err := Parse(whole[:n], heap); err != ErrMore {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := Version(whole[:n]); err != ErrMore {
			t.Errorf("version of %d bytes: %v", n, err)
		}
	}
}

// A body that ends too early is refused at every place, but for those where the extensions begin: they are optional.
func TestTruncatedBody(t *testing.T) {
	whole := body(0x0303, usual...)
	bare := len(body(0x0303))
	for n := range whole {
		h, err := ParseBody(Message{Type: TypeClientHello, Body: whole[:n]})
		if n == bare {
			if err != nil || h.Extensions != nil {
				t.Errorf("without extensions: %v", err)
			}
		} else if err != ErrNotTLS {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestTruncatedExtensions(t *testing.T) {
	for _, e := range usual {
		for n := range e {
			x := Extensions(e[:n])
			for kind := range uint16(64) {
				if _, ok := x.Find(kind); ok {
					t.Errorf("extension %x cut to %d bytes is found", e, n)
				}
			}
		}
		// The same with a length that fits what is left.
		for n := 4; n < len(e); n++ {
			x := Extensions(append([]byte{e[0], e[1], 0, byte(n - 4)}, e[4:n]...))
			if name, ok := x.ServerName(); ok {
				t.Errorf("a server name in %x: %q", x, name)
			}
			if _, ok := x.Groups(); ok {
				t.Errorf("groups in %x", x)
			}
		}
	}
}

func TestOthers(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"text":              {[]byte("GET / HTTP/1.0\r\n\r\n"), ErrNotTLS},
		"an alert":          {[]byte{21, 3, 1, 0, 2, 2, 40}, ErrNotTLS},
		"SSL 2":             {[]byte{0x80, 0x2e, 1, 3, 1}, ErrNotTLS},
		"record of SSL 2":   {[]byte{22, 2, 0, 0, 9}, ErrNotTLS},
		"an empty record":   {[]byte{22, 3, 1, 0, 0}, ErrNotTLS},
		"a huge record":     {[]byte{22, 3, 1, 0xff, 0xff}, ErrNotTLS},
		"a huge message":    {[]byte{22, 3, 1, 0x40, 0, 1, 0xff, 0, 0}, ErrNotTLS},
		"a ServerHello":     {records(99, handshake(TypeServerHello, body(0x0303))), ErrNotTLS},
		"its beginning":     {[]byte{22, 3, 1, 0, 80, 2}, ErrNotTLS},
		"SSL 3":             {records(99, handshake(TypeClientHello, body(0x0300))), ErrNotTLS},
		"nothing":           {nil, ErrMore},
		"one byte":          {[]byte{22}, ErrMore},
		"no room":           {records(20, handshake(TypeClientHello, body(0x0303))), ErrNotTLS},
		"hello and garbage": {append(usualHello(), "garbage"...), nil},
	} {
		if _, err := Parse(c.b, nil); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestServerNameOfAnotherKind(t *testing.T) {
	for _, e := range [][]byte{serverName(1, "x"), ext(ExtServerName), ext(ExtServerName, vec(2))} {
		if name, ok := Extensions(e).ServerName(); ok {
			t.Errorf("%x: %q", e, name)
		}
	}
	if name, ok := Extensions(serverName(0, "")).ServerName(); !ok || len(name) != 0 {
		t.Error("an empty name is a name")
	}
}

func TestVersion(t *testing.T) {
	ssl2 := append([]byte{0x80, 11, 1, 3, 1}, "0123456789"...)
	for name, c := range map[string]struct {
		b    []byte
		want uint16
		err  error
	}{
		"TLS":          {usualHello(), 0x0303, nil},
		"SSL 3":        {records(99, handshake(TypeClientHello, body(0x0300))), 0x0300, nil},
		"ServerHello":  {records(99, handshake(TypeServerHello, body(0x0303))), 0x0303, nil},
		"SSL 2":        {ssl2, 0x0301, nil},
		"half of it":   {ssl2[:8], 0, ErrMore},
		"its end":      {[]byte{0x80, 11, 2}, 0, ErrNotTLS},
		"too short":    {[]byte{0x80, 2, 1, 3}, 0, ErrNotTLS},
		"empty":        {records(99, handshake(TypeClientHello, nil)), 0, ErrNotTLS},
		"no handshake": {[]byte("GET"), 0, ErrNotTLS},
	} {
		if got, err := Version(c.b); got != c.want || err != c.err {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// What Go's own client sends is understood.
func TestRealClient(t *testing.T) {
	near, far := net.Pipe()
	go tls.Client(near, &tls.Config{ServerName: "real.example.org", NextProtos: []string{"h2"}}).Handshake()
	defer near.Close()
	var got []byte
	b := make([]byte, 4096)
	for {
		n, err := far.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
		h, err := Parse(got, heap)
		if err == ErrMore {
			continue
		}
		name, _ := h.Extensions.ServerName()
		protos, _ := h.Extensions.Protocols()
		first, _, _ := protos.Next()
		if err != nil || string(name) != "real.example.org" || string(first) != "h2" || h.Version != tls.VersionTLS12 {
			t.Errorf("%v %q %q %x", err, name, first, h.Version)
		}
		return
	}
}

func TestNoAllocations(t *testing.T) {
	b := usualHello()
	if n := testing.AllocsPerRun(100, func() {
		h, _ := Parse(b, nil)
		h.Extensions.ServerName()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(usualHello())
	f.Add(records(20, handshake(TypeClientHello, body(0x0303, usual...))))
	f.Add(records(99, handshake(TypeServerHello, body(0x0303))))
	f.Add([]byte{0x80, 11, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		Version(b)
		h, err := Parse(b, heap)
		if err != nil {
			if more, after := Parse(b[:len(b)/2], heap); err == ErrMore && after != ErrMore {
				t.Fatalf("half is decided (%v, %v) and the whole is not", more, after)
			}
			return
		}
		show(h)
	})
}
