package resolver

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// hostKey is what servers must have in common to share a host.
type hostKey struct {
	name   string
	prefer proxy.Family
}

// host is the name of a host, with the servers that have it. The lock of its section guards it.
type host struct {
	of        *section
	key       hostKey
	cancel    context.CancelFunc
	servers   []*proxy.Server
	addresses []address
	lastValid time.Time
	by        *proxy.Nameserver // who answered last
}

// address is one of a host, as answers named it.
type address struct {
	ip   netip.Addr
	seen time.Time
}

// attach gives a server a name, whose addresses are asked for from now on.
func (c *section) attach(srv *proxy.Server, name string) {
	key := hostKey{strings.ToLower(name), srv.Resolution.Prefer}
	h := c.hosts[key]
	if h == nil {
		h = &host{of: c, key: key}
		c.hosts[key] = h
		var until context.Context
		until, h.cancel = context.WithCancel(c.set.running)
		c.run(until, h.look)
	}
	h.servers = append(h.servers, srv)
	c.names[srv] = h
	if len(h.addresses) > 0 {
		h.serve(srv)
	}
}

// detach takes its name from a server; a name that no server has is asked for no more.
func (c *section) detach(srv *proxy.Server) {
	h := c.names[srv]
	if h == nil {
		return
	}
	delete(c.names, srv)
	h.servers = slices.DeleteFunc(h.servers, func(s *proxy.Server) bool { return s == srv })
	if len(h.servers) == 0 {
		h.cancel()
		delete(c.hosts, h.key)
	}
}

// look asks for the addresses once and applies the answer.
func (h *host) look(until context.Context) {
	h.of.look(until, h.key.name, h.of.set.families.kinds(h.key.prefer), h.apply)
}

// look asks for a name once and has the answer applied, unless it is asked for no more by then.
func (c *section) look(until context.Context, name string, kinds []uint16, apply func(*answer, time.Time)) {
	a := c.resolve(until, name, kinds)
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.Err() == nil {
		apply(&a, time.Now())
	}
}

// apply makes the servers follow an answer.
func (h *host) apply(a *answer, now time.Time) {
	if a.status != valid {
		if h.lastValid.IsZero() || now.Sub(h.lastValid) >= h.of.hold(a.status) {
			h.addresses = nil
			for _, srv := range h.servers {
				h.of.lose(srv, reason(a.status))
			}
		}
		return
	}
	h.lastValid, h.by = now, a.by
	for _, ip := range a.addrs {
		if i := slices.IndexFunc(h.addresses, func(x address) bool { return x.ip == ip }); i >= 0 {
			h.addresses[i].seen = now
		} else if len(h.addresses) < mostRecords {
			h.addresses = append(h.addresses, address{ip, now})
		}
	}
	h.addresses = slices.DeleteFunc(h.addresses, func(x address) bool {
		return x.seen != now && now.Sub(x.seen) >= time.Duration(h.of.conf.HoldObsolete)
	})
	for _, srv := range h.servers {
		h.serve(srv)
	}
}

// hold is how long what was known holds against a bad answer.
func (c *section) hold(s status) time.Duration {
	switch s {
	case nx:
		return time.Duration(c.conf.HoldNX)
	case refused:
		return time.Duration(c.conf.HoldRefused)
	case timeout:
		return time.Duration(c.conf.HoldTimeout)
	}
	return time.Duration(c.conf.HoldOther)
}

// reason is what the log says about a bad answer.
func reason(s status) string {
	switch s {
	case nx:
		return "DNS NX status"
	case refused:
		return "DNS refused status"
	case timeout:
		return "DNS timeout status"
	}
	return "unspecified DNS error"
}

// lose takes its address from a server.
func (c *section) lose(srv *proxy.Server, why string) {
	balance.SetResolution(srv, why, c.set.moment())
	if a := *srv.State.Addr.Load(); a.IP.IsValid() {
		a.IP = netip.Addr{}
		balance.SetAddr(srv, &a)
	}
}

// serve gives a server the address that suits it best.
func (h *host) serve(srv *proxy.Server) {
	old := srv.State.Addr.Load()
	ip := h.choose(srv, old)
	now := h.of.set.moment()
	if !ip.IsValid() {
		h.of.lose(srv, "No IP for server ")
		return
	}
	if ip != old.IP {
		a := *old
		a.IP, a.Family = ip, proxy.FamIPv4
		if ip.Is6() {
			a.Family = proxy.FamIPv6
		}
		was := "(none)"
		if old.IP.IsValid() {
			was = old.IP.String()
		}
		by := "DNS cache"
		if h.by != nil {
			by = h.of.conf.Name + "/" + h.by.Name
			h.by.Count.Update.Add(1)
		}
		balance.SetAddr(srv, &a)
		balance.Tell(srv.Proxy, proxy.LogNotice, now, fmt.Appendf(nil, "%s/%s: IP changed from '%s' to '%s' by '%s'.", srv.Proxy.Name, srv.NameNow(), was, ip, by))
	}
	balance.SetResolution(srv, "", now)
}

// choose returns the address that suits a server best, by family, by network, and the one it has rather than another. An
// address that another server of the same name in the backend has will not do, unless the server allows it.
func (h *host) choose(srv *proxy.Server, has *proxy.Addr) (best netip.Addr) {
	r := srv.Resolution
	taken := map[netip.Addr]bool{}
	if !r.AllowDup {
		for _, s := range h.servers {
			if s != srv && s.Proxy == srv.Proxy {
				taken[s.State.Addr.Load().IP] = true
			}
		}
	}
	top := -1
	for _, x := range h.addresses {
		if taken[x.ip] {
			continue
		}
		score := 0
		if x.ip.Is6() == (r.Prefer == proxy.FamIPv6) {
			score += 4
		}
		if slices.ContainsFunc(r.Nets, func(n netip.Prefix) bool { return n.Contains(x.ip) }) {
			score += 2
		}
		if x.ip == has.IP {
			score++
		}
		if score > top {
			best, top = x.ip, score
		}
	}
	return best
}
