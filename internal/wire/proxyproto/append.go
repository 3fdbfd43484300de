package proxyproto

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
)

// ErrTooLong is returned when a header would not fit into the length field of version 2 or a value into its TLV.
var ErrTooLong = errors.New("the PROXY protocol header would be longer than 65535 bytes")

// AppendV1 appends the version 1 line for a connection from src to dst, 107 bytes at most. When the families differ
// both are written as IPv6, the IPv4 one mapped. When one of them is not an IP address (a UNIX socket) the line is
// PROXY UNKNOWN.
func AppendV1(b []byte, src, dst netip.AddrPort) []byte {
	if !src.Addr().IsValid() || !dst.Addr().IsValid() {
		return append(b, "PROXY UNKNOWN\r\n"...)
	}
	from, to := src.Addr(), dst.Addr()
	if from.Is4() && to.Is4() {
		b = append(b, "PROXY TCP4 "...)
	} else {
		b = append(b, "PROXY TCP6 "...)
		from, to = netip.AddrFrom16(from.As16()), netip.AddrFrom16(to.As16())
	}
	b = append(from.AppendTo(b), ' ')
	b = append(to.AppendTo(b), ' ')
	b = append(strconv.AppendUint(b, uint64(src.Port()), 10), ' ')
	b = strconv.AppendUint(b, uint64(dst.Port()), 10)
	return append(b, '\r', '\n')
}

// V2 is what a version 2 header says. The zero value is the header of a health check: LOCAL without anything.
type V2 struct {
	// Src and Dst are the ends of the proxied connection. When one of them is not an IP address (a UNIX socket), or
	// Local is set, the header is LOCAL and has no addresses; the TLVs are sent all the same.
	Src, Dst netip.AddrPort
	Local    bool

	Custom    []TLV  // set-proxy-v2-tlv-fmt, in the order of the line
	CRC32C    bool   // proxy-v2-options crc32c
	ALPN      []byte // what was negotiated with the client; none when empty
	Authority []byte // authority: the client's SNI; none when empty
	UniqueID  []byte // unique-id; none when empty
	SSL       *SSLOut
	NetNS     []byte // name of the client's namespace; none when empty
}

// SSLOut is the SSL part of a header: send-proxy-v2-ssl, and proxy-v2-options ssl and the options that begin with
// cert- and ssl-. It is sent for a client without TLS too, as its zero value. Values that are nil are left out.
type SSLOut struct {
	Client  uint8  // ClientSSL and the other bits
	Verify  uint32 // what the verification of the client's certificate answered, 0 without one
	Version []byte // TLSv1.3
	CN      []byte // cert-cn: common name of the client's certificate
	KeyAlg  []byte // cert-key: of our certificate, RSA2048
	SigAlg  []byte // cert-sig: of our certificate, RSA-SHA256
	Cipher  []byte // ssl-cipher: TLS_AES_256_GCM_SHA384
}

// AppendV2 appends the header that v describes. The order of the TLVs is HAProxy's. On ErrTooLong b is returned as it
// was.
func AppendV2(b []byte, v *V2) ([]byte, error) {
	start := len(b)
	b = append(b, signature...)
	b = v.appendAddrs(b)
	ok := true
	add := func(t Type, value []byte) {
		ok = ok && len(value) <= 0xffff
		b = appendTLV(b, t, value)
	}
	for i := range v.Custom {
		add(v.Custom[i].Type, v.Custom[i].Value)
	}
	sum := 0
	if v.CRC32C {
		sum = len(b) + tlvHead - start
		add(CRC32C, zeros[:])
	}
	for _, t := range [...]TLV{{ALPN, v.ALPN}, {Authority, v.Authority}, {UniqueID, v.UniqueID}} {
		if len(t.Value) > 0 {
			add(t.Type, t.Value)
		}
	}
	if v.SSL != nil {
		at := len(b)
		b = v.SSL.appendTo(b)
		ok = ok && len(b)-at-tlvHead <= 0xffff
	}
	if len(v.NetNS) > 0 {
		add(NetNS, v.NetNS)
	}
	n := len(b) - start - fixedV2
	if !ok || n > 0xffff {
		return b[:start], ErrTooLong
	}
	binary.BigEndian.PutUint16(b[start+14:], uint16(n))
	if v.CRC32C {
		binary.BigEndian.PutUint32(b[start+sum:], checksum(b[start:], sum))
	}
	return b, nil
}

// appendAddrs appends command, family, a length to be filled in, and the address block.
func (v *V2) appendAddrs(b []byte) []byte {
	const version = 2 << 4
	src, dst := v.Src.Addr(), v.Dst.Addr()
	switch {
	case v.Local || !src.IsValid() || !dst.IsValid():
		return append(b, version|byte(Local), byte(Unspec), 0, 0)
	case src.Is4() && dst.Is4():
		b = append(b, version|byte(Proxy), byte(IPv4)<<4|byte(Stream), 0, 0)
		from, to := src.As4(), dst.As4()
		b = append(append(b, from[:]...), to[:]...)
	default:
		b = append(b, version|byte(Proxy), byte(IPv6)<<4|byte(Stream), 0, 0)
		from, to := src.As16(), dst.As16()
		b = append(append(b, from[:]...), to[:]...)
	}
	b = binary.BigEndian.AppendUint16(b, v.Src.Port())
	return binary.BigEndian.AppendUint16(b, v.Dst.Port())
}

func (s *SSLOut) appendTo(b []byte) []byte {
	at := len(b)
	b = append(b, byte(SSL), 0, 0, s.Client)
	b = binary.BigEndian.AppendUint32(b, s.Verify)
	for _, t := range [...]TLV{
		{SSLVersion, s.Version}, {SSLCN, s.CN}, {SSLKeyAlg, s.KeyAlg}, {SSLSigAlg, s.SigAlg}, {SSLCipher, s.Cipher},
	} {
		if t.Value != nil {
			b = appendTLV(b, t.Type, t.Value)
		}
	}
	binary.BigEndian.PutUint16(b[at+1:], uint16(len(b)-at-tlvHead))
	return b
}

func appendTLV(b []byte, t Type, value []byte) []byte {
	return append(append(b, byte(t), byte(len(value)>>8), byte(len(value))), value...)
}
