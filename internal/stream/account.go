package stream

import (
	"sluice/internal/proxy"
	"sluice/internal/sticktable"
)

// countAccept counts a new client connection.
func (h *Home) countAccept(s *proxy.Session, now int64) {
	s.ID = h.eng.Proc.ConnTotal.Add(1) - 1
	for _, c := range [2]*proxy.Counters{s.Front.State.Front.On(h.id), s.Bind.State.Front.On(h.id)} {
		c.ConnTotal++
		c.ConnRate.Add(now, 1)
	}
	s.Front.State.LastUse.Store(h.loop.Wall() / 1e9)
	h.rates.Conn.Add(now, 1)
}

// countSession counts a session that passed its handshakes and rules.
func (h *Home) countSession(s *proxy.Session) {
	now := h.loop.Now()
	for _, c := range [2]*proxy.Counters{s.Front.State.Front.On(h.id), s.Bind.State.Front.On(h.id)} {
		c.SessTotal++
		c.SessRate.Add(now, 1)
	}
	if s.Front.CountRates {
		s.Front.State.FrontSessions.Add(h.loop.Wall())
	}
	h.rates.Sess.Add(now, 1)
	if s.Extra != nil {
		for _, e := range s.Extra.Track {
			if e.Table() != nil {
				e.Count(sticktable.SessCnt, sticktable.SessRate, 1, now)
			}
		}
	}
}

func (h *Home) countDeniedConn(s *proxy.Session) {
	s.Front.State.Front.On(h.id).DeniedConn++
	s.Bind.State.Front.On(h.id).DeniedConn++
}

// countRequest counts an HTTP request whose head is complete.
func (h *Home) countRequest(s *proxy.Stream) {
	h.eng.Proc.ReqTotal.Add(1)
	s.Front.State.Front.On(h.id).ReqRate.Add(h.loop.Now(), 1)
	if s.Front.CountRates {
		s.Front.State.Requests.Add(h.loop.Wall())
	}
}

// nextID returns the number of a new stream, unique in the process: a loop takes them in blocks.
func (h *Home) nextID() uint64 {
	if h.idLeft == 0 {
		const block = 1024
		h.idNext = h.eng.Proc.SessIDs.Add(block) - block
		h.idLeft = block
	}
	h.idLeft--
	h.idNext++
	return h.idNext - 1
}

// c is the counters of srv on this loop; b those of the stream's backend.
func (w *worker) c(srv *proxy.Server) *proxy.Counters { return srv.State.On(w.home.id) }

func (w *worker) b() *proxy.Counters { return w.s.Back.State.Back.On(w.home.id) }

// connectionRules runs the tcp-request connection rules; false when the connection is refused.
func (h *Home) connectionRules(x *session) bool {
	return h.earlyRules(x, "tcp-request connection", x.Front.Rules.TCPConnection, func(c *proxy.Counters) { c.DeniedConn++ })
}

// sessionRules runs the tcp-request session rules; false when the session is refused.
func (h *Home) sessionRules(x *session) bool {
	return h.earlyRules(x, "tcp-request session", x.Front.Rules.TCPSession, func(c *proxy.Counters) { c.DeniedSess++ })
}

// earlyRules runs rules that come before there is a stream, on the home's scratch stream.
func (h *Home) earlyRules(x *session, set string, rules []*proxy.Rule, denied func(*proxy.Counters)) bool {
	s := h.before(x)
	if t := h.eng.tracer.Load(); t != nil {
		s.Trace = (*t).Session(&x.Session)
	}
	section(s, set, x.Front)
	v, _ := proxy.RunAll(rules, s)
	if s.SrcOverride.IsValid() {
		x.Src = s.SrcOverride
	}
	if s.DstOverride.IsValid() {
		x.Dst = s.DstOverride
		x.Flags |= proxy.SessDstKnown
	}
	if v == proxy.Continue || v == proxy.Stop {
		return true
	}
	if v == proxy.Answered {
		x.close()
		return false
	}
	denied(x.Front.State.Front.On(h.id))
	if s.Trace != nil {
		s.Trace.End(s, "PR--")
	}
	x.abort()
	return false
}

// before returns the home's scratch stream for a session that has none of its own yet.
func (h *Home) before(x *session) *proxy.Stream {
	s := &h.scratch
	s.Reset()
	s.Sess, s.Snap, s.Front, s.Hits = &x.Session, h.snap, x.Front, h.snap.Hits[h.id]
	s.Times.Start, s.Times.AcceptNs = x.Start, x.Accepted
	s.Logger = h
	s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest) // what a line that is written now says
	return s
}

// buffer returns b, an output buffer of the worker, empty and with a pool buffer's capacity.
func (w *worker) buffer(b *[]byte) []byte {
	if *b == nil {
		*b = w.home.bufs.Get()
	}
	return (*b)[:0]
}

// prepareRetry decides whether the request is kept whole while it is sent, so that it could be sent again.
func (w *worker) prepareRetry() {
	s := w.s
	later := s.Back.RetryOn &^ proxy.RetryConnFailure
	w.retryable = later != 0 && !s.Tune.NoL7Retry
}

// adjuster returns the function for h1-case-adjust, nil without a map.
func adjuster(m map[string]string) func([]byte) []byte {
	if len(m) == 0 {
		return nil
	}
	forms := make(map[string][]byte, len(m))
	for k, v := range m {
		forms[k] = []byte(v)
	}
	return func(name []byte) []byte {
		if v, ok := forms[string(name)]; ok {
			return v
		}
		return name
	}
}

// appendInt appends a non-negative number.
func appendInt(b []byte, n int) []byte {
	var d [20]byte
	i := len(d)
	for {
		i--
		d[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return append(b, d[i:]...)
		}
	}
}
