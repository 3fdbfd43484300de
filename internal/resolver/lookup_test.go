package resolver

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/internal/proxy"
	"sluice/test/nameserver"
)

// ask looks a name up as do-resolve does.
func (w *world) ask(name string, prefer proxy.Family) string {
	if ip, ok := w.conf.Lookup.Known([]byte(name), prefer); ok {
		return "known " + ip.String()
	}
	return w.conf.Lookup.Ask(name, prefer).String()
}

func TestLookup(t *testing.T) {
	w := newWorld(t)
	w.conf.HoldValid = int64(time.Hour)
	w.dns.Set("four.test", "A 192.0.2.1")
	w.dns.Set("both.test", "A 192.0.2.1", "AAAA 2001:db8::1")
	w.dns.Set("many.test", "A 192.0.2.1", "A 192.0.2.2")
	w.dns.Set("empty.test")
	w.start()
	for _, c := range []struct {
		name   string
		prefer proxy.Family
		want   string
	}{
		{"four.test", proxy.FamIPv6, "192.0.2.1"},
		{"FOUR.test", proxy.FamIPv6, "known 192.0.2.1"},
		{"both.test", proxy.FamIPv6, "2001:db8::1"},
		{"both.test", proxy.FamIPv4, "192.0.2.1"},
		{"many.test", proxy.FamIPv4, "192.0.2.1"},
		{"many.test", proxy.FamIPv4, "known 192.0.2.2"},
		{"many.test", proxy.FamIPv4, "known 192.0.2.1"},
		{"empty.test", proxy.FamIPv4, "invalid IP"},
		{"nobody.test", proxy.FamIPv4, "invalid IP"},
		{"no name", proxy.FamIPv4, "invalid IP"},
		{"", proxy.FamIPv4, "invalid IP"},
		{strings.Repeat("a.", 200), proxy.FamIPv4, "known invalid IP"},
	} {
		if got := w.ask(c.name, c.prefer); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if n := w.dns.Asked("udp", "nobody.test", "A"); n != 1 {
		t.Errorf("a name that does not exist was asked for %d times", n)
	}
}

// What a bad name server does costs the time of the retries and no more, and an answer that is old is asked for again.
func TestLookupFails(t *testing.T) {
	w := newWorld(t)
	w.dns.Set("a.test", "A 192.0.2.1")
	w.dns.Behave(nameserver.Silent)
	w.start()
	begin := time.Now()
	if got := w.ask("a.test", proxy.FamIPv4); got != "invalid IP" {
		t.Error(got)
	}
	if d := time.Since(begin); d < 2*time.Duration(w.conf.Retry) {
		t.Errorf("given up after %v", d)
	}
	w.dns.Behave(nameserver.Honest)
	for range 2 {
		if got := w.ask("a.test", proxy.FamIPv4); got != "192.0.2.1" {
			t.Error(got)
		}
	}
	w.set.Stop()
	if got := w.ask("a.test", proxy.FamIPv4); got != "invalid IP" {
		t.Errorf("after the end: %s", got)
	}
}

// Many who ask for one name share a question, and names of strangers do not fill the memory.
func TestLookupBounds(t *testing.T) {
	w := newWorld(t)
	w.conf.HoldValid = int64(time.Hour)
	w.dns.Set("a.test", "A 192.0.2.1")
	w.start()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { w.conf.Lookup.Ask("a.test", proxy.FamIPv4) })
	}
	all.Wait()
	if n := w.dns.Asked("udp", "a.test", "A"); n != 1 {
		t.Errorf("%d questions", n)
	}
	x := w.conf.Lookup.(*lookups)
	for i := range 3 * mostLookups {
		n, mine := x.join(hostKey{name: fmt.Sprintf("h%d", i)})
		if n == nil || !mine {
			t.Fatal(n, mine)
		}
		x.settle(hostKey{name: fmt.Sprintf("h%d", i)}, n, answer{status: valid, addrs: []netip.Addr{netip.IPv4Unspecified()}})
	}
	if len(x.names) > mostLookups {
		t.Errorf("%d names are remembered", len(x.names))
	}
	for i := range mostLookups + 1 {
		if n, _ := x.join(hostKey{name: fmt.Sprintf("p%d", i)}); (n == nil) != (i == mostLookups) {
			t.Fatalf("name %d: %v", i, n)
		}
	}
}

func TestKnownAllocates(t *testing.T) {
	w := newWorld(t)
	w.conf.HoldValid = int64(time.Hour)
	w.dns.Set("a.test", "A 192.0.2.1")
	w.start()
	w.ask("a.test", proxy.FamIPv4)
	name := []byte("a.test")
	if n := testing.AllocsPerRun(100, func() { w.conf.Lookup.Known(name, proxy.FamIPv4) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
