package logs

import (
	"fmt"
	"os"
	"strconv"
	"sync"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// Set holds the targets of a process, so that loggers with the same address share one.
type Set struct {
	// Buffers are those of the sockets for datagrams (configuration.txt 3.2, tune.rcvbuf.backend, tune.sndbuf.backend). Set
	// them before Attach.
	Buffers netx.Buffers

	proc *proxy.Process

	mu      sync.Mutex
	targets map[string]*target
	rings   map[string]*Ring
	// backends are those that `log backend@` names.
	backends map[*proxy.Proxy]*servers
}

// NewSet returns a set with the ring that is always there.
func NewSet(proc *proxy.Process) *Set {
	s := &Set{proc: proc, targets: make(map[string]*target), rings: make(map[string]*Ring), backends: make(map[*proxy.Proxy]*servers)}
	s.AddRing(&proxy.Ring{Name: firstRing, Format: proxy.LogTimed, MaxLen: 1024, Size: 1 << 20})
	return s
}

// AddRing makes the ring of a `ring` section, with the connections to its servers. Call it before Attach.
func (s *Set) AddRing(conf *proxy.Ring) *Ring {
	r := newRing(conf, s.proc)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings[conf.Name] = r
	return r
}

// Ring returns the ring of that name, nil when there is none.
func (s *Set) Ring(name string) *Ring {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rings[name]
}

// Attach gives l the sink of its target. The host is what log-send-hostname says, "" without it.
func (s *Set) Attach(l *proxy.Logger, host string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.Backend != nil {
		x, err := s.servers(l.Backend)
		if err != nil {
			return fmt.Errorf("log target '%s': %w", l.Target.Text, err)
		}
		l.Sink = &sink{proc: s.proc, servers: x, l: l, host: host}
		return nil
	}
	t, err := s.target(&l.Target)
	if err != nil {
		return fmt.Errorf("log target '%s': %w", l.Target.Text, err)
	}
	if r, ok := t.out.(*Ring); ok && l.Format == proxy.LogUnset && r.Conf.Format != proxy.LogRaw {
		in := *l // in the form that the ring asks for
		in.Format = r.Conf.Format
		l.Sink = &sink{proc: s.proc, t: t, l: &in, host: host}
		return nil
	}
	l.Sink = &sink{proc: s.proc, t: t, l: l, host: host}
	return nil
}

// Dropped returns how many lines were lost on all targets.
func (s *Set) Dropped() (n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.targets {
		n += t.dropped.Load()
	}
	return n
}

// Close sends what is waiting and ends all senders.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.targets {
		t.finish()
	}
	for _, r := range s.rings {
		r.close()
	}
	clear(s.targets)
}

// target returns the one of an address. The lock is held.
func (s *Set) target(a *proxy.Addr) (*target, error) {
	key := strconv.Itoa(int(a.Family)) + a.AddrPort().String() + a.Path + strconv.Itoa(a.FD)
	if t := s.targets[key]; t != nil {
		return t, nil
	}
	out, local, err := s.transport(a)
	if err != nil {
		return nil, err
	}
	t := newTarget(s.proc, out)
	t.local = local
	s.targets[key] = t
	return t, nil
}

// transport opens the way to a target.
func (s *Set) transport(a *proxy.Addr) (out transport, local bool, err error) {
	switch a.Family {
	case proxy.FamRing:
		r := s.rings[a.Path]
		if r == nil {
			return nil, false, fmt.Errorf("there is no ring section '%s'", a.Path)
		}
		return r, true, nil
	case proxy.FamFD:
		return &file{f: os.NewFile(uintptr(a.FD), "fd@"+strconv.Itoa(a.FD))}, true, nil
	}
	return &datagrams{to: netAddr(a), room: s.Buffers}, false, nil
}

func netAddr(a *proxy.Addr) netx.Addr {
	switch a.Family {
	case proxy.FamUnix:
		return netx.Addr{Family: netx.Unix, Path: a.Path}
	case proxy.FamAbns:
		return netx.Addr{Family: netx.Abns, Path: a.Path}
	}
	return netx.IPAddr(a.AddrPort())
}
