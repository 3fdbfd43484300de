// Package resolver finds the addresses of servers by their names while the process runs (configuration.txt 5.3): it asks
// the name servers of the `resolvers` sections and makes the servers' state follow the answers. Names that requests carry are
// looked up too (4.4, do-resolve).
//
// Each name is an ordinary goroutine, away from the loops, that asks, applies the answer and waits. What an answer changes
// about servers is changed under the lock of the section, by the functions of internal/balance.
package resolver

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// Set is all names of a process.
type Set struct {
	snap     *proxy.Snapshot
	moment   func() balance.Moment
	sections map[*proxy.Resolvers]*section
	families families
	running  context.Context
	stop     context.CancelFunc
	wait     sync.WaitGroup
	enters   sync.Mutex // held where a stream may begin to ask
}

// section is a resolvers section at work.
type section struct {
	set   *Set
	conf  *proxy.Resolvers
	slots chan struct{} // questions under way
	tcp   map[*proxy.Nameserver]chan struct{}

	mu      sync.Mutex
	hosts   map[hostKey]*host
	names   map[*proxy.Server]*host // the name that each server has now
	records map[string]*service
}

// mostQuestions is how many questions of one section are under way at once; the others wait. A name server of TCP gets
// as many connections as its maxconn says, or a few.
const (
	mostQuestions   = 64
	mostConnections = 4
)

// New returns the names of a snapshot; moment tells the time on both clocks.
func New(snap *proxy.Snapshot, moment func() balance.Moment) *Set {
	s := &Set{snap: snap, moment: moment, sections: map[*proxy.Resolvers]*section{}}
	s.families.conf = snap.Global.DNS
	s.running, s.stop = context.WithCancel(context.Background())
	for _, conf := range snap.Resolvers {
		c := &section{set: s, conf: conf, slots: make(chan struct{}, mostQuestions), tcp: map[*proxy.Nameserver]chan struct{}{},
			hosts: map[hostKey]*host{}, names: map[*proxy.Server]*host{}, records: map[string]*service{}}
		for _, ns := range conf.Nameservers {
			n := ns.MaxConn
			if n <= 0 || n > mostQuestions {
				n = mostConnections
			}
			c.tcp[ns] = make(chan struct{}, n)
		}
		s.sections[conf] = c
		conf.Lookup = newLookups(c)
	}
	return s
}

// Start begins to ask.
func (s *Set) Start() {
	for _, p := range s.snap.Proxies {
		if p.Disabled || !p.IsBack() {
			continue
		}
		for _, srv := range p.Servers {
			s.begin(srv)
		}
	}
}

func (s *Set) begin(srv *proxy.Server) {
	r := srv.Resolution
	if r == nil {
		return
	}
	c := s.sections[r.Resolvers]
	if c == nil || len(c.conf.Nameservers) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.SRV != "" {
		c.join(srv)
	} else if name := srv.State.Addr.Load().Host; name != "" {
		c.attach(srv, name)
	}
}

// Stop ends all questions and waits until nobody asks any more.
func (s *Set) Stop() {
	s.enters.Lock()
	s.stop()
	s.enters.Unlock()
	s.wait.Wait()
}

// enter lets a stream ask, unless the end has come; it is to leave by wait.Done.
func (s *Set) enter() bool {
	s.enters.Lock()
	defer s.enters.Unlock()
	if s.running.Err() != nil {
		return false
	}
	s.wait.Add(1)
	return true
}

// The reasons why a server cannot have another name.
var (
	errNoResolution = errors.New("failed because no resolution is configured")
	errService      = errors.New("failed because SRV record is configured")
	errName         = errors.New("failed because it is not a name of a host")
)

// Rename gives a server another name, as the runtime API's `set server fqdn` does. It returns the name that the server
// had.
func (s *Set) Rename(srv *proxy.Server, name string) (old string, err error) {
	r := srv.Resolution
	switch {
	case r == nil || s.sections[r.Resolvers] == nil:
		return "", errNoResolution
	case r.SRV != "":
		return "", errService
	case !goodName(name):
		return "", errName
	}
	c := s.sections[r.Resolvers]
	c.mu.Lock()
	defer c.mu.Unlock()
	a := *srv.State.Addr.Load()
	old, a.Host = a.Host, strings.TrimSuffix(name, ".")
	balance.SetAddr(srv, &a)
	srv.State.Admin.Or(uint32(proxy.AdminNamed))
	c.detach(srv)
	c.attach(srv, a.Host)
	return old, nil
}

// goodName says whether a text can be the name of a host: names come from the network and go to logs.
func goodName(name string) bool {
	if _, ok := dns.IsDomainName(name); !ok || name == "." || name == "" {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && name[i] != '-' && name[i] != '_' && name[i] != '.' {
			return false
		}
	}
	return true
}

// run starts a goroutine that asks for something again and again.
func (c *section) run(until context.Context, once func(context.Context)) {
	c.set.wait.Go(func() {
		for until.Err() == nil {
			once(until)
			select {
			case <-until.Done():
			case <-time.After(atLeast(c.conf.Every)):
			}
		}
	})
}

// atLeast keeps a time of 0 from being a storm of questions.
func atLeast(ns int64) time.Duration {
	const shortest = 10 * time.Millisecond
	return max(time.Duration(ns), shortest)
}
