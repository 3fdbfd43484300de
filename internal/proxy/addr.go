package proxy

import "net/netip"

// Family is the kind of an address (configuration.txt 2.9).
type Family uint8

// The families.
const (
	FamUnset Family = iota
	FamIPv4
	FamIPv6
	FamUnix
	FamAbns  // abstract, zero padded
	FamAbnsz // abstract, zero terminated
	FamFD    // inherited descriptor
	FamSockpair
	FamRing    // log target ring@name
	FamBackend // log target backend@name
)

// Addr is a resolved address from the configuration.
type Addr struct {
	Family Family
	IP     netip.Addr // the unspecified one for `*`; invalid for the other families and for a Host not resolved yet
	Port   int        // first port of a range, 0: none
	PortHi int        // last port, equal to Port without a range
	// PortRel says that Port is an offset to the client's destination port (`+n`, `-n`, or no port on a server).
	PortRel bool
	Path    string // unix, abns
	FD      int    // fd@, sockpair@
	Dgram   bool   // udp@, unix-dgram
	Proto   string // "", "mptcp", "quic"
	Host    string // name as written, when it had to be resolved
	Text    string // as written
}

// AddrPort returns the address of the IP families.
func (a *Addr) AddrPort() netip.AddrPort { return netip.AddrPortFrom(a.IP, uint16(a.Port)) }

// IsUnix reports whether the address is a UNIX one, of the file system or abstract.
func (a *Addr) IsUnix() bool {
	return a.Family == FamUnix || a.Family == FamAbns || a.Family == FamAbnsz
}

// Net is an address with a mask.
type Net struct {
	Prefix netip.Prefix
}

// Contains reports whether ip is in n; a nil n contains nothing.
func (n *Net) Contains(ip netip.Addr) bool { return n != nil && n.Prefix.Contains(ip.Unmap()) }

// Source is a `source` line or server option.
type Source struct {
	Addr      Addr
	Interface string
	UseSrc    UseSrc
	UseAddr   Addr   // usesrc <addr>
	HdrName   []byte // usesrc hdr_ip(name,occ)
	HdrOcc    int
}

// UseSrc is the argument of usesrc.
type UseSrc uint8

// The forms.
const (
	UseSrcNone UseSrc = iota
	UseSrcAddr
	UseSrcClient
	UseSrcClientIP
	UseSrcHdrIP
)
