package stream

import "sluice/internal/proxy"

// writeLog sends the traffic log of the stream to the loggers of its frontend. early says that the stream goes on
// (option logasap).
func (w *worker) writeLog(origin proxy.LogOrigin, early bool) {
	s := w.s
	f := s.Front
	if len(f.Loggers) == 0 || s.Log.Level == proxy.LogSilent {
		return
	}
	format := f.LogFmt
	level := proxy.LogInfo
	if s.Failed() {
		if s.Req.Method == nil && s.Mode == proxy.ModeHTTP {
			origin = proxy.OriginSessError
			if f.LogErr != nil {
				format = f.LogErr
			}
		}
		if f.Options.Has(proxy.OptLogSeparateErrors) {
			level = proxy.LogErr
		}
	} else if f.Options.Has(proxy.OptDontLogNormal) {
		return
	}
	if f.Options.Has(proxy.OptDontLogNull) && w.isNull() {
		return
	}
	w.logCounters()
	w.home.emit(s, entry{origin, format, nil, level, early})
	s.Log.Done = early
}

// closeLog writes the line at the end of the stream, unless there was one or log-steps does not ask for it. Failures
// before a request are always told.
func (w *worker) closeLog() {
	s := w.s
	if s.Log.Done || w.quiet || s.Front.LogSteps != 0 && !s.Front.LogSteps.Has(proxy.OriginTxnClose) && s.Req.Method != nil {
		return
	}
	w.writeLog(proxy.OriginTxnClose, false)
}

// early writes the line before the end where option logasap, or a format without totals, has it so. log-steps decides
// for itself.
func (w *worker) early(origin proxy.LogOrigin) {
	if w.s.Front.LogSteps == 0 {
		w.writeLog(origin, true)
	}
}

// step writes a line at a moment that log-steps asks for.
func (w *worker) step(origin proxy.LogOrigin) {
	if w.s.Front.LogSteps.Has(origin) {
		w.LogStep(w.s, origin, nil)
	}
}

// LogStep implements proxy.StepLogger.
func (w *worker) LogStep(s *proxy.Stream, origin proxy.LogOrigin, profile *proxy.LogProfile) {
	if len(s.Front.Loggers) > 0 && s.Log.Level != proxy.LogSilent {
		w.logCounters()
		w.home.emit(s, entry{origin, s.Front.LogFmt, profile, proxy.LogInfo, true})
	}
}

// LogStep implements proxy.StepLogger for rules that run before there is a stream.
func (h *Home) LogStep(s *proxy.Stream, origin proxy.LogOrigin, profile *proxy.LogProfile) {
	if len(s.Front.Loggers) > 0 && s.Log.Level != proxy.LogSilent {
		s.Log.ActConn, s.Log.FeConn = h.eng.Proc.Conns.Load(), s.Front.State.Front.Cur.Load()
		h.emit(s, entry{origin, s.Front.LogFmt, profile, proxy.LogInfo, true})
	}
}

// accepted writes the line of a new session that log-steps asks for.
func (h *Home) accepted(x *session) {
	if x.Front.LogSteps.Has(proxy.OriginTxnAccept) {
		s := h.before(x)
		s.Mode = x.Front.Mode
		h.LogStep(s, proxy.OriginTxnAccept, nil)
	}
}

// entry is one line for the loggers of a frontend.
type entry struct {
	origin  proxy.LogOrigin
	format  proxy.Format      // nil writes nothing where no profile has one
	profile *proxy.LogProfile // nil: those of the loggers
	level   proxy.LogLevel
	early   bool // the totals will grow
}

// emit formats the line, once for all loggers without a profile, and gives it to them.
func (h *Home) emit(s *proxy.Stream, e entry) {
	f := s.Front
	if s.Log.Level >= 0 {
		e.level = s.Log.Level
	}
	s.Log.Early, s.Log.Origin = e.early, e.origin
	now := h.loop.Wall()
	var last *proxy.LogOverride // what h.line and h.sd hold
	made := false
	for _, l := range f.Loggers {
		if l.Sink == nil {
			continue
		}
		profile := l.Profile
		if e.profile != nil {
			profile = e.profile
		}
		o := profile.At(e.origin)
		format, sd, tag := e.format, f.LogSD, f.LogTag
		if profile != nil && profile.Tag != "" {
			tag = profile.Tag
		}
		if o != nil {
			if o.Drop {
				continue
			}
			if o.Format != nil {
				format = o.Format
			}
			if o.SD != nil {
				sd = o.SD
			}
		}
		if format == nil {
			continue
		}
		if !made || o != last {
			h.line, h.sd = format.Append(h.line[:0], s), h.sd[:0]
			if sd != nil {
				h.sd = sd.Append(h.sd, s)
			}
			made, last = true, o
		}
		l.Sink.Write(h.id, l, e.level, now, tag, h.sd, h.line)
	}
}
