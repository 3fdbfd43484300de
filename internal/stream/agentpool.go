package stream

import "sluice/internal/proxy"

// maxFlights is how many frames may wait for an answer on one connection with pipelining.
const maxFlights = 20

// maxLost is how many answers in a row may fail to come before a connection is given up.
const maxLost = 2 * maxFlights

// agentPool are the connections of one loop to agents.
type agentPool struct{ conns []*agentConn }

// submit puts a flight on a connection to srv: one that has room, else a new one.
func (p *agentPool) submit(h *Home, srv *proxy.Server, o *proxy.Offload, f *flight) {
	var best *agentConn
	for _, c := range p.conns {
		if c.srv != srv || c.agent != o.Agent || c.moved() || !c.room() {
			continue
		}
		if best == nil || c.ready && !best.ready {
			best = c
		}
	}
	if best == nil {
		best = &agentConn{home: h, srv: srv, back: o.Backend, agent: o.Agent}
		p.conns = append(p.conns, best)
		best.start()
	}
	best.add(f)
}

// drop forgets a connection.
func (p *agentPool) drop(c *agentConn) {
	for i, x := range p.conns {
		if x == c {
			last := len(p.conns) - 1
			p.conns[i], p.conns[last] = p.conns[last], nil
			p.conns = p.conns[:last]
			return
		}
	}
}
