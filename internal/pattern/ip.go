package pattern

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"

	"sluice/internal/sample"
	"sluice/internal/value"
)

// network is an IP pattern: an address under a mask. An IPv4 mask need not be contiguous.
type network struct {
	prefix netip.Prefix // when it is contiguous
	ip, m  uint32       // otherwise, IPv4 only
	odd    bool
}

// parseNet reads a pattern of configuration.txt 7.1.6 that is no host name. It allocates nothing.
func parseNet(text []byte) (network, bool) {
	host, mask, masked := bytes.Cut(text, []byte{'/'})
	ip, ok := short4(host)
	if !ok {
		ip, ok = value.ParseIP(host)
	}
	if !ok {
		return network{}, false
	}
	if !masked {
		return network{prefix: netip.PrefixFrom(ip, ip.BitLen())}, true
	}
	return masking(ip, mask)
}

// masking puts an address under a mask: a number of bits or, for IPv4, an address.
func masking(ip netip.Addr, mask []byte) (network, bool) {
	n := ip.BitLen()
	bits, used := value.LeadingInt(mask)
	switch {
	case used == len(mask) && used > 0 && bits >= 0 && bits <= int64(n):
		n = int(bits)
	case ip.Is4():
		m, ok := value.ParseIP(mask)
		if !ok || !m.Is4() {
			return network{}, false
		}
		if n, ok = maskBits4(word(m)); !ok {
			return network{ip: word(ip) & word(m), m: word(m), odd: true}, true
		}
	default:
		return network{}, false
	}
	return network{prefix: netip.PrefixFrom(ip, n).Masked()}, true
}

// maskBits4 returns the number of leading one bits of a mask that has no other ones.
func maskBits4(m uint32) (int, bool) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], m)
	return sample.MaskBits(netip.AddrFrom4(b))
}

// resolveNet looks up the host name of an IPv4 pattern; nil forbids it.
func resolveNet(text string, resolve func(string) (netip.Addr, error)) (network, error) {
	host, mask, masked := strings.Cut(text, "/")
	if resolve == nil || host == "" || strings.ContainsAny(host, ": ") {
		return network{}, notAnAddress(text)
	}
	if _, ok := value.ParseIP([]byte(host)); ok { // a bad mask
		return network{}, notAnAddress(text)
	}
	ip, err := resolve(host)
	if err != nil || !ip.Is4() {
		return network{}, notAnAddress(text)
	}
	if !masked {
		return network{prefix: netip.PrefixFrom(ip, 32)}, nil
	}
	n, ok := masking(ip, []byte(mask))
	if !ok {
		return network{}, notAnAddress(text)
	}
	return n, nil
}

// short4 reads an IPv4 address in one to four decimal numbers; the last one fills what the others leave.
func short4(text []byte) (netip.Addr, bool) {
	var ip uint32
	for part := 0; ; part++ {
		n, digits := uint64(0), 0
		for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' && digits < 11 {
			n = n*10 + uint64(text[digits]-'0')
			digits++
		}
		if digits == 0 || digits > 10 {
			return netip.Addr{}, false
		}
		text = text[digits:]
		if len(text) == 0 {
			if n >= 1<<(8*(4-part)) {
				return netip.Addr{}, false
			}
			ip |= uint32(n)
			return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
		}
		if text[0] != '.' || n > 255 || part == 3 {
			return netip.Addr{}, false
		}
		ip |= uint32(n) << (24 - 8*part)
		text = text[1:]
	}
}

func word(ip netip.Addr) uint32 {
	b := ip.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// words returns the 128 bits of an address; those of IPv4 are the first 32.
func words(ip netip.Addr) (hi, lo uint64) {
	if ip.Is4() {
		return uint64(word(ip)) << 32, 0
	}
	b := ip.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

// lookupHost resolves a host name while the configuration is read.
func lookupHost(name string) (netip.Addr, error) {
	found, err := net.ResolveIPAddr("ip4", name)
	if err != nil {
		return netip.Addr{}, err
	}
	ip, _ := netip.AddrFromSlice(found.IP.To4())
	return ip, nil
}

// has reports whether an IPv4 address is in an IPv4 network, an IPv6 address in an IPv6 one.
func (n *network) has(ip netip.Addr) bool {
	if n.odd {
		return ip.Is4() && word(ip)&n.m == n.ip
	}
	return n.prefix.Contains(ip)
}

// masked returns the first n bits of an address of 128 bits.
func masked(hi, lo uint64, n int) (uint64, uint64) {
	switch {
	case n == 0:
		return 0, 0
	case n <= 64:
		return hi &^ (1<<(64-n) - 1), 0
	}
	return hi, lo &^ (1<<(128-n) - 1)
}

// netHash is the hash of a network.
func (s *seed) netHash(hi, lo uint64, n int, is4 bool) uint64 {
	if is4 {
		n += 256
	}
	return s.pair(hi, lo, n)
}

// prefix is the hash of a prefix.
func (s *seed) prefix(p netip.Prefix) uint64 {
	hi, lo := words(p.Addr())
	return s.netHash(hi, lo, p.Bits(), p.Addr().Is4())
}
