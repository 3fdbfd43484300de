package proxy

import "slices"

// roster is the servers of a backend at one moment, once some came or went while it runs. Immutable.
type roster struct {
	servers []*Server
	named   map[string]*Server
	slots   int
}

// All returns the servers of the backend as they are now: those of the configuration, with what the runtime API added and
// deleted. The list is not to be changed.
func (p *Proxy) All() []*Server {
	if r := p.roster.Load(); r != nil {
		return r.servers
	}
	return p.Servers
}

// Named returns the server of a name, nil when there is none.
func (p *Proxy) Named(name string) *Server {
	if r := p.roster.Load(); r != nil {
		return r.named[name]
	}
	return p.ByName[name]
}

// Slots is one more than the highest Index that a server ever had: an index is not given out twice.
func (p *Proxy) Slots() int {
	if r := p.roster.Load(); r != nil {
		return r.slots
	}
	return len(p.Servers)
}

// Join adds a server under the next index and the lowest free id. One goroutine at a time may call it or Leave.
func (p *Proxy) Join(srv *Server) {
	r := p.nextRoster()
	srv.Index = r.slots
	r.slots++
	for id := 1; srv.ID == 0; id++ {
		if !slices.ContainsFunc(r.servers, func(s *Server) bool { return s.ID == id }) {
			srv.ID = id
		}
	}
	r.servers = append(r.servers, srv)
	r.named[srv.NameNow()] = srv
	p.roster.Store(r)
}

// Leave takes a server out.
func (p *Proxy) Leave(srv *Server) {
	r := p.nextRoster()
	r.servers = slices.DeleteFunc(r.servers, func(s *Server) bool { return s == srv })
	delete(r.named, srv.NameNow())
	p.roster.Store(r)
}

// Rename gives a server another name. One goroutine at a time may call it, Join or Leave.
func (p *Proxy) Rename(srv *Server, name string) {
	srv.State.name.Store(&name)
	p.roster.Store(p.nextRoster())
}

func (p *Proxy) nextRoster() *roster {
	r := &roster{servers: slices.Clone(p.All()), named: make(map[string]*Server, len(p.All())+1), slots: p.Slots()}
	for _, s := range r.servers {
		r.named[s.NameNow()] = s
	}
	return r
}
