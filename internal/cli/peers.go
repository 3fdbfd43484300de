package cli

import "sluice/internal/proxy"

// peerCommands are about peers sections.
func peerCommands() []Command {
	return []Command{
		{Name: "show peers", Args: "[dict|-] [section]", Doc: "Shows the peers sections.", Run: showPeers},
	}
}

// showPeers lists the sections, those declared last first. They have no peer but this process, and no dictionaries.
func showPeers(s *Session, args []string) {
	if len(args) > 0 && (args[0] == "dict" || args[0] == "-") {
		args = args[1:]
	}
	found := false
	all := s.srv.snapshot().Peers
	for i := len(all) - 1; i >= 0; i-- {
		if p := all[i]; len(args) == 0 || p.Name == args[0] {
			if found {
				s.Printf(" \n")
			}
			s.peers(p)
			found = true
		}
	}
	if !found && len(args) > 0 {
		s.Fail("No such peers")
	}
}

func (s *Session) peers(p *proxy.Peers) {
	s.Printf("[%s] id=%s disabled=%d\n", stamp(now()), s.anon.Hash(p.Name), number(p.Disabled))
	if p.Local == "" {
		return
	}
	addr := "<NONE>"
	if p.Addr != "" {
		addr = s.anon.Hash(p.Addr)
	}
	s.Printf("  id=%s(local,inactive) addr=%s last_status=NONE last_hdshk=<NEVER>\n        shared tables:\n", s.anon.Hash(p.Local), addr)
	for i := len(p.Shared) - 1; i >= 0; i-- {
		s.Printf("          table: id=%s\n", s.anon.Hash(p.Shared[i].Name))
	}
	for i := len(p.Tables) - 1; i >= 0; i-- {
		s.Printf("          table: id=%s\n", s.anon.Hash(p.Tables[i].Name))
	}
}
