package logs

import (
	"sync"

	"sluice/internal/balance"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// servers are the servers of a `mode log` backend (configuration.txt 4.2, mode and balance): each line goes to one of them,
// which is chosen when the line is written.
type servers struct {
	back    *proxy.Proxy
	targets map[*proxy.Server]*target

	mu sync.Mutex   // of s
	s  proxy.Stream // what the converters of log-hash need; there is no stream
}

// servers returns those of a backend. The set's lock is held.
func (s *Set) servers(back *proxy.Proxy) (*servers, error) {
	if x := s.backends[back]; x != nil {
		return x, nil
	}
	x := &servers{back: back, targets: make(map[*proxy.Server]*target, len(back.Servers))}
	x.s.Reset()
	x.s.Snap = back.Snapshot
	for _, srv := range back.Servers {
		t, err := s.serverTarget(back, srv)
		if err != nil {
			return nil, err
		}
		x.targets[srv] = t
	}
	s.backends[back] = x
	return x, nil
}

// serverTarget makes the way to one server: datagrams, or a ring of its own whose lines go over TCP.
func (s *Set) serverTarget(back *proxy.Proxy, srv *proxy.Server) (*target, error) {
	if srv.Addr.Dgram {
		return s.target(&srv.Addr)
	}
	size := srv.LogBufSize
	if size == 0 {
		size = back.Snapshot.Global.Tune.BufSize
	}
	t := newTarget(s.proc, newRing(&proxy.Ring{Name: back.Name + "/" + srv.Name, Size: size, Servers: []*proxy.Server{srv},
		ConnectTimeout: back.Timeout.Connect, ServerTimeout: back.Timeout.Server}, s.proc))
	s.targets["server "+back.Name+"/"+srv.Name] = t
	return t, nil
}

// pick chooses the server of a line, nil when none is usable.
func (x *servers) pick(line []byte) *target {
	b, ok := x.back.Balancer.(balance.Logs)
	if !ok {
		return nil
	}
	e, ok := x.back.Balance.Expr.(*sample.Expr)
	if !ok {
		return x.targets[b.PickLog(nil)]
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.s.Arena.Reset()
	var v value.Value
	v.SetStr(line)
	if !e.Convert(&x.s, &v) || !v.Cast(value.Str, &x.s.Arena) {
		v.Bytes = nil // without a result all lines are the same
	}
	return x.targets[b.PickLog(v.Bytes)]
}
