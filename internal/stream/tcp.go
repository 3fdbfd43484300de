package stream

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// serveTCP runs one TCP stream up to the point where it becomes a relay.
func (w *worker) serveTCP() {
	w.beginTCP()
	for _, st := range w.home.tcpStages {
		switch st.run(w) {
		case handed:
			return
		case upgrade:
			w.upgrade()
			return
		case done:
			w.finishTCP()
			return
		}
	}
	w.s.In = proxy.InputView{} // the bytes move on from here
	if !w.firstBytes() {
		w.silent = true
		w.finishTCP()
		return
	}
	w.startRelay()
}

// tcpStages is the way of a TCP stream (configuration.txt 4.2): the rules that may look at its first bytes, the choice
// of a backend, the choice of a server and the connection to it.
func tcpStages() []stage {
	return []stage{
		{"tcp-request content rules of the frontend", (*worker).frontContentRules},
		{"choose the backend", (*worker).switchBackend},
		{"tcp-request content rules of the backend", (*worker).backContentRules},
		{"persistence and use-server", (*worker).persist},
		{"balance, queue and connect", (*worker).connectTCP},
	}
}

func (w *worker) beginTCP() {
	s, x := w.s, w.sess
	s.Snap, s.Front, s.Mode = w.home.snap, x.Front, x.Front.Mode
	s.Hits = s.Snap.Hits[w.home.id]
	s.Times.Start = x.Start
	s.Times.AcceptNs, s.Times.RequestNs = x.Accepted, x.Accepted
	if x.Extra != nil {
		s.Times.Handshake = x.Extra.HandshakeNs
	}
	s.ID = w.home.nextID()
	s.In = proxy.InputView{Bytes: w.in.unread(), EOF: true} // what came with a PROXY header
	w.first, w.keepFront = true, false
	s.Logger, s.Offloader = w, w
	if x.Front.UniqueIDFormat != nil {
		w.uniqueID(x.Front)
	}
	w.traced()
	w.traceHead()
}

// upgrade makes a connection of HTTP of a TCP stream (switch-mode, or a backend in HTTP mode): what was read so far is the
// beginning of its first request, and the rules that looked at it do not run again. It stays the same stream: what they
// set, captured and track is the request's.
func (w *worker) upgrade() {
	w.sess.Flags |= proxy.SessHTTP
	w.s.In = proxy.InputView{}
	w.in.unpin()
	w.first, w.skipContent = true, true
	w.serveSession()
}

// maySpeakHTTP reports whether a TCP connection may become one of HTTP: `proto none` of its bind line forbids it.
func (w *worker) maySpeakHTTP() bool { return w.sess.Bind.Proto != "none" }

// connectTCP has a connection to a server.
func (w *worker) connectTCP() outcome {
	s := w.s
	s.LB.Tries = s.Back.Retries
	if s.Tune.Retries >= 0 {
		s.LB.Tries = s.Tune.Retries
	}
	s.Times.Request = w.sinceStart()
	w.step(proxy.OriginTxnRequest)
	if out := w.connect(); out != next {
		return out
	}
	s.Times.Connect = w.sinceStart()
	w.acts(proxy.StepServerSession)
	w.stickResponse()
	if s.Trace != nil {
		s.Trace.Sent(s.Server, nil)
	}
	w.step(proxy.OriginTxnConnect)
	if s.Front.Options.Has(proxy.OptLogASAP) || s.Front.LogWait&proxy.WaitBytes == 0 {
		w.early(proxy.OriginTxnConnect)
	}
	return next
}

// finishTCP ends a TCP stream that never became a relay.
func (w *worker) finishTCP() {
	w.endBack(false)
	w.endStream()
	if w.sess.Front.Options.Has(proxy.OptNoLinger) {
		w.sess.abort()
		return
	}
	if !w.silent { // who is refused may hear of what it sent meanwhile
		w.readOut()
	}
	w.sess.close()
}

// readOut reads what the client has sent, after one more look at the kernel, and throws it away: with unread bytes the end
// of the connection would be a reset, which may overtake it.
func (w *worker) readOut() {
	if w.in.ended() {
		return
	}
	w.task.Yield()
	w.in.unpin()
	for range maxPumps {
		w.in.take(w.in.len())
		if w.in.fill(&w.sess.Conn, w.home.bufs, 0) == 0 {
			return
		}
	}
}

// frontContentRules runs the frontend's tcp-request content rules.
func (w *worker) frontContentRules() outcome {
	if w.skipContent {
		w.skipContent = false
		return next
	}
	w.acts(proxy.StepClientSession)
	w.acts(proxy.StepFrontTCPRequest)
	return w.contentRules(w.s.Front)
}

// backContentRules runs the backend's, unless it is the frontend itself.
func (w *worker) backContentRules() outcome {
	if w.s.Back == w.s.Front {
		return next
	}
	w.acts(proxy.StepBackTCPRequest)
	return w.contentRules(w.s.Back)
}

// contentRules runs tcp-request content rules. A rule that cannot be decided yet waits for more bytes, until the
// inspection delay has passed, the client has ended or the buffer is full; then what is there must do.
func (w *worker) contentRules(p *proxy.Proxy) outcome {
	rules := p.Rules.TCPContent
	if len(rules) == 0 {
		return next
	}
	s := w.s
	defer func() { s.MayWait = false }()
	section(s, "tcp-request content", p)
	deadline := after(w.home.loop.Now(), p.Rules.TCPInspect)
	final := deadline == 0
	for i := 0; i < len(rules); {
		s.In = proxy.InputView{Bytes: w.in.unread(), EOF: final || w.in.ended(), Full: w.in.full()}
		s.MayWait = !final
		s.Fair(i)
		v := rules[i].Run(s)
		switch v {
		case proxy.Continue:
			i++
		case proxy.Stop:
			s.Log.LastRule = rules[i]
			return next
		case proxy.NeedInput:
			if final {
				i++
				continue
			}
			s.Log.Waiting = rules[i]
			if final = !w.inspectMore(deadline); !w.task.Cancelled() {
				s.Log.Waiting = nil
			}
		case proxy.SwitchHTTP:
			s.Log.LastRule = rules[i]
			if s.Mode == proxy.ModeHTTP {
				return next
			}
			if !w.maySpeakHTTP() {
				s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
				return done
			}
			return upgrade
		case proxy.Abort, proxy.Deny:
			s.Log.LastRule = rules[i]
			s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
			w.countDenied()
			w.keepFront, w.silent = false, true
			if p == s.Front {
				s.Log.Line = nil // these rules are about bytes, which are no request yet
			}
			return done
		default:
			return w.obey(v, rules[i])
		}
	}
	return next
}

// inspectMore waits for more input; false means that no more is to be waited for.
func (w *worker) inspectMore(deadline int64) bool {
	c := &w.sess.Conn
	if deadline == 0 || w.in.ended() || w.in.full() {
		return false
	}
	w.in.compact()
	for w.in.fill(c, w.home.bufs, 0) == 0 {
		if w.home.eng.Proc.Offline {
			return false // all that the client says is there
		}
		if w.in.ended() {
			return true // evaluate once more, knowing the end
		}
		w.task.Watch(c, loop.In)
		if cause := w.task.Wait(deadline); cause == loop.Expired || cause == loop.Cancelled {
			return false
		}
	}
	return true
}
