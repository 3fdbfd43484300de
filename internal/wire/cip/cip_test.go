package cip

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

const magic = 0x12345678

func be32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
func be16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }

func legacy(packet string) string { return be32(magic) + be32(len(packet)) + packet }

func standard(packet string) string {
	return be32(magic) + be32(len(packet)+fixedStandard) + be16(1) + be16(len(packet)) + packet
}

// ipv4 and ipv6 are IP headers, tcp a TCP header; options are what follows their fixed parts.
func ipv4(version, protocol byte, options string) string {
	return string([]byte{version<<4 | byte(5+len(options)/4), 0}) + be16(40) + "\x00\x00\x00\x00\x40" +
		string([]byte{protocol}) + "\x00\x00" + "\x01\x02\x03\x04\x05\x06\x07\x08" + options
}

func ipv6(next byte) string {
	zeros := strings.Repeat("\x00", 15)
	return "\x60\x00\x00\x00" + be16(20) + string([]byte{next, 64}) + zeros + "\x01" + zeros + "\x02"
}

func tcp(options string) string {
	return be16(1111) + be16(2222) + strings.Repeat("\x00", 8) +
		string([]byte{byte(5+len(options)/4) << 4, 2}) + strings.Repeat("\x00", 6) + options
}

func TestParse(t *testing.T) {
	four, six := ipv4(4, 6, "")+tcp(""), ipv6(6)+tcp("")
	const want4, want6 = "1.2.3.4:1111 5.6.7.8:2222", "[::1]:1111 [::2]:2222"
	for _, c := range []struct {
		name, in, want string
		err            error
	}{
		{"legacy IPv4", legacy(four), want4, nil},
		{"legacy IPv6", legacy(six), want6, nil},
		{"standard IPv4", standard(four), want4, nil},
		{"standard IPv6", standard(six), want6, nil},
		{"IP options", legacy(ipv4(4, 6, "abcd") + tcp("")), want4, nil},
		{"all IP options", standard(ipv4(4, 6, strings.Repeat("x", 40)) + tcp("")), want4, nil},
		{"TCP options", legacy(ipv4(4, 6, "") + tcp(strings.Repeat("x", 40))), want4, nil},
		{"more after the headers", legacy(four + "xxxx"), want4, nil},
		{"the first length of the standard form", be32(magic) + be32(99999) + standard(four)[8:], want4, nil},

		{"magic", be32(magic+1) + legacy(four)[4:], "", ErrBadMagic},
		{"UDP", legacy(ipv4(4, 17, "") + tcp("")), "", ErrBadProtocol},
		{"UDP over IPv6", legacy(ipv6(17) + tcp("")), "", ErrBadProtocol},
		{"fragment", standard(ipv6(44) + tcp("")), "", ErrBadProtocol},
		{"IP version 5", legacy(ipv4(5, 6, "") + tcp("")), "", ErrBadProtocol},
		{"IP version 5, standard", standard(ipv4(5, 6, "") + tcp("")), "", ErrBadProtocol},
		{"type 2", be32(magic) + be32(52) + be16(2) + be16(40) + four, "", ErrBadProtocol},
		{"type 256", be32(magic) + be32(52) + be16(256) + be16(40) + four, "", ErrBadProtocol},
		{"no length", be32(magic) + be32(0) + four, "", ErrTruncated},
		{"no second length", be32(magic) + be32(52) + be16(1) + be16(0) + four, "", ErrTruncated},
		{"length of one header", be32(magic) + be32(20) + four, "", ErrTruncated},
		{"length one short", be32(magic) + be32(39) + four, "", ErrTruncated},
		{"IPv6 with a length for IPv4", be32(magic) + be32(40) + six, "", ErrTruncated},
		{"IP header too short", legacy("\x44" + four[1:]), "", ErrTruncated},
		{"IP options beyond the end", legacy("\x46" + four[1:]), "", ErrTruncated},
		{"length too large", be32(magic) + be32(MaxLen) + four, "", ErrTruncated},
		{"length negative", be32(magic) + be32(-1) + four, "", ErrTruncated},
	} {
		var h Header
		n, err := h.Parse([]byte(c.in+"GET / HTTP/1.1\r\n"), magic)
		if !errors.Is(err, c.err) || err == nil && n != len(c.in) {
			t.Errorf("%s: %d, %v, want %d, %v", c.name, n, err, len(c.in), c.err)
			continue
		}
		if got := h.Src.String() + " " + h.Dst.String(); err == nil && got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTruncated(t *testing.T) {
	for _, in := range []string{
		legacy(ipv4(4, 6, "abcd") + tcp("")), legacy(ipv6(6) + tcp("")), standard(ipv4(4, 6, "") + tcp("efgh")), standard(ipv6(6) + tcp("")),
	} {
		var h Header
		for i := range in {
			if n, err := h.Parse([]byte(in[:i]), magic); n != 0 || err != nil {
				t.Errorf("%d bytes of %q: %d, %v", i, in, n, err)
			}
		}
	}
}

func TestNoAllocations(t *testing.T) {
	in := []byte(standard(ipv6(6) + tcp("")))
	if n := testing.AllocsPerRun(100, func() {
		var h Header
		if n, err := h.Parse(in, magic); n == 0 || err != nil {
			t.Error(n, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(legacy(ipv4(4, 6, "abcd") + tcp(""))))
	f.Add([]byte(legacy(ipv6(6) + tcp(""))))
	f.Add([]byte(standard(ipv4(4, 6, "")+tcp("efgh")) + "GET"))
	f.Add([]byte(standard(ipv6(6) + tcp(""))))
	f.Fuzz(func(t *testing.T, in []byte) {
		var h Header
		n, err := h.Parse(in, magic)
		if n < 0 || n > len(in) || n > MaxLen || err != nil && n != 0 {
			t.Fatalf("%d, %v", n, err)
		}
		if n == 0 {
			return
		}
		if !h.Src.IsValid() || h.Src.Addr().Is4() != h.Dst.Addr().Is4() || h.Src == (netip.AddrPort{}) {
			t.Fatalf("%v, %v", h.Src, h.Dst)
		}
		for i := range n {
			if m, err := h.Parse(in[:i], magic); m != 0 || err != nil {
				t.Fatalf("%q of %q: %d, %v", in[:i], in, m, err)
			}
		}
	})
}
