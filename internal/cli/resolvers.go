package cli

import (
	"sluice/internal/proxy"
)

// resolverCommands are about the resolution of names.
func resolverCommands() []Command {
	return []Command{
		{Name: "show resolvers", Args: "[id]", Doc: "Counts what the name servers were asked and said.", Access: User, Run: showResolvers},
	}
}

// showResolvers prints the counters of the name servers of one section or of all.
func showResolvers(s *Session, args []string) {
	found := len(args) == 0
	for _, r := range s.srv.Engine.Snapshot().Resolvers {
		if len(args) > 0 && r.Name != args[0] {
			continue
		}
		found = true
		s.Printf("Resolvers section %s\n", r.Name)
		for _, ns := range r.Nameservers {
			s.nameserver(ns)
		}
	}
	if !found {
		s.Fail("Can't find that resolvers section")
		return
	}
	s.Printf("\n")
}

func (s *Session) nameserver(ns *proxy.Nameserver) {
	c := &ns.Count
	s.Printf(" nameserver %s:\n", ns.Name)
	for _, x := range [...]struct {
		name  string
		value uint64
	}{
		{"sent:        ", c.Sent.Load()},
		{"snd_error:   ", c.SendError.Load()},
		{"valid:       ", c.Valid.Load()},
		{"update:      ", c.Update.Load()},
		{"cname:       ", c.Cname.Load()},
		{"cname_error: ", c.CnameError.Load()},
		{"any_err:     ", c.Any.Load()},
		{"nx:          ", c.NX.Load()},
		{"timeout:     ", c.Timeout.Load()},
		{"refused:     ", c.Refused.Load()},
		{"other:       ", c.Other.Load()},
		{"invalid:     ", c.Invalid.Load()},
		{"too_big:     ", c.TooBig.Load()},
		{"truncated:   ", c.Truncated.Load()},
		{"outdated:    ", c.Outdated.Load()},
	} {
		s.Printf("  %s%d\n", x.name, x.value)
	}
}

// serverFQDN gives a server another name, which is resolved from now on.
func serverFQDN(s *Session, srv *proxy.Server, args []string) {
	if len(args) == 0 {
		s.Fail("set server <b>/<s> fqdn requires a FQDN.")
		return
	}
	if s.srv.Names == nil {
		s.Fail("set server <b>/<s> fqdn failed because no resolution is configured.")
		return
	}
	old, err := s.srv.Names.Rename(srv, args[0])
	if err != nil {
		s.Fail("set server <b>/<s> fqdn " + err.Error() + ".")
		return
	}
	if old == "" {
		old = "(null)"
	}
	s.Say(srv.Proxy.Name + "/" + srv.NameNow() + " changed its FQDN from " + old + " to " + args[0] + " by 'stats socket command'")
}
