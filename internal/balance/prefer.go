package balance

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// Prefers reports whether s should go to last, to which its session still has a connection of its own, instead of being
// balanced: because that connection carries a client's authentication, or because option prefer-last-server says so
// and the server has room enough (configuration.txt 4.2, option prefer-last-server, max-keep-alive-queue). Algorithms
// that go by a key are asked in any case.
func Prefers(s *proxy.Stream, last *proxy.Server) bool {
	if last.Proxy != s.Back || !indifferent(s.Back) || !last.State.Usable() {
		return false
	}
	if s.Sess.Flags&proxy.SessPrivate != 0 {
		return true
	}
	if !s.Back.Options.Has(proxy.OptPreferLastServer) {
		return false
	}
	limit := s.Back.MaxKAQueue
	return limit < 0 || !last.Full() || last.State.Queue.Len()+1 < limit
}

// BindsConnection reports whether a response begins an authentication that belongs to the connection and not to the
// request (NTLM, Negotiate), so that what the client sends next must go over the same one.
func BindsConnection(r *msg.Response) bool {
	var asks msg.Known
	switch r.Status {
	case 401:
		asks = msg.WWWAuthenticate
	case 407:
		asks = msg.ProxyAuthenticate
	default:
		return false
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Known == asks && !f.Dead && (begins(f.Value, "NTLM") || begins(f.Value, "Nego")) {
			return true
		}
	}
	return false
}

func begins(b []byte, word string) bool {
	return len(b) >= len(word) && bytes.EqualFold(b[:len(word)], []byte(word))
}
