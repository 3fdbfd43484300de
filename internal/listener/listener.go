// Package listener turns bind lines into listening sockets and their connections into sessions. It holds the limits of
// configuration.txt 4.2 and 5.1: maxconn of bind, frontend and process, rate-limit sessions, maxconnrate.
package listener

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// Set is all listeners of a process.
type Set struct {
	eng  *stream.Engine
	proc *proxy.Process

	rejects bool // harden.reject-privileged-ports.tcp

	// Heritage are the sockets of an earlier process, which Bind takes where it can; nil: none.
	Heritage *netx.Heritage

	mu   sync.Mutex
	list []*Listener
}

// Listener is the sockets of one Bind, and one acceptor for each loop that takes its connections.
type Listener struct {
	Bind  *proxy.Bind
	set   *Set
	socks []*netx.Listener
	ports []*port
	// waits is set while acceptors rest because a limit was reached.
	waits atomic.Bool
	turn  atomic.Uint32 // of the loops, for tune.listener.multi-queue fair
}

// port is what one loop has of a listener. Only that loop touches it.
type port struct {
	lis   *Listener
	home  *stream.Home
	acc   loop.Acceptor
	timer loop.Timer
	held  []held // accepted beyond a limit by a race between loops; first in line
	off   bool
	rests bool // the frontend is paused
}

type held struct {
	sock loop.Socket
	src  netip.AddrPort
}

// NewSet returns an empty set for the streams of eng.
func NewSet(eng *stream.Engine) *Set {
	g := eng.Snapshot().Global
	eng.Proc.MaxConnRate.Store(int32(g.MaxConnRate))
	eng.Proc.MaxSessRate.Store(int32(g.MaxSessRate))
	eng.Proc.MaxSSLRate.Store(int32(g.MaxSSLRate))
	return &Set{eng: eng, proc: eng.Proc, rejects: g.RejectPrivileged}
}

// Open makes the sockets of b and begins to listen: Bind and Listen in one step.
func (s *Set) Open(b *proxy.Bind) (*Listener, error) {
	l, err := s.Bind(b)
	if err == nil {
		err = l.Listen()
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Bind makes the sockets of b, or takes them from the heritage. Nobody can connect to the new ones before Listen.
// Connections are accepted once Start is called. An error is a *netx.Error whose text is HAProxy's.
func (s *Set) Bind(b *proxy.Bind) (*Listener, error) {
	l := &Listener{Bind: b, set: s}
	loops := s.loopsOf(b)
	shards := shardCount(b, s.eng.Snapshot().Global, len(loops))
	for range shards {
		spec, err := Spec(b, s.eng.Snapshot().Global)
		if err != nil {
			l.close()
			return nil, err
		}
		sock, err := s.Heritage.Bind(&spec)
		if err != nil {
			l.close()
			return nil, err
		}
		l.socks = append(l.socks, sock)
	}
	for _, i := range loops {
		l.ports = append(l.ports, &port{lis: l, home: s.eng.Home(i)})
	}
	s.mu.Lock()
	s.list = append(s.list, l)
	s.mu.Unlock()
	return l, nil
}

// Listen begins to listen. An error is a *netx.Error.
func (l *Listener) Listen() error {
	for _, s := range l.socks {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	return nil
}

// Sockets appends the sockets of the set to list, for a process that takes them over.
func (s *Set) Sockets(list []netx.HandedOver) []netx.HandedOver {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.list {
		for _, sock := range l.socks {
			list = append(list, sock.HandedOver())
		}
	}
	return list
}

// Start begins to accept on all listeners. The loops run already.
func (s *Set) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.list {
		l.start()
	}
}

func (l *Listener) start() {
	for i, p := range l.ports {
		sock := l.socks[i%len(l.socks)]
		p.home.Loop().Post(func() {
			if err := p.home.Loop().Listen(&p.acc, sock.FD, p, l.set.eng.Snapshot().Global.Tune.MaxAccept); err != nil {
				l.set.proc.AcceptErrors.Add(1)
			}
		})
	}
}

// FDs returns the listening descriptors.
func (l *Listener) FDs() (list []int) {
	l.set.mu.Lock()
	defer l.set.mu.Unlock()
	for _, k := range l.socks {
		list = append(list, k.FD)
	}
	return list
}

// Listeners returns the listeners in order of their bind lines.
func (s *Set) Listeners() []*Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Listener(nil), s.list...)
}

// Stop ends accepting and closes the sockets of every listener for which which is true (nil: all). It returns when no
// loop uses them any more; it must not be called on a loop.
func (s *Set) Stop(which func(*proxy.Bind) bool) {
	for _, l := range s.Listeners() {
		if which == nil || which(l.Bind) {
			l.quit()
			l.close()
		}
	}
}

// Shut is Stop for the listeners of p, for every process that shares the sockets (`shutdown frontend`).
func (s *Set) Shut(p *proxy.Proxy) {
	for _, l := range s.Listeners() {
		if l.Bind.Proxy != p {
			continue
		}
		l.quit()
		for _, sock := range l.socks {
			sock.Shut()
		}
		l.close()
	}
}

// quit ends accepting.
func (l *Listener) quit() {
	l.set.eng.Group.Each(func(lo *loop.Loop) {
		for _, p := range l.ports {
			if p.home.Loop() == lo {
				p.stop()
			}
		}
	})
}

func (p *port) stop() {
	if p.off {
		return
	}
	p.off = true
	p.acc.Close()
	p.home.Loop().Disarm(&p.timer)
	for _, h := range p.held {
		h.sock.Close()
	}
	p.held = nil
}

func (l *Listener) close() {
	for _, s := range l.socks {
		s.Close()
	}
	l.set.mu.Lock()
	l.socks = nil
	l.set.mu.Unlock()
}

// Accepted implements loop.AcceptHandler.
func (p *port) Accepted(_ *loop.Acceptor, sock loop.Socket, src netip.AddrPort) {
	if p.lis.set.rejects && netx.IsPrivileged(src) {
		sock.Close()
		return
	}
	if !p.take() {
		p.held = append(p.held, held{sock, src})
		p.rest()
		return
	}
	if to := p.choose(); to != p {
		p.handOver(to, sock, src)
	} else {
		p.home.Accept(p.lis.Bind, sock, src, p)
	}
	if p.atLimit() {
		p.rest()
	}
}

// AcceptFailed implements loop.AcceptHandler.
func (p *port) AcceptFailed(_ *loop.Acceptor, err error) {
	p.lis.set.proc.AcceptErrors.Add(1)
}

// Addr returns what the listener is bound to, with the port that the system chose.
func (l *Listener) Addr() netx.Addr { return l.socks[0].Addr }

// Warnings returns what the system refused of the listener's options where HAProxy goes on without them.
func (l *Listener) Warnings() (list []error) {
	for _, s := range l.socks {
		list = append(list, s.Warnings...)
	}
	return list
}

// Abandon closes all sockets of a set that was never started.
func (s *Set) Abandon() {
	for _, l := range s.Listeners() {
		l.close()
	}
}
