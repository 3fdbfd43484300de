package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"sluice/internal/proxy"
)

// AddressRules say what the place of an address allows.
type AddressRules uint16

// The rules, a set.
const (
	StreamAddress AddressRules = 1 << iota // connected sockets
	DgramAddress                           // datagrams; with both, StreamAddress is the default
	DgramDefault                           // with both, datagrams are the default
	NeedPort                               // an IP address must have a port, and not 0
	PortRange                              // "80-90"
	PortOffset                             // "+80", "-80", or no port: that of the client's destination
	InheritedFD                            // fd@n
	LateName                               // a name that does not resolve is kept for later
	QUICAddress                            // quic4@, quic6@, quic+
)

// The usual sets.
const (
	BindAddress       = StreamAddress | NeedPort | PortRange | InheritedFD
	DgramBindAddress  = DgramAddress | NeedPort | PortRange | InheritedFD
	ServerAddress     = StreamAddress | DgramAddress | PortOffset | LateName
	PeerAddress       = StreamAddress | NeedPort
	SourceAddress     = StreamAddress
	LogAddress        = StreamAddress | DgramAddress | DgramDefault | InheritedFD
	NameserverAddress = StreamAddress | DgramAddress | DgramDefault | NeedPort
)

// An AddressParser reads addresses (configuration.txt 2.9).
type AddressParser struct {
	Rules AddressRules
	// Env has the variables that an address may refer to as $NAME or ${NAME}, even outside weak quotes; those that do not
	// exist are empty. Nil has none.
	Env *Env
	// Resolve finds the address of a host name, of the given family unless it is FamUnset. Nil resolves nothing.
	Resolve func(host string, family proxy.Family) (netip.Addr, error)
	// Socket checks an inherited descriptor; nil accepts every number.
	Socket func(fd int) error
	// PathPrefix is the number of bytes that will be put before the path of a UNIX socket (unix-bind prefix).
	PathPrefix int
}

// Lengths of socket names in bytes: the kernel's 108 with a zero, and what a path needs for its temporary name.
const (
	maxSocketName = 107
	temporaryName = 10
)

// ParseList reads addresses separated by commas. A last empty one is ignored.
func (p *AddressParser) ParseList(text string) ([]proxy.Addr, error) {
	parts := strings.Split(text, ",")
	if n := len(parts); n > 1 && parts[n-1] == "" {
		parts = parts[:n-1]
	}
	list := make([]proxy.Addr, 0, len(parts))
	for _, part := range parts {
		a, err := p.Parse(part)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// Parse reads one address. The error is HAProxy's text, to be put after the name of what the address is for.
func (p *AddressParser) Parse(text string) (proxy.Addr, error) {
	a := proxy.Addr{Text: text}
	expanded := p.expand(text)
	if expanded == "" {
		return a, fmt.Errorf("'%s' resolves to an empty address (environment variable missing?)", text)
	}
	name := p.prefix(&a, expanded)
	var err error
	switch {
	case a.Family == proxy.FamFD || a.Family == proxy.FamSockpair:
		err = p.descriptor(&a, name)
	case a.IsUnix():
		err = p.path(&a, name)
	default:
		err = p.ip(&a, name)
	}
	if err == nil {
		err = p.allowed(&a)
	}
	return a, err
}

// expand replaces references to variables.
func (p *AddressParser) expand(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		rest, braced := strings.CutPrefix(rest, "{")
		n := 0
		for n < len(rest) && isNameByte(rest[n]) {
			n++
		}
		if p.Env != nil {
			value, _ := p.Env.Lookup(rest[:n])
			b.WriteString(value)
		}
		if text = rest[n:]; braced {
			text = strings.TrimPrefix(text, "}")
		}
	}
}

// prefix takes the prefixes of sections 2.9.1 to 2.9.3 away, fills in what they say, and returns the rest.
func (p *AddressParser) prefix(a *proxy.Addr, text string) string {
	a.Dgram = p.Rules&DgramAddress != 0 && (p.Rules&DgramDefault != 0 || p.Rules&StreamAddress == 0)
	rest := text
	for _, t := range socketTypes {
		if after, ok := strings.CutPrefix(rest, t.word); ok {
			a.Dgram, a.Proto = t.dgram, t.proto
			rest = after
			break
		}
	}
	for _, f := range families {
		after, ok := strings.CutPrefix(rest, f.word)
		if !ok {
			continue
		}
		a.Family = f.family
		if f.typed {
			a.Dgram = f.dgram
		}
		if f.proto != "" {
			a.Proto = f.proto
		}
		return after
	}
	if strings.HasPrefix(rest, "/") {
		a.Family = proxy.FamUnix
	}
	return rest
}

var socketTypes = [...]struct {
	word, proto string
	dgram       bool
}{
	{word: "dgram+", dgram: true},
	{word: "quic+", proto: "quic"},
	{word: "stream+"},
}

var families = [...]struct {
	word         string
	family       proxy.Family
	typed, dgram bool // typed: the prefix decides between stream and datagram
	proto        string
}{
	{word: "abns@", family: proxy.FamAbns},
	{word: "abnsz@", family: proxy.FamAbnsz},
	{word: "fd@", family: proxy.FamFD},
	{word: "ip@"},
	{word: "ipv4@", family: proxy.FamIPv4},
	{word: "ipv6@", family: proxy.FamIPv6},
	{word: "mptcp4@", family: proxy.FamIPv4, typed: true, proto: "mptcp"},
	{word: "mptcp6@", family: proxy.FamIPv6, typed: true, proto: "mptcp"},
	{word: "mptcp@", typed: true, proto: "mptcp"},
	{word: "quic4@", family: proxy.FamIPv4, typed: true, proto: "quic"},
	{word: "quic6@", family: proxy.FamIPv6, typed: true, proto: "quic"},
	{word: "sockpair@", family: proxy.FamSockpair},
	{word: "tcp4@", family: proxy.FamIPv4, typed: true},
	{word: "tcp6@", family: proxy.FamIPv6, typed: true},
	{word: "tcp@", typed: true},
	{word: "udp4@", family: proxy.FamIPv4, typed: true, dgram: true},
	{word: "udp6@", family: proxy.FamIPv6, typed: true, dgram: true},
	{word: "udp@", typed: true, dgram: true},
	{word: "unix@", family: proxy.FamUnix},
	{word: "uxdg@", family: proxy.FamUnix, typed: true, dgram: true},
	{word: "uxst@", family: proxy.FamUnix, typed: true},
}

// descriptor reads the number of an inherited descriptor.
func (p *AddressParser) descriptor(a *proxy.Addr, name string) error {
	n, ok := digits(name)
	if !ok {
		return fmt.Errorf("file descriptor '%s' is not a valid integer in '%s'", name, a.Text)
	}
	if a.Family == proxy.FamFD && p.Rules&InheritedFD == 0 {
		return fmt.Errorf("a file descriptor is not acceptable here in '%s'", a.Text)
	}
	a.FD = n
	if p.Socket != nil {
		if err := p.Socket(n); err != nil {
			//lint:ignore ST1005 the words are HAProxy's
			return fmt.Errorf("cannot use file descriptor '%s' : %w.", name, err)
		}
	}
	return nil
}

func (p *AddressParser) path(a *proxy.Addr, name string) error {
	limit := maxSocketName
	if a.Family == proxy.FamUnix {
		limit -= temporaryName + p.PathPrefix
	}
	if len(name) > limit {
		return fmt.Errorf("socket path '%s' too long (max %d)", a.Text, limit)
	}
	a.Path = name
	return nil
}

// ip reads a host and a port.
func (p *AddressParser) ip(a *proxy.Addr, name string) error {
	host, port := splitPort(name)
	if err := p.port(a, port); err != nil {
		return err
	}
	return p.host(a, host)
}

// splitPort cuts at the last colon; within brackets there is no port.
func splitPort(name string) (host, port string) {
	i := strings.LastIndexByte(name, ':')
	if i < 0 || strings.HasSuffix(name, "]") {
		return name, ""
	}
	return name[:i], name[i+1:]
}

func (p *AddressParser) port(a *proxy.Addr, port string) error {
	if port == "" {
		if p.Rules&NeedPort != 0 {
			return fmt.Errorf("missing port specification in '%s'", a.Text)
		}
		a.PortRel = p.Rules&PortOffset != 0
		return nil
	}
	if port[0] == '+' || port[0] == '-' {
		if p.Rules&PortOffset == 0 {
			return fmt.Errorf("port offset not permitted here in '%s'", a.Text)
		}
		n, err := portNumber(a, port[1:], 0)
		if err != nil {
			return err
		}
		if port[0] == '-' {
			n = -n
		}
		a.PortRel, a.Port, a.PortHi = true, n, n
		return nil
	}
	lowest := 0
	if p.Rules&NeedPort != 0 {
		lowest = 1
	}
	digits := strings.TrimLeft(port, "0123456789")
	if !strings.HasPrefix(digits, "-") {
		n, err := portNumber(a, port, lowest)
		a.Port, a.PortHi = n, n
		return err
	}
	if p.Rules&PortRange == 0 {
		return fmt.Errorf("port range not permitted here in '%s'", a.Text)
	}
	low, high, _ := strings.Cut(port, "-")
	var err error
	if a.Port, err = portNumber(a, low, lowest); err != nil {
		return err
	}
	if strings.HasPrefix(high, "-") {
		return fmt.Errorf("invalid port '%s'", high)
	}
	if a.PortHi, err = portNumber(a, high, lowest); err != nil {
		return err
	}
	if a.Port > a.PortHi {
		return fmt.Errorf("invalid port range '%s'", port)
	}
	return nil
}

const maxPort = 65535

func portNumber(a *proxy.Addr, s string, lowest int) (int, error) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("invalid character '%c' in port number '%s' in '%s'", c, s, a.Text)
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > maxPort || n < lowest {
		return 0, fmt.Errorf("invalid port '%s'", s)
	}
	return n, nil
}

// host reads the address proper, or resolves a name.
func (p *AddressParser) host(a *proxy.Addr, host string) error {
	if host == "" || host == "*" {
		if a.Family == proxy.FamIPv6 {
			a.IP = netip.IPv6Unspecified()
		} else {
			a.Family, a.IP = proxy.FamIPv4, netip.IPv4Unspecified()
		}
		return nil
	}
	bare := host
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		bare = host[1 : len(host)-1]
	}
	ip, err := netip.ParseAddr(bare)
	if err != nil {
		ip, err = shortIPv4(bare)
	}
	if err == nil && ip.Zone() == "" && fits(ip, a.Family) {
		a.IP = ip
		a.Family = familyOf(ip)
		return nil
	}
	a.Host = host
	if p.Resolve != nil {
		if ip, err := p.Resolve(host, a.Family); err == nil && fits(ip, a.Family) {
			a.IP, a.Family = ip, familyOf(ip)
			return nil
		}
	}
	if p.Rules&LateName != 0 {
		return nil
	}
	return fmt.Errorf("invalid address: '%s' in '%s'", host, a.Text)
}

// shortIPv4 reads the old forms of an IPv4 address of two or three numbers, the last of which fills the remaining bytes.
func shortIPv4(s string) (netip.Addr, error) {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return netip.Addr{}, strconv.ErrSyntax
	}
	var v uint32
	for i, part := range parts {
		width := 8
		if i == len(parts)-1 {
			width = 8 * (5 - len(parts))
		}
		n, err := strconv.ParseUint(part, 10, width)
		if err != nil {
			return netip.Addr{}, err
		}
		v = v<<width | uint32(n)
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), nil
}

func familyOf(ip netip.Addr) proxy.Family {
	if ip.Is4() {
		return proxy.FamIPv4
	}
	return proxy.FamIPv6
}

func fits(ip netip.Addr, f proxy.Family) bool {
	return ip.IsValid() && (f != proxy.FamIPv4 || ip.Is4()) && (f != proxy.FamIPv6 || ip.Is6())
}

// allowed checks the type of the socket against the rules.
func (p *AddressParser) allowed(a *proxy.Addr) error {
	switch {
	case a.Proto == "quic":
		if p.Rules&StreamAddress == 0 {
			return fmt.Errorf("stream-type address not acceptable in '%s'", a.Text)
		}
		if p.Rules&QUICAddress == 0 {
			//lint:ignore ST1005 the words are HAProxy's
			return fmt.Errorf("unsupported stream protocol for datagram family %d address '%s'; QUIC is not compiled in if this is what you were looking for.",
				familyNumber(a.Family), a.Text)
		}
	case a.Dgram && p.Rules&DgramAddress == 0:
		return fmt.Errorf("dgram-type address not acceptable in '%s'", a.Text)
	case !a.Dgram && p.Rules&StreamAddress == 0:
		return fmt.Errorf("stream-type address not acceptable in '%s'", a.Text)
	}
	return nil
}

// familyNumber is the number that Linux gives an address family; messages show it.
func familyNumber(f proxy.Family) int {
	if f == proxy.FamIPv6 {
		return 10
	}
	return 2
}
