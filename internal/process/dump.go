package process

import (
	"runtime"
	"runtime/debug"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// report prints the state of every server and proxy, for SIGHUP.
func (r *run) report() {
	r.Console.Warnf("SIGHUP received, dumping servers states.")
	for _, p := range r.Snapshot.All() {
		if p.Disabled {
			continue
		}
		front, back := r.totals(p)
		active, backup := 0, 0
		for _, s := range p.Servers {
			word := "DOWN"
			if s.State.Up() {
				word = "UP"
				if s.Backup {
					backup++
				} else {
					active++
				}
			}
			r.Console.Warnf("SIGHUP: Server %s/%s is %s. Conn: %d act, %d pend, %d tot.", p.Name, s.NameNow(), word,
				s.State.Cur.Load(), s.State.Queue.Len(), r.served(s))
		}
		const conns = " Conn: act(FE+BE): %d+%d, %d pend (%d unass), tot(FE+BE): %d+%d."
		numbers := []any{p.State.Front.Cur.Load(), p.State.Back.Cur.Load(), p.State.Queue.Len(), p.State.Queue.Len(), front, back}
		switch {
		case len(p.Servers) == 0:
			r.Console.Warnf("SIGHUP: Proxy %s has no servers."+conns, append([]any{p.Name}, numbers...)...)
		case active+backup == 0:
			r.Console.Warnf("SIGHUP: Proxy %s has no server available !"+conns, append([]any{p.Name}, numbers...)...)
		default:
			r.Console.Warnf("SIGHUP: Proxy %s has %d active servers and %d backup servers available."+conns,
				append([]any{p.Name, active, backup}, numbers...)...)
		}
	}
}

// totals adds up the connections that a proxy ever had in its two roles.
func (r *run) totals(p *proxy.Proxy) (front, back uint64) {
	r.group.Each(func(l *loop.Loop) {
		if c := p.State.Front.Loops[l.ID()]; c != nil {
			front += c.ConnTotal
		}
		if c := p.State.Back.Loops[l.ID()]; c != nil {
			back += c.SessTotal
		}
	})
	return front, back
}

// served adds up the sessions that a server ever had.
func (r *run) served(s *proxy.Server) (n uint64) {
	r.group.Each(func(l *loop.Loop) {
		if c := s.State.Loops[l.ID()].C; c != nil {
			n += c.SessTotal
		}
	})
	return n
}

// memory prints what memory the process has and gives back what it can, for SIGQUIT (management.txt 6).
func (r *run) memory() {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.Console.Warnf("SIGQUIT received: %d bytes in use in %d objects, %d bytes taken from the system of which %d were given back, %d goroutines.",
		m.HeapAlloc, m.HeapObjects, m.Sys, m.HeapReleased, runtime.NumGoroutine())
}

// farewell says of every proxy that it takes no connections any more.
func (r *run) farewell() {
	for _, p := range r.Snapshot.All() {
		if p.Disabled || p.State.Stopped.Swap(true) {
			continue
		}
		front, back := r.totals(p)
		r.Console.Warnf("Proxy %s stopped (cumulated conns: FE: %d, BE: %d).", p.Name, front, back)
	}
}
