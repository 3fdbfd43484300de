package stream

import (
	"fmt"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// endStream writes the log and the counters of a finished stream, once.
func (w *worker) endStream() {
	s := w.s
	if w.ended {
		return
	}
	w.ended = true
	w.up.end()
	w.down.end()
	s.Times.Close = w.sinceStart()
	s.Log.BytesIn += w.up.bodyBytes()
	s.Log.ReqOut += w.up.sentBytes()
	s.Log.ResIn += w.down.bodyBytes()
	if !w.headOnly {
		s.Log.BytesOut += w.down.bodyBytes()
		s.Log.Saved += int64(w.down.bodyBytes()) - int64(w.down.sentBytes())
	}
	w.endFilters()
	if w.up.in != nil {
		w.up.letGo()
	}
	if w.counted {
		s.Front.State.Front.On(w.home.id).ReqTotal++
	}
	w.account()
	if s.Arena.GivenUp > 0 {
		w.countGivenUp()
	}
	w.closeLog()
	s.Track.Drop(w.home.loop.Now())
	if s.Back != nil && w.backEntered {
		s.Back.State.Back.Leave()
		w.backEntered = false
	}
	if s.Trace != nil {
		s.Trace.End(s, string(s.Term.Append(nil, true)))
	}
}

// account adds the stream to the counters of its frontend, backend and server.
func (w *worker) account() {
	s, h := w.s, w.home
	f := s.Front.State.Front.On(h.id)
	w.countTraffic(proxy.Traffic{In: s.Log.BytesIn, Out: s.Log.BytesOut, ReqOut: s.Log.ReqOut, ResIn: s.Log.ResIn,
		Saved: uint64(s.Log.Saved)})
	h.addLatency(f, s)
	if s.Mode == proxy.ModeHTTP && s.Log.Status > 0 {
		f.CountStatus(s.Log.Status)
	}
	f.FailedRewr += uint64(s.FailedRewrites)
	s.Sess.Bind.State.Front.On(h.id).FailedRewr += uint64(s.FailedRewrites)
	if s.Back == nil || !w.backEntered {
		w.countTermination(f, nil, nil)
		return
	}
	b := s.Back.State.Back.On(h.id)
	b.FailedRewr += uint64(s.FailedRewrites)
	f.SplicedIn += w.up.spliced
	f.SplicedOut += w.down.spliced
	b.SplicedIn += w.down.spliced
	b.SplicedOut += w.up.spliced
	var c *proxy.Counters
	if s.Server != nil && s.Times.Queue >= 0 {
		c = s.Server.State.On(h.id)
	}
	if s.Mode == proxy.ModeHTTP && s.Log.Status > 0 {
		b.CountStatus(s.Log.Status)
		if c != nil && s.Times.Response >= 0 {
			c.ReqTotal++
			c.CountStatus(firstStatus(s.Log.ServerStatus, s.Log.Status))
		}
	}
	s.Comp.AddTo(f, b)
	w.countTimes(b, c)
	w.countTermination(f, b, c)
}

// countGivenUp counts the stream's searches that took too long. The first of the process is told, with its expression: clients
// make more of them at will.
func (w *worker) countGivenUp() {
	s, h := w.s, w.home
	n := uint64(s.Arena.GivenUp)
	if h.eng.Proc.GivenUp.Add(n) > n {
		return
	}
	balance.Tell(s.Front, proxy.LogWarning, balance.Moment{Mono: h.loop.Now(), Wall: h.loop.Wall() / 1e9}, fmt.Appendf(nil, "%s %s: a search for the regular expression '%s' took too long and counts as "+
		"no match. Others are counted, and not told any more.", s.Front.TypeWord(), s.Front.Name, s.Arena.GivenUpOn))
}

// countTimes feeds the averages, the maxima and the histograms of backend and server.
func (w *worker) countTimes(b, c *proxy.Counters) {
	s, t := w.s, &w.s.Times
	for _, x := range [2]*proxy.Counters{b, c} {
		if x == nil {
			continue
		}
		w.home.addLatency(x, s)
		if t.Response >= 0 || s.Mode != proxy.ModeHTTP && t.Connect >= 0 {
			total := ms(t.Close - t.Handshake - t.Idle)
			x.TTime.Add(total)
			x.MaxTotalTime = max(x.MaxTotalTime, total)
		}
		if t.Queue < 0 || s.Log.Service != "" { // no server took part
			continue
		}
		q := ms(w.queueNs)
		x.QTime.Add(q)
		x.MaxQueueTime = max(x.MaxQueueTime, q)
		if t.Connect < 0 {
			continue
		}
		cn := ms(t.Connect - t.Queue)
		x.CTime.Add(cn)
		x.MaxConnTime = max(x.MaxConnTime, cn)
		if t.Response >= 0 {
			d := ms(t.Response - t.Connect)
			x.DTime.Add(d)
			x.MaxRespTime = max(x.MaxRespTime, d)
		}
	}
}

// addLatency adds the stream's timers to the histograms.
func (h *Home) addLatency(c *proxy.Counters, s *proxy.Stream) {
	t := &s.Times
	l := c.Lat
	l.Total.Add(t.Close - t.Handshake - t.Idle)
	if t.Queue >= 0 && t.Request >= 0 && s.Log.Service == "" {
		l.Queue.Add(t.Queue - t.Request)
		if t.Connect >= 0 {
			l.Connect.Add(t.Connect - t.Queue)
			if t.Response >= 0 {
				l.FirstByte.Add(t.Response - t.Connect)
			}
		}
	}
}

// countTermination counts aborts and errors by the reason the stream ended for.
func (w *worker) countTermination(f, b, c *proxy.Counters) {
	t := &w.s.Term
	switch t.Cause {
	case proxy.CauseClient, proxy.CauseCliTO:
		if t.Phase == proxy.PhaseRequest {
			if !w.countedBad {
				f.ErrReq++
				w.sess.Bind.State.Front.On(w.home.id).ErrReq++
			}
			return
		}
		if t.Phase == proxy.PhaseQueue { // no server had anything to do with it
			if w.s.Mode == proxy.ModeHTTP {
				f.CountStatus(-1)
				if b != nil {
					b.CountStatus(-1)
				}
			}
			return
		}
		f.CliAborts++
		if b != nil {
			b.CliAborts++
		}
		if c != nil {
			c.CliAborts++
		}
	case proxy.CauseServer, proxy.CauseSrvTO:
		if t.Phase != proxy.PhaseData {
			return
		}
		f.SrvAborts++
		cut := uint64(0) // a response that broke off is an invalid one too
		if w.s.Mode == proxy.ModeHTTP && t.Cause == proxy.CauseServer {
			cut = 1
		}
		if b != nil {
			b.SrvAborts++
			b.ErrResp += cut
		}
		if c != nil {
			c.SrvAborts++
			c.ErrResp += cut
		}
	case proxy.CauseProxy:
		if w.down.bad { // the framing of the response broke
			if b != nil {
				b.ErrResp++
			}
			if c != nil {
				c.ErrResp++
			}
		}
	}
}

func ms(ns int64) uint64 { return uint64(max(ns, 0)) / 1e6 }

// isNull reports whether nothing was exchanged, for option dontlognull.
func (w *worker) isNull() bool {
	s := w.s
	return s.Log.BytesIn == 0 && w.in.len() == 0 && (s.Mode != proxy.ModeTCP || s.Log.BytesOut == 0) && s.Times.Request < 0
}

// logCounters notes the numbers of connections at the moment of the log.
func (w *worker) logCounters() {
	s := w.s
	l := &s.Log
	l.ActConn = w.home.eng.Proc.Conns.Load()
	l.FeConn = s.Front.State.Front.Cur.Load()
	if s.Back != nil {
		l.BeConn = s.Back.State.Back.Cur.Load()
		if w.backEntered {
			l.BeConn--
		}
	}
	l.SrvConn = 0
	if s.Server != nil {
		l.SrvConn = s.Server.State.Cur.Load()
	}
}
