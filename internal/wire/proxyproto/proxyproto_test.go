package proxyproto

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ap(s string) netip.AddrPort {
	if s == "" {
		return netip.AddrPort{}
	}
	return netip.MustParseAddrPort(s)
}

// v2 builds a header of version 2 by hand.
func v2(command, kind byte, body ...string) string {
	all := strings.Join(body, "")
	return signature + string([]byte{2<<4 | command, kind, byte(len(all) >> 8), byte(len(all))}) + all
}

func tlv(t Type, value string) string {
	return string([]byte{byte(t), byte(len(value) >> 8), byte(len(value))}) + value
}

const (
	addr4 = "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x00\x02"
	addr6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04\xff\xff\x00\x00"
)

// withSum fills in the checksum of a header whose last four zeros after a CRC32C head are its field.
func withSum(h string) string {
	b := []byte(h)
	at := strings.LastIndex(h, "\x03\x00\x04\x00\x00\x00\x00") + tlvHead
	binary.BigEndian.PutUint32(b[at:], checksum(b, at))
	return string(b)
}

func TestParseV1(t *testing.T) {
	for line, want := range map[string]string{
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n":                   "1.2.3.4:1 5.6.7.8:2",
		"PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n":       "255.255.255.255:65535 0.0.0.0:0",
		"PROXY TCP6 2001:db8::0:1 1:2:3:0:0:0:0:4 65535 0\r\n": "[2001:db8::1]:65535 [1:2:3::4]:0",
		"PROXY TCP6 ::FFFF:1.2.3.4 ABCD::2 1 2\r\n":            "[::ffff:1.2.3.4]:1 [abcd::2]:2",
		"PROXY UNKNOWN\r\n":                                    "local",
		"PROXY UNKNOWN \r\n":                                   "local",
		"PROXY UNKNOWN ffff::1 ffff::2 65535 65535 x\r\n":      "local",
		"PROXY UNKNOWN " + strings.Repeat("x", 91) + "\r\n":    "local",
		// HAProxy 3.5 reads these; the specification says how a number is written.
		"PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n":         "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n":         "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n":      "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 4294967297 2\r\n": "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n":           "bad",
		"PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n":            "bad",
		"PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n":        "bad",
		// The rest it refuses too.
		"PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n":               "bad",
		"PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n":               "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n":               "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 x\r\n":              "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2x\r\n":               "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n":               "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n":               "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n":                  "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rGET":               "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n\r\n":              "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n":              "bad",
		"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n":                  "bad",
		"PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n":               "bad",
		"PROXY TCP4 ::1 ::2 1 2\r\n":                        "bad",
		"PROXY TCP4 ::ffff:1.2.3.4 5.6.7.8 1 2\r\n":         "bad",
		"PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n":                "bad",
		"PROXY TCP6 ::1%lo ::2 1 2\r\n":                     "bad",
		"PROXY TCP6 1:2:3:4:5:6:7:8:9 ::2 1 2\r\n":          "bad",
		"PROXY TCP6 00001::1 ::2 1 2\r\n":                   "bad",
		"PROXY UNKNOWN foo\rbar\r\n":                        "bad",
		"PROXY UNKNOWN foo\nbar\r\n":                        "bad",
		"PROXY UNKNOWN " + strings.Repeat("x", 92) + "\r\n": "bad",
		"PROXY TCP4 " + strings.Repeat("1", 200):            "bad",
		"PROXY TCP4\r\n":                                    "proto",
		"PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n":                "proto",
		"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n":                "proto",
		"PROXY UNKNOWNfoo\r\n":                              "proto",
		"PROXY \r\n":                                        "proto",
		"PROXY \n":                                          "bad",
		"PROXY tcp":                                         "proto",
		"PROXY UNKNOWNs":                                    "proto",
		"PROXY\r\n":                                         "not",
		"PROXYTCP4 1.2.3.4 5.6.7.8 1 2\r\n":                 "not",
		"proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n":                "not",
		"GET / HTTP/1.1\r\n":                                "not",
	} {
		if got := outcome(t, line+"GET / HTTP/1.1\r\n", len(line)); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

func TestParseV2(t *testing.T) {
	path := func(s string) string { return s + strings.Repeat("\x00", pathLen-len(s)) }
	for _, c := range []struct{ name, in, want string }{
		{"TCP4", v2(1, 0x11, addr4), "1.2.3.4:1 5.6.7.8:2"},
		{"TCP6", v2(1, 0x21, addr6), "[2001:db8::1]:65535 [::ffff:1.2.3.4]:0"},
		{"UDP4", v2(1, 0x12, addr4), "1.2.3.4:1 5.6.7.8:2 not TCP"},
		{"UDP6", v2(1, 0x22, addr6), "[2001:db8::1]:65535 [::ffff:1.2.3.4]:0 not TCP"},
		{"IPv4 of any transport", v2(1, 0x10, addr4), "1.2.3.4:1 5.6.7.8:2 not TCP"},
		{"UNIX", v2(1, 0x31, path("/a"), path("/b/c")), "unix /a /b/c not TCP"},
		{"UNIX, full", v2(1, 0x31, strings.Repeat("a", 108), strings.Repeat("b", 108)),
			"unix " + strings.Repeat("a", 108) + " " + strings.Repeat("b", 108) + " not TCP"},
		{"UNIX, abstract", v2(1, 0x32, path("\x00name"), path("")), "unix \x00name  not TCP"},
		{"unspecified", v2(1, 0x00), "unspecified not TCP"},
		{"unspecified, with anything", v2(1, 0x00, "abcdef"), "unspecified not TCP"},
		{"unspecified, with a TLV", v2(1, 0x00, tlv(Authority, "a")), "unspecified not TCP 2=a"},
		{"local", v2(0, 0x00), "local"},
		{"local, with a TLV", v2(0, 0x00, tlv(Authority, "a")), "local 2=a"},
		{"local, with addresses", v2(0, 0x11, addr4), "local"},
		{"local, with addresses and a TLV", v2(0, 0x11, addr4, tlv(Authority, "a")), "local 2=a"},
		{"local, with too few addresses", v2(0, 0x11, addr4[:5]), "local"},
		{"local, with anything", v2(0, 0xff, "abcd"), "local"},
		{"TLVs", v2(1, 0x11, addr4, tlv(NoOp, ""), tlv(NoOp, "abc"), tlv(Authority, "a"), tlv(Authority, "b"), tlv(MinCustom, "")),
			"1.2.3.4:1 5.6.7.8:2 4= 4=abc 2=a 2=b 224="},
		{"checksum", withSum(v2(1, 0x11, addr4, tlv(CRC32C, "\x00\x00\x00\x00"), tlv(ALPN, "h2"))),
			"1.2.3.4:1 5.6.7.8:2 3=v\x0e>\x01 1=h2"},
		{"long padding", v2(1, 0x11, addr4, tlv(NoOp, strings.Repeat("x", 2000))), "1.2.3.4:1 5.6.7.8:2 4=" + strings.Repeat("x", 2000)},

		{"command 2", v2(2, 0x11, addr4), "bad"},
		{"command 15", v2(15, 0x11, addr4), "bad"},
		{"family 4", v2(1, 0x41, addr4), "bad"},
		{"transport 3", v2(1, 0x13, addr4), "bad"},
		{"TCP4, short", v2(1, 0x11, addr4[:11]), "bad"},
		{"TCP6, short", v2(1, 0x21, addr6[:35]), "bad"},
		{"UNIX, short", v2(1, 0x31, path("/a"), path("/b")[1:]), "bad"},
		{"TLV of one byte", v2(1, 0x11, addr4, "\x04"), "bad"},
		{"TLV of two bytes", v2(1, 0x11, addr4, "\x04\x00"), "bad"},
		{"TLV over the end", v2(1, 0x11, addr4, "\x02\x00\x01"), "bad"},
		{"TLV over the end, by the next byte", v2(1, 0x11, addr4, tlv(Authority, "ab"), "\x02\x01\x00", "a"), "bad"},
		{"authority too long", v2(1, 0x11, addr4, tlv(Authority, strings.Repeat("a", 256))), "bad"},
		{"unique id too long", v2(1, 0x11, addr4, tlv(UniqueID, strings.Repeat("a", 129))), "bad"},
		{"value too long", v2(1, 0x11, addr4, tlv(MinCustom, strings.Repeat("a", 1025))), "bad"},
		{"wrong checksum", v2(1, 0x11, addr4, tlv(CRC32C, "abcd")), "bad"},
		{"wrong checksum, local", v2(0, 0x00, tlv(CRC32C, "abcd")), "bad"},
		{"wrong checksum, unspecified", v2(1, 0x00, tlv(CRC32C, "abcd")), "bad"},
		{"two checksums", withSum(v2(1, 0x11, addr4, tlv(CRC32C, "\x00\x00\x00\x00"), tlv(CRC32C, "\x00\x00\x00\x00"))), "bad"},
		{"checksum too short", v2(1, 0x11, addr4, tlv(CRC32C, "abc")), "bad"},
		{"checksum too long", v2(1, 0x11, addr4, tlv(CRC32C, "abcde")), "bad"},
		{"version 1", signature + "\x11\x11\x00\x0c" + addr4, "not"},
		{"version 3", signature + "\x31\x11\x00\x0c" + addr4, "not"},
		{"not the signature", "\r\n\r\n\x00\r\nQUIT\r", "not"},
	} {
		if got := outcome(t, c.in+"GET / HTTP/1.1\r\n", len(c.in)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// outcome parses in, whose header has n bytes, at once and says what came of it.
func outcome(t *testing.T, in string, n int) string {
	t.Helper()
	var h Header
	got, err := h.Parse([]byte(in))
	switch {
	case errors.Is(err, ErrBadHeader):
		return "bad"
	case errors.Is(err, ErrBadProtocol):
		return "proto"
	case errors.Is(err, ErrNotHeader):
		return "not"
	case err != nil || got != n:
		t.Errorf("%q: %d, %v, want %d bytes", in, got, err, n)
	}
	return render(&h)
}

func render(h *Header) string {
	var s string
	switch {
	case h.Command == Local:
		s = "local"
	case h.Family == Unspec:
		s = "unspecified"
	case h.Family == Unix:
		s = fmt.Sprintf("unix %s %s", h.SrcPath, h.DstPath)
	default:
		s = fmt.Sprintf("%s %s", h.Src, h.Dst)
	}
	if h.Command == Proxy && !h.IsTCP() {
		s += " not TCP"
	}
	for v, rest, ok := h.TLVs.Next(); ok; v, rest, ok = rest.Next() {
		s += fmt.Sprintf(" %d=%s", v.Type, v.Value)
	}
	return s
}

// TestTruncated feeds every correct header byte by byte: nothing but its whole length may satisfy the parser.
func TestTruncated(t *testing.T) {
	for _, in := range []string{
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "PROXY TCP6 ::1 ::2 1 2\r\n", "PROXY UNKNOWN\r\n", "PROXY UNKNOWN x\r\n",
		v2(1, 0x11, addr4), v2(1, 0x21, addr6, tlv(Authority, "a")), v2(0, 0), v2(0, 0x11, "abc"), v2(1, 0),
		withSum(v2(1, 0x11, addr4, tlv(CRC32C, "\x00\x00\x00\x00"))),
	} {
		var h Header
		for i := range in {
			b := []byte(in[:i])
			if n, err := h.Parse(b); n != 0 || err != nil {
				t.Errorf("%q: %d, %v, want more", in[:i], n, err)
			}
			if need := Need(b); need <= i || need > len(in) {
				t.Errorf("%q: needs %d", in[:i], need)
			}
		}
		if n, err := h.Parse([]byte(in)); n != len(in) || err != nil {
			t.Errorf("%q: %d, %v", in, n, err)
		}
	}
	if got := Need([]byte(v2(1, 0x11, addr4, strings.Repeat("x", 60000)))[:16]); got != 60028 {
		t.Errorf("Need with 16 bytes: %d", got)
	}
}

func TestParseSSL(t *testing.T) {
	s, ok := ParseSSL([]byte("\x07\x00\x00\x00\x12" + tlv(SSLVersion, "TLSv1.3") + tlv(SSLCN, "client one")))
	if !ok || s.Client != ClientSSL|ClientCertConn|ClientCertSess || s.Verify != 18 {
		t.Errorf("%+v, %v", s, ok)
	}
	if cn, ok := s.TLVs.Find(SSLCN); !ok || string(cn) != "client one" {
		t.Errorf("CN %q, %v", cn, ok)
	}
	if v, ok := s.TLVs.Find(SSLCipher); ok {
		t.Errorf("cipher %q", v)
	}
	for _, bad := range []string{"", "\x01\x00\x00\x00", "\x01\x00\x00\x00\x00\x22\x00\xff"} {
		if _, ok := ParseSSL([]byte(bad)); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}
