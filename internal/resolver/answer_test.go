package resolver

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

func rr(t *testing.T, text string) dns.RR {
	t.Helper()
	r, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reply(t *testing.T, q *dns.Msg, rcode int, records ...string) *dns.Msg {
	t.Helper()
	m := new(dns.Msg).SetRcode(q, rcode)
	for _, text := range records {
		m.Answer = append(m.Answer, rr(t, text))
	}
	return m
}

func pack(t *testing.T, m *dns.Msg) []byte {
	t.Helper()
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestRead(t *testing.T) {
	q, err := question("www.test", dns.TypeA, 512)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*dns.Msg)
		rcode  int
		rrs    []string
		want   status
		addrs  int
	}{
		{name: "good", rrs: []string{"www.test. 5 IN A 192.0.2.1", "WWW.test. 5 IN A 192.0.2.2"}, want: valid, addrs: 2},
		{name: "alias", rrs: []string{"www.test. 5 IN CNAME a.test.", "a.test. 5 IN CNAME b.test.", "b.test. 5 IN A 192.0.2.1"}, want: valid, addrs: 1},
		{name: "alias to nowhere", rrs: []string{"www.test. 5 IN CNAME a.test."}, want: cnameError},
		{name: "alias of itself", rrs: []string{"www.test. 5 IN CNAME www.test."}, want: cnameError},
		{name: "another's address", rrs: []string{"evil.test. 5 IN A 192.0.2.1"}, want: empty},
		{name: "another type", rrs: []string{"www.test. 5 IN AAAA 2001:db8::1"}, want: empty},
		{name: "empty", want: empty},
		{name: "nx", rcode: dns.RcodeNameError, want: nx},
		{name: "refused", rcode: dns.RcodeRefused, want: refused},
		{name: "failed", rcode: dns.RcodeServerFailure, want: other},
		{name: "truncated", change: func(m *dns.Msg) { m.Truncated = true }, want: truncated},
		{name: "another number", change: func(m *dns.Msg) { m.Id++ }, want: foreign},
		{name: "a question", change: func(m *dns.Msg) { m.Response = false }, want: foreign},
		{name: "another question", change: func(m *dns.Msg) { m.Question[0].Name = "evil.test." }, want: foreign},
		{name: "another kind", change: func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAAAA }, want: foreign},
		{name: "no question", change: func(m *dns.Msg) { m.Question = nil }, want: foreign},
	} {
		m := reply(t, q, c.rcode, c.rrs...)
		if c.change != nil {
			c.change(m)
		}
		if a := read(pack(t, m), q); a.status != c.want || len(a.addrs) != c.addrs {
			t.Errorf("%s: status %d with %d addresses, want %d with %d", c.name, a.status, len(a.addrs), c.want, c.addrs)
		}
	}
}

// A name that points at itself ends in an error of the library.
func TestReadLoop(t *testing.T) {
	q, _ := question("www.test", dns.TypeA, 512)
	raw := pack(t, reply(t, q, dns.RcodeSuccess))
	raw[7] = 1 // one answer, whose name is where it stands
	raw = append(raw, 0xc0, byte(len(raw)), 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 1, 2, 3, 4)
	if a := read(raw, q); a.status == valid {
		t.Errorf("status %d", a.status)
	}
}

func TestReadSRV(t *testing.T) {
	q, _ := question("_http._tcp.test", dns.TypeSRV, 512)
	a := read(pack(t, reply(t, q, dns.RcodeSuccess, "_http._tcp.test. 5 IN SRV 1 256 8080 H1.test.", `_http._tcp.test. 5 IN SRV 1 1 80 a\010b.test.`,
		"_http._tcp.test. 5 IN SRV 1 1 80 .")), q)
	if a.status != valid || len(a.targets) != 1 || a.targets[0] != (target{"h1.test", 8080, 256}) {
		t.Errorf("%+v", a)
	}
}

func FuzzRead(f *testing.F) {
	q, _ := question("www.test", dns.TypeA, 512)
	q.Id = 1
	m := new(dns.Msg).SetReply(q)
	raw, _ := m.Pack()
	f.Add(raw)
	m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: "www.test.", Rrtype: dns.TypeA, Class: dns.ClassINET}, A: netip.MustParseAddr("192.0.2.1").AsSlice()}}
	raw, _ = m.Pack()
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := read(raw, q)
		if len(a.addrs)+len(a.targets) > mostRecords || (a.status == valid) != (len(a.addrs)+len(a.targets) > 0) {
			t.Errorf("%+v", a)
		}
	})
}
