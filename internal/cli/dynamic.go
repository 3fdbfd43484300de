package cli

import (
	"strings"
	"sync"
	"time"

	"sluice/internal/balance"
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// dynamicCommands add servers and delete them while the process runs (management.txt 9.3).
func dynamicCommands() []Command {
	return []Command{
		{Name: "add backend", Args: "<name> from <defproxy>", Doc: "Adds a backend, which begins unpublished.", Access: Admin, Run: addBackend},
		{Name: "add server", Args: "<bk>/<srv>", Doc: "Adds a server, which begins in maintenance.", Access: Admin, Run: addServer},
		{Name: "del backend", Args: "<backend>", Doc: "Deletes a backend that is unpublished and has no servers and no streams.", Access: Admin, Run: deleteBackend},
		{Name: "del server", Args: "<bk>/<srv>", Doc: "Deletes a server that is in maintenance and has no connections.", Access: Admin, Run: deleteServer},
		{Name: "show default-server", Args: "[<backend>]", Doc: "Lists the settings that added servers may begin from.", Run: showDefaultServer},
		{Name: "show defaults", Doc: "Lists the defaults sections that have a name.", Access: Operator, Run: showDefaults},
	}
}

// Farm serializes what changes the lists of servers and backends.
type Farm struct {
	mu sync.Mutex
	Builder
}

// Builder makes what is added, as the configuration would. Errors are what the command answers.
type Builder interface {
	// Dynamic reads the address and the options of a server.
	Dynamic(p *proxy.Proxy, name string, words []string) (*proxy.Server, error)
	// Admit and Forget tell that a server that was read became part of its backend, and that one is gone.
	Admit(*proxy.Server)
	Forget(*proxy.Server)
	// Presets returns the names of the default-server lines of a backend, and whether the one without a name says anything.
	Presets(p *proxy.Proxy) (own bool, names []string)
	// DynamicOptions are the words that may follow the address of a server.
	DynamicOptions() []string
	// AddBackend makes a backend of a defaults section; mode and guid may be "".
	AddBackend(name, defaults, mode, guid string) (*proxy.Proxy, error)
	// Withdraw tells that a backend is gone.
	Withdraw(*proxy.Proxy)
	// DefaultsNames are the names of the defaults sections.
	DefaultsNames() []string
}

// looked asks a question about the lists while nobody changes them.
func (s *Session) looked(ask func() (bool, string, bool)) (bool, string, bool) {
	if f := s.srv.Farm; f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
	}
	return ask()
}

// static tells why a backend's servers are fixed, "" when they are not.
func static(p *proxy.Proxy) string {
	b := &p.Balance
	switch {
	case p.Mode == proxy.ModeLog:
		return "uses mode log"
	case b.Algo == proxy.AlgoStaticRR, b.Type != proxy.HashConsistent && hashed(b.Algo):
		return "uses a non dynamic load balancing method"
	}
	return ""
}

// hashed reports whether an algorithm goes by a key.
func hashed(a proxy.Algorithm) bool {
	switch a {
	case proxy.AlgoSource, proxy.AlgoURI, proxy.AlgoURLParam, proxy.AlgoHdr, proxy.AlgoRDPCookie, proxy.AlgoHash, proxy.AlgoLogHash:
		return true
	}
	return false
}

func showDefaultServer(s *Session, args []string) {
	list, ok := s.backends(args)
	if !ok || s.srv.Farm == nil {
		return
	}
	for _, p := range list {
		own, names := s.srv.Farm.Presets(p)
		if own {
			s.Printf("* %s\n", p.Name)
		}
		for _, name := range names {
			s.Printf("  %s/%s\n", p.Name, name)
		}
	}
}

func addServer(s *Session, args []string) {
	f := s.srv.Farm
	if f != nil && len(args) == 1 && args[0] == "help" {
		s.Say("List of keywords supported for dynamic server:\n" + strings.Join(f.DynamicOptions(), "\n"))
		return
	}
	if f == nil || len(args) == 0 || !strings.Contains(args[0], "/") {
		s.Fail("Require 'backend/server'.")
		return
	}
	backend, name := cutServer(args[0])
	p := s.srv.snapshot().Back(backend)
	switch {
	case p == nil:
		s.Fail("No such backend.")
		return
	case static(p) != "":
		s.Fail("Backend does not support dynamic servers : backend '" + p.Name + "' " + static(p) + ".")
		return
	case len(args) < 2:
		s.Fail("'server' expects <name> and <addr>[:<port>] as arguments.")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.Named(name) != nil {
		s.Fail("Already exists a server with the same name in backend.")
		return
	}
	srv, err := f.Dynamic(p, name, args[1:])
	if err != nil {
		s.Fail(err.Error())
		return
	}
	s.begin(srv)
	p.Join(srv)
	f.Admit(srv)
	balance.Joined(srv)
	if srv.Tracked != nil {
		balance.Follow(srv, s.moment())
	}
	if s.srv.Checks != nil {
		s.srv.Checks.Join(srv)
	}
	s.Say("New server registered.")
}

// begin gives a server the state of one that the runtime API adds: in maintenance, and nothing checks it yet.
func (s *Session) begin(srv *proxy.Server) {
	st := proxy.NewServerState(srv, len(s.srv.Engine.Group.Loops()))
	st.LastChange.Store(now() / 1e9)
	st.Admin.Store(uint32(proxy.AdminForcedMaint))
	st.Oper.Store(uint32(proxy.OperStopped))
	st.Check.Health.Store(0)
	st.Check.Off.Store(true)
	st.Agent.Off.Store(true)
	srv.State = st
}

// removable returns the server that a word names when it can be deleted; text is why not, and final that waiting does not
// help.
func (s *Session) removable(word string) (srv *proxy.Server, text string, final bool) {
	backend, name := cutServer(word)
	p := s.srv.snapshot().Back(backend)
	if p == nil {
		return nil, "No such backend.", true
	}
	srv = p.Named(name)
	switch {
	case srv == nil:
		return nil, "No such server.", true
	case srv.Pinned || len(srv.Followers()) > 0:
		return nil, "This server cannot be removed at runtime due to other configuration elements pointing to it.", true
	case proxy.Admin(srv.State.Admin.Load())&proxy.AdminMaint == 0:
		return nil, "Only servers in maintenance mode can be deleted.", true
	case srv.State.Used.Load() > 0 || srv.State.Cur.Load() > 0 || srv.State.Idle.Load() > 0 || srv.State.Queue.Len() > 0:
		return nil, "Server still has connections attached to it, cannot remove it.", false
	}
	return srv, "", false
}

func deleteServer(s *Session, args []string) {
	f := s.srv.Farm
	if f == nil || len(args) == 0 || !strings.Contains(args[0], "/") {
		s.Fail("Require 'backend/server'.")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	srv, text, _ := s.removable(args[0])
	if srv == nil {
		s.Fail(text)
		return
	}
	if s.srv.Checks != nil {
		s.srv.Checks.Leave(srv)
	}
	if srv.Tracked != nil {
		srv.Unfollow()
	}
	srv.Proxy.Leave(srv)
	for _, t := range [...]proxy.Securer{srv.TLS, srv.Check.TLS} {
		if back, ok := t.(*secure.Back); ok && s.srv.Certs != nil {
			s.srv.Certs.Forget(back)
		}
	}
	balance.Joined(srv) // its tables are made without it
	f.Forget(srv)
	s.Say("Server deleted.")
}

// removableEvery is how often a wait looks again.
const removableEvery = 10 * time.Millisecond

// waitServer waits until a server can be deleted, for d at most.
func (s *Session) waitServer(args []string, d time.Duration) {
	switch {
	case len(args) == 0:
		s.Fail("Missing server name (<backend>/<server>).")
	case !strings.Contains(args[0], "/"):
		s.Fail("Require 'backend/server'.")
	default:
		s.waitUntil(d, func() (bool, string, bool) {
			srv, text, final := s.removable(args[0])
			return srv != nil, text, final
		})
	}
}

// waitBackend waits until a backend can be deleted, for d at most.
func (s *Session) waitBackend(args []string, d time.Duration) {
	if len(args) == 0 {
		s.Fail("Missing backend name.")
		return
	}
	s.waitUntil(d, func() (bool, string, bool) {
		p, text, final := s.removableBackend(args[0])
		return p != nil, text, final
	})
}

// waitUntil looks again and again, for d at most, whether something is done; text is why not, and final that it never
// will. It ends early with the process.
func (s *Session) waitUntil(d time.Duration, look func() (done bool, text string, final bool)) {
	for end := time.Now().Add(d); ; {
		done, text, final := s.looked(look)
		switch {
		case done:
			s.Say("Done.")
			return
		case final:
			s.Fail("Failed. " + text)
			return
		case !time.Now().Before(end):
			s.Fail("Wait delay expired. " + text)
			return
		}
		select {
		case <-time.After(removableEvery):
		case <-s.srv.ended:
			return
		}
	}
}
