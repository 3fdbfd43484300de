package fetch

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// timerRows are the fetches of times and byte counts (configuration.txt 7.3.3, 7.3.6, 8.4).
func timerRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "bc.timer.connect", Doc: "Time to connect to the server.", Out: value.Sint, Uses: sample.ServerAddress, Eval: timer((*proxy.Stream).TimerTc)},
		{Name: "bytes_in", Doc: "Bytes received from the client.", Out: value.Sint, Uses: sample.RequestTotals, Eval: count(func(l *proxy.LogState) uint64 { return l.BytesIn })},
		{Name: "bytes_out", Doc: "Bytes received from the server.", Out: value.Sint, Uses: sample.ResponseTotals, Eval: count(func(l *proxy.LogState) uint64 { return l.ResIn })},
		{Name: "fc.timer.handshake", Doc: "Time of the handshakes.", Out: value.Sint, Uses: sample.ClientAddress, Eval: timer((*proxy.Stream).TimerTh)},
		{Name: "fc.timer.total", Doc: "Time of the whole stream.", Out: value.Sint, Uses: sample.SessionTotals, Eval: timer((*proxy.Stream).TimerTt)},
		{Name: "req.bytes_in", Doc: "Bytes received from the client.", Out: value.Sint, Uses: sample.RequestTotals, Eval: count(func(l *proxy.LogState) uint64 { return l.BytesIn })},
		{Name: "req.bytes_out", Doc: "Bytes sent to the server.", Out: value.Sint, Uses: sample.RequestTotals, Eval: count(func(l *proxy.LogState) uint64 { return l.ReqOut })},
		{Name: "req.timer.hdr", Doc: "Time to receive the request's head.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: timer((*proxy.Stream).TimerTR)},
		{Name: "req.timer.idle", Doc: "Idle time before the request.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: timer((*proxy.Stream).TimerTi)},
		{Name: "req.timer.queue", Doc: "Time in queues.", Out: value.Sint, Uses: sample.ServerAddress, Eval: timer((*proxy.Stream).TimerTw)},
		{Name: "req.timer.tq", Doc: "Time from accept to the end of the request's head.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: timer((*proxy.Stream).TimerTq)},
		{Name: "request_date", Doc: "Date of the request's first byte.", Args: "[string]", Out: value.Sint, Uses: sample.RequestLine, Eval: requestDate, Check: checkUnit(0)},
		{Name: "res.bytes_in", Doc: "Bytes received from the server.", Out: value.Sint, Uses: sample.ResponseTotals, Eval: count(func(l *proxy.LogState) uint64 { return l.ResIn })},
		{Name: "res.bytes_out", Doc: "Bytes sent to the client.", Out: value.Sint, Uses: sample.ResponseTotals, Eval: count(func(l *proxy.LogState) uint64 { return l.BytesOut - uint64(l.Saved) })},
		{Name: "res.timer.data", Doc: "Time of the response's transfer.", Out: value.Sint, Uses: sample.ResponseTotals, Eval: timer((*proxy.Stream).TimerTd)},
		{Name: "res.timer.hdr", Doc: "Time of the server to respond.", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: timer((*proxy.Stream).TimerTr)},
		{Name: "txn.timer.total", Doc: "Active time of the request.", Out: value.Sint, Uses: sample.StreamTotals, Eval: timer((*proxy.Stream).TimerTa)},
		{Name: "txn.timer.user", Doc: "Time of the stream as its client sees it.", Out: value.Sint, Uses: sample.StreamTotals, Eval: timer((*proxy.Stream).TimerTu)},
	}
}

// timer makes the fetch of one of the timers of configuration.txt 8.4.
func timer(get func(*proxy.Stream) int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetInt(get(s))
		return true
	}
}

func count(get func(*proxy.LogState) uint64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetInt(int64(get(&s.Log)))
		return true
	}
}

func requestDate(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	unit := int64(1e9)
	if a.Has(0) {
		unit = a[0].Int
	}
	ns := s.Times.RequestNs
	if ns == 0 {
		ns = s.Times.AcceptNs
	}
	v.SetInt(ns / unit)
	return true
}
