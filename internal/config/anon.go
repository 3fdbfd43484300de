package config

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"

	"sluice/internal/proxy"
)

// An Anonymizer replaces names and addresses by hashes that depend on a key, so that what is shown can be given away and
// still be compared (-dC with a key, `set anon` of the runtime API). The zero key replaces nothing.
type Anonymizer uint32

// Hash returns the six digits that stand for a text.
func (a Anonymizer) Hash(s string) string { return a.wrap("", s, "") }

// ID returns what stands for the name of an object: "ID(12ab34)".
func (a Anonymizer) ID(s string) string { return a.wrap("ID(", s, ")") }

// Path returns what stands for a path of the file system or of a request: "PATH(12ab34)".
func (a Anonymizer) Path(s string) string { return a.wrap("PATH(", s, ")") }

func (a Anonymizer) wrap(before, s, after string) string {
	if a == 0 || s == "" {
		return s
	}
	return fmt.Sprintf("%s%06x%s", before, xxh32(s, uint32(a))&0xffffff, after)
}

// Addr returns what stands for an address as written in the configuration. Addresses that are the same everywhere, such
// as those of the loopback, and references to variables are shown; of others the port is.
func (a Anonymizer) Addr(s string) string {
	host, port := splitPort(s)
	// What refers to variables does not tell where it leads to.
	known := strings.HasPrefix(port, "$") || strings.Trim(port, "0123456789-+") == ""
	switch {
	case a == 0 || s == "stdout" || s == "stderr" || strings.HasPrefix(s, "fd@"),
		known && (host == "" || host == "*" || host == "localhost"),
		known && host != s && strings.HasPrefix(host, "$"):
		return s
	}
	p := AddressParser{Rules: StreamAddress | PortRange | PortOffset}
	addr, err := p.Parse(s)
	if err != nil || addr.Family != proxy.FamIPv4 && addr.Family != proxy.FamIPv6 {
		return a.Hash(s)
	}
	if ip := addr.IP; ip.IsLoopback() || ip.Is4() && (ip.IsUnspecified() || ip.AsSlice()[0] == 255) {
		return s
	}
	before := "IPV4("
	if addr.IP.Is6() {
		before = "IPV6("
	}
	shown := a.wrap(before, addr.IP.String(), ")")
	if addr.Port != 0 {
		shown = fmt.Sprintf("%s:%d", shown, uint16(addr.Port))
	}
	return shown
}

// The primes of xxHash.
const (
	prime1 uint32 = 2654435761
	prime2 uint32 = 2246822519
	prime3 uint32 = 3266489917
	prime4 uint32 = 668265263
	prime5 uint32 = 374761393
)

// xxh32 is the 32-bit xxHash.
func xxh32(s string, seed uint32) uint32 {
	b := []byte(s)
	h := seed + prime5
	if len(b) >= 16 {
		v := [4]uint32{seed + prime1 + prime2, seed + prime2, seed, seed - prime1}
		for len(b) >= 16 {
			for i := range v {
				v[i] = bits.RotateLeft32(v[i]+binary.LittleEndian.Uint32(b)*prime2, 13) * prime1
				b = b[4:]
			}
		}
		h = bits.RotateLeft32(v[0], 1) + bits.RotateLeft32(v[1], 7) + bits.RotateLeft32(v[2], 12) + bits.RotateLeft32(v[3], 18)
	}
	h += uint32(len(s))
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*prime3, 17) * prime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}
