package proxy

import (
	"net/netip"
	"sync/atomic"
)

// Resolvers is a `resolvers` section (configuration.txt 5.3.2): name servers, and how they are asked.
type Resolvers struct {
	Name        string
	Pos         Pos
	Nameservers []*Nameserver
	// The hold times, ns: how long an address stays after the last good answer, by what came instead of one.
	HoldNX, HoldRefused, HoldTimeout, HoldOther int64
	HoldObsolete                                int64 // how long an address stays that answers do not name any more
	HoldValid                                   int64 // how long do-resolve takes an answer again
	Every                                       int64 // timeout resolve, ns
	Retry                                       int64 // timeout retry, ns
	Retries                                     int
	Payload                                     int // the largest answer in bytes
	// Lookup finds addresses of any name; nil where nobody asks.
	Lookup HostLookup
}

// HostLookup finds the addresses of names that requests carry (4.4, do-resolve).
type HostLookup interface {
	// Known returns an address of a name; ok is false when the name has to be asked for. It does not wait.
	Known(name []byte, prefer Family) (ip netip.Addr, ok bool)
	// Ask asks and waits for the answer, off the loops. The address is not valid without a good one.
	Ask(name string, prefer Family) netip.Addr
}

// Nameserver is one name server of a section.
type Nameserver struct {
	Name    string
	Pos     Pos
	Addr    Addr // Dgram: UDP, else TCP
	MaxConn int  // connections of TCP at once
	Count   NameserverCounters
}

// NameserverCounters count what a name server was asked and said (management.txt 9.3, show resolvers).
type NameserverCounters struct {
	Sent, SendError, Valid, Update, Cname, CnameError, Any, NX, Timeout, Refused, Other, Invalid, TooBig, Truncated, Outdated atomic.Uint64
}

// Resolution is how the name of a server gets its addresses while the process runs (5.2, resolvers and resolve-*).
type Resolution struct {
	Resolvers    *Resolvers
	SRV          string         // the name of SRV records, "" for the name of a host
	Prefer       Family         // of addresses
	Nets         []netip.Prefix // whose addresses are preferred
	AllowDup     bool           // an address may be that of several servers
	IgnoreWeight bool           // weights of SRV records say nothing
}

// DNSFamilies are the kinds of addresses that are asked for and taken (3.1, dns-accept-family).
type DNSFamilies struct {
	IPv4, IPv6 bool
	Auto       bool // IPv6 as long as the system has a route for it
}
