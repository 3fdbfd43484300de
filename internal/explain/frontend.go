package explain

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"sluice/internal/proxy"
)

// entry is where the request comes in.
type entry struct {
	bind     *proxy.Bind
	why      string
	src, dst netip.AddrPort
}

// findEntry finds the bind line that would take the request: of the frontend that was asked for, else by the port, else
// the only or the first frontend of the right mode.
func findEntry(snap *proxy.Snapshot, q *Question) (*entry, error) {
	var e *entry
	var err error
	if q.Frontend != "" {
		e, err = named(snap, q)
	} else {
		e, err = byPort(snap, q)
	}
	if err != nil {
		return nil, err
	}
	if len(e.bind.Proxy.Binds) == 0 {
		e.why += "; it has no bind line"
	}
	if mode := e.bind.Proxy.Mode; mode != proxy.ModeHTTP && mode != proxy.ModeTCP {
		return nil, fmt.Errorf("frontend '%s' is in mode %v: only http and tcp can be explained", e.bind.Proxy.Name, mode)
	}
	e.addresses(q)
	return e, nil
}

// named is the frontend of --frontend.
func named(snap *proxy.Snapshot, q *Question) (*entry, error) {
	p := snap.Front(q.Frontend)
	if p == nil {
		return nil, fmt.Errorf("no frontend is called '%s'; there is %s", q.Frontend, names(snap))
	}
	for _, b := range p.Binds {
		if listens(b, wanted(q)) {
			return &entry{bind: b, why: "by its name"}, nil
		}
	}
	if q.Port > 0 {
		return nil, fmt.Errorf("frontend '%s' has no bind on port %d", p.Name, q.Port)
	}
	if len(p.Binds) > 0 {
		return &entry{bind: p.Binds[0], why: "by its name"}, nil
	}
	return &entry{bind: &proxy.Bind{Proxy: p, Pos: p.Pos}, why: "by its name"}, nil
}

// names lists the frontends for a message.
func names(snap *proxy.Snapshot) string {
	var list []string
	for _, p := range frontends(snap) {
		list = append(list, "'"+p.Name+"'")
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// frontends are those that would run.
func frontends(snap *proxy.Snapshot) (list []*proxy.Proxy) {
	for _, p := range snap.Proxies {
		if p.IsFront() && !p.Disabled && p.Caps&proxy.CapInternal == 0 && (p.Mode == proxy.ModeHTTP || p.Mode == proxy.ModeTCP) {
			list = append(list, p)
		}
	}
	return list
}

// wanted is the port that the request connects to.
func wanted(q *Question) int {
	if q.Port > 0 {
		return q.Port
	}
	return q.URL.port()
}

func listens(b *proxy.Bind, port int) bool {
	return b.Addr.Port > 0 && port >= b.Addr.Port && port <= max(b.Addr.Port, b.Addr.PortHi)
}

// byPort finds the bind line on the port, and on the address when there is one.
func byPort(snap *proxy.Snapshot, q *Question) (*entry, error) {
	list := frontends(snap)
	if len(list) == 0 {
		return nil, errors.New("the configuration has no frontend in mode http or tcp")
	}
	port := wanted(q)
	var fit []*proxy.Bind
	for _, p := range list {
		for _, b := range p.Binds {
			if listens(b, port) && (!q.Dst.IsValid() || b.Addr.IP.IsUnspecified() || b.Addr.IP == q.Dst) {
				fit = append(fit, b)
			}
		}
	}
	switch {
	case len(fit) == 1:
		return &entry{bind: fit[0], why: fmt.Sprintf("its bind %s is the only one on port %d", fit[0].Addr.Text, port)}, nil
	case len(fit) > 1:
		best := mostSpecific(fit, q.Dst)
		return &entry{bind: best, why: fmt.Sprintf("its bind %s is one of %d on port %d", best.Addr.Text, len(fit), port)}, nil
	case q.Port > 0:
		return nil, fmt.Errorf("no bind listens on port %d", port)
	}
	return fallback(list, q, port), nil
}

// mostSpecific prefers a bind of the very address.
func mostSpecific(fit []*proxy.Bind, dst netip.Addr) *proxy.Bind {
	for _, b := range fit {
		if dst.IsValid() && b.Addr.IP == dst {
			return b
		}
	}
	return fit[0]
}

// fallback is the frontend of a request whose port nobody listens on.
func fallback(list []*proxy.Proxy, q *Question, port int) *entry {
	mode := proxy.ModeHTTP
	if q.URL.Scheme == "tcp" {
		mode = proxy.ModeTCP
	}
	best := list[0]
	why := fmt.Sprintf("no bind is on port %d, and it is the only frontend", port)
	if len(list) > 1 {
		why = fmt.Sprintf("no bind is on port %d, and it is the first frontend", port)
		for _, p := range list {
			if p.Mode == mode {
				best, why = p, fmt.Sprintf("no bind is on port %d, and it is the first frontend in mode %v", port, mode)
				break
			}
		}
	}
	if len(best.Binds) > 0 {
		return &entry{bind: best.Binds[0], why: why}
	}
	return &entry{bind: &proxy.Bind{Proxy: best, Pos: best.Pos}, why: why}
}

// What a client is called that nobody named (RFC 5737, RFC 3849), and its port.
const (
	someClient  = "198.51.100.1"
	someAddress = "192.0.2.1"
	someClient6 = "2001:db8::c"
	someSelf6   = "2001:db8::1"
	somePort    = 40000
)

// addresses fills in source and destination.
func (e *entry) addresses(q *Question) {
	src, dst := q.Src, q.Dst
	if ip := e.bind.Addr.IP; !dst.IsValid() && ip.IsValid() && !ip.IsUnspecified() {
		dst = ip
	}
	six := src.IsValid() && src.Is6() || dst.IsValid() && dst.Is6()
	pick := func(v4, v6 string) netip.Addr {
		if six {
			return netip.MustParseAddr(v6)
		}
		return netip.MustParseAddr(v4)
	}
	if !src.IsValid() {
		src = pick(someClient, someClient6)
	}
	if !dst.IsValid() {
		dst = pick(someAddress, someSelf6)
	}
	sport, dport := q.SrcPort, wanted(q)
	if sport == 0 {
		sport = somePort
	}
	if p := e.bind.Addr.Port; p > 0 && !listens(e.bind, dport) {
		dport = p
	}
	e.src, e.dst = netip.AddrPortFrom(src, uint16(sport)), netip.AddrPortFrom(dst, uint16(dport))
}
