// Package balance chooses servers and hands out their slots: the algorithms of `balance` (configuration.txt 4.2), the
// queues in front of servers and backends, retries, and the state of servers as far as it decides who gets load.
//
// A Balancer reads tables that are replaced as a whole when a server changes, so that choosing takes no lock. Servers
// that may be chosen are the usable ones that are not backups; without any, the first usable backup, or all of them
// with option allbackups.
package balance

import (
	"fmt"
	"sync"
	"sync/atomic"

	"sluice/internal/proxy"
)

// New returns the balancer of a backend, by its `balance` and `hash-type` lines, over the servers it has now. The
// backend's and servers' State must be set. An error says what combination does not work.
func New(p *proxy.Proxy) (proxy.Balancer, error) {
	f := &farm{p: p}
	var b balancer
	switch p.Balance.Algo {
	case proxy.AlgoRoundRobin:
		b = &turns{farm: f}
	case proxy.AlgoStaticRR:
		b = &turns{farm: f}
	case proxy.AlgoLeastConn:
		b = newLeastConn(f)
	case proxy.AlgoNone, proxy.AlgoRandom:
		b = newRandom(f)
	default:
		return nil, fmt.Errorf("balance: algorithm %d is not available", p.Balance.Algo)
	}
	b.rebuild()
	return b, nil
}

// balancer is what the algorithms have in common beyond proxy.Balancer.
type balancer interface {
	proxy.Balancer
	rebuild()
	members() *members
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

func (f *farm) members() *members { return f.set.Load() }

// gather looks at all servers again.
func (f *farm) gather() *members {
	m := &members{in: make([]bool, len(f.p.Servers))}
	for _, srv := range f.p.Servers {
		if !srv.Backup && srv.State.Usable() {
			m.add(srv)
		}
	}
	if len(m.servers) == 0 {
		m.backup = true
		for _, srv := range f.p.Servers {
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
