package proxy

import "slices"

// cast is the proxies of a snapshot at one moment, once the runtime API added or deleted some. Immutable.
type cast struct {
	proxies []*Proxy
	byName  map[string]*Proxy
}

// All returns the proxies as they are now: those of the configuration, with the backends that the runtime API added and
// deleted (management.txt 9.3, add backend, del backend). The list is not to be changed.
func (s *Snapshot) All() []*Proxy {
	if c := s.cast.Load(); c != nil {
		return c.proxies
	}
	return s.Proxies
}

// Join adds a backend. One goroutine at a time may call it or Leave.
func (s *Snapshot) Join(p *Proxy) { s.become(append(slices.Clip(s.All()), p)) }

// Leave takes a backend out. Streams that have it already end with it.
func (s *Snapshot) Leave(p *Proxy) {
	s.become(slices.DeleteFunc(slices.Clone(s.All()), func(o *Proxy) bool { return o == p }))
}

func (s *Snapshot) become(all []*Proxy) { s.cast.Store(&cast{all, named(all)}) }
