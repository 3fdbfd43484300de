// Package balance chooses servers and hands out their slots: the algorithms of `balance` (configuration.txt 4.2), the
// queues in front of servers and backends, retries, and the state of servers as far as it decides who gets load.
//
// A Balancer reads tables that are replaced as a whole when a server changes, so that choosing takes no lock. Servers
// that may be chosen are the usable ones that are not backups; without any, the first usable backup, or all of them
// with option allbackups.
package balance

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"sluice/internal/proxy"
)

// New returns the balancer of a backend, by its `balance` and `hash-type` lines, over the servers it has now. The
// backend's and servers' State must be set. An error says what combination does not work.
func New(p *proxy.Proxy) (proxy.Balancer, error) {
	b, err := newBalancer(&farm{p: p})
	if err != nil {
		return nil, err
	}
	b.rebuild()
	for _, srv := range p.All() {
		dynamicCookie(srv)
	}
	return b, nil
}

func newBalancer(f *farm) (balancer, error) {
	algo := f.p.Balance.Algo
	if f.p.Mode == proxy.ModeLog {
		if b := newLogged(f); b != nil {
			return b, nil
		}
		return nil, errors.New(`"balance" only supports 'roundrobin', 'random', 'sticky' and 'log-hash'.`)
	}
	switch algo {
	case proxy.AlgoNone, proxy.AlgoRandom:
		return newRandom(f), nil
	case proxy.AlgoRoundRobin:
		return newTurns(f), nil
	case proxy.AlgoStaticRR:
		return &staticTurns{farm: f}, nil
	case proxy.AlgoLeastConn:
		return &leastConn{farm: f}, nil
	case proxy.AlgoFirst:
		return &first{farm: f}, nil
	case proxy.AlgoSource:
		return newHashed(f, sourceKey), nil
	case proxy.AlgoURI:
		return newHashed(f, uriKey), nil
	case proxy.AlgoURLParam:
		return newHashed(f, paramKey), nil
	case proxy.AlgoHdr:
		return newHashed(f, headerKey), nil
	case proxy.AlgoRDPCookie:
		return newHashed(f, rdpKey), nil
	case proxy.AlgoHash:
		return newHashed(f, exprKey), nil
	}
	return nil, fmt.Errorf("balance %v works only with 'mode log'", algo)
}

func newHashed(f *farm, key keyed) balancer {
	if f.p.Balance.Type == proxy.HashConsistent {
		return &consistent{ringed: ringed{farm: f}, key: key}
	}
	return &mapped{farm: f, key: key}
}

// balancer is what the algorithms have in common beyond proxy.Balancer.
type balancer interface {
	proxy.Balancer
	rebuild()
	members() *members
	// sequential reports that a waiting stream of the backend means that all servers are full: Pick looks at them all.
	sequential() bool
	// moved tells that the queue of srv got longer or shorter.
	moved(srv *proxy.Server)
}

// farm keeps track of which servers of a backend may be chosen.
type farm struct {
	p   *proxy.Proxy
	mu  sync.Mutex // held while tables are rebuilt
	set atomic.Pointer[members]
}

// members are the servers that may be chosen, at one moment. Immutable.
type members struct {
	servers []*proxy.Server
	in      []bool // by Server.Index
	total   int    // sum of effective weights
	backup  bool   // no active server is usable: these are backups
}

func (f *farm) members() *members   { return f.set.Load() }
func (f *farm) sequential() bool    { return false }
func (f *farm) moved(*proxy.Server) {}

// gather looks at all servers again.
func (f *farm) gather() *members {
	m := &members{in: make([]bool, f.p.Slots())}
	for _, srv := range f.p.All() {
		if !srv.Backup && srv.State.Usable() {
			m.add(srv)
		}
	}
	if len(m.servers) == 0 {
		m.backup = true
		for _, srv := range f.p.All() {
			if srv.Backup && srv.State.Usable() {
				m.add(srv)
				if !f.p.Options.Has(proxy.OptAllBackups) {
					break
				}
			}
		}
	}
	f.set.Store(m)
	return m
}

func (m *members) add(srv *proxy.Server) {
	m.servers = append(m.servers, srv)
	m.in[srv.Index] = true
	m.total += int(srv.State.Effective.Load())
}

// has reports whether srv may be chosen.
func (m *members) has(srv *proxy.Server) bool { return srv.Index < len(m.in) && m.in[srv.Index] }
