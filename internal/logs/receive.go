package logs

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/wire/syslog"
)

// Receiver takes syslog messages from elsewhere and writes them to the loggers of a log-forward section (configuration.txt
// 12.6). Each socket and each connection has a goroutine.
type Receiver struct {
	// Rejects says that connections from privileged ports are closed (configuration.txt 3.1, harden.reject-privileged-ports).
	Rejects bool

	conf  *proxy.LogForward
	sinks []*sink
	most  int // bytes of a message
	slots chan struct{}

	mu     sync.Mutex
	opened map[closer]struct{}
	ended  bool
	wait   sync.WaitGroup
}

type closer interface{ Close() error }

// NewReceiver returns the receiver of a section whose loggers are attached.
func NewReceiver(conf *proxy.LogForward, bufSize int) *Receiver {
	r := &Receiver{conf: conf, most: bufSize, slots: make(chan struct{}, conf.MaxConn), opened: map[closer]struct{}{}}
	for _, l := range conf.Loggers {
		if s, ok := l.Sink.(*sink); ok {
			r.sinks = append(r.sinks, s)
		}
	}
	return r
}

// Packets receives from a socket of datagrams until Close.
func (r *Receiver) Packets(c net.PacketConn) {
	if r.open(c) {
		go r.packets(c)
	}
}

// Streams takes connections until Close, not more at once than maxconn; others wait in the system's queue. layer, where it
// is not nil, puts TLS on them.
func (r *Receiver) Streams(l net.Listener, layer proxy.Wrapper) {
	if r.open(l) {
		go r.accept(l, layer)
	}
}

// Close closes all sockets and waits for what was read to be written.
func (r *Receiver) Close() {
	r.mu.Lock()
	r.ended = true
	for c := range r.opened {
		c.Close()
	}
	r.mu.Unlock()
	r.wait.Wait()
}

// open notes a socket. It is closed at once when the receiver has ended.
func (r *Receiver) open(c closer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		c.Close()
		return false
	}
	r.opened[c] = struct{}{}
	r.wait.Add(1)
	return true
}

func (r *Receiver) done(c closer) {
	c.Close()
	r.mu.Lock()
	delete(r.opened, c)
	r.mu.Unlock()
	r.wait.Done()
}

// pause is how long a socket rests after an error of the system, such as no memory.
const pause = 100 * time.Millisecond

func (r *Receiver) packets(c net.PacketConn) {
	defer r.done(c)
	b := make([]byte, r.most)
	for {
		n, from, err := c.ReadFrom(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(pause)
		default:
			r.message(b[:n], addrOf(from))
		}
	}
}

func (r *Receiver) accept(l net.Listener, layer proxy.Wrapper) {
	defer r.done(l)
	for {
		r.slots <- struct{}{}
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			<-r.slots
			return
		case err != nil:
			<-r.slots
			time.Sleep(pause)
		case r.Rejects && netx.PeerIsPrivileged(c):
			c.Close()
			<-r.slots
		case r.open(c):
			from := addrOf(c.RemoteAddr())
			if layer == nil {
				go r.stream(c, c, from)
			} else {
				go r.stream(c, layer.Wrap(c, ""), from)
			}
		default:
			<-r.slots
		}
	}
}

// stream reads one connection until it ends, is silent for too long, or is not made of messages. below is what carries it.
func (r *Receiver) stream(below, c net.Conn, src netip.Addr) {
	defer func() { <-r.slots }()
	defer r.done(below)
	b := make([]byte, 0, r.most+frameRoom)
	for {
		if r.conf.Client > 0 {
			c.SetReadDeadline(time.Now().Add(time.Duration(r.conf.Client)))
		}
		n, err := c.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		rest := b
		for {
			m, used, bad := syslog.Next(rest, r.conf.Lines, r.most)
			if bad != nil {
				return
			}
			if used == 0 {
				break
			}
			r.message(m, src)
			rest = rest[used:]
		}
		b = b[:copy(b, rest)]
		if err != nil || len(b) == cap(b) {
			return
		}
	}
}

// frameRoom is what may stand before a message besides the message: its length, a blank and the end of a line.
const frameRoom = 32

// message passes one message on.
func (r *Receiver) message(b []byte, src netip.Addr) {
	m := syslog.Message{Priority: -1, Text: b}
	ok := len(b) > 0
	if !r.conf.Blind {
		m, ok = syslog.Parse(b)
	}
	if !ok {
		return
	}
	now := time.Now()
	for _, s := range r.sinks {
		s.forward(&m, src, r.conf.Host, now)
	}
}

func addrOf(a net.Addr) netip.Addr {
	switch a := a.(type) {
	case *net.UDPAddr:
		return a.AddrPort().Addr().Unmap()
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
