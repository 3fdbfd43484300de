package proxy

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"sluice/internal/loop"
)

// IdleConn is a connection to a server. Idle it is kept by the loop that used it, as a struct without a task: when the
// server closes it, Ready runs.
type IdleConn struct {
	Conn   loop.Conn
	Server *Server
	TLS    *TLSState      // nil on a plain connection
	Addr   *Addr          // of the server when it was opened
	Owner  *Session       // the only session that may use it, when private; nil for a shared one
	Key    uint64         // hash of what makes connections differ: source address, namespace, SNI, name
	Since  int64          // monotonic ns when it became idle
	Uses   int            // requests it carried
	Safe   bool           // carried more than one request: may be given to a first request under http-reuse safe
	Gone   ConnGone       // told when the server closes the connection while it is idle
	Src    netip.AddrPort // own address; invalid until it was asked for, Stream.BackSrc
	Delays bool           // TCP_NODELAY is not set: one write was enough
	Kind   int            // of its socket, for the next connection (loop.Resting); 0: none
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
	l := c.Conn.Loop()
	c.Conn.Close()
	c.freePort(l)
}

// Rest ends a connection on which all has been said: a server that has closed it hears the end, for another one it is
// a reset: the system forgets it at once, and does not keep its port for a minute in TIME-WAIT, of which a proxy that opens
// a connection for each request would soon have no more. Its socket rests in r, where it can serve another connection.
func (c *IdleConn) Rest(r *loop.Resting) {
	l := c.Conn.Loop()
	c.Conn.Rest(r, c.Kind)
	c.freePort(l)
}

// freePort gives the source port back, which the next connection may want at once.
func (c *IdleConn) freePort(l *loop.Loop) {
	if c.Port != 0 {
		if l != nil {
			l.Settle()
		}
		c.Ports.Put(c.Port)
		c.Port = 0
	}
}

// ConnGone is whoever keeps idle connections.
type ConnGone interface{ ConnGone(c *IdleConn) }

// Ready implements loop.IdleHandler: an idle connection that becomes readable was closed, or is out of step.
func (c *IdleConn) Ready(*loop.Conn) { c.Gone.ConnGone(c) }

// IdlePool is one loop's idle connections to one server, most recently used first. Its loop puts and takes; others may
// steal one, so a lock is held for the few steps that a change of the list takes.
type IdlePool struct {
	mu         sync.Mutex
	head, tail *IdleConn
	n          atomic.Int32 // written under mu
}

// Len returns the number of idle connections. From any loop.
func (p *IdlePool) Len() int { return int(p.n.Load()) }

// Put adds c as the most recently used. On the pool's loop, like what follows up to Remove.
func (p *IdlePool) Put(c *IdleConn) {
	p.mu.Lock()
	c.prev, c.next, c.pool = nil, p.head, p
	if p.head != nil {
		p.head.prev = c
	} else {
		p.tail = c
	}
	p.head = c
	p.n.Store(p.n.Load() + 1)
	p.mu.Unlock()
}

// Take removes and returns the most recently used connection with the given key; wantSafe restricts it to safe ones.
func (p *IdlePool) Take(key uint64, wantSafe bool) *IdleConn {
	if p.n.Load() == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.find(key, wantSafe)
	if c != nil {
		p.remove(c)
	}
	return c
}

// TakeOldest removes and returns the least recently used connection if it has been idle since a moment or longer, nil
// when there is none.
func (p *IdlePool) TakeOldest(since int64) *IdleConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.tail
	if c == nil || c.Since > since {
		return nil
	}
	p.remove(c)
	return c
}

// Remove takes c out; false when it is not in the pool, because another loop took it.
func (p *IdlePool) Remove(c *IdleConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.pool != p {
		return false
	}
	p.remove(c)
	return true
}

// Steal takes a connection as Take does, for another loop: that gets a copy of it whose Conn is not open yet, and what
// dup made of its descriptor. c itself stays registered with its own loop until it runs there (IdleConn.RunOnLoop): post
// it.
func (p *IdlePool) Steal(key uint64, wantSafe bool, dup func(fd int) (int, error)) (c, mine *IdleConn, fd int) {
	if p.n.Load() == 0 {
		return nil, nil, -1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c = p.find(key, wantSafe); c == nil {
		return nil, nil, -1
	}
	fd, err := dup(c.Conn.FD())
	if err != nil {
		return nil, nil, -1
	}
	p.remove(c)
	mine = &IdleConn{Server: c.Server, Addr: c.Addr, Key: c.Key, Since: c.Since, Uses: c.Uses, Safe: c.Safe, Src: c.Src,
		Port: c.Port, Ports: c.Ports}
	c.Port = 0
	return c, mine, fd
}

// StealOldest takes the least recently used connection for another loop that wants it closed: shut ends it, and c is to
// be posted to its own loop.
func (p *IdlePool) StealOldest(shut func(fd int)) *IdleConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.tail
	if c != nil {
		p.remove(c)
		shut(c.Conn.FD())
	}
	return c
}

func (p *IdlePool) find(key uint64, wantSafe bool) *IdleConn {
	for c := p.head; c != nil; c = c.next {
		if c.Key == key && (!wantSafe || c.Safe) {
			return c
		}
	}
	return nil
}

func (p *IdlePool) remove(c *IdleConn) {
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
	p.n.Store(p.n.Load() - 1)
}

// RunOnLoop implements loop.LoopRunner, on the loop that c was stolen from: it lets go of c. The events of the socket
// belong to the thief alone from then on.
func (c *IdleConn) RunOnLoop(*loop.Loop) {
	sock, err := c.Conn.Detach()
	if err == nil {
		sock.Close()
	}
	if c.Port != 0 {
		c.Ports.Put(c.Port)
		c.Port = 0
	}
}
