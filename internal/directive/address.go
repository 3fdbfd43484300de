package directive

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"sluice/internal/config"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// address returns a parser of addresses; fd, when not nil, receives the descriptors that an address names.
func (b *Builder) address(rules config.AddressRules, fd func(int) error) *config.AddressParser {
	return &config.AddressParser{Rules: rules, Env: b.Env, Resolve: b.lookup, Socket: fd, PathPrefix: len(b.global.UnixBindPrefix)}
}

// inherited checks that a descriptor which was passed to the process is a socket.
func inheritedSocket(fd int) error {
	_, err := netx.InspectFD(fd)
	if err != nil {
		return errors.New(reason(err))
	}
	return nil
}

// found is the answer to a look-up, kept since configurations name the same host many times.
type found struct {
	ip  netip.Addr
	err error
}

// resolveTimeout bounds one look-up of a name while the configuration is read.
const resolveTimeout = 10 * time.Second

// lookup finds the address of a name, the first that the system offers.
func (b *Builder) lookup(host string, family proxy.Family) (netip.Addr, error) {
	network := "ip"
	switch {
	case family == proxy.FamIPv4 || b.IPv4Only:
		network = "ip4"
	case family == proxy.FamIPv6:
		network = "ip6"
	}
	key := network + " " + host
	if f, ok := b.hosts[key]; ok {
		return f.ip, f.err
	}
	resolve := b.Resolve
	if resolve == nil {
		resolve = net.DefaultResolver.LookupNetIP
	}
	wait, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	var f found
	ips, err := resolve(wait, network, host)
	switch {
	case err != nil:
		f.err = err
	case len(ips) == 0:
		f.err = errors.New("no address")
	default:
		f.ip = ips[0].Unmap()
	}
	b.hosts[key] = f
	return f.ip, f.err
}
