package cli

import (
	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// serverRename gives a server another name (management.txt 9.3, set server name).
func serverRename(s *Session, srv *proxy.Server, args []string) {
	f := s.srv.Farm
	if len(args) == 0 || f == nil {
		s.Fail("set server <b>/<s> name requires a new name.")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	name := args[0]
	other := srv.Proxy.Named(name)
	switch {
	case srv.Proxy.Named(srv.NameNow()) != srv:
		s.Fail("No such server.") // it went while this waited
	case proxy.Admin(srv.State.Admin.Load())&proxy.AdminMaint == 0:
		s.Fail("Server must be in maintenance mode to be renamed (set server <b>/<s> state maint).")
	case !permitted(name):
		s.Fail("Server name contains invalid characters.")
	case srv.Pinned || len(srv.Followers()) > 0:
		s.Fail("Cannot rename: server's name is statically referenced (use-server, track, or sample argument).")
	case other != nil && other != srv:
		s.Fail("A server with the same name already exists in this backend.")
	default:
		srv.Proxy.Rename(srv, name)
		s.Say("Server name updated.")
	}
}

// permitted reports whether a name has only characters that names may have (configuration.txt 4).
func permitted(name string) bool {
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == ':', c == '.', c == '-':
		default:
			return false
		}
	}
	return name != ""
}

// serverTLS turns TLS on or off for the connections that are made from now on; those of before are not used again.
// Checks go on as before (management.txt 9.3, set server ssl).
func serverTLS(s *Session, srv *proxy.Server, args []string) {
	word := first(args)
	switch {
	case word != "on" && word != "off":
		s.Fail("'set server <srv> ssl' expects 'on' or 'off'.")
		return
	case srv.TLS == nil:
		s.Fail("'set server <srv> ssl' cannot be set.  default-server should define ssl settings")
		return
	}
	srv.State.UseTLS.Store(int32(number(word == "on")))
	a := *srv.State.Addr.Load()
	balance.SetAddr(srv, &a) // the same, but another: idle connections are told by it
	s.dropIdle(srv)
	s.Say("server ssl setting updated.")
}
