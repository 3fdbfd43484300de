package resolver

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/internal/balance"
	"sluice/internal/proxy"
	"sluice/test/nameserver"
)

// world is a backend whose servers are resolved by a name server.
type world struct {
	t    *testing.T
	dns  *nameserver.Server
	conf *proxy.Resolvers
	back *proxy.Proxy
	set  *Set
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := nameserver.New()
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	t.Cleanup(server.Close)
	const ms = 1e6
	addr := proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1"), Port: server.Port, Dgram: true}
	w := &world{t: t, dns: server, conf: &proxy.Resolvers{Name: "dns", Every: 10 * ms, Retry: 50 * ms, Retries: 2, Payload: 4096,
		Nameservers: []*proxy.Nameserver{{Name: "one", Addr: addr}}}}
	w.back = &proxy.Proxy{Name: "b", Caps: proxy.CapBackend, State: proxy.NewState(1)}
	w.back.Balance.Algo = proxy.AlgoRoundRobin
	return w
}

func (w *world) server(name string, a proxy.Addr, r proxy.Resolution) *proxy.Server {
	r.Resolvers = w.conf
	if r.Prefer == proxy.FamUnset {
		r.Prefer = proxy.FamIPv6
	}
	srv := &proxy.Server{Name: name, Index: len(w.back.Servers), Weight: 1, Proxy: w.back, Addr: a, Resolution: &r}
	srv.State = proxy.NewServerState(srv, 1)
	srv.State.Admin.Store(uint32(proxy.AdminRMaint))
	srv.State.Oper.Store(uint32(proxy.OperStopped))
	w.back.Servers = append(w.back.Servers, srv)
	return srv
}

func (w *world) start() {
	w.t.Helper()
	var err error
	if w.back.Balancer, err = balance.New(w.back); err != nil {
		w.t.Fatal(err)
	}
	snap := &proxy.Snapshot{Global: &proxy.Global{DNS: proxy.DNSFamilies{IPv4: true, IPv6: true}}, Proxies: []*proxy.Proxy{w.back},
		Resolvers: []*proxy.Resolvers{w.conf}}
	began := time.Now()
	w.set = New(snap, func() balance.Moment { return balance.Moment{Mono: int64(time.Since(began)), Wall: time.Now().Unix()} })
	w.set.Start()
	w.t.Cleanup(w.set.Stop)
}

// addresses are what the servers have, "-" for none, in the order of the backend.
func (w *world) addresses() string {
	var list []string
	for _, srv := range w.back.Servers {
		a := srv.State.Addr.Load()
		text := "-"
		if a.IP.IsValid() {
			text = a.AddrPort().String()
		}
		if maint := proxy.Admin(srv.State.Admin.Load())&proxy.AdminRMaint != 0; maint == a.IP.IsValid() {
			text += "?"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// until waits for the servers to have these addresses.
func (w *world) until(want ...string) {
	w.t.Helper()
	w.eventually(strings.Join(want, " or "), func() bool { return slices.Contains(want, w.addresses()) })
}

func (w *world) eventually(what string, true func() bool) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !true() {
		select {
		case <-end:
			w.t.Fatalf("the servers are at %q, want %s", w.addresses(), what)
		case <-tick.C:
		}
	}
}

var host80 = proxy.Addr{Family: proxy.FamIPv4, Host: "www.test", Port: 80, PortHi: 80}

func TestServersFollow(t *testing.T) {
	w := newWorld(t)
	w.dns.Set("www.test", "A 192.0.2.1")
	srv := w.server("s", host80, proxy.Resolution{})
	w.start()
	w.until("192.0.2.1:80")
	w.dns.Set("www.test", "A 192.0.2.2")
	w.until("192.0.2.2:80")
	w.dns.Set("www.test", "A 192.0.2.2", "AAAA 2001:db8::1")
	w.until("[2001:db8::1]:80")
	w.dns.Remove("www.test")
	w.until("-")
	if srv.State.Up() {
		t.Error("the server is up without an address")
	}
	w.dns.Set("www.test", "A 192.0.2.3")
	w.until("192.0.2.3:80")
	if !srv.State.Up() {
		t.Error("the server is not up with an address")
	}
	w.dns.Behave(nameserver.Silent)
	w.until("-")
	w.dns.Behave(nameserver.Honest)
	w.until("192.0.2.3:80")
	w.dns.Behave(nameserver.Refuse)
	w.until("-")
	c := &w.conf.Nameservers[0].Count
	for name, n := range map[string]uint64{"valid": c.Valid.Load(), "nx": c.NX.Load(), "timeout": c.Timeout.Load(), "refused": c.Refused.Load(), "update": c.Update.Load()} {
		if n == 0 {
			t.Errorf("%s was not counted", name)
		}
	}
}

func TestHold(t *testing.T) {
	w := newWorld(t)
	w.conf.HoldNX = int64(time.Hour)
	w.dns.Set("www.test", "A 192.0.2.1")
	w.server("s", host80, proxy.Resolution{})
	w.start()
	w.until("192.0.2.1:80")
	w.dns.Remove("www.test")
	c := &w.conf.Nameservers[0].Count
	w.eventually("some answers NXDOMAIN", func() bool { return c.NX.Load() > 10 })
	w.until("192.0.2.1:80")
}

func TestHostile(t *testing.T) {
	for name, m := range map[string]nameserver.Manner{"garbage": nameserver.Garbage, "long": nameserver.Long, "looping": nameserver.Looping} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.dns.Set("www.test", "A 192.0.2.1")
			w.server("s", host80, proxy.Resolution{})
			w.dns.Behave(m)
			w.start()
			c := &w.conf.Nameservers[0].Count
			w.eventually("bad answers counted", func() bool { return c.Invalid.Load()+c.TooBig.Load() > 2 })
			w.until("-")
			w.dns.Behave(nameserver.Honest)
			w.until("192.0.2.1:80")
		})
	}
	w := newWorld(t)
	w.dns.Set("www.test", "A 192.0.2.1")
	w.server("s", host80, proxy.Resolution{})
	w.dns.Behave(nameserver.Forged)
	w.start()
	w.until("192.0.2.1:80")
}

func TestTCP(t *testing.T) {
	w := newWorld(t)
	w.conf.Nameservers[0].Addr.Dgram = false
	w.dns.Set("www.test", "CNAME other.test.")
	w.server("s", host80, proxy.Resolution{})
	w.start()
	w.eventually("an alias to nowhere counted", func() bool { return w.conf.Nameservers[0].Count.CnameError.Load() > 0 })
	w.dns.Set("www.test", "A 192.0.2.1")
	w.until("192.0.2.1:80")
	if w.dns.Asked("tcp", "www.test", "A") == 0 || w.dns.Asked("udp", "www.test", "A") != 0 {
		t.Error("the questions did not go over TCP")
	}
}

// A good answer counts, whatever the other name servers say.
func TestFirstGood(t *testing.T) {
	w := newWorld(t)
	bad, err := nameserver.New()
	if err != nil {
		t.Skip(err)
	}
	defer bad.Close()
	a := w.conf.Nameservers[0].Addr
	a.Port = bad.Port
	w.conf.Nameservers = append(w.conf.Nameservers, &proxy.Nameserver{Name: "bad", Addr: a})
	w.dns.Set("www.test", "A 192.0.2.1")
	w.server("s", host80, proxy.Resolution{})
	w.start()
	w.until("192.0.2.1:80")
}

func TestPreferences(t *testing.T) {
	w := newWorld(t)
	w.dns.Set("www.test", "A 192.0.2.1", "A 198.51.100.1", "A 203.0.113.1", "AAAA 2001:db8::1")
	w.server("s1", host80, proxy.Resolution{Prefer: proxy.FamIPv4, Nets: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}})
	w.start()
	w.until("198.51.100.1:80")
}

// Servers of one name share its addresses out; those for whom none is left wait, unless they may share one.
func TestSharedName(t *testing.T) {
	w := newWorld(t)
	w.dns.Set("www.test", "A 192.0.2.1", "A 192.0.2.2")
	for _, name := range []string{"s1", "s2", "s3"} {
		w.server(name, host80, proxy.Resolution{Prefer: proxy.FamIPv4})
	}
	w.start()
	w.until("192.0.2.1:80 192.0.2.2:80 -")
	w.dns.Set("www.test", "A 192.0.2.2", "A 192.0.2.3", "A 192.0.2.1")
	w.until("192.0.2.1:80 192.0.2.2:80 192.0.2.3:80")

	w = newWorld(t)
	w.dns.Set("www.test", "A 192.0.2.1")
	for _, name := range []string{"s1", "s2"} {
		w.server(name, host80, proxy.Resolution{Prefer: proxy.FamIPv4, AllowDup: true})
	}
	w.start()
	w.until("192.0.2.1:80 192.0.2.1:80")
}

func TestService(t *testing.T) {
	w := newWorld(t)
	w.dns.Set("_http._tcp.test", "SRV 1 2560 8001 h1.test.", "SRV 1 0 8002 h2.test.")
	w.dns.Set("h1.test", "A 192.0.2.1")
	w.dns.Set("h2.test", "A 192.0.2.2")
	for _, name := range []string{"t1", "t2", "t3"} {
		w.server(name, proxy.Addr{Family: proxy.FamIPv4}, proxy.Resolution{SRV: "_http._tcp.test"})
	}
	w.start()
	w.until("192.0.2.1:8001 192.0.2.2:8002 -")
	for i, want := range []int32{11, 1} {
		if got := w.back.Servers[i].State.UserWeight.Load(); got != want {
			t.Errorf("%s has weight %d, want %d", w.back.Servers[i].Name, got, want)
		}
	}
	w.dns.Set("h3.test", "A 192.0.2.3")
	w.dns.Set("_http._tcp.test", "SRV 1 0 8002 h2.test.", "SRV 1 0 8003 h3.test.")
	w.until("192.0.2.3:8003 192.0.2.2:8002 -", "- 192.0.2.2:8002 192.0.2.3:8003")
	w.dns.Remove("_http._tcp.test")
	w.until("- - -")
}

func TestRename(t *testing.T) {
	w := newWorld(t)
	w.dns.Set("www.test", "A 192.0.2.1")
	w.dns.Set("other.test", "A 192.0.2.2")
	srv := w.server("s", host80, proxy.Resolution{})
	w.start()
	w.until("192.0.2.1:80")
	if _, err := w.set.Rename(srv, "no name"); err == nil {
		t.Error("a name with a space is taken")
	}
	old, err := w.set.Rename(srv, "other.test")
	if old != "www.test" || err != nil {
		t.Error(old, err)
	}
	w.until("192.0.2.2:80")
}
