package resolver

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// service is the name of SRV records (RFC 2782), with the servers that are slots for them. The lock of its section
// guards it.
type service struct {
	of        *section
	name      string
	slots     []*slot
	records   []record
	lastValid time.Time
}

// record is one SRV record, as answers named it.
type record struct {
	target
	seen time.Time
}

// slot is a server that takes a record.
type slot struct {
	srv  *proxy.Server
	used bool
	host string
	port uint16
}

// join makes a server a slot of its service.
func (c *section) join(srv *proxy.Server) {
	key := strings.ToLower(srv.Resolution.SRV)
	s := c.records[key]
	if s == nil {
		s = &service{of: c, name: key}
		c.records[key] = s
		c.run(c.set.running, s.look)
	}
	s.slots = append(s.slots, &slot{srv: srv})
}

func (s *service) look(until context.Context) {
	s.of.look(until, s.name, []uint16{dns.TypeSRV}, s.apply)
}

// apply makes the slots follow an answer.
func (s *service) apply(a *answer, now time.Time) {
	if a.status != valid {
		if s.lastValid.IsZero() || now.Sub(s.lastValid) >= s.of.hold(a.status) {
			s.records = nil
			s.release()
		}
		return
	}
	s.lastValid = now
	for _, t := range a.targets {
		if i := slices.IndexFunc(s.records, func(r record) bool { return r.host == t.host && r.port == t.port }); i >= 0 {
			s.records[i] = record{t, now}
		} else if len(s.records) < mostRecords {
			s.records = append(s.records, record{t, now})
		}
	}
	s.records = slices.DeleteFunc(s.records, func(r record) bool {
		return r.seen != now && now.Sub(r.seen) >= time.Duration(s.of.conf.HoldObsolete)
	})
	s.release()
	s.fill()
}

// find returns the record that a slot holds, nil when it is gone.
func (s *service) find(x *slot) *record {
	for i := range s.records {
		if r := &s.records[i]; r.host == x.host && r.port == x.port {
			return r
		}
	}
	return nil
}

// release frees the slots whose records are gone.
func (s *service) release() {
	for _, x := range s.slots {
		if !x.used || s.find(x) != nil {
			continue
		}
		s.of.detach(x.srv)
		s.of.lose(x.srv, "entry removed from SRV record")
		a := *x.srv.State.Addr.Load()
		a.Host, a.Port, a.PortHi, a.IP = "", 0, 0, netip.Addr{}
		balance.SetAddr(x.srv, &a)
		*x = slot{srv: x.srv}
	}
}

// fill gives each record a slot in every backend that has slots, as long as some are free.
func (s *service) fill() {
	type held struct {
		back *proxy.Proxy
		host string
		port uint16
	}
	holds := map[held]*slot{}
	free := map[*proxy.Proxy][]*slot{}
	var backs []*proxy.Proxy
	for _, x := range s.slots {
		p := x.srv.Proxy
		if !slices.Contains(backs, p) {
			backs = append(backs, p)
		}
		if x.used {
			holds[held{p, x.host, x.port}] = x
		} else {
			free[p] = append(free[p], x)
		}
	}
	for _, p := range backs {
		for _, r := range s.records {
			if x := holds[held{p, r.host, r.port}]; x != nil {
				s.weigh(x.srv, r.weight)
			} else if len(free[p]) > 0 {
				s.take(free[p][0], &r)
				free[p] = free[p][1:]
			}
		}
	}
}

// take makes a server that of a record.
func (s *service) take(x *slot, r *record) {
	x.used, x.host, x.port = true, r.host, r.port
	srv := x.srv
	a := *srv.State.Addr.Load()
	a.Host, a.Port, a.PortHi, a.PortRel, a.IP = r.host, int(r.port), int(r.port), false, netip.Addr{}
	balance.SetAddr(srv, &a)
	srv.State.Admin.Or(uint32(proxy.AdminNamed))
	s.weigh(srv, r.weight)
	balance.Log(srv.Proxy, proxy.LogNotice, s.of.set.moment(),
		fmt.Appendf(nil, "%s/%s changed its FQDN from (null) to %s by 'SRV record'", srv.Proxy.Name, srv.NameNow(), r.host))
	s.of.attach(srv, r.host)
}

// weigh gives a server the weight of its record: 16 bits become 1 to 256.
func (s *service) weigh(srv *proxy.Server, weight uint16) {
	if n := int32(weight)/256 + 1; !srv.Resolution.IgnoreWeight && srv.State.UserWeight.Load() != n {
		balance.SetWeight(srv, int(n), s.of.set.moment())
	}
}
