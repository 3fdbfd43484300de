package stream

import (
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// redirected sends a client that asks for something with GET or HEAD to where its server's `redir` says, in place of
// serving it (configuration.txt 5.2, redir).
func (w *worker) redirected() bool {
	s := w.s
	to := s.Server.Redir
	if to == "" || s.Mode != proxy.ModeHTTP || s.Req.MethodID != value.GET && s.Req.MethodID != value.HEAD {
		return false
	}
	w.countServed(s.Server)
	s.Term.Set(proxy.CauseLocal, proxy.PhaseConnect)
	path := s.Req.PathQuery()
	if len(path) == 0 {
		path = slash
	}
	b := append(s.Arena.Tail(128+len(to)+len(path)), "HTTP/1.1 302 Found\r\ncache-control: no-cache\r\ncontent-length: 0\r\nlocation: "...)
	b = append(append(append(b, to...), path...), "\r\n\r\n"...)
	w.replyRaw(s.Arena.Keep(b), 302)
	return true
}

var slash = []byte("/")
