package pattern

import (
	"fmt"
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

// parseNetwork reads a pattern of configuration.txt 7.1.6. resolve looks up host names; nil forbids them.
func parseNetwork(text string, resolve func(string) (netip.Addr, error)) (network, error) {
	bad := fmt.Errorf("'%s' is not a valid IPv4 or IPv6 address", text)
	host, mask, masked := strings.Cut(text, "/")
	ip, ok := short4(host)
	if !ok {
		ip, ok = value.ParseIP([]byte(host))
	}
	if !ok {
		if resolve == nil || strings.ContainsAny(host, ": ") || host == "" {
			return network{}, bad
		}
		found, err := resolve(host)
		if err != nil || !found.Is4() {
			return network{}, bad
		}
		ip = found
	}
	n := ip.BitLen()
	if masked {
		bits, used := value.LeadingInt([]byte(mask))
		switch {
		case used == len(mask) && used > 0 && bits >= 0 && bits <= int64(n):
			n = int(bits)
		case ip.Is4():
			m, ok := value.ParseIP([]byte(mask))
			if !ok || !m.Is4() {
				return network{}, bad
			}
			if n, ok = sample.MaskBits(m); !ok {
				return network{ip: word(ip) & word(m), m: word(m), odd: true}, nil
			}
		default:
			return network{}, bad
		}
	}
	return network{prefix: netip.PrefixFrom(ip, n).Masked()}, nil
}

// short4 reads an IPv4 address in one to four decimal numbers; the last one fills what the others leave.
func short4(text string) (netip.Addr, bool) {
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint32
	for i, part := range parts {
		if part == "" || len(part) > 10 {
			return netip.Addr{}, false
		}
		n, used := value.LeadingInt([]byte(part))
		limit := int64(255)
		if i == len(parts)-1 {
			limit = 1<<(8*(5-len(parts))) - 1
		}
		if used != len(part) || part[0] == '+' || part[0] == '-' || n > limit {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			ip |= uint32(n)
		} else {
			ip |= uint32(n) << (24 - 8*i)
		}
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
}

func word(ip netip.Addr) uint32 {
	b := ip.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
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
