package balance

import (
	"net/netip"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// TestHashKeyOfAddress: servers of weight 1, 2 and 3, `hash-type consistent`, the keys k-0 to k-39, as haproxy 3.5
// spreads them.
func TestHashKeyOfAddress(t *testing.T) {
	for _, c := range []struct {
		key   proxy.HashKey
		addrs string
		want  string
	}{
		{proxy.HashKeyAddr, "127.0.0.2:23180 127.0.0.3:23181 127.0.0.4:23182",
			"c b a a c c a a c a b c b a c b c c c a b c a b c c c c c c a b c c a c c a a c"},
		{proxy.HashKeyAddrPort, "127.0.0.2:23180 127.0.0.2:23181 127.0.0.3:23180",
			"c c c b c b c b b b c c a b c c c b b b b c c b c b a c b c b b c b a c c c b c"},
		{proxy.HashKeyAddr, "[::1]:23180 127.0.0.9:23180",
			"a a b a b b b b a a b b b a b a a a b a b b b b a b b b a b b b b b b a b a a b"},
		{proxy.HashKeyAddrPort, "[::1]:23180 [::1]:23181 127.0.0.9:23180",
			"b b a c b c b c c c b c b b c b a b c c c c a c c c b a c c c b c c c c b b b a"},
	} {
		addrs := strings.Fields(c.addrs)
		p := newBackend(t, 1, proxy.AlgoHdr, []int{1, 2, 3}[:len(addrs)], func(p *proxy.Proxy) {
			p.Balance.Type, p.Balance.Avalanche, p.Balance.Param = proxy.HashConsistent, true, []byte("x-key")
			for i, srv := range p.Servers {
				ap := netip.MustParseAddrPort(addrs[i])
				srv.Name, srv.HashKey = string(rune('a'+i)), c.key
				srv.Addr = proxy.Addr{IP: ap.Addr(), Port: int(ap.Port())}
			}
		})
		var got []string
		for i := range 40 {
			s := newStream(p)
			newRequest(i, []string{"key=k-%"}).fill(s)
			got = append(got, p.Balancer.Pick(s, nil).Name)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%d %s:\n got %s\nwant %s", c.key, c.addrs, g, c.want)
		}
	}
}

// TestSharesAddUp: the fair shares of bounded load are never 0 and add up to all slots, or the minimum.
func TestSharesAddUp(t *testing.T) {
	p := newBackend(t, 1, proxy.AlgoRandom, []int{1, 2, 5, 3, 7})
	r := p.Balancer.(*random).ring.Load()
	for load := range 200 {
		sum, least := 0, 0
		for _, srv := range p.Servers {
			n := r.share(srv, load, 125)
			sum += n
			if n == 1 {
				least++
			}
		}
		slots := ((load+1)*125 + 99) / 100
		if sum < slots || sum > slots+least {
			t.Errorf("load %d: %d slots shared out as %d", load, slots, sum)
		}
	}
}

func TestMainDomain(t *testing.T) {
	for host, want := range map[string]string{"www.example.com": "example", "example.com": "example", "com": "com",
		"www.example.co.uk": "co", "www.example.com:80": "example", "a.b.c": "b", ".com": ".com", "foo.": "foo", "www..com": "www.",
		"localhost:8080": "localhost:8080", "[::1]:80": "[::1]:80", "www.example.com.": "com", "": ""} {
		if got := string(mainDomain([]byte(host))); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestFirstElement(t *testing.T) {
	for value, want := range map[string]string{"a,b": "a", " a , b": "a", `"a,b",c`: `"a,b"`, `"a\",b",c`: `"a\",b"`, ",b": "", "": "",
		`"a`: `"a`} {
		if got := string(firstElement([]byte(value))); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

// TestRDPCookie holds what haproxy 3.5 takes for a cookie; "" is none.
func TestRDPCookie(t *testing.T) {
	const head = "\x03\x00\x00\x22\x1d\xe0\x00\x00\x00\x00\x00"
	for in, want := range map[string]string{
		head + "Cookie: mstshash=user\r\n":                    "user",
		head + "cookie: MSTShash=user\r\n":                    "user",
		head + "Cookie:mstshash=user\r\n":                     "user",
		head + "Cookie:  mstshash=us er\r\n\x01\x00\x08":      "us er",
		head + "Cookie: mstshash=user":                        "",
		head + "Cookie: mstshash=user\r":                      "",
		head + "Cookie: mstshash=user\n":                      "",
		head + "Cookie: mstshash=\r\n":                        "",
		head + "Cookie: msts=3640205228.15629.0000\r\n":       "",
		head + "Cookie: mstshash user\r\n":                    "",
		"Cookie: mstshash=user\r\n":                           "",
		head[:5]:                                              "",
		strings.Repeat("\xff", 11) + "Cookie: mstshash=x\r\n": "x",
	} {
		s := &proxy.Stream{}
		s.In.Bytes = []byte(in)
		b := &proxy.Balance{Param: []byte("mstshash")}
		h, ok := rdpKey(s, b)
		if ok != (want != "") || ok && h != hashOf([]byte(want), b) {
			t.Errorf("%q: %v, want %q", in, ok, want)
		}
	}
}

// FuzzKeys looks for input that the extraction of keys does not survive.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("/a/b/c?id=x&y=z"), []byte("www.example.com"), []byte("id=abc&x"), []byte("\x03\x00\x00\x22\x1d\xe0\x00\x00\x00\x00\x00Cookie: id=user\r\n"))
	f.Add([]byte("http://h?"), []byte("\"a\\"), []byte("id="), []byte(""))
	f.Add([]byte("*"), []byte("."), []byte("&&id"), []byte("\x03"))
	f.Fuzz(func(t *testing.T, target, header, body, in []byte) {
		b := &proxy.Balance{Param: []byte("id"), Len: 5, Depth: 1, PathOnly: true, DomainOnly: true}
		s := &proxy.Stream{}
		r := request{method: "POST", target: string(target), header: string(header), body: string(body), src: "10.0.0.1"}
		s.Back = &proxy.Proxy{}
		r.fill(s)
		s.In.Bytes = in
		for _, key := range []keyed{sourceKey, uriKey, paramKey, headerKey, rdpKey} {
			h1, ok1 := key(s, b)
			if h2, ok2 := key(s, b); h1 != h2 || ok1 != ok2 {
				t.Error("two looks, two keys")
			}
		}
	})
}
