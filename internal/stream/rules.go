package stream

import (
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// frontRequestRules runs the frontend's http-request rules.
func (w *worker) frontRequestRules() outcome {
	w.acts(proxy.StepFrontHTTPRequest)
	return w.requestRules(w.s.Front)
}

// backRequestRules does the same for the backend, unless it is the frontend itself (a listen section), whose rules ran
// already.
func (w *worker) backRequestRules() outcome {
	if w.s.Back == w.s.Front {
		return next
	}
	w.acts(proxy.StepBackHTTPRequest)
	return w.requestRules(w.s.Back)
}

// requestRules runs the http-request rules of a proxy, restricts the header names that they leave, then runs its rules about
// lines of the head and its redirect rules, and acts on their verdicts.
func (w *worker) requestRules(p *proxy.Proxy) outcome {
	if out := w.ruleSet("http-request", p, p.Rules.HTTPRequest); out != next {
		return out
	}
	if p.RestrictNames != proxy.RestrictPreserve {
		if out := w.restrictNames(p.RestrictNames); out != next {
			return out
		}
	}
	if out := w.ruleSet("req", p, p.Rules.OldRequest); out != next {
		return out
	}
	last := w.s.Log.LastRule // that of a rule set with a name of its own
	out := w.ruleSet("redirect", p, p.Rules.Redirect)
	w.s.Log.LastRule = last
	return out
}

func (w *worker) ruleSet(set string, p *proxy.Proxy, rules []*proxy.Rule) outcome {
	if len(rules) == 0 {
		return next
	}
	section(w.s, set, p)
	w.s.Held[proxy.SideRequest] = w.in.w
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
		s.Times.Request = -1
		w.countDenied()
		s.Front.State.Front.On(w.home.id).CountStatus(-1)
		w.keepFront = false
		w.silent = true
		return done
	case proxy.Reply:
		s.Term.Set(proxy.CauseLocal, proxy.PhaseRequest)
		w.countIntercepted()
		return w.replyAnswer()
	case proxy.InternalError:
		s.Term.Set(proxy.CauseInternal, proxy.PhaseRequest)
		w.countInternal()
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
	if s.Deny.Invalid {
		w.countBad()
		w.keepFront = false
	} else {
		w.countDenied()
		s.CountError()
	}
	if s.Back != nil {
		w.clientCookies(s.Back) // for the log
	} else {
		w.clientCookies(s.Front)
	}
	if s.Deny.Tarpit {
		if s.Deny.Status == 0 {
			status = 500
		}
		p := s.Front
		if s.Back != nil {
			p = s.Back
		}
		w.tarpit(s.Tune.Or(s.Tune.TimeoutTarpit, firstOf(p.Timeout.Tarpit, p.Timeout.Connect)))
		// Tw is how long the client was held (configuration.txt 8.5, PT).
		defer func(held int64) { s.Times.Request, s.Times.Queue = -1, held }(w.sinceStart())
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
	if w.s.Trace != nil {
		w.s.Trace.Note("tarpit", time.Duration(d).String())
	}
	if w.home.eng.Proc.Offline {
		return
	}
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
	s.Front.State.Front.On(id).DeniedReq++
	w.sess.Bind.State.Front.On(id).DeniedReq++
	if s.Back != nil && w.backEntered {
		s.Back.State.Back.On(id).DeniedReq++
	}
}

// countDeniedResponse counts a response that rules refused, on both sides.
func (w *worker) countDeniedResponse() {
	s, id := w.s, w.home.id
	s.Front.State.Front.On(id).DeniedResp++
	w.sess.Bind.State.Front.On(id).DeniedResp++
	w.b().DeniedResp++
	w.c(s.Server).DeniedResp++
}

func (w *worker) countIntercepted() {
	s, id := w.s, w.home.id
	s.Front.State.Front.On(id).Intercepted++
}

// frontServices answers what the frontend answers by itself: the monitor URI and its statistics page.
func (w *worker) frontServices() outcome {
	s := w.s
	uri := s.Front.MonitorURI
	if !monitored(s, uri) {
		return w.statsPage(s.Front)
	}
	status := 200
	if s.Trace != nil {
		s.Trace.Section("monitor", s.Front)
		s.Trace.Note("monitor", "the path is that of 'monitor-uri "+uri+"'")
	}
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

// monitored reports whether a request is for the monitor URI. One that is a path is found behind any host.
func monitored(s *proxy.Stream, uri string) bool {
	if uri == "" {
		return false
	}
	return string(s.Req.Target) == uri || uri[0] == '/' && string(s.Req.PathQuery()) == uri
}

// backServices answers with the statistics page of the backend.
func (w *worker) backServices() outcome {
	if w.s.Back == w.s.Front {
		return next
	}
	return w.statsPage(w.s.Back)
}
