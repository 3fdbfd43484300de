package cli

import (
	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// backendChanges are the commands that change backends.
func backendChanges() []Command {
	return []Command{
		{Name: "disable dynamic-cookie backend", Args: "<bk>", Doc: "Takes the cookies that servers got from their addresses away.", Access: Admin, Run: dynamicCookie(false)},
		{Name: "enable dynamic-cookie backend", Args: "<bk>", Doc: "Gives servers cookies made of their addresses and a key.", Access: Admin, Run: dynamicCookie(true)},
		{Name: "publish backend", Args: "<backend>", Doc: "Lets streams switch to a backend.", Access: Operator, Run: publishBackend},
		{Name: "set dynamic-cookie-key backend", Args: "<bk> <k>", Doc: "Changes the key that cookies of servers are made with.", Access: Admin, Run: setDynamicKey},
		{Name: "unpublish backend", Args: "<backend>", Doc: "Keeps streams from switching to a backend.", Access: Operator, Run: unpublishBackend},
	}
}

// backend returns the backend that the first argument names, nil after it has said that there is none.
func (s *Session) backend(args []string, missing string) *proxy.Proxy {
	if len(args) == 0 {
		s.Fail(missing)
		return nil
	}
	p := s.srv.snapshot().Back(args[0])
	if p == nil || p.Caps&proxy.CapInternal != 0 {
		s.Fail("No such backend.")
		return nil
	}
	return p
}

func dynamicCookie(on bool) func(*Session, []string) {
	return func(s *Session, args []string) {
		if p := s.backend(args, "A backend name is expected."); p != nil {
			balance.SetDynamicCookies(p, on)
		}
	}
}

func setDynamicKey(s *Session, args []string) {
	p := s.backend(args, "A backend name is expected.")
	switch {
	case p == nil:
	case len(args) < 2:
		s.Fail("String value expected.")
	default:
		balance.SetDynamicKey(p, args[1])
	}
}

func publishBackend(s *Session, args []string) { setPublished(s, args, true, "Backend published.") }
func unpublishBackend(s *Session, args []string) {
	setPublished(s, args, false, "Backend unpublished.")
}

func setPublished(s *Session, args []string, on bool, said string) {
	p := s.backend(args, "No such backend.")
	switch {
	case p == nil:
	case p.Disabled:
		s.Fail("No effect on a disabled backend.")
	default:
		p.State.Unpublished.Store(!on)
		s.say(sevNotice, said)
	}
}
