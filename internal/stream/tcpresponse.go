package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// responseContent runs the tcp-response content rules on what the server has sent (configuration.txt 4.2). false means
// that the stream is over.
func (w *worker) responseContent() bool {
	s := w.s
	if !w.contentOf(s.Back) {
		return false
	}
	return s.Front == s.Back || w.contentOf(s.Front)
}

// contentPasses lets filters and the tcp-response content rules of an HTTP stream act. false means that it is over.
func (w *worker) contentPasses() bool {
	w.s.BeginResponse()
	w.acts(proxy.StepTCPResponse)
	if len(w.s.Back.Rules.TCPResponse)+len(w.s.Front.Rules.TCPResponse) == 0 || w.responseContent() {
		return true
	}
	if !w.replied {
		w.keepFront, w.keepBack, w.silent = false, false, true
	}
	return false
}

// contentOf runs the rules of one proxy. A rule that cannot be decided waits until the inspection delay has passed, the
// server has ended or the buffer is full.
func (w *worker) contentOf(p *proxy.Proxy) bool {
	s, rules := w.s, p.Rules.TCPResponse
	defer func() { s.Out, s.MayWait = proxy.InputView{}, false }()
	if len(rules) > 0 {
		section(s, "tcp-response content", p)
	}
	deadline := after(w.home.loop.Now(), p.Rules.TCPResponseInspect)
	final, waited := deadline == 0, false
	for i := 0; i < len(rules); {
		s.Out = proxy.InputView{Bytes: w.sin.unread(), EOF: final || w.sin.ended(), Full: w.sin.full()}
		s.MayWait = !final
		s.Fair(i)
		switch v := rules[i].Run(s); v {
		case proxy.Continue:
			i++
		case proxy.Stop:
			s.Log.LastRule = rules[i]
			return true
		case proxy.NeedInput:
			if final {
				i++
				continue
			}
			final, waited = !w.inspectServer(deadline), true
		case proxy.CloseServer:
			s.Log.LastRule = rules[i]
			if s.Mode != proxy.ModeHTTP {
				return false // nothing of it is passed on
			}
			if rules[i].Cond == nil && !waited { // it holds before there is a response that could be passed on
				s.Term.Set(proxy.CauseServer, proxy.PhaseHeaders)
				w.refuse(502)
				return false
			}
			w.sin.eof, w.keepBack = true, false
			w.back.Conn.CloseWrite()
			return true
		default:
			s.Log.LastRule = rules[i]
			s.Term.Set(proxy.CauseProxy, proxy.PhaseData)
			s.Log.Status = -1
			w.countDeniedResponse()
			return false
		}
	}
	return true
}

// inspectServer waits for more of the server's bytes; false means that no more is to be waited for.
func (w *worker) inspectServer(deadline int64) bool {
	c := &w.back.Conn
	if w.sin.ended() || w.sin.full() {
		return false
	}
	for w.sin.fill(c, w.home.bufs, 0) == 0 {
		if w.home.eng.Proc.Offline {
			return false
		}
		if w.sin.ended() || w.sin.full() {
			return true
		}
		w.task.Watch(c, loop.In)
		if cause := w.task.Wait(deadline); cause == loop.Expired || cause == loop.Cancelled {
			return false
		}
	}
	return true
}

// firstBytes waits for the first bytes of a server whose stream has tcp-response content rules, passing on what the
// client sends meanwhile, and runs the rules. false means that the stream is over.
func (w *worker) firstBytes() bool {
	s := w.s
	w.acts(proxy.StepTCPResponse)
	if len(s.Back.Rules.TCPResponse) == 0 && len(s.Front.Rules.TCPResponse) == 0 {
		return true
	}
	client, server := &w.sess.Conn, &w.back.Conn
	limit := s.Tune.Or(s.Tune.TimeoutServer, s.Back.Timeout.Server)
	up := half{in: w.in}
	defer func() {
		w.in = up.in
		s.Log.BytesIn += up.moved
		s.Log.ReqOut += up.moved
	}()
	for w.sin.fill(server, w.home.bufs, 0) == 0 && !w.sin.ended() {
		w.pump(nil, &up, client, server)
		if up.hung {
			w.task.Watch(server, loop.Out)
		} else if !up.in.ended() {
			w.task.Watch(client, loop.In)
		}
		w.task.Watch(server, loop.In)
		switch w.task.Wait(after(w.home.loop.Now(), limit)) {
		case loop.Expired:
			s.Term.Set(proxy.CauseSrvTO, proxy.PhaseData)
			return false
		case loop.Cancelled:
			s.Term.Set(proxy.CauseKilled, proxy.PhaseData)
			return false
		}
	}
	if !w.responseContent() {
		s.Log.ResIn += uint64(w.sin.len())
		return false
	}
	return true
}
