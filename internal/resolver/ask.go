package resolver

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"sluice/internal/proxy"
)

// mostForeign is how many datagrams that are no answer are passed over for one question.
const mostForeign = 32

// resolve asks for the records of name, of the kinds in turn, until there is a good answer or the retries are used up. A
// question that nobody answered is asked again as it is.
func (c *section) resolve(until context.Context, name string, kinds []uint16) (last answer) {
	for range max(c.conf.Retries, 1) {
		for _, kind := range kinds {
			last = c.askAll(until, c.slots, name, kind)
			if last.status == valid || until.Err() != nil {
				return last
			}
			if last.status == timeout {
				break
			}
		}
	}
	return last
}

// askAll asks all name servers at once, when one of the slots is free. The first good answer counts, else the last bad one.
func (c *section) askAll(until context.Context, slots chan struct{}, name string, kind uint16) (last answer) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-until.Done():
		return answer{}
	}
	answers := make(chan answer, len(c.conf.Nameservers))
	var over atomicFlag
	for _, ns := range c.conf.Nameservers {
		c.set.wait.Go(func() {
			a := c.ask(until, ns, name, kind)
			a.by = ns
			if over.get() && a.status != timeout {
				ns.Count.Outdated.Add(1)
			} else if until.Err() == nil {
				count(&ns.Count, &a)
			}
			answers <- a
		})
	}
	for range c.conf.Nameservers {
		if a := <-answers; a.status == valid {
			over.set()
			return a
		} else if last.by == nil || a.status != timeout {
			last = a
		}
	}
	return last
}

// atomicFlag is set once.
type atomicFlag struct {
	mu sync.Mutex
	on bool
}

func (f *atomicFlag) set() { f.mu.Lock(); f.on = true; f.mu.Unlock() }

func (f *atomicFlag) get() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.on }

// ask asks one name server once.
func (c *section) ask(until context.Context, ns *proxy.Nameserver, name string, kind uint16) answer {
	q, err := question(name, kind, c.conf.Payload)
	if err != nil {
		return answer{status: invalid}
	}
	until, cancel := context.WithTimeout(until, atLeast(c.conf.Retry))
	defer cancel()
	network := "udp"
	if !ns.Addr.Dgram {
		network = "tcp"
		select {
		case c.tcp[ns] <- struct{}{}:
			defer func() { <-c.tcp[ns] }()
		case <-until.Done():
			return answer{}
		}
	}
	conn, err := new(net.Dialer).DialContext(until, network, ns.Addr.AddrPort().String())
	if err != nil {
		ns.Count.SendError.Add(1)
		return c.patience(until)
	}
	defer conn.Close()
	defer context.AfterFunc(until, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	ns.Count.Sent.Add(1)
	if network == "tcp" {
		return c.stream(until, conn, ns, q)
	}
	return c.datagrams(until, conn, ns, q)
}

// patience waits for the end of the time of a question that could not be asked, so that it is not asked in a hurry.
func (c *section) patience(until context.Context) answer {
	<-until.Done()
	return answer{}
}

// datagrams asks over UDP. What is no answer to the question does not end it: anybody can send such things.
func (c *section) datagrams(until context.Context, conn net.Conn, ns *proxy.Nameserver, q *dns.Msg) answer {
	raw, err := q.Pack()
	if err != nil {
		return answer{status: invalid}
	}
	if _, err = conn.Write(raw); err != nil {
		ns.Count.SendError.Add(1)
		return c.patience(until)
	}
	buf := make([]byte, c.conf.Payload+1)
	for range mostForeign {
		n, err := conn.Read(buf)
		switch {
		case err != nil:
			return c.patience(until)
		case n > c.conf.Payload:
			return answer{status: tooBig}
		}
		if a := read(buf[:n], q); a.status != foreign && a.status != invalid {
			return a
		}
		ns.Count.Invalid.Add(1)
	}
	return answer{status: other}
}

// stream asks over TCP, where a length goes before a message (RFC 1035, 4.2.2).
func (c *section) stream(until context.Context, conn net.Conn, ns *proxy.Nameserver, q *dns.Msg) answer {
	raw, err := q.Pack()
	if err != nil {
		return answer{status: invalid}
	}
	if _, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)); err != nil {
		ns.Count.SendError.Add(1)
		return c.patience(until)
	}
	var length [2]byte
	if _, err = io.ReadFull(conn, length[:]); err != nil {
		return c.patience(until)
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if n > c.conf.Payload {
		return answer{status: tooBig}
	}
	buf := make([]byte, n)
	if _, err = io.ReadFull(conn, buf); err != nil {
		return c.patience(until)
	}
	a := read(buf, q)
	if a.status == foreign {
		a.status = invalid
	}
	return a
}

// families says which kinds of addresses are asked for (configuration.txt 3.1, dns-accept-family).
type families struct {
	conf proxy.DNSFamilies

	mu     sync.Mutex
	looked time.Time
	routed bool
}

// kinds returns the types of records to ask for, the preferred one first.
func (f *families) kinds(prefer proxy.Family) []uint16 {
	none := f.conf == proxy.DNSFamilies{}
	six := f.conf.IPv6 || (none || f.conf.Auto) && f.hasRoute()
	var kinds []uint16
	if six {
		kinds = append(kinds, dns.TypeAAAA)
	}
	if f.conf.IPv4 || none {
		kinds = append(kinds, dns.TypeA)
	}
	if prefer == proxy.FamIPv4 {
		slices.Reverse(kinds)
	}
	return kinds
}

// hasRoute says whether the system has a way to the IPv6 internet. No packet is sent.
func (f *families) hasRoute() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	const fresh = 30 * time.Second
	if time.Since(f.looked) < fresh {
		return f.routed
	}
	conn, err := net.Dial("udp6", "[2001:4860:4860::8888]:53")
	if f.routed = err == nil; f.routed {
		conn.Close()
	}
	f.looked = time.Now()
	return f.routed
}
