package cli

import (
	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// backendUsage is what a mistyped add backend is answered with.
const backendUsage = "Usage: add backend <name> from <defproxy> [mode <px_mode>] [guid <val>]."

func addBackend(s *Session, args []string) {
	f := s.srv.Farm
	switch {
	case len(args) == 0 || f == nil:
		s.Fail("Require backend name.")
		return
	case len(args) < 3 || args[1] != "from":
		s.Fail("Usage: add backend <name> from <defproxy>.")
		return
	}
	var mode, guid string
	for rest := args[3:]; len(rest) > 0; rest = rest[2:] {
		switch {
		case len(rest) > 1 && rest[0] == "mode":
			mode = rest[1]
		case len(rest) > 1 && rest[0] == "guid":
			guid = rest[1]
		default:
			s.Fail(backendUsage)
			return
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, err := f.AddBackend(args[0], args[2], mode, guid)
	if err != nil {
		s.Fail(err.Error())
		return
	}
	if err := s.equip(p); err != nil {
		f.Withdraw(p)
		s.Fail("Error during backend creation : " + err.Error())
		return
	}
	s.srv.snapshot().Join(p)
	if why := static(p); why != "" {
		s.Say("New backend registered (no support for dynamic servers: backend '" + p.Name + "' " + why + ").")
		return
	}
	s.Say("New backend registered.")
}

// equip gives a backend its running state: nobody has it yet.
func (s *Session) equip(p *proxy.Proxy) error {
	snap := s.srv.snapshot()
	p.State = proxy.NewState(len(s.srv.Engine.Group.Loops()))
	p.State.Begin(p)
	p.State.LastChange.Store(now() / 1e9)
	p.State.MaxConn.Store(int32(snap.Global.MaxConn))
	if p.FullConn == 0 {
		p.FullConn = 1 // no frontend names it
	}
	for _, l := range p.Loggers {
		if l.Sink != nil || s.srv.Logs == nil {
			continue
		}
		if err := s.srv.Logs.Attach(l, snap.Global.LogSendHostname); err != nil {
			return err
		}
	}
	var err error
	p.Balancer, err = balance.New(p)
	return err
}

// removableBackend returns the backend of a name when it can be deleted; text is why not, and final that waiting does not
// help.
func (s *Session) removableBackend(name string) (p *proxy.Proxy, text string, final bool) {
	p = s.srv.snapshot().Back(name)
	switch {
	case p == nil || p.Caps&proxy.CapInternal != 0:
		return nil, "No such backend.", true
	case p.IsFront():
		return nil, "Cannot delete a listen section.", true
	case p.Mode != proxy.ModeTCP && p.Mode != proxy.ModeHTTP:
		return nil, "Only TCP or HTTP proxies can be removed at runtime.", true
	case p.Table != nil:
		return nil, "Cannot remove a backend with stick-table.", true
	case p.Pinned:
		return nil, "This proxy cannot be removed at runtime due to other configuration elements pointing to it.", true
	case !p.State.Unpublished.Load():
		return nil, "Backend must be unpublished prior to its deletion.", true
	case len(p.All()) > 0:
		return nil, "Only a backend without server can be deleted.", true
	case p.State.Back.Cur.Load() > 0 || p.State.Queue.Len() > 0:
		return nil, "Backend still has attached streams on it.", false
	}
	return p, "", false
}

func deleteBackend(s *Session, args []string) {
	f := s.srv.Farm
	if len(args) == 0 || f == nil {
		s.Fail("No such backend.")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, text, _ := s.removableBackend(args[0])
	if p == nil {
		s.Fail(text)
		return
	}
	s.srv.snapshot().Leave(p)
	f.Withdraw(p)
	s.Say("Backend deleted.")
}

func showDefaults(s *Session, _ []string) {
	if f := s.srv.Farm; f != nil {
		for _, name := range f.DefaultsNames() {
			s.Printf("%s\n", name)
		}
	}
}
