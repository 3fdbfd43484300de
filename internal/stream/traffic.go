package stream

import "sluice/internal/proxy"

// countTraffic adds what passed to the counters of the stream's frontend, socket, backend and server, less what they
// know already. passed is the whole of the stream so far.
func (w *worker) countTraffic(passed proxy.Traffic) {
	s, id := w.s, w.home.id
	known := &s.Log.Counted
	if s.Log.Service != "" { // it is in the place of a server
		passed.ReqOut, passed.ResIn = passed.In, passed.Out
	}
	d := proxy.Traffic{In: passed.In - known.In, Out: passed.Out - known.Out, ReqOut: passed.ReqOut - known.ReqOut,
		ResIn: passed.ResIn - known.ResIn, Saved: passed.Saved - known.Saved}
	*known = passed
	s.CountBytes(d.In, d.ResIn)
	addTraffic(s.Front.State.Front.On(id), &d)
	addTraffic(s.Sess.Bind.State.Front.On(id), &d)
	if s.Back == nil || !w.backEntered {
		return
	}
	addTraffic(s.Back.State.Back.On(id), &d)
	if s.Server != nil && s.Times.Queue >= 0 {
		addTraffic(s.Server.State.On(id), &d)
	}
}

// addTraffic adds d on both sides. The output of old (bout) is what the servers sent; what rules made of it, and what the proxy
// answered itself, counts as sent to the client.
func addTraffic(c *proxy.Counters, d *proxy.Traffic) {
	c.BytesIn += d.In
	c.BytesOut += d.ResIn
	c.ReqIn += d.In
	c.ReqOut += d.ReqOut
	c.ResIn += d.ResIn
	c.ResOut += d.Out - d.Saved
}

// countSoFar keeps the counters up to date while a response is forwarded (configuration.txt 4.2, option contstats).
func (w *worker) countSoFar() {
	l, up, down := &w.s.Log, w.up.bodyBytes(), w.down.bodyBytes()
	passed := proxy.Traffic{In: l.BytesIn + up, Out: l.BytesOut, ReqOut: l.ReqOut + up, ResIn: l.ResIn + down}
	if !w.headOnly {
		passed.Out += down
	}
	w.countTraffic(passed)
}

// countRelay does the same for a relay.
func (w *worker) countRelay(r *relay) {
	l := &w.s.Log
	w.countTraffic(proxy.Traffic{In: l.BytesIn + r.up.moved, Out: l.BytesOut + r.down.moved,
		ReqOut: l.ReqOut + r.up.moved, ResIn: l.ResIn + r.down.moved})
}
