package proxy

import (
	"math"
	"net/netip"

	"sluice/internal/buf"
	"sluice/internal/loop"
	"sluice/internal/msg"
	"sluice/internal/value"
)

// Stream is one request and its response, or one TCP relay. It belongs to the loop of its session and is pooled: Reset
// makes it ready for the next one. The machine in internal/stream runs it; fetches and actions read and change it.
type Stream struct {
	Sess   *Session
	Task   *loop.Task
	Snap   *Snapshot
	Front  *Proxy
	Back   *Proxy  // nil before switching; Front itself in a listen section
	Server *Server // nil before one is chosen
	ID     uint64
	Mode   Mode // of this stream: TCP may be switched to HTTP

	// Scratch is memory for text under way: whoever uses it takes it out and puts it back.
	Scratch []byte
	samples samples
	// Parent is the stream for which this one asks an agent, nil for those of clients.
	Parent *Stream
	// Messages is memory for messages to agents.
	Messages []byte

	Req   msg.Request
	Res   msg.Response
	Arena buf.Arena

	// In is the client's input not consumed yet (tcp-request content, req.payload); Out is the server's.
	In, Out InputView
	// ReqBody and ResBody are the beginning of the bodies as far as buffered (wait-for-body).
	ReqBody, ResBody BodyView

	Times  Times
	Term   Termination
	LB     LoadBalancing
	Log    LogState
	Deny   DenyState
	Answer Answer
	Vars   StreamVars
	Comp   CompState

	// SrcOverride replaces the session's source for this stream (set-src); Dst likewise (set-dst).
	SrcOverride, DstOverride netip.AddrPort
	Tune                     Tuning
	Waiter                   BodyWaiter // set by the machine that runs the stream
	Hinter                   Hinter     // the same; nil where no interim response can be sent
	Logger                   StepLogger // the same; nil where nothing is logged
	Offloader                Offloader  // the same; nil where nothing can be offloaded
	offloads                 []OffloadState
	// Hints are the fields of an interim response that rules put together (early-hint).
	Hints msg.Fields
	// Held are the bytes of the request and of the response that are in the buffer, Grown those that rewrites added.
	Held, Grown [2]int
	// NoAfterRules keeps the http-after-response rules from an answer that their own failure made.
	NoAfterRules bool
	// FailedRewrites counts rewrites that could not be done.
	FailedRewrites int
	// MayWait says that the rules now run may wait for more input (tcp-request content before the inspect delay is
	// over); conditions then set Undecided when more input may change their answer.
	MayWait, Undecided bool
	responding         bool  // the response has begun: the request's variables are gone
	Trace              Trace // nil: off
	// Track are the stick counters of the stream. They are dropped before Reset.
	Track Trackers
	Hits  []uint64
}

// BodyWaiter is what an action asks to wait for a body (wait-for-body).
type BodyWaiter interface {
	// WaitBody waits until the body of the request, or of the response, is complete, atLeast bytes of it are there (0:
	// all of them) or the buffer is full; limit is in nanoseconds. Any other verdict than Continue ends the rules; the
	// stream has been prepared for it.
	WaitBody(s *Stream, response bool, limit int64, atLeast int) Verdict
}

// Hinter sends interim responses (RFC 8297).
type Hinter interface {
	// SendHints sends a 103 with the fields of s.Hints, unless the client speaks a version without interim responses or
	// has its answer already.
	SendHints(s *Stream)
}

// StepLogger writes a log line in the middle of a stream (do-log).
type StepLogger interface {
	// LogStep writes what the stream's frontend logs at a step; profile, when not nil, replaces those of its loggers.
	LogStep(s *Stream, step LogOrigin, profile *LogProfile)
}

func (s *Stream) flushHints() {
	if s.Hinter != nil {
		s.Hinter.SendHints(s)
	}
	s.Hints = s.Hints[:0]
}

// InputView shows bytes that were received and not consumed.
type InputView struct {
	Bytes []byte
	EOF   bool // no more will come
	Full  bool // the buffer is full
}

// BodyView shows a decoded body as far as it is buffered.
type BodyView struct {
	Bytes []byte
	Done  bool  // complete
	Size  int64 // announced size, 0 when unknown
}

// Times are the timers of configuration.txt 8.4: monotonic nanoseconds since Start, -1 when not reached.
type Times struct {
	Start     int64 // monotonic: accept or end of the previous request
	AcceptNs  int64 // wall clock of the session's accept or, for later requests, of Start
	RequestNs int64 // wall clock of the request's first byte, 0 before
	Handshake int64 // Th, a duration
	Idle      int64 // Ti, a duration
	Request   int64 // end of the request's head
	Queue     int64 // left the queue
	Connect   int64 // connected to the server
	Response  int64 // end of the response's head
	Close     int64 // end of the stream
}

// LoadBalancing is what the choice of a server needs to remember.
type LoadBalancing struct {
	Pending    Pending
	Tries      int // connection attempts left
	Conns      int // attempts made so far minus one: retries
	Redisp     bool
	Assigned   bool // Server was chosen by balancing or persistence
	Direct     bool // by persistence
	Slot       bool // a slot on Server is held
	PrevServer *Server
	Hash       uint32
	HashSet    bool
	Priority   int32 // class of set-priority-class
	Offset     int32 // ms of set-priority-offset
	QueuedSrv  int   // position in the server's queue, for %sq
	QueuedBack int   // position in the backend's queue, for %bq
	Persist    PersistFlags
}

// PersistFlags are the effect of force-persist and ignore-persist.
type PersistFlags uint8

// The flags.
const (
	PersistForce PersistFlags = 1 << iota
	PersistIgnore
)

// LogState is what the traffic log prints besides the messages.
type LogState struct {
	Line   []byte // request line as received, cut to tune.http.logurilen; nil before it came
	Status int    // of the answer to the client, -1 when none
	// ServerStatus is the status as the server sent it, 0 before.
	ServerStatus int
	BytesIn      uint64 // from the client
	BytesOut     uint64 // to the client
	ReqOut       uint64 // to the server
	ResIn        uint64 // from the server
	// Saved is how much less than BytesOut went to the client because filters changed the response.
	Saved int64
	// Counted is how much of these the counters know already (option contstats).
	Counted    Traffic
	UniqueID   []byte
	ReqCapture [][]byte // captured request headers, by slot
	ResCapture [][]byte
	ReqCookie  []byte // captured cookie "name=value"
	ResCookie  []byte
	Level      LogLevel // set-log-level; LogUnsetLevel leaves it to the log
	Done       bool     // already logged (logasap)
	Early      bool     // this line is written before the end: totals get a '+' (logasap)
	Origin     LogOrigin
	Service    string // what answered instead of a server, as %s shows it: "<STATS>"
	ActConn    int32  // counters at the end: process, frontend, backend, server
	FeConn     int32
	BeConn     int32
	SrvConn    int32
	SrcPort    uint16         // of the connection to the server
	BackSrc    netip.AddrPort // own address on the server side, as far as it is known: Stream.BackSrc
	BackDst    netip.AddrPort
	Reused     bool
	BackConn   *IdleConn // the connection to the server, as long as it is open; nil before
	BackErr    ConnError // what the last attempt to connect ended in
	LastRule   *Rule
	Waiting    *Rule  // the rule that waited when the stream ended
	BadReq     []byte // an invalid request as received, for <BADREQ>
}

// Traffic are numbers of bytes: from and to the client, to and from the server.
type Traffic struct{ In, Out, ReqOut, ResIn, Saved uint64 }

// LogUnsetLevel is LogState.Level when no rule set one.
const LogUnsetLevel LogLevel = -1

// DenyState says how a deny verdict is to be answered.
type DenyState struct {
	Status  int
	Tarpit  bool
	Invalid bool         // the request is broken: it counts as that, and the connection ends
	Reply   *StaticReply // nil: the standard answer of Status
}

// StaticReply is an answer that a rule carries: `http-request return`, `deny` with arguments, errorfiles.
type StaticReply struct {
	Page        bool   // the section's error page for Status; nothing else counts
	Group       string // http-error: the http-errors section to take the answer from
	Status      int
	Reason      string
	ContentType string
	Raw         []byte // complete message (errorfile), or nil
	Body        []byte
	BodyFormat  Format
	Headers     []ReplyHeader
}

// ReplyHeader is one `hdr <name> <fmt>`.
type ReplyHeader struct {
	Name   []byte
	Format Format
}

// Answer is an answer prepared by an action that returns Reply.
type Answer struct {
	Static *StaticReply
	Head   []byte // redirect and the like: a whole head in the arena
	Body   []byte
	Status int
	// Service makes the answer, nil for the above.
	Service Service
}

// StreamVars are the scopes that live with a stream; Check is that of a health check, nil for traffic.
type StreamVars struct {
	Txn, Req, Res Vars
	Check         *Vars
}

// Tuning is what actions may change of one stream's behaviour; 0 leaves the configuration's value.
type Tuning struct {
	TimeoutClient, TimeoutServer, TimeoutTunnel, TimeoutConnect, TimeoutQueue, TimeoutTarpit int64
	Retries                                                                                  int // set-retries, -1: not set
	NoL7Retry                                                                                bool
	StrictOff                                                                                bool // strict-mode off
	// BackMark and BackTOS are attached to the packets for the server (set-bc-mark, set-bc-tos).
	BackMark              uint32
	BackTOS               int
	BackMarked, BackTOSed bool
	Lines                 LineMarks
}

// LineMarks are what the rules about lines of the head leave for each other (reqallow, reqpass, reqsetbe).
type LineMarks struct {
	Allowed bool   // no later rule refuses the request
	Passed  *Proxy // whose rules are over
	Backend string // the first one that was chosen
}

// Reset makes s ready for a new stream and keeps its memory. It runs for every request, so it clears field by field in
// place: an assignment of the whole struct would be made on the stack and copied.
func (s *Stream) Reset() {
	if n := s.Vars.Txn.size + s.Vars.Req.size + s.Vars.Res.size; n > 0 {
		s.charge(-n)
	}
	s.Arena.Reset()
	s.Req.Reset()
	s.Res.Reset()
	s.Vars.reset()
	s.Sess, s.Snap, s.Front, s.Back, s.Server = nil, nil, nil, nil, nil
	s.ID, s.Mode = 0, 0
	s.In, s.Out = InputView{}, InputView{}
	s.ReqBody, s.ResBody = BodyView{}, BodyView{}
	s.Times = Times{Request: -1, Queue: -1, Connect: -1, Response: -1, Close: -1}
	s.Term = Termination{}
	s.LB = LoadBalancing{}
	s.LB.Pending.Stream = s
	s.Log.reset()
	s.Deny = DenyState{}
	s.Answer = Answer{}
	s.Comp = CompState{}
	s.SrcOverride, s.DstOverride = netip.AddrPort{}, netip.AddrPort{}
	s.Tune = Tuning{}
	s.Tune.Retries = -1
	s.Waiter, s.Hinter, s.Logger, s.Trace, s.Hits = nil, nil, nil, nil, nil
	s.Offloader, s.Parent, s.offloads = nil, nil, s.offloads[:0]
	s.Hints, s.Held, s.Grown = s.Hints[:0], [2]int{}, [2]int{}
	s.NoAfterRules, s.FailedRewrites = false, 0
	s.MayWait, s.Undecided, s.responding = false, false, false
	s.Track = s.Track[:0]
}

// reset forgets all variables and keeps their memory.
func (v *StreamVars) reset() {
	v.Txn.Reset()
	v.Req.Reset()
	v.Res.Reset()
	v.Check = nil
}

// reset makes l ready for a new stream.
func (l *LogState) reset() {
	req, res := l.ReqCapture, l.ResCapture
	clear(req)
	clear(res)
	*l = LogState{}
	l.Status, l.Level = -1, LogUnsetLevel
	l.ReqCapture, l.ResCapture = req[:0], res[:0]
}

// samples are values for evaluations under way, so that none of them allocates.
type samples struct {
	list [4]value.Value
	used int
}

// Borrow returns a zeroed value for one evaluation; give it back with Return in reverse order.
func (s *Stream) Borrow() *value.Value {
	n := s.samples.used
	s.samples.used++
	if n >= len(s.samples.list) {
		return new(value.Value)
	}
	v := &s.samples.list[n]
	*v = value.Value{}
	return v
}

// Return gives back the value that was borrowed last.
func (s *Stream) Return() { s.samples.used-- }

// Render returns what f makes of s, in the stream's arena.
func (s *Stream) Render(f Format) []byte {
	b := s.Scratch[:0]
	s.Scratch = nil
	b = f.Append(b, s)
	out := s.Arena.Copy(b)
	s.Scratch = b
	return out
}

// Failed reports whether the stream ended badly, as far as it went: an early end, a retry, or a 5xx answer
// (configuration.txt 4.2, option dontlog-normal).
func (s *Stream) Failed() bool {
	if s.Term.Cause != CauseNone && s.Term.Cause != CauseLocal {
		return true
	}
	return s.LB.Conns > 0 || s.Log.Status >= 500 && s.Mode == ModeHTTP
}

// UniqueID returns the stream's unique id, made by the frontend's unique-id-format at the first use; nil without one, and
// where no request came. A health check has one, too.
func (s *Stream) UniqueID() []byte {
	asks := s.Mode != ModeHTTP || s.Times.Request >= 0 || s.Vars.Check != nil
	if s.Log.UniqueID == nil && asks && s.Front != nil && s.Front.UniqueIDFormat != nil {
		s.Log.UniqueID = s.Render(s.Front.UniqueIDFormat)
	}
	return s.Log.UniqueID
}

// The sides of a stream, as indexes of Held and Grown.
const (
	SideRequest = iota
	SideResponse
)

// Grow reports whether a message may become n bytes longer: it must fit into a buffer with what of its body was received,
// and tune.maxrewrite bytes of the buffer are kept for rewrites alone (configuration.txt 3.2).
func (s *Stream) Grow(side, n int) bool {
	if n > 0 && s.Snap != nil && s.Snap.Global != nil {
		t := &s.Snap.Global.Tune
		room := t.MaxRewrite + max(t.BufSize-t.MaxRewrite-s.Held[side], 0)
		if s.Grown[side]+n > room {
			return false
		}
	}
	s.Grown[side] += n
	return true
}

// BackSrc returns the own address of the connection to the server, invalid where there was none. The kernel is asked
// once, at the first use while it is open: few configurations need it.
func (s *Stream) BackSrc() netip.AddrPort {
	if c := s.Log.BackConn; c != nil && c.Conn.IsOpen() && s.Sess.LookupDst != nil {
		if !c.Src.IsValid() && c.Addr != nil && !c.Addr.IsUnix() {
			c.Src = s.Sess.LookupDst(c.Conn.FD())
		}
		s.Log.BackSrc = c.Src
	}
	return s.Log.BackSrc
}

// AsProxy reports whether the client speaks to a proxy, so that the fields of proxies hold its credentials
// (configuration.txt 4.2, option http-use-proxy-header).
func (s *Stream) AsProxy() bool {
	return s.Front != nil && s.Front.Options.Has(OptUseProxyHeader) && len(s.Req.Target) > 0 && s.Req.Target[0] != '/' && s.Req.Target[0] != '*'
}

// Src returns the client's address as the stream shows it: after PROXY protocol and set-src.
func (s *Stream) Src() netip.AddrPort {
	if s.SrcOverride.IsValid() {
		return s.SrcOverride
	}
	if x := s.Sess.Extra; x != nil && x.SetSrc.IsValid() {
		return x.SetSrc
	}
	return s.Sess.Src
}

// Dst returns the address the client connected to: after PROXY protocol and set-dst.
func (s *Stream) Dst() netip.AddrPort {
	if s.DstOverride.IsValid() {
		return s.DstOverride
	}
	if x := s.Sess.Extra; x != nil && x.SetDst.IsValid() {
		return x.SetDst
	}
	return s.Sess.Destination()
}

// Fair is called before the i-th rule of a set and lets the tasks of other streams run when enough rules have run in a
// row (configuration.txt 3.2, tune.max-rules-at-once).
func (s *Stream) Fair(i int) {
	if i > 0 && i%s.inARow() == 0 {
		s.Task.Yield()
	}
}

// inARow returns how many rules may run in a row.
func (s *Stream) inARow() int {
	if s.Task != nil {
		if most := s.Snap.Global.Tune.MaxRulesAtOnce; most > 0 {
			return most
		}
	}
	return math.MaxInt
}

func (s *Stream) hit(r *Rule) {
	if int(r.ID) < len(s.Hits) {
		s.Hits[r.ID]++
	}
}

// Hit counts one match of the rule with that id, for rules that are not run through Rule.Run.
func (s *Stream) Hit(id uint32) {
	if int(id) < len(s.Hits) {
		s.Hits[id]++
	}
}

// Or returns own, a value that an action set, or what the configuration says when it set none.
func (t *Tuning) Or(own, configured int64) int64 {
	if own > 0 {
		return own
	}
	return configured
}
