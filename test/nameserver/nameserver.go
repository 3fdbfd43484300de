// Package nameserver is a name server for tests, over UDP and TCP on one port of the loopback. What it answers can change
// while it runs, and it can misbehave.
package nameserver

import (
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Manner is how a server answers.
type Manner int

// The manners.
const (
	Honest  Manner = iota
	Silent         // no answer
	Refuse         // REFUSED
	Garbage        // bytes that are no message, then nothing
	Forged         // the answers of another question and of another number come before the good one
	Long           // more bytes than anybody asked for
	Looping        // a name that points at itself
)

// A Server answers until it is closed.
type Server struct {
	Port int

	mu     sync.Mutex
	manner Manner
	zone   map[string][]dns.RR // by name; a name without records exists
	asked  map[string]int      // questions by "name type"
	udp    *dns.Server
	tcp    *dns.Server
}

// New returns a server that runs, without names.
func New() (*Server, error) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := packets.LocalAddr().(*net.UDPAddr).Port
	streams, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		packets.Close()
		return nil, err
	}
	s := &Server{Port: port, zone: map[string][]dns.RR{}, asked: map[string]int{}}
	s.udp = &dns.Server{PacketConn: packets, Handler: s}
	s.tcp = &dns.Server{Listener: streams, Handler: s}
	for _, x := range []*dns.Server{s.udp, s.tcp} {
		ready := make(chan struct{})
		x.NotifyStartedFunc = func() { close(ready) }
		go x.ActivateAndServe()
		<-ready
	}
	return s, nil
}

// Close ends the server.
func (s *Server) Close() {
	s.udp.Shutdown()
	s.tcp.Shutdown()
}

// Set gives a name other records, written as in a zone file without name and time: "A 192.0.2.1".
func (s *Server) Set(name string, records ...string) {
	name = dns.Fqdn(name)
	list := []dns.RR{}
	for _, text := range records {
		rr, err := dns.NewRR(name + " 1 IN " + text)
		if err != nil {
			panic(err)
		}
		list = append(list, rr)
	}
	s.mu.Lock()
	s.zone[name] = list
	s.mu.Unlock()
}

// Remove takes a name away.
func (s *Server) Remove(name string) {
	s.mu.Lock()
	delete(s.zone, dns.Fqdn(name))
	s.mu.Unlock()
}

// Behave changes how the server answers.
func (s *Server) Behave(m Manner) {
	s.mu.Lock()
	s.manner = m
	s.mu.Unlock()
}

// Asked is how often records of a type were asked for, over "udp" or "tcp".
func (s *Server) Asked(network, name, kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[network+" "+dns.Fqdn(name)+" "+kind]
}

// ServeDNS answers a question.
func (s *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ask := q.Question[0]
	s.asked[w.LocalAddr().Network()+" "+strings.ToLower(ask.Name)+" "+dns.TypeToString[ask.Qtype]]++
	m := new(dns.Msg).SetReply(q)
	records, exists := s.zone[strings.ToLower(ask.Name)]
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	for _, rr := range records {
		if kind := rr.Header().Rrtype; kind == ask.Qtype || kind == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
	}
	switch s.manner {
	case Silent:
		return
	case Refuse:
		m.Answer, m.Rcode = nil, dns.RcodeRefused
	case Garbage:
		w.Write([]byte("no message at all"))
		return
	case Forged:
		s.forge(w, m, ask.Name)
	case Long:
		raw, _ := m.Pack()
		w.Write(append(raw, make([]byte, 9000)...))
		return
	case Looping:
		raw, _ := m.Pack()
		raw[7] = 1 // one answer
		w.Write(append(raw, 0xc0, byte(len(raw)), 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, 66))
		return
	}
	w.WriteMsg(m)
}

// forge sends answers that a careless resolver would take.
func (s *Server) forge(w dns.ResponseWriter, m *dns.Msg, name string) {
	evil, _ := dns.NewRR(name + " 1 IN A 192.0.2.66")
	x := m.Copy()
	x.Id++
	x.Answer, x.Rcode = []dns.RR{evil}, dns.RcodeSuccess
	w.WriteMsg(x)
	x = m.Copy()
	x.Question[0].Name = "evil.test."
	x.Answer, x.Rcode = []dns.RR{evil}, dns.RcodeSuccess
	w.WriteMsg(x)
}
