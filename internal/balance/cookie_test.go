package balance

import (
	"net/netip"
	"testing"

	"sluice/internal/proxy"
)

// TestDynamicCookie holds the values that haproxy 3.5 gives servers.
func TestDynamicCookie(t *testing.T) {
	for _, c := range []struct{ addr, key, want string }{
		{"127.0.0.1:8001", "foo", "62d50438e20c6049"},
		{"10.1.2.3:80", "foo", "24190507c8052597"},
		{"[::1]:8004", "foo", "b4cec4c3cdaa8879"},
		{"[2001:db8::1]:65535", "foo", "8828ea5fbdeba938"},
		{"127.0.0.1:8001", "bar", "36002af2b844e8f3"},
		{"127.0.0.1:8003", "bar", "c9fad23129c37898"},
		{"127.0.0.1:8001", "", ""},
	} {
		a := netip.MustParseAddrPort(c.addr)
		addr := &proxy.Addr{Family: proxy.FamIPv4, IP: a.Addr(), Port: int(a.Port())}
		if got := string(cookieOf(addr, &c.key)); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.addr, c.key, got, c.want)
		}
	}
	if v := cookieOf(&proxy.Addr{Family: proxy.FamUnix, Path: "/x"}, new("k")); v != nil {
		t.Errorf("a path has %s", v)
	}
}

func TestDynamicCookieChanges(t *testing.T) {
	p := &proxy.Proxy{Name: "be", Caps: proxy.CapBackend, State: proxy.NewState(1)}
	addr := proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1"), Port: 8001}
	for _, own := range []string{"", "BB"} {
		srv := &proxy.Server{Name: "s" + own, Proxy: p, Index: len(p.Servers), Weight: 1, Addr: addr, Cookie: own}
		srv.State = proxy.NewServerState(srv, 1)
		p.Servers = append(p.Servers, srv)
	}
	p.State.Begin(p)
	var err error
	if p.Balancer, err = New(p); err != nil {
		t.Fatal(err)
	}
	hold := func(what, want string) {
		t.Helper()
		if got := string(p.Servers[0].State.CookieValue()); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
		if got := string(p.Servers[1].State.CookieValue()); got != "BB" {
			t.Errorf("%s: a cookie of one's own became %q", what, got)
		}
	}
	hold("at first", "")
	SetDynamicCookies(p, true)
	hold("without a key", "")
	SetDynamicKey(p, "bar")
	hold("with a key", "36002af2b844e8f3")
	moved := addr
	moved.Port = 8003
	SetAddr(p.Servers[0], &moved)
	hold("at another port", "c9fad23129c37898")
	SetDynamicCookies(p, false)
	hold("switched off", "")
}
