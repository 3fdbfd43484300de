package proxyproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// The lines and headers that HAProxy 3.5 sent for connections between these addresses.
func TestAppendV1(t *testing.T) {
	for _, c := range []struct{ src, dst, want string }{
		{"127.0.0.1:58710", "127.0.0.1:19101", "PROXY TCP4 127.0.0.1 127.0.0.1 58710 19101\r\n"},
		{"[::1]:41096", "[::1]:19101", "PROXY TCP6 ::1 ::1 41096 19101\r\n"},
		{"[::ffff:127.0.0.1]:58628", "[::ffff:127.0.0.1]:19101", "PROXY TCP6 ::ffff:127.0.0.1 ::ffff:127.0.0.1 58628 19101\r\n"},
		{"[2001:db8::1]:46672", "127.0.0.1:19102", "PROXY TCP6 2001:db8::1 ::ffff:127.0.0.1 46672 19102\r\n"},
		{"127.0.0.1:52732", "[2001:db8::1]:19102", "PROXY TCP6 ::ffff:127.0.0.1 2001:db8::1 52732 19102\r\n"},
		{"", "", "PROXY UNKNOWN\r\n"},
		{"127.0.0.1:1", "", "PROXY UNKNOWN\r\n"},
		{"[fe80::1%eth0]:1", "[fe80::2%eth0]:2", "PROXY TCP6 fe80::1 fe80::2 1 2\r\n"},
	} {
		if got := AppendV1([]byte("x"), ap(c.src), ap(c.dst)); string(got) != "x"+c.want {
			t.Errorf("%s, %s: %q, want %q", c.src, c.dst, got[1:], c.want)
		}
	}
	worst := netip.AddrPortFrom(netip.AddrFrom16([16]byte(bytes.Repeat([]byte{0xff}, 16))), 65535)
	if got := AppendV1(nil, worst, worst); len(got) > MaxV1 {
		t.Errorf("%q has %d bytes", got, len(got))
	}
}

func TestAppendV2(t *testing.T) {
	for _, c := range []struct {
		name string
		v    V2
		want string
	}{
		{"send-proxy-v2", V2{Src: ap("127.0.0.1:58724"), Dst: ap("127.0.0.1:19101")},
			"0d0a0d0a000d0a515549540a2111000c7f0000017f000001e5644a9d"},
		{"IPv6", V2{Src: ap("[::1]:41106"), Dst: ap("[::1]:19101")},
			"0d0a0d0a000d0a515549540a212100240000000000000000000000000000000100000000000000000000000000000001a0924a9d"},
		{"mapped", V2{Src: ap("[::ffff:127.0.0.1]:49312"), Dst: ap("[::ffff:127.0.0.1]:19101")},
			"0d0a0d0a000d0a515549540a2121002400000000000000000000ffff7f00000100000000000000000000ffff7f000001c0a04a9d"},
		{"mixed", V2{Src: ap("[2001:db8::1]:46680"), Dst: ap("127.0.0.1:19102")},
			"0d0a0d0a000d0a515549540a2121002420010db800000000000000000000000100000000000000000000ffff7f000001b6584a9e"},
		{"crc32c,authority,ssl,unique-id without TLS",
			V2{Src: ap("127.0.0.1:58730"), Dst: ap("127.0.0.1:19101"), CRC32C: true, UniqueID: []byte("ID-0"), SSL: &SSLOut{}},
			"0d0a0d0a000d0a515549540a211100227f0000017f000001e56a4a9d030004b270721805000449442d30200005000000000 0"},
		{"set-proxy-v2-tlv-fmt", V2{Src: ap("127.0.0.1:58610"), Dst: ap("127.0.0.1:19101"),
			Custom: []TLV{{0xE1, []byte("127.0.0.1")}, {0xE2, []byte("x")}}},
			"0d0a0d0a000d0a515549540a2111001c7f0000017f000001e4f24a9de100093132372e302e302e31e2000178"},
		{"UNIX client", V2{CRC32C: true, UniqueID: []byte("ID-0"), SSL: &SSLOut{}},
			"0d0a0d0a000d0a515549540a20000016030004c011988a05000449442d302000050000000000"},
		{"check", V2{Local: true, CRC32C: true, SSL: &SSLOut{}, Src: ap("127.0.0.1:1"), Dst: ap("127.0.0.1:2")},
			"0d0a0d0a000d0a515549540a2000000f030004889da1df2000050000000000"},
		{"alpn", V2{Src: ap("127.0.0.1:40674"), Dst: ap("127.0.0.1:19102"), ALPN: []byte("foo")},
			"0d0a0d0a000d0a515549540a211100127f0000017f0000019ee24a9e010003666f6f"},
		{"send-proxy-v2-ssl", V2{Src: ap("127.0.0.1:46666"), Dst: ap("127.0.0.1:19102"),
			SSL: &SSLOut{Client: ClientSSL, Version: []byte("TLSv1.3")}},
			"0d0a0d0a000d0a515549540a2111001e7f0000017f000001b64a4a9e20000f0100000000210007544c5376312e33"},
		{"all options", V2{Src: ap("127.0.0.1:40650"), Dst: ap("127.0.0.1:19102"), CRC32C: true,
			Custom: []TLV{{0xE1, []byte("abc")}}, ALPN: []byte("foo"), Authority: []byte("www.example.com"),
			UniqueID: []byte("ID-0"), SSL: &SSLOut{Client: ClientSSL, Version: []byte("TLSv1.3"),
				KeyAlg: []byte("RSA2048"), SigAlg: []byte("RSA-SHA256"), Cipher: []byte("TLS_AES_256_GCM_SHA384")}},
			"0d0a0d0a000d0a515549540a2111007a7f0000017f0000019eca4a9ee100036162630300040f7e1550010003666f6f02000f7777772e6578616d706c652e636f6d05000449442d3020003f0100000000210007544c5376312e332500075253413230343824000a5253412d534841323536230016544c535f4145535f3235365f47434d5f534841333834"},
		{"client certificate that failed", V2{Src: ap("127.0.0.1:46656"), Dst: ap("127.0.0.1:19102"), CRC32C: true,
			Authority: []byte("www.example.com"), UniqueID: []byte("ID-0"),
			SSL: &SSLOut{Client: ClientSSL | ClientCertConn | ClientCertSess, Verify: 18, Version: []byte("TLSv1.3"),
				CN: []byte("client one"), KeyAlg: []byte("RSA2048"), SigAlg: []byte("RSA-SHA256"),
				Cipher: []byte("TLS_AES_256_GCM_SHA384")}},
			"0d0a0d0a000d0a515549540a2111007b7f0000017f000001b6404a9e030004097a55dc02000f7777772e6578616d706c652e636f6d05000449442d3020004c0700000012210007544c5376312e3322000a636c69656e74206f6e652500075253413230343824000a5253412d534841323536230016544c535f4145535f3235365f47434d5f534841333834"},
	} {
		got, err := AppendV2([]byte("x"), &c.v)
		if want := unhex(t, c.want); err != nil || !bytes.Equal(got[1:], want) {
			t.Errorf("%s: %x, %v\nwant %x", c.name, got[1:], err, want)
		}
		var h Header
		if n, err := h.Parse(got[1:]); n != len(got)-1 || err != nil {
			t.Errorf("%s: reads back as %d, %v", c.name, n, err)
		}
	}
}

func TestAppendV2Namespace(t *testing.T) {
	got, err := AppendV2(nil, &V2{NetNS: []byte("blue"), SSL: &SSLOut{}})
	if want := v2(0, 0, tlv(SSL, "\x00\x00\x00\x00\x00"), tlv(NetNS, "blue")); err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestAppendV2TooLong(t *testing.T) {
	big := bytes.Repeat([]byte("a"), 65536)
	for name, v := range map[string]V2{
		"value":      {Custom: []TLV{{0xE0, big}}},
		"values":     {Custom: []TLV{{0xE0, big[:40000]}, {0xE1, big[:30000]}}},
		"one byte":   {Src: ap("1.2.3.4:1"), Dst: ap("1.2.3.4:2"), Custom: []TLV{{0xE0, big[:65535-12-2]}}},
		"the CN":     {SSL: &SSLOut{CN: big}},
		"alpn, wrap": {ALPN: big},
	} {
		if got, err := AppendV2([]byte("x"), &v); !errors.Is(err, ErrTooLong) || string(got) != "x" {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	v := V2{Src: ap("1.2.3.4:1"), Dst: ap("1.2.3.4:2"), Custom: []TLV{{0xE0, big[:65535-12-3]}}}
	got, err := AppendV2(nil, &v)
	if err != nil || len(got) != MaxV2 || binary.BigEndian.Uint16(got[14:]) != 65535 {
		t.Errorf("the longest: %d bytes, %v", len(got), err)
	}
}

func TestNoAllocations(t *testing.T) {
	line := []byte("PROXY TCP6 2001:db8::1 2001:db8::2 12345 443\r\n")
	binaryHeader := []byte(withSum(v2(1, 0x11, addr4, tlv(CRC32C, "\x00\x00\x00\x00"), tlv(Authority, "a"))))
	unix := []byte(v2(1, 0x31, "\x00", strings.Repeat("x", 215)))
	for _, in := range [][]byte{line, binaryHeader, unix} {
		if n := testing.AllocsPerRun(100, func() {
			var h Header
			if _, err := h.Parse(in); err != nil {
				t.Error(err)
			}
			h.TLVs.Find(Authority)
		}); n != 0 {
			t.Errorf("parsing %q allocates %v times", in, n)
		}
	}
	b := make([]byte, 0, 1024)
	src, dst := ap("[2001:db8::1]:12345"), ap("1.2.3.4:443")
	v := V2{Src: src, Dst: dst, CRC32C: true, Custom: []TLV{{0xE1, line}}, ALPN: []byte("h2"), UniqueID: []byte("1"), SSL: &SSLOut{CN: []byte("a")}}
	if n := testing.AllocsPerRun(100, func() {
		b = AppendV1(b[:0], src, dst)
		b, _ = AppendV2(b[:0], &v)
	}); n != 0 {
		t.Errorf("appending allocates %v times", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET"))
	f.Add([]byte("PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 1 2\r\n"))
	f.Add([]byte("PROXY UNKNOWN x\r\n"))
	f.Add([]byte(v2(1, 0x11, addr4, tlv(Authority, "a"), tlv(NoOp, ""))))
	f.Add([]byte(v2(1, 0x21, addr6, tlv(SSL, "\x01\x00\x00\x00\x00"+tlv(SSLCN, "a")))))
	f.Add([]byte(withSum(v2(0, 0, tlv(CRC32C, "\x00\x00\x00\x00")))))
	f.Add([]byte(v2(1, 0x31, strings.Repeat("\x00ab", 72))))
	f.Fuzz(func(t *testing.T, in []byte) {
		var h Header
		n, err := h.Parse(in)
		if n < 0 || n > len(in) || n > MaxV2 || err != nil && n != 0 {
			t.Fatalf("%d, %v", n, err)
		}
		if err == nil && n == 0 && Need(in) <= len(in) {
			t.Fatalf("waits for %d bytes and has %d", Need(in), len(in))
		}
		if n == 0 {
			return
		}
		// No shorter beginning may satisfy or offend the parser: it cannot know better yet.
		for i := range n {
			var part Header
			if got, err := part.Parse(in[:i]); got != 0 || err != nil {
				t.Fatalf("%q of %q: %d, %v", in[:i], in[:n], got, err)
			}
		}
		if !h.IsTCP() || h.Version == 2 && (len(h.TLVs) > 0 || h.Src.Addr().Is4() != h.Dst.Addr().Is4()) {
			return
		}
		out := AppendV1(nil, h.Src, h.Dst)
		if h.Version == 2 {
			if out, err = AppendV2(nil, &V2{Src: h.Src, Dst: h.Dst}); err != nil {
				t.Fatal(err)
			}
		}
		var again Header
		if _, err := again.Parse(out); err != nil || again.Src != h.Src || again.Dst != h.Dst {
			t.Fatalf("%q reads back as %v, %v, %v", out, again.Src, again.Dst, err)
		}
	})
}
