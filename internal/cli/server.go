// Package cli is the runtime API (management.txt 9.3): the sockets of `stats socket` lines, the language spoken on them
// and its commands. Each connection is an ordinary goroutine, away from the loops: what belongs to a loop is read on that
// loop (loop.Group.Each), what all share is written by atomics or by the functions of the room that owns it.
//
// Commands are rows in tables beside their functions, a file per subject. Their words, arguments and answers are
// HAProxy's, so that its tools work; their sentences of help are our own.
package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sluice/internal/listener"
	"sluice/internal/logs"
	"sluice/internal/netx"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/resolver"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/stats"
	"sluice/internal/stream"
	"sluice/internal/trace"
)

// Deps is what the commands look at and change. Engine, Proc, Listeners and Stats must be set.
type Deps struct {
	Engine    *stream.Engine
	Proc      *proxy.Process
	Listeners *listener.Set
	Logs      *logs.Set // nil: no rings
	Stats     *stats.Collector
	Lists     *pattern.Lists // the ACLs and maps; nil: none
	Names     *resolver.Set  // the names of servers; nil: none is resolved
	// Samples compiles conditions; nil: there are none.
	Samples  *sample.Registry
	Farm     *Farm          // what adds and deletes servers; nil: nothing
	Certs    *secure.Store  // the certificates; nil: none
	Checks   Checks         // nil: nothing is checked
	Heritage *netx.Heritage // the sockets of an earlier process; nil: none
	Orphaned func()         // called when the master at the other end of a socket pair is gone; nil: nothing
	// Build writes what the program was built of; nil: nothing.
	Build func(io.Writer)
	// StartupLogs returns what the process printed while it started; nil: nothing.
	StartupLogs func() []byte
}

// Checks are the health checks and agent checks of the process.
type Checks interface {
	// Join and Leave tell that a server came, and that it is gone.
	Join(*proxy.Server)
	Leave(*proxy.Server)
}

// Server answers on the sockets of the runtime API.
type Server struct {
	Deps
	commands []Command
	anonKey  atomic.Uint32 // of sessions that name none; set anon global-key
	timeout  time.Duration
	rejects  bool          // harden.reject-privileged-ports.tcp
	slots    chan struct{} // stats maxconn

	hub trace.Hub // those who look at requests

	mu     sync.Mutex
	socks  []*Socket
	conns  map[net.Conn]struct{}
	closed bool
	ended  chan struct{} // closed with it
	wait   sync.WaitGroup
}

// Socket is one listening socket.
type Socket struct {
	bind    *proxy.Bind
	made    *netx.Listener
	l       net.Listener
	answers bool // somebody accepts
}

func (k *Socket) close() {
	k.l.Close()
	k.made.Close()
}

// The settings of a configuration that says nothing (configuration.txt 3.1, stats timeout and stats maxconn; 3.2,
// tune.bufsize and tune.cli.max-payload-size).
const (
	defaultTimeout = 10 * time.Second
	defaultMaxConn = 10
	defaultBufSize = 16384
	defaultPayload = 128 << 10
)

// New returns a server that listens nowhere yet.
func New(d Deps) *Server {
	g := d.Engine.Snapshot().Global
	s := &Server{Deps: d, commands: Commands(), timeout: time.Duration(g.StatsTimeout), rejects: g.RejectPrivileged, conns: make(map[net.Conn]struct{}),
		ended: make(chan struct{})}
	s.hub.Switch = func(on bool) {
		if on {
			d.Engine.SetTracer(&s.hub)
		} else {
			d.Engine.SetTracer(nil)
		}
	}
	s.anonKey.Store(g.AnonKey)
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	most := g.StatsMaxConn
	if most <= 0 {
		most = defaultMaxConn
	}
	s.slots = make(chan struct{}, most)
	return s
}

// Serve listens on the address of a `stats socket` line and answers there until Close: Bind and Listen in one step.
func (s *Server) Serve(b *proxy.Bind) error {
	k, err := s.Bind(b)
	if err != nil {
		return err
	}
	if err := s.Listen(k); err != nil {
		return err
	}
	s.Answer()
	return nil
}

// Bind makes the socket of a `stats socket` line, or takes it from the heritage. Nobody can connect to a new one before
// Listen. An error of the socket is a *netx.Error.
func (s *Server) Bind(b *proxy.Bind) (*Socket, error) {
	spec := netx.ListenSpec{Addr: stream.NetAddr(&b.Addr), Backlog: b.Backlog, Interface: b.Interface, V6Only: b.V6Only,
		Mode: b.Mode, UID: b.UID, GID: b.GID}
	if spec.Addr.Family == netx.Sockpair {
		return nil, fmt.Errorf("'stats socket %s': a socket pair cannot be listened on; use a path or an address", b.Addr.Text)
	}
	if b.Namespace != "" {
		ns, err := netx.OpenNamespace(b.Namespace)
		if err != nil {
			return nil, err
		}
		defer ns.Close()
		spec.Namespace = ns
	}
	made, err := s.Heritage.Bind(&spec)
	if err != nil {
		return nil, err
	}
	return &Socket{bind: b, made: made}, nil
}

// Listen lets people connect to a socket. They wait for Answer.
func (s *Server) Listen(k *Socket) error {
	if err := k.made.Listen(); err != nil {
		k.made.Close()
		return err
	}
	fd, err := netx.Dup(k.made.FD)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), k.bind.Addr.Text)
	k.l, err = net.FileListener(f) // a descriptor of its own
	f.Close()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		k.close()
		return net.ErrClosed
	}
	s.socks = append(s.socks, k)
	return nil
}

// Answer begins to answer at every socket that listens. A process calls it once all its listeners listen: who gets an
// answer may count on the rest.
func (s *Server) Answer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.socks {
		if !k.answers && !s.closed {
			k.answers = true
			s.wait.Add(1)
			go s.accept(k)
		}
	}
}

// Addr returns where the i-th socket listens.
func (s *Server) Addr(i int) net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socks[i].l.Addr()
}

// Close stops listening and ends all connections. It returns when nobody answers any more.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.ended)
	}
	for _, k := range s.socks {
		k.close()
	}
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wait.Wait()
}

// retryAccept is how long a socket rests after an error such as "too many open files".
const retryAccept = 100 * time.Millisecond

// accept takes connections, as long as fewer than `stats maxconn` are open. Then one waits here, unread, and the others
// wait in the system's queue.
func (s *Server) accept(k *Socket) {
	defer s.wait.Done()
	for {
		c, err := k.l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			s.Proc.AcceptErrors.Add(1)
			time.Sleep(retryAccept)
			continue
		}
		if s.rejects && netx.PeerIsPrivileged(c) {
			c.Close()
			continue
		}
		select {
		case s.slots <- struct{}{}:
		case <-s.ended:
			c.Close()
			return
		}
		if !s.admit(c) {
			return
		}
		go s.converse(k, c)
	}
}

// admit counts c among the connections that end with the server; false, with c closed, when that has ended.
func (s *Server) admit(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return false
	}
	s.conns[c] = struct{}{}
	s.wait.Add(1)
	return true
}

// converse is the life of one connection.
func (s *Server) converse(k *Socket, c net.Conn) {
	defer s.wait.Done()
	defer func() {
		s.forget(c)
		<-s.slots
	}()
	newSession(s, k.bind, c).run()
}

// snapshot is the configuration that commands speak of.
func (s *Server) snapshot() *proxy.Snapshot { return s.Engine.Snapshot() }

// bufSize is the longest command line.
func (s *Server) bufSize() int {
	if n := s.snapshot().Global.Tune.BufSize; n > 0 {
		return n
	}
	return defaultBufSize
}
