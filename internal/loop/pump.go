package loop

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// closeWait bounds how long a closed pump may take to deliver what was written before.
const closeWait = 10 * time.Second

// pump moves the bytes of a net.Conn in both directions between two goroutines and a loop, which is told when there is
// something to read or room to write. Its buffers are bounded; so is what the goroutines hold.
type pump struct {
	nc net.Conn
	c  *Conn // whom it serves: of the loop's thread, guarded by mu for the goroutines' sake only as "not nil"
	n  int   // size of a buffer

	mu     sync.Mutex
	taken  sync.Cond // the reader waits here for room
	given  sync.Cond // the writer waits here for work
	l      *Loop     // whom to tell; nil while detached
	told   bool      // news are on their way
	in     []byte
	out    []byte
	inErr  error
	outErr error
	full   bool // a write did not fit: tell when there is room
	shut   bool // end the sending side when out is empty
	closed bool // close when out is empty
}

func newPump(g *Group, nc net.Conn) *pump {
	p := &pump{nc: nc, n: g.o.PumpBuffer}
	p.taken.L, p.given.L = &p.mu, &p.mu
	g.running.Add(2)
	go p.reader(g)
	go p.writer(g)
	return p
}

func (l *Loop) openPump(c *Conn, p *pump) error {
	l.place(c)
	c.a = &aside{pump: p}
	c.flags = canWrite | sawOut
	p.mu.Lock()
	p.l, p.c = l, c
	p.tell()
	p.mu.Unlock()
	return nil
}

// tell posts news, once until the loop has seen them. With the lock held.
func (p *pump) tell() {
	if p.l != nil && !p.told {
		p.told = p.l.PostRunner(p)
	}
}

// RunOnLoop is how the news arrive.
func (p *pump) RunOnLoop(l *Loop) {
	p.mu.Lock()
	p.told = false
	if p.l != l || p.closed {
		if p.l != nil && !p.closed {
			p.tell() // it has moved while the news were on their way
		}
		p.mu.Unlock()
		return
	}
	c, news := p.c, p.news()
	p.mu.Unlock()
	if news != 0 {
		c.event(l, news)
	}
}

// news are the flags of the present state. With the lock held.
func (p *pump) news() flags {
	var f flags
	switch {
	case p.inErr == io.EOF:
		f = canRead | sawRDHup
		if p.outErr != nil {
			f |= sawHup
		}
	case p.inErr != nil:
		f = canRead | sawErr
	case len(p.in) > 0:
		f = canRead
	}
	if p.outErr != nil || len(p.out) < p.n {
		f |= canWrite
	}
	return f
}

func (p *pump) reader(g *Group) {
	defer g.running.Done()
	b := make([]byte, p.n)
	for {
		n, err := p.nc.Read(b)
		p.mu.Lock()
		for rest := b[:n]; len(rest) > 0 && !p.closed; {
			if len(p.in) == p.n {
				p.taken.Wait()
				continue
			}
			m := min(len(rest), p.n-len(p.in))
			p.in = append(p.in, rest[:m]...)
			rest = rest[m:]
			p.tell()
		}
		if err != nil {
			p.inErr = err
			p.tell()
		}
		over := err != nil || p.closed
		p.mu.Unlock()
		if over {
			return
		}
	}
}

func (p *pump) writer(g *Group) {
	defer g.running.Done()
	var b []byte
	for p.next(&b) {
		_, err := p.nc.Write(b)
		if err != nil {
			p.mu.Lock()
			p.outErr = err
			p.out = nil
			p.tell()
			p.mu.Unlock()
		}
	}
	p.nc.Close()
}

// next waits for bytes to write and puts them into *b, whose memory becomes the buffer; false when the pump is closed
// and everything written.
func (p *pump) next(b *[]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if len(p.out) > 0 {
			*b, p.out = p.out, (*b)[:0]
			if p.full {
				p.full = false
				p.tell()
			}
			return true
		}
		if p.shut && p.outErr == nil {
			p.outErr = net.ErrClosed
			p.nc.(closeWriter).CloseWrite()
		}
		if p.closed {
			return false
		}
		p.given.Wait()
	}
}

// closeWriter is a net.Conn that can end its sending side alone.
type closeWriter interface{ CloseWrite() error }

func (p *pump) read(c *Conn, b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := copy(b, p.in)
	if n == 0 {
		if p.inErr == io.EOF {
			c.flags |= atEnd | sawRDHup
		}
		if p.inErr != nil {
			return 0, p.inErr
		}
		c.flags &^= canRead
		return 0, ErrAgain
	}
	p.in = p.in[:copy(p.in, p.in[n:])]
	if len(p.in) == 0 && p.inErr == nil {
		c.flags &^= canRead
	}
	p.taken.Signal()
	return n, nil
}

func (p *pump) write(c *Conn, a, b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return 0, net.ErrClosed
	}
	if p.outErr != nil {
		return 0, p.outErr
	}
	total := 0
	for _, part := range [2][]byte{a, b} {
		m := min(len(part), p.n-len(p.out))
		p.out = append(p.out, part[:m]...)
		total += m
	}
	if total < len(a)+len(b) {
		c.flags &^= canWrite
		p.full = true
	}
	if total == 0 {
		return 0, ErrAgain
	}
	p.given.Signal()
	return total, nil
}

func (p *pump) closeWrite() error {
	if _, can := p.nc.(closeWriter); !can {
		return errors.ErrUnsupported
	}
	p.mu.Lock()
	p.shut = true
	p.given.Signal()
	p.mu.Unlock()
	return nil
}

// failure is the error that the connection died of.
func (p *pump) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inErr != nil && p.inErr != io.EOF {
		return p.inErr
	}
	return nil
}

// close ends the pump: after what was written is delivered, or at once.
func (p *pump) close(reset bool) {
	p.mu.Lock()
	p.closed = true
	p.l, p.c = nil, nil
	if reset {
		p.out = nil
	}
	p.given.Signal()
	p.taken.Signal()
	p.mu.Unlock()
	if !reset {
		p.nc.SetDeadline(time.Now().Add(closeWait))
		return
	}
	if tcp, ok := p.nc.(interface{ SetLinger(sec int) error }); ok {
		tcp.SetLinger(0)
	}
	p.nc.Close()
}

// move makes c the connection that the pump serves.
func (p *pump) move(c *Conn) {
	p.mu.Lock()
	p.c = c
	p.mu.Unlock()
}

// detach leaves the pump running for the next loop.
func (p *pump) detach() {
	p.mu.Lock()
	p.l, p.c = nil, nil
	p.mu.Unlock()
}
