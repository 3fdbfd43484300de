package netx

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Resolve returns an address of a host name as the system knows it, from its hosts file and its name servers, for
// names in the configuration that must be known when the program starts. With NoFamily an IPv4 address is preferred
// to an IPv6 one, as in HAProxy; with IPv4 or IPv6 no other will do. It answers within the limit. An address is its own
// name.
func Resolve(name string, f Family, limit time.Duration) (netip.Addr, error) {
	return resolve(&net.Resolver{PreferGo: true}, name, f, limit)
}

func resolve(r *net.Resolver, name string, f Family, limit time.Duration) (netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		if f == NoFamily || a.Is4() == (f == IPv4) {
			return a, nil
		}
		return netip.Addr{}, fmt.Errorf("'%s' is not an address of the wanted family", name)
	}
	within, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var last error
	for _, try := range [...]struct {
		family  Family
		network string
	}{{IPv4, "ip4"}, {IPv6, "ip6"}} {
		if f != NoFamily && f != try.family {
			continue
		}
		all, err := r.LookupNetIP(within, try.network, name)
		if err == nil && len(all) > 0 {
			if try.family == IPv4 {
				return all[0].Unmap(), nil
			}
			return all[0], nil
		}
		last = err
	}
	return netip.Addr{}, fmt.Errorf("could not resolve address '%s': %w", name, last)
}
