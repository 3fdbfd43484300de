package sample

import (
	"sluice/internal/proxy"
)

// alias is the row of one %name of a format (configuration.txt 8.2.6).
type alias struct {
	Name string
	Doc  string        // one sentence
	HTTP bool          // means something in HTTP streams only
	Wait proxy.LogWait // what must have happened before it has a value
	Put  func(w *writer)
}

// aliasTable holds every alias but %o, which is no item.
// size: a table with one line for each alias.
func aliasTable() []alias {
	return []alias{
		{Name: "B", Doc: "Bytes received from the server.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.total(int64(w.s.Log.ResIn)) }},
		{Name: "CC", Doc: "Cookie captured in the request.", HTTP: true, Wait: proxy.WaitRequest, Put: func(w *writer) { w.text(w.s.Log.ReqCookie) }},
		{Name: "CS", Doc: "Cookie captured in the response.", HTTP: true, Wait: proxy.WaitResponse, Put: func(w *writer) { w.text(w.s.Log.ResCookie) }},
		{Name: "H", Doc: "Name of the host that the process runs on.", Put: func(w *writer) { w.string(w.process().Host) }},
		{Name: "HM", Doc: "Method of the request.", HTTP: true, Wait: proxy.WaitRequest, Put: putMethod},
		{Name: "HP", Doc: "Target of the request without its query string.", HTTP: true, Wait: proxy.WaitRequest, Put: putTargetPath},
		{Name: "HPO", Doc: "Path of the request.", HTTP: true, Wait: proxy.WaitRequest, Put: putPath},
		{Name: "HQ", Doc: "Query string of the request with its question mark.", HTTP: true, Wait: proxy.WaitRequest, Put: putQuery},
		{Name: "HU", Doc: "Target of the request.", HTTP: true, Wait: proxy.WaitRequest, Put: putTarget},
		{Name: "HV", Doc: "Version of the request.", HTTP: true, Wait: proxy.WaitRequest, Put: putVersion},
		{Name: "ID", Doc: "Unique id of the stream.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.text(w.s.UniqueID()) }},
		{Name: "OG", Doc: "Moment at which the line is made.", Put: func(w *writer) { w.string(originNames[w.s.Log.Origin]) }},
		{Name: "ST", Doc: "Status of the response.", Wait: proxy.WaitResponse, Put: putStatus},
		{Name: "T", Doc: "Date of accept in UTC with zone.", Put: func(w *writer) { w.zoned(w.s.Times.AcceptNs, false) }},
		{Name: "TR", Doc: "Time to receive the request's head.", HTTP: true, Wait: proxy.WaitRequest, Put: func(w *writer) { w.number(w.s.TimerTR()) }},
		{Name: "Ta", Doc: "Active time of the request.", HTTP: true, Wait: proxy.WaitBytes, Put: func(w *writer) { w.total(w.s.TimerTa()) }},
		{Name: "Tc", Doc: "Time to connect to the server.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.number(w.s.TimerTc()) }},
		{Name: "Td", Doc: "Time of the response's transfer.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.number(w.s.TimerTd()) }},
		{Name: "Th", Doc: "Time of the handshakes.", Put: func(w *writer) { w.number(w.s.TimerTh()) }},
		{Name: "Ti", Doc: "Idle time before the request.", HTTP: true, Wait: proxy.WaitRequest, Put: func(w *writer) { w.number(w.s.TimerTi()) }},
		{Name: "Tl", Doc: "Date of accept in local time with zone.", Put: func(w *writer) { w.zoned(w.s.Times.AcceptNs, true) }},
		{Name: "Tq", Doc: "Time from accept to the end of the request's head.", HTTP: true, Wait: proxy.WaitRequest, Put: func(w *writer) { w.number(w.s.TimerTq()) }},
		{Name: "Tr", Doc: "Time of the server to respond.", HTTP: true, Wait: proxy.WaitResponse, Put: func(w *writer) { w.number(w.s.TimerTr()) }},
		{Name: "Ts", Doc: "Date of accept in seconds since 1970.", Put: func(w *writer) { w.wide(uint64(w.s.Times.AcceptNs/1e9), 4) }},
		{Name: "Tt", Doc: "Time of the whole stream.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.total(w.s.TimerTt()) }},
		{Name: "Tu", Doc: "Time of the whole stream without the idle time.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.total(w.s.TimerTu()) }},
		{Name: "Tw", Doc: "Time in queues.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.number(w.s.TimerTw()) }},
		{Name: "U", Doc: "Bytes received from the client.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.total(int64(w.s.Log.BytesIn)) }},
		{Name: "ac", Doc: "Connections of the process.", Put: func(w *writer) { w.number(w.counts().process) }},
		{Name: "b", Doc: "Name of the backend.", Wait: proxy.WaitServer, Put: func(w *writer) { w.string(w.backend()) }},
		{Name: "bc", Doc: "Connections of the backend.", Wait: proxy.WaitServer, Put: func(w *writer) { w.number(w.counts().back) }},
		{Name: "bi", Doc: "Own address towards the server.", Wait: proxy.WaitServer, Put: func(w *writer) { w.ip(w.s.BackSrc()) }},
		{Name: "bp", Doc: "Own port towards the server.", Wait: proxy.WaitServer, Put: func(w *writer) { w.port(w.s.BackSrc()) }},
		{Name: "bq", Doc: "Position in the backend's queue.", Wait: proxy.WaitServer, Put: func(w *writer) { w.number(int64(w.s.LB.QueuedBack)) }},
		{Name: "ci", Doc: "Address of the client.", Put: putClientIP},
		{Name: "cp", Doc: "Port of the client.", Put: putClientPort},
		{Name: "f", Doc: "Name of the frontend.", Put: func(w *writer) { w.string(w.frontend()) }},
		{Name: "fc", Doc: "Connections of the frontend.", Put: func(w *writer) { w.number(w.counts().front) }},
		{Name: "fi", Doc: "Address that the client connected to.", Put: putFrontIP},
		{Name: "fp", Doc: "Port that the client connected to.", Put: putFrontPort},
		{Name: "ft", Doc: "Name of the frontend, with a tilde behind it over TLS.", Put: putTransport},
		{Name: "hr", Doc: "Captured request headers between braces.", Wait: proxy.WaitRequest, Put: func(w *writer) { w.captures(w.s.Log.ReqCapture) }},
		{Name: "hrl", Doc: "Captured request headers one by one.", Wait: proxy.WaitRequest, Put: func(w *writer) { w.captureList(w.s.Log.ReqCapture) }},
		{Name: "hs", Doc: "Captured response headers between braces.", Wait: proxy.WaitResponse, Put: func(w *writer) { w.captures(w.s.Log.ResCapture) }},
		{Name: "hsl", Doc: "Captured response headers one by one.", Wait: proxy.WaitResponse, Put: func(w *writer) { w.captureList(w.s.Log.ResCapture) }},
		{Name: "lc", Doc: "Number of log lines of the frontend before this one.", Put: func(w *writer) { w.wide(uint64(w.line), 4) }},
		{Name: "ms", Doc: "Milliseconds of the date of accept.", Put: func(w *writer) { w.milliseconds(w.s.Times.AcceptNs) }},
		{Name: "pid", Doc: "Number of the process.", Put: func(w *writer) { w.wide(uint64(w.process().PID), 4) }},
		{Name: "r", Doc: "First line of the request.", HTTP: true, Wait: proxy.WaitRequest, Put: putRequestLine},
		{Name: "rc", Doc: "Connection retries, with a plus after a redispatch.", Wait: proxy.WaitServer, Put: putRetries},
		{Name: "rt", Doc: "Number of the stream in the process.", Put: func(w *writer) { w.wide(uint64(uint32(w.s.ID)), 4) }},
		{Name: "s", Doc: "Name of the server.", Wait: proxy.WaitServer, Put: func(w *writer) { w.string(w.server()) }},
		{Name: "sc", Doc: "Connections of the server.", Wait: proxy.WaitServer, Put: func(w *writer) { w.number(w.counts().server) }},
		{Name: "si", Doc: "Address of the server.", Wait: proxy.WaitServer, Put: func(w *writer) { w.ip(w.s.Log.BackDst) }},
		{Name: "sp", Doc: "Port of the server.", Wait: proxy.WaitServer, Put: func(w *writer) { w.port(w.s.Log.BackDst) }},
		{Name: "sq", Doc: "Position in the server's queue.", Wait: proxy.WaitServer, Put: func(w *writer) { w.number(int64(w.s.LB.QueuedSrv)) }},
		{Name: "sslc", Doc: "Cipher of the client's TLS connection.", Put: putTLSCipher},
		{Name: "sslv", Doc: "Version of the client's TLS connection.", Put: putTLSVersion},
		{Name: "t", Doc: "Date of accept in local time with milliseconds.", Put: func(w *writer) { w.date(w.s.Times.AcceptNs) }},
		{Name: "tr", Doc: "Date of the request in local time with milliseconds.", HTTP: true, Put: func(w *writer) { w.date(w.requested()) }},
		{Name: "trg", Doc: "Date of the request in UTC with zone.", HTTP: true, Put: func(w *writer) { w.zoned(w.requested(), false) }},
		{Name: "trl", Doc: "Date of the request in local time with zone.", HTTP: true, Put: func(w *writer) { w.zoned(w.requested(), true) }},
		{Name: "ts", Doc: "Termination state.", Wait: proxy.WaitBytes, Put: func(w *writer) { w.termination(false) }},
		{Name: "tsc", Doc: "Termination state with those of the cookies.", HTTP: true, Wait: proxy.WaitBytes, Put: func(w *writer) { w.termination(true) }},
	}
}

var originNames = [...]string{"unspec", "sess_error", "sess_killed", "txn_accept", "txn_request", "txn_connect", "txn_response", "txn_close",
	"quic-init", "tcp-req-conn", "tcp-req-sess", "tcp-req-cont", "tcp-res-cont", "http-req", "http-res", "http-after-res"}
