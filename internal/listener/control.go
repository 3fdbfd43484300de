package listener

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// Pause makes the listeners of p refuse connections and give their ports free, until Resume (`disable frontend`). What
// was accepted goes on. Like Resume and Recheck, it must not be called on a loop.
func (s *Set) Pause(p *proxy.Proxy) error {
	p.State.Paused.Store(true)
	s.eachPort(p, func(port *port) {
		port.rests = true
		port.acc.Pause()
	})
	return s.eachSocket(p, func(l *Listener, i int) error { return l.socks[i].Rest() })
}

// Resume ends a Pause.
func (s *Set) Resume(p *proxy.Proxy) error {
	if err := s.eachSocket(p, func(l *Listener, i int) error { return l.socks[i].Relisten() }); err != nil {
		return err
	}
	p.State.Paused.Store(false)
	s.eachPort(p, func(port *port) {
		port.rests = false
		port.goOn()
	})
	return nil
}

// Drain accepts what waits at the listeners, for a Stop that refuses nobody who has connected.
func (s *Set) Drain() {
	s.eachPort(nil, func(port *port) {
		if !port.off && !port.rests {
			port.acc.Drain()
		}
	})
}

// Recheck has every listener that rests look again whether it may accept: a limit was raised.
func (s *Set) Recheck() {
	s.eachPort(nil, func(port *port) {
		if !port.off {
			port.goOn()
		}
	})
}

// Listening returns how many listeners have not been stopped.
func (s *Set) Listening() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.list {
		if len(l.socks) > 0 {
			n++
		}
	}
	return n
}

// eachPort runs fn for the ports of p's listeners, or of all, on their loops.
func (s *Set) eachPort(p *proxy.Proxy, fn func(*port)) {
	list := s.Listeners()
	s.eng.Group.Each(func(lo *loop.Loop) {
		for _, l := range list {
			if p != nil && l.Bind.Proxy != p {
				continue
			}
			for _, port := range l.ports {
				if port.home.Loop() == lo {
					fn(port)
				}
			}
		}
	})
}

func (s *Set) eachSocket(p *proxy.Proxy, fn func(l *Listener, i int) error) error {
	for _, l := range s.Listeners() {
		if l.Bind.Proxy != p {
			continue
		}
		for i := range l.socks {
			if err := fn(l, i); err != nil {
				return err
			}
		}
	}
	return nil
}
