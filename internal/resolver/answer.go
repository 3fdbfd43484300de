package resolver

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"sluice/internal/proxy"
)

// status is what came of a question.
type status uint8

// The results. foreign is no answer to the question at all.
const (
	timeout status = iota
	valid
	nx
	refused
	empty
	cnameError
	truncated
	tooBig
	invalid
	other
	foreign
)

// service records and addresses of one answer beyond these numbers are passed over.
const (
	mostRecords = 1024
	mostAliases = 16
)

// target is one SRV record.
type target struct {
	host   string
	port   uint16
	weight uint16
}

// answer is what a name server said.
type answer struct {
	status  status
	addrs   []netip.Addr
	targets []target
	alias   bool // the name is another's
	by      *proxy.Nameserver
}

// question makes the message that asks for records of a type (RFC 1035, 4.1; RFC 6891 for the size).
func question(name string, kind uint16, payload int) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), kind)
	m.SetEdns0(uint16(payload), false)
	_, err := m.Pack()
	return m, err
}

// read takes a message from the network apart. It is foreign unless its number and its question are those of q.
func read(raw []byte, q *dns.Msg) answer {
	const header, responseBit = 12, 0x80
	if len(raw) < header || binary.BigEndian.Uint16(raw) != q.Id || raw[2]&responseBit == 0 {
		return answer{status: foreign}
	}
	var m dns.Msg
	if m.Unpack(raw) != nil && !m.Truncated {
		return answer{status: invalid}
	}
	asked := q.Question[0]
	if len(m.Question) != 1 || m.Question[0].Qtype != asked.Qtype || m.Question[0].Qclass != asked.Qclass ||
		!strings.EqualFold(m.Question[0].Name, asked.Name) {
		return answer{status: foreign}
	}
	switch {
	case m.Truncated:
		return answer{status: truncated}
	case m.Rcode == dns.RcodeNameError:
		return answer{status: nx}
	case m.Rcode == dns.RcodeRefused:
		return answer{status: refused}
	case m.Rcode != dns.RcodeSuccess:
		return answer{status: other}
	}
	return collect(m.Answer, asked)
}

// collect takes the records that answer the question, by way of aliases.
func collect(records []dns.RR, asked dns.Question) (a answer) {
	name, alias := follow(records, asked.Name)
	a.alias = alias
	for _, rr := range records {
		h := rr.Header()
		if h.Class != dns.ClassINET || h.Rrtype != asked.Qtype || !strings.EqualFold(h.Name, name) || len(a.addrs)+len(a.targets) == mostRecords {
			continue
		}
		switch rr := rr.(type) {
		case *dns.A:
			if ip, ok := netip.AddrFromSlice(rr.A); ok {
				a.addrs = append(a.addrs, ip.Unmap())
			}
		case *dns.AAAA:
			if ip, ok := netip.AddrFromSlice(rr.AAAA); ok {
				a.addrs = append(a.addrs, ip)
			}
		case *dns.SRV:
			if host := strings.ToLower(strings.TrimSuffix(rr.Target, ".")); goodName(host) {
				a.targets = append(a.targets, target{host, rr.Port, rr.Weight})
			}
		}
	}
	switch {
	case len(a.addrs)+len(a.targets) > 0:
		a.status = valid
	case alias:
		a.status = cnameError
	default:
		a.status = empty
	}
	return a
}

// follow returns the name at the end of the aliases of a name.
func follow(records []dns.RR, name string) (end string, alias bool) {
	for range mostAliases {
		next := ""
		for _, rr := range records {
			if c, ok := rr.(*dns.CNAME); ok && strings.EqualFold(c.Hdr.Name, name) {
				next = c.Target
				break
			}
		}
		if next == "" {
			break
		}
		name, alias = next, true
	}
	return name, alias
}

// count counts what a name server said.
func count(c *proxy.NameserverCounters, a *answer) {
	if a.alias {
		c.Cname.Add(1)
	}
	switch a.status {
	case timeout:
		c.Timeout.Add(1)
	case valid:
		c.Valid.Add(1)
	case nx:
		c.NX.Add(1)
	case refused:
		c.Refused.Add(1)
	case empty:
		c.Any.Add(1)
	case cnameError:
		c.CnameError.Add(1)
	case truncated:
		c.Truncated.Add(1)
	case tooBig:
		c.TooBig.Add(1)
	case invalid:
		c.Invalid.Add(1)
	case other:
		c.Other.Add(1)
	}
}
