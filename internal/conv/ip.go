package conv

import (
	enc "encoding/binary"
	"net/netip"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// ipRows are the converters of IP packets, as fc_saved_syn and eth.data return them.
func ipRows() []sample.Conv {
	return []sample.Conv{
		{Name: "ip.data", Doc: "What follows the headers of an IP packet.", In: value.Bin, Out: value.Bin, Eval: ipData},
		{Name: "ip.df", Doc: "Whether an IP packet must not be fragmented.", In: value.Bin, Out: value.Sint, Eval: ipDF},
		{Name: "ip.dst", Doc: "Destination address of an IP packet.", In: value.Bin, Out: value.Addr, Eval: ipDst},
		{Name: "ip.fp", Doc: "Fingerprint of the sender of an IP packet with a TCP header.", Args: "[integer]", In: value.Bin, Out: value.Bin, Eval: ipFP},
		{Name: "ip.hdr", Doc: "Header of an IP packet with its options and extensions.", In: value.Bin, Out: value.Bin, Eval: ipHdr},
		{Name: "ip.proto", Doc: "Number of the protocol in an IP packet.", In: value.Bin, Out: value.Sint, Eval: ipProto},
		{Name: "ip.src", Doc: "Source address of an IP packet.", In: value.Bin, Out: value.Addr, Eval: ipSrc},
		{Name: "ip.tos", Doc: "Type of service, or traffic class, of an IP packet.", In: value.Bin, Out: value.Sint, Eval: ipTOS},
		{Name: "ip.ttl", Doc: "Hops that an IP packet had left.", In: value.Bin, Out: value.Sint, Eval: ipTTL},
		{Name: "ip.ver", Doc: "Version of an IP packet.", In: value.Bin, Out: value.Sint, Eval: ipVer},
	}
}

// The protocols in which the chain of IPv6 extension headers ends for these converters.
const (
	protoTCP = 6
	protoUDP = 17
)

// ipVersion returns the version of a packet, 0 for no packet.
func ipVersion(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return int(b[0] >> 4)
}

// ipHeader returns the length of a packet's headers and the protocol behind them (RFC 791 3.1, RFC 8200 3 and 4.2). All of
// the headers are within b.
func ipHeader(b []byte) (size int, proto byte, ok bool) {
	switch ipVersion(b) {
	case 4:
		size = int(b[0]&15) * 4
		if len(b) < 20 || len(b) < size {
			return 0, 0, false
		}
		return size, b[9], true
	case 6:
		if len(b) < 40 {
			return 0, 0, false
		}
		size, proto = 40, b[6]
		for proto != protoTCP && proto != protoUDP {
			if len(b) < size+2 {
				return 0, 0, false
			}
			proto, size = b[size], size+(int(b[size+1])+1)*8
			if len(b) < size {
				return 0, 0, false
			}
		}
		return size, proto, true
	}
	return 0, 0, false
}

func ipData(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	size, _, ok := ipHeader(v.Bytes)
	if ok {
		v.Bytes = v.Bytes[size:]
	}
	return ok
}

func ipHdr(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	size, _, ok := ipHeader(v.Bytes)
	if ok {
		v.Bytes = v.Bytes[:size]
	}
	return ok
}

func ipProto(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	b := v.Bytes
	if ipVersion(b) == 4 && len(b) >= 10 {
		v.SetInt(int64(b[9]))
		return true
	}
	_, proto, ok := ipHeader(b)
	v.SetInt(int64(proto))
	return ok
}

// df returns the flag "don't fragment", which IPv6 always has.
func df(b []byte) (set, ok bool) {
	switch ipVersion(b) {
	case 4:
		return len(b) > 6 && b[6]&0x40 != 0, len(b) > 6
	case 6:
		return true, true
	}
	return false, false
}

func ipDF(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	set, ok := df(v.Bytes)
	v.SetBool(set)
	v.Type = value.Sint
	return ok
}

// tos returns the byte of that name of either version.
func tos(b []byte) (n byte, ok bool) {
	if len(b) < 2 {
		return 0, false
	}
	switch ipVersion(b) {
	case 4:
		return b[1], true
	case 6:
		return b[0]<<4 | b[1]>>4, true
	}
	return 0, false
}

func ipTOS(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n, ok := tos(v.Bytes)
	v.SetInt(int64(n))
	return ok
}

// ttl returns the hops left, from a whole fixed header.
func ttl(b []byte) (n byte, ok bool) {
	switch {
	case ipVersion(b) == 4 && len(b) >= 20:
		return b[8], true
	case ipVersion(b) == 6 && len(b) >= 40:
		return b[7], true
	}
	return 0, false
}

func ipTTL(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n, ok := ttl(v.Bytes)
	v.SetInt(int64(n))
	return ok
}

func ipVer(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	ok := len(v.Bytes) > 0
	v.SetInt(int64(ipVersion(v.Bytes)))
	return ok
}

func ipSrc(_ *proxy.Stream, _ sample.Args, v *value.Value) bool { return ipAddress(v, 12, 8) }

func ipDst(_ *proxy.Stream, _ sample.Args, v *value.Value) bool { return ipAddress(v, 16, 24) }

// ipAddress makes v the address that is at one place in an IPv4 header, at the other in one of IPv6.
func ipAddress(v *value.Value, at4, at6 int) bool {
	b := v.Bytes
	switch {
	case ipVersion(b) == 4 && len(b) >= 20:
		v.SetIP(netip.AddrFrom4([4]byte(b[at4 : at4+4])))
	case ipVersion(b) == 6 && len(b) >= 40:
		v.SetIP(netip.AddrFrom16([16]byte(b[at6 : at6+16])))
	default:
		return false
	}
	return true
}

// The parts that the argument of ip.fp adds to a fingerprint.
const (
	fpTTL = 1 << iota
	fpOptions
	fpSource
)

// ipFP builds the fingerprint of configuration.txt 7.3.1, "ip.fp".
func ipFP(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	ip := v.Bytes
	size, _, ok := ipHeader(ip)
	if !ok {
		return false
	}
	t, ok := tcpHeader(ip[size:])
	if !ok {
		return false
	}
	class, _ := tos(ip)
	hops, _ := ttl(ip)
	whole, six := 0, ipVersion(ip) == 6
	if six {
		whole = 40 + int(enc.BigEndian.Uint16(ip[4:]))
	} else {
		whole = int(enc.BigEndian.Uint16(ip[2:]))
	}
	noFrag, _ := df(ip)
	opts := tcpOptions(t)
	marks := bit(six, 7) | bit(noFrag, 6) | hopClass(hops)<<4 | bit(six && size > 40 || !six && size > 20, 3) |
		bit(whole > size+len(t), 2) | bit(t[13]&0x80 != 0, 1) | bit(t[13]&0x40 != 0, 0)
	scale := byte(0)
	if opts.hasScale {
		scale = byte(min(int(opts.scale)+1, 15))
	}
	out := append(s.Arena.Tail(8+1+len(t)+16), class, marks, t[12]&0xf0|scale, t[14], t[15], byte(opts.mss>>8), byte(opts.mss), opts.kinds)
	mode := a.Int(0)
	if mode&fpTTL != 0 {
		out = append(out, hops)
	}
	if mode&fpOptions != 0 {
		out = appendKinds(out, t, false)
	}
	if mode&fpSource != 0 && six {
		out = append(out, ip[8:24]...)
	} else if mode&fpSource != 0 {
		out = append(out, ip[12:16]...)
	}
	setOwn(v, value.Bin, s.Arena.Keep(out))
	return true
}

func bit(set bool, n int) byte {
	if set {
		return 1 << n
	}
	return 0
}

// hopClass returns which of the four usual initial values a hop count comes from.
func hopClass(hops byte) byte {
	switch {
	case hops <= 32:
		return 0
	case hops <= 64:
		return 1
	case hops <= 128:
		return 2
	}
	return 3
}
