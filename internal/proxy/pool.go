package proxy

import (
	"net/netip"

	"sluice/internal/loop"
)

// IdleConn is an idle connection to a server, kept by the loop that opened it. It is a struct, not a task: when the
// server closes it, Ready runs.
type IdleConn struct {
	Conn   loop.Conn
	Server *Server
	Addr   *Addr          // of the server when it was opened
	Owner  *Session       // the only session that may use it, when private; nil for a shared one
	Key    uint64         // hash of what makes connections differ: source address, namespace, SNI, name
	Since  int64          // monotonic ns when it became idle
	Uses   int            // requests it carried
	Safe   bool           // carried more than one request: may be given to a first request under http-reuse safe
	Gone   ConnGone       // told when the server closes the connection while it is idle
	Src    netip.AddrPort // own address
	Port   uint16         // source port taken from Ports, 0: none
	Ports  PortPool
	next   *IdleConn
	prev   *IdleConn
	pool   *IdlePool
}

// PortPool takes back the source ports of a range.
type PortPool interface{ Put(port uint16) }

// Close closes the connection and gives its source port back.
func (c *IdleConn) Close() {
	c.Conn.Close()
	if c.Port != 0 {
		c.Ports.Put(c.Port)
		c.Port = 0
	}
}

// ConnGone is whoever keeps idle connections.
type ConnGone interface{ ConnGone(c *IdleConn) }

// Ready implements loop.IdleHandler: an idle connection that becomes readable was closed, or is out of step.
func (c *IdleConn) Ready(*loop.Conn) { c.Gone.ConnGone(c) }

// IdlePool is one loop's idle connections to one server, most recently used first. Only that loop touches it.
type IdlePool struct {
	head, tail *IdleConn
	n          int
}

// Len returns the number of idle connections.
func (p *IdlePool) Len() int { return p.n }

// Put adds c as the most recently used.
func (p *IdlePool) Put(c *IdleConn) {
	c.prev, c.next, c.pool = nil, p.head, p
	if p.head != nil {
		p.head.prev = c
	} else {
		p.tail = c
	}
	p.head = c
	p.n++
}

// Take removes and returns the most recently used connection with the given key; wantSafe restricts it to safe ones.
func (p *IdlePool) Take(key uint64, wantSafe bool) *IdleConn {
	for c := p.head; c != nil; c = c.next {
		if c.Key == key && (!wantSafe || c.Safe) && c.Owner == nil {
			p.Remove(c)
			return c
		}
	}
	return nil
}

// Oldest returns the least recently used connection, nil when empty; it stays in the pool.
func (p *IdlePool) Oldest() *IdleConn { return p.tail }

// Remove takes c out. A connection that is in no pool is left alone.
func (p *IdlePool) Remove(c *IdleConn) {
	if c.pool != p {
		return
	}
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		p.head = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		p.tail = c.prev
	}
	c.prev, c.next, c.pool = nil, nil, nil
	p.n--
}

// Pool returns the pool c is in, nil when it is in use.
func (c *IdleConn) Pool() *IdlePool { return c.pool }
