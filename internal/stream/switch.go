package stream

import "sluice/internal/proxy"

// switchBackend applies use_backend rules, then default_backend; a listen section is its own backend.
func (w *worker) switchBackend() outcome {
	s := w.s
	w.forced = w.forceSwitch()
	back := w.chooseBackend()
	if back == nil {
		back = w.defaultBackend()
	}
	if back == nil {
		w.s.Term.Set(proxy.CauseServer, proxy.PhaseConnect)
		if s.Mode == proxy.ModeHTTP {
			w.replyError(503)
		}
		return done
	}
	if s.Mode == proxy.ModeTCP && back.Mode == proxy.ModeHTTP {
		if !w.maySpeakHTTP() {
			w.enter(back)
			s.Term.Set(proxy.CauseResource, proxy.PhaseRequest)
			return done
		}
		return upgrade
	}
	w.enter(back)
	return next
}

// defaultBackend is the backend of a stream that no use_backend rule sends elsewhere: that of default_backend, else the
// section itself when it is one; nil when there is none.
func (w *worker) defaultBackend() *proxy.Proxy {
	f := w.s.Front
	back := f.DefaultBackendPtr
	if back != nil && !w.published(back) {
		back = nil
	}
	if back == nil && f.IsBack() {
		back = f
	}
	if w.s.Trace != nil {
		w.traceDefault(back)
	}
	return back
}

// traceDefault records the backend of a stream that no use_backend rule sent elsewhere, and why it is that.
func (w *worker) traceDefault(back *proxy.Proxy) {
	f := w.s.Front
	switch {
	case back == nil:
		w.s.Trace.Backend(nil, f.Pos, "no use_backend rule holds and there is no default_backend")
	case back == f:
		w.s.Trace.Backend(back, f.Pos, "the section is its own backend")
	default:
		w.s.Trace.Backend(back, f.DefaultBackendRule, "default_backend "+f.DefaultBackend)
	}
}

// chooseBackend returns the backend of the first use_backend rule that holds, nil when none does. A rule whose backend is not
// published is passed over; a name that is made for the stream and is that of no backend ends the rules.
func (w *worker) chooseBackend() *proxy.Proxy {
	s := w.s
	if s.Trace != nil && len(s.Front.Rules.Switching) > 0 {
		s.Trace.Section("use_backend", s.Front)
	}
	for _, r := range s.Front.Rules.Switching {
		if r.Cond != nil && !r.Cond.Match(s) {
			if s.Trace != nil {
				s.Trace.Choice(r.Pos, r.Text, false, "")
			}
			continue
		}
		s.Hit(r.ID)
		back, name := w.switchTo(r)
		if s.Trace != nil {
			s.Trace.Choice(r.Pos, r.Text, true, name)
			if back == nil {
				s.Trace.Note("use_backend", "no backend is called '"+name+"': the rules end here")
			}
		}
		if back == nil {
			return nil
		}
		if w.published(back) {
			if s.Trace != nil {
				s.Trace.Backend(back, r.Pos, "use_backend "+r.Name)
			}
			return back
		}
	}
	return nil
}

// forceSwitch reports whether a force-be-switch rule holds.
func (w *worker) forceSwitch() bool {
	s := w.s
	for _, r := range s.Front.Rules.ForceSwitch {
		held := r.Cond == nil || r.Cond.Match(s)
		if s.Trace != nil {
			s.Trace.Choice(r.Pos, r.Text, held, "")
		}
		if held {
			s.Hit(r.ID)
			return true
		}
	}
	return false
}

// published reports whether the stream may switch to a backend: neither disabled nor unpublished, or a force-be-switch
// rule holds (configuration.txt 4.2, be-unpublished).
func (w *worker) published(back *proxy.Proxy) bool {
	if w.forced || !back.Disabled && !back.State.Unpublished.Load() {
		return true
	}
	if w.s.Trace != nil {
		w.s.Trace.Note("use_backend", "backend "+back.Name+" is disabled or not published: it is passed over")
	}
	return false
}

// switchTo returns the backend that a rule names, nil when a name made for this stream is that of none. The name is for
// traces and only made for them.
func (w *worker) switchTo(r *proxy.SwitchRule) (back *proxy.Proxy, name string) {
	if r.Backend != nil {
		return r.Backend, r.Backend.Name
	}
	if r.Format == nil {
		return nil, ""
	}
	s := w.s
	line := s.Render(r.Format)
	if s.Trace != nil {
		name = string(line)
	}
	return s.Snap.Back(string(line)), name
}

// enter makes back the stream's backend and counts the stream there.
func (w *worker) enter(back *proxy.Proxy) {
	s := w.s
	s.Back = back
	if back != s.Front { // what rules said of the server's side was meant for another backend
		t := &s.Tune
		t.TimeoutConnect, t.TimeoutQueue, t.TimeoutServer, t.TimeoutTunnel, t.Retries = 0, 0, 0, 0, -1
	}
	w.backEntered = true
	w.acts(proxy.StepBackend)
	if back != s.Front {
		w.cookieFlags(back)
	}
	st := back.State
	st.Back.Enter()
	c := st.Back.On(w.home.id)
	c.SessTotal++
	c.SessRate.Add(w.home.loop.Now(), 1)
	if back.CountRates {
		st.BackSessions.Add(w.home.loop.Wall())
	}
	if s.Mode == proxy.ModeHTTP {
		c.ReqTotal++
	}
	st.LastUse.Store(w.home.loop.Wall() / 1e9)
	if back != s.Front && back.Mode == proxy.ModeHTTP && back.UniqueIDFormat != nil && s.Front.UniqueIDFormat == nil {
		w.uniqueID(back)
	}
}
