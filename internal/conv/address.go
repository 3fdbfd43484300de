package conv

import (
	"net/netip"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// addressRows are the converters of addresses.
func addressRows() []sample.Conv {
	return []sample.Conv{
		{Name: "ipmask", Doc: "Applies a mask to an address.", Args: "IPv4 mask[,IPv6 mask]", In: value.Addr, Out: value.Addr, Eval: ipMask},
	}
}

// ipMask masks addresses of IPv4, also inside of IPv6, by the first mask, and of IPv6 by the second one; without it they
// are only taken when they hold one of IPv4.
func ipMask(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	ip := v.IP
	if v.Type == value.IPv6 {
		if ip4, ok := value.Embedded4(ip); ok {
			ip = ip4
		} else if !a.Has(1) {
			return false
		}
	}
	if ip.Is4() {
		v.SetIP(masked(ip, &a[0]))
	} else {
		v.SetIP(masked(ip, &a[1]))
	}
	return true
}

// masked returns the address with the bits that the mask does not hold cleared. A mask may have holes.
func masked(ip netip.Addr, mask *sample.Arg) netip.Addr {
	if mask.Mask >= 0 {
		p, err := ip.Prefix(mask.Mask)
		if err != nil {
			return ip
		}
		return p.Addr()
	}
	if ip.Is4() {
		b, m := ip.As4(), mask.IP.As4()
		for i := range b {
			b[i] &= m[i]
		}
		return netip.AddrFrom4(b)
	}
	b, m := ip.As16(), mask.IP.As16()
	for i := range b {
		b[i] &= m[i]
	}
	return netip.AddrFrom16(b)
}
