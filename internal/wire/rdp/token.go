package rdp

import (
	"math/bits"
	"net/netip"
)

// Target returns the server that a routing token names: "3640205228.15629.0000" is an IPv4 address and a port as numbers
// whose bytes stand in the order of the network.
func Target(v []byte) (netip.AddrPort, bool) {
	addr, rest, ok := number(v, 1<<32-1)
	if !ok {
		return netip.AddrPort{}, false
	}
	port, _, ok := number(rest, 1<<32-1) // of which 16 bits count
	if !ok {
		return netip.AddrPort{}, false
	}
	ip := netip.AddrFrom4([4]byte{byte(addr), byte(addr >> 8), byte(addr >> 16), byte(addr >> 24)})
	return netip.AddrPortFrom(ip, bits.ReverseBytes16(uint16(port))), true
}

// number reads digits and the dot behind them.
func number(v []byte, most uint64) (n uint64, rest []byte, ok bool) {
	for i, c := range v {
		if c == '.' && i > 0 {
			return n, v[i+1:], true
		}
		if c < '0' || c > '9' {
			return 0, nil, false
		}
		if n = n*10 + uint64(c-'0'); n > most {
			return 0, nil, false
		}
	}
	return 0, nil, false
}
