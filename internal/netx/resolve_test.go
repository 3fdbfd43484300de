package netx

import (
	"context"
	"encoding/binary"
	"net"
	"strings"
	"testing"
	"time"
)

// nameServer answers queries on a loopback port: with the addresses given for the name, A or AAAA. A name that is not
// listed does not exist; a nil list gets no answer at all.
func nameServer(t *testing.T, names map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		var query [512]byte
		for {
			n, from, err := conn.ReadFrom(query[:])
			if err != nil {
				return
			}
			if reply := answer(query[:n], names); reply != nil {
				conn.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(within context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(within, "udp", conn.LocalAddr().String())
	}}
}

func answer(query []byte, names map[string][]string) []byte {
	var labels []string
	at := 12
	for query[at] != 0 {
		labels = append(labels, string(query[at+1:at+1+int(query[at])]))
		at += 1 + int(query[at])
	}
	end := at + 5
	kind := binary.BigEndian.Uint16(query[at+1:])
	all, known := names[strings.Join(labels, ".")]
	if known && all == nil {
		return nil
	}
	reply := append([]byte{}, query[:end]...)
	reply[2], reply[3] = 0x81, 0x80
	copy(reply[6:12], make([]byte, 6))
	if !known {
		reply[3] |= 3
		return reply
	}
	for _, a := range all {
		ip := net.ParseIP(a)
		raw := []byte(ip.To4())
		is := uint16(1)
		if raw == nil {
			raw, is = ip, 28
		}
		if is != kind {
			continue
		}
		reply[7]++
		reply = append(reply, 0xc0, 12, 0, byte(is), 0, 1, 0, 0, 0, 60, 0, byte(len(raw)))
		reply = append(reply, raw...)
	}
	return reply
}

func TestResolve(t *testing.T) {
	r := nameServer(t, map[string][]string{
		"both.test":   {"2001:db8::5", "192.0.2.5"},
		"four.test":   {"192.0.2.6"},
		"six.test":    {"2001:db8::6"},
		"silent.test": nil,
	})
	for _, c := range []struct {
		name string
		f    Family
		want string
	}{
		{"both.test", NoFamily, "192.0.2.5"},
		{"both.test", IPv4, "192.0.2.5"},
		{"both.test", IPv6, "2001:db8::5"},
		{"four.test", NoFamily, "192.0.2.6"},
		{"six.test", NoFamily, "2001:db8::6"},
		{"six.test", IPv4, ""},
		{"four.test", IPv6, ""},
		{"nosuch.test", NoFamily, ""},
		{"192.0.2.1", NoFamily, "192.0.2.1"},
		{"2001:db8::1", IPv6, "2001:db8::1"},
		{"192.0.2.1", IPv6, ""},
		{"", NoFamily, ""},
	} {
		// The dot keeps search domains away.
		name := c.name
		if strings.HasSuffix(name, ".test") {
			name += "."
		}
		a, err := resolve(r, name, c.f, 10*time.Second)
		if c.want == "" && (err == nil || a.IsValid()) || c.want != "" && (err != nil || a.String() != c.want) {
			t.Errorf("%q, family %d: %v, %v, want %s", c.name, c.f, a, err, c.want)
		}
	}
	start := time.Now()
	if _, err := resolve(r, "silent.test.", NoFamily, 50*time.Millisecond); err == nil || time.Since(start) > 3*time.Second {
		t.Errorf("a silent server: %v after %v", err, time.Since(start))
	}
}

func TestResolveLocalhost(t *testing.T) {
	a, err := Resolve("localhost", IPv4, 5*time.Second)
	if err != nil {
		t.Skip("the system does not know localhost:", err)
	}
	if !a.IsLoopback() || !a.Is4() {
		t.Errorf("localhost is %v", a)
	}
}
