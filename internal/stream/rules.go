package stream

import (
	"bytes"

	"sluice/internal/balance"
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// frontRequestRules runs the frontend's http-request rules.
func (w *worker) frontRequestRules() outcome {
	return w.requestRules(w.s.Front.Rules.HTTPRequest)
}

// backRequestRules runs the backend's http-request rules, unless the backend is the frontend itself (a listen section),
// whose rules ran already.
func (w *worker) backRequestRules() outcome {
	if w.s.Back == w.s.Front {
		return next
	}
	return w.requestRules(w.s.Back.Rules.HTTPRequest)
}

// requestRules runs one http-request rule set and acts on its verdict.
func (w *worker) requestRules(rules []*proxy.Rule) outcome {
	if len(rules) == 0 {
		return next
	}
	v, r := proxy.RunAll(rules, w.s)
	return w.obey(v, r)
}

// obey acts on the verdict of a request rule set.
func (w *worker) obey(v proxy.Verdict, r *proxy.Rule) outcome {
	s := w.s
	if r != nil {
		s.Log.LastRule = r
	}
	switch v {
	case proxy.Deny:
		return w.deny()
	case proxy.Answered:
		return done
	case proxy.Abort:
		s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
		w.countDenied()
		w.keepFront = false
		w.silent = true
		return done
	case proxy.Reply:
		s.Term.Set(proxy.CauseLocal, proxy.PhaseRequest)
		w.countIntercepted()
		return w.replyAnswer()
	case proxy.InternalError:
		s.Term.Set(proxy.CauseInternal, proxy.PhaseRequest)
		s.Front.State.Front.On(w.home.id).IntErrors++
		w.replyError(500)
		return done
	}
	return next
}

// deny answers a denied request: at once, or after timeout tarpit.
func (w *worker) deny() outcome {
	s := w.s
	status := s.Deny.Status
	if status == 0 {
		status = 403
	}
	w.countDenied()
	if s.Deny.Tarpit {
		if s.Deny.Status == 0 {
			status = 500
		}
		p := s.Front
		if s.Back != nil {
			p = s.Back
		}
		w.tarpit(firstOf(p.Timeout.Tarpit, p.Timeout.Connect))
		s.Term.Set(proxy.CauseProxy, proxy.PhaseTarpit)
	}
	s.Term.Set(proxy.CauseProxy, proxy.PhaseRequest)
	if s.Deny.Reply != nil {
		s.Answer.Static = s.Deny.Reply
		return w.replyAnswer()
	}
	w.replyError(status)
	return done
}

// tarpit holds the client for d nanoseconds, or until it leaves.
func (w *worker) tarpit(d int64) {
	at := w.home.loop.Now() + d
	for d > 0 && !w.sess.Conn.PeerClosed() {
		w.task.Watch(&w.sess.Conn, loop.Hup)
		if w.task.Wait(at) != loop.Ready {
			return
		}
	}
}

func (w *worker) countDenied() {
	s, id := w.s, w.home.id
	if s.Back != nil && s.Back != s.Front {
		s.Back.State.Back.On(id).DeniedReq++
		return
	}
	s.Front.State.Front.On(id).DeniedReq++
}

func (w *worker) countIntercepted() {
	s, id := w.s, w.home.id
	s.Front.State.Front.On(id).Intercepted++
}

// frontServices answers what the frontend answers by itself: the monitor URI.
func (w *worker) frontServices() outcome {
	s := w.s
	uri := s.Front.MonitorURI
	if uri == "" || !bytes.Equal(s.Req.Target, []byte(uri)) {
		return next
	}
	status := 200
	for _, c := range s.Front.MonitorFail {
		if c.Match(s) {
			status = 503
			break
		}
	}
	s.Term.Set(proxy.CauseLocal, proxy.PhaseRequest)
	w.countIntercepted()
	w.quiet = true // monitoring requests are never logged (configuration.txt 4.2, monitor-uri)
	w.replyError(status)
	return done
}

// backServices is where a backend's own services answer.
func (w *worker) backServices() outcome { return next }

// switchBackend applies use_backend rules, then default_backend; a listen section is its own backend.
func (w *worker) switchBackend() outcome {
	s := w.s
	back := w.chooseBackend()
	if back == nil {
		back = s.Front.DefaultBackendPtr
	}
	if back == nil && s.Front.IsBack() {
		back = s.Front
	}
	if back == nil {
		w.s.Term.Set(proxy.CauseServer, proxy.PhaseConnect)
		if s.Mode == proxy.ModeHTTP {
			w.replyError(503)
		}
		return done
	}
	w.enter(back)
	return next
}

// chooseBackend returns the backend of the first use_backend rule that holds, nil when none does.
func (w *worker) chooseBackend() *proxy.Proxy {
	s := w.s
	for _, r := range s.Front.Rules.Switching {
		if r.Cond != nil && !r.Cond.Match(s) {
			continue
		}
		s.Hit(r.ID)
		if r.Backend != nil {
			return r.Backend
		}
		if r.Format == nil {
			continue
		}
		h := w.home
		h.line = r.Format.Append(h.line[:0], s)
		if b := s.Snap.Back(string(h.line)); b != nil && !b.Disabled {
			return b
		}
	}
	return nil
}

// enter makes back the stream's backend and counts the stream there.
func (w *worker) enter(back *proxy.Proxy) {
	s := w.s
	s.Back = back
	w.backEntered = true
	st := back.State
	st.Back.Enter()
	c := st.Back.On(w.home.id)
	c.SessTotal++
	c.SessRate.Add(w.home.loop.Now(), 1)
	if s.Mode == proxy.ModeHTTP {
		c.ReqTotal++
	}
	st.LastUse.Store(w.home.loop.Wall() / 1e9)
	if back != s.Front && back.Mode == proxy.ModeHTTP && back.UniqueIDFormat != nil && s.Front.UniqueIDFormat == nil {
		w.uniqueID(back)
	}
}

// persist chooses a server before balancing: use-server rules.
func (w *worker) persist() outcome {
	s := w.s
	for _, r := range s.Back.Rules.Persist {
		if r.Cond == nil || r.Cond.Match(s) {
			s.Hit(r.ID)
			if r.Ignore {
				s.LB.Persist |= proxy.PersistIgnore
			} else {
				s.LB.Persist |= proxy.PersistForce
			}
			break
		}
	}
	for _, r := range s.Back.Rules.UseServer {
		if r.Cond != nil && !r.Cond.Match(s) {
			continue
		}
		srv := r.Server
		if srv == nil && r.Format != nil {
			h := w.home
			h.line = r.Format.Append(h.line[:0], s)
			srv = s.Back.ByName[string(h.line)]
		}
		if srv == nil {
			continue
		}
		if srv.State.Up() || s.LB.Persist&proxy.PersistForce != 0 || s.Back.Options.Has(proxy.OptPersist) {
			s.Hit(r.ID)
			s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
			return next
		}
	}
	w.preferLast()
	return next
}

// preferLast stays on the server of an earlier request of the session when a connection to it is this session's own,
// where that is wanted.
func (w *worker) preferLast() {
	x, s := w.sess, w.s
	if x.Extra == nil {
		return
	}
	for i := len(x.Extra.Private) - 1; i >= 0; i-- {
		if last := x.Extra.Private[i].Server; balance.Prefers(s, last) {
			s.Server, s.LB.Assigned = last, true
			return
		}
	}
}
