package proxy

import (
	"sync/atomic"

	"sluice/internal/loop"
	"sluice/internal/value"
)

// CheckConf is what a server line says about checks (configuration.txt 5.2). Times are in nanoseconds, 0: not given.
type CheckConf struct {
	Enabled                     bool // check
	Inter, FastInter, DownInter int64
	Rise, Fall                  int
	Addr                        *Addr // addr
	Port                        int   // port
	SendProxy                   bool
	ViaSocks4                   bool
	SSL                         bool // check-ssl, or as the traffic
	SNI                         string
	NoAutoSNI                   bool         // no-check-sni-auto
	ALPN                        []string     // nil: that of the server
	Named                       *HealthCheck // healthcheck: in place of the backend's
	TLS                         Securer      // puts TLS on connections of checks that want it; nil where none does

	Observe    Observe
	OnError    OnError
	ErrorLimit int

	Agent AgentConf
}

// AgentConf is what a server line says about its agent.
type AgentConf struct {
	Enabled bool // agent-check
	Inter   int64
	Port    int
	Addr    *Addr
	Send    string
}

// Observe is which part of the traffic tells of a server's health.
type Observe uint8

// The parts.
const (
	ObserveNone Observe = iota
	ObserveLayer4
	ObserveLayer7
)

// OnError is what happens after error-limit failures that were observed in a row.
type OnError uint8

// The reactions.
const (
	OnErrorFailCheck OnError = iota
	OnErrorFastInter
	OnErrorSuddenDeath
	OnErrorMarkDown
)

// HealthCheck is how the servers of a backend are checked (configuration.txt 4.2, option httpchk and its kin).
type HealthCheck struct {
	Kind  string // the option without "option ", "" for a connection alone
	Steps []CheckStep
	// Written says that somebody wrote steps down, beyond the option itself.
	Written    bool
	Secure     bool // a step connects with TLS of its own
	Disable404 bool // http-check disable-on-404
	SendState  bool // http-check send-state
}

// ExternalCheck is what the external-check lines of a proxy say (configuration.txt 4.2).
type ExternalCheck struct {
	Command string
	Path    string // the PATH of the command
}

// CheckStep is one rule of a check.
type CheckStep interface {
	// Run does the step. It returns CheckNext, or CheckEnd with x.Result saying what the check found.
	Run(x *CheckRun) CheckVerdict
}

// CheckVerdict is what a step decided.
type CheckVerdict uint8

// The verdicts.
const (
	CheckNext CheckVerdict = iota
	CheckEnd
)

// CheckConnect is how the connection of a check differs from what the server line says.
type CheckConnect struct {
	Default   bool // everything as on the server line
	Addr      *Addr
	Port      int
	PortExpr  Expr // the port, nil: Port
	SendProxy bool
	SSL       bool
	SNI       string
	// Host is the name that the request is for which follows, for check-sni-auto; nil where nobody wrote one, or a step of its
	// own connects.
	Host      Format
	ALPN      []string
	ViaSocks4 bool
	Linger    bool
	// Quiet says that the check sends something next, or ends: the handshake need not be acknowledged by itself.
	Quiet bool
}

// CheckDialer makes the connections of checks.
type CheckDialer interface {
	// Connect gives x a new connection in place of the one it has. On an error x.Result says what went wrong.
	Connect(x *CheckRun, how *CheckConnect) CheckVerdict
	// Room gives x.In its memory, which lasts as long as the check.
	Room(x *CheckRun)
}

// CheckRun is one check of one server under way. It belongs to a loop, and is pooled.
type CheckRun struct {
	Server *Server
	Health *HealthCheck
	Stream *Stream // what expressions see: the server, and the variables of the check
	Vars   Vars    // of scope check
	Task   *loop.Task
	Dialer CheckDialer

	Conn     loop.Conn
	How      *CheckConnect // of the connection at hand
	Deadline int64         // for what is under way
	In       []byte        // received and not consumed
	EOF      bool          // no more will come, or fits
	Head     int           // bytes of In that are the head of the HTTP response, once Parsed
	Parsed   bool          // Stream.Res is the head of the response at hand
	Looked   int           // bytes of In that were looked at for the end of a head
	Asked    CheckAsked    // the HTTP request at hand
	Body     []byte        // of the HTTP response at hand
	Joined   []byte        // memory for a body that came in chunks
	Step     CheckStep     // that runs
	Result   CheckResult
	Sent     bool // something was written on the connection
	Secured  bool // a connection had TLS
	Judged   bool // a step looked at what the server said
}

// End ends the check with a result.
func (x *CheckRun) End(o Outcome, code int, text string) CheckVerdict {
	x.Result = CheckResult{Outcome: o, Code: code, Text: text}
	return CheckEnd
}

// CheckAsked is what must be known of an HTTP request to read its response.
type CheckAsked struct {
	Method  value.Method
	Upgrade bool
}

// CheckResult is what a check found.
type CheckResult struct {
	Outcome Outcome
	Code    int    // of the protocol, 0 without
	Text    string // what was received, or what went wrong
}

// Outcome is the result of a check by the layer that decided it, with the numbers of state files.
type Outcome uint8

// The outcomes.
const (
	OutcomeUnknown Outcome = iota
	OutcomeInit            // not checked yet
	OutcomeStart
	OutcomeChecked
	OutcomeHana     // by observing the traffic
	OutcomeSockErr  // the system refused something
	OutcomeL4OK     // connected
	OutcomeL4Tout   // not connected in time
	OutcomeL4Con    // refused
	OutcomeL6OK     // handshake done
	OutcomeL6Tout   // no handshake in time
	OutcomeL6Rsp    // no handshake
	OutcomeL7Tout   // no answer in time
	OutcomeL7Rsp    // not an answer of the protocol
	_               // what follows has a code
	OutcomeL7OK     // a good answer
	OutcomeL7OKC    // a good answer that asks for no new load
	OutcomeL7Sts    // an answer that says that something is wrong
	OutcomeProcErr  // a program could not be run
	OutcomeProcTout // a program did not end in time
	OutcomeProcOK   // a program succeeded
	nOutcomes
)

// outcomes are the words of each: in statistics, and in sentences.
var outcomes = [nOutcomes]struct {
	word, text string
	verdict    Finding
}{
	OutcomeUnknown:  {"UNK", "Unknown", FoundNothing},
	OutcomeInit:     {"INI", "Initializing", FoundNothing},
	OutcomeStart:    {"", "", FoundNothing},
	OutcomeChecked:  {"CHECKED", "No status change", FoundNeutral},
	OutcomeHana:     {"HANA", "Health analyze", FoundBad},
	OutcomeSockErr:  {"SOCKERR", "Socket error", FoundBad},
	OutcomeL4OK:     {"L4OK", "Layer4 check passed", FoundGood},
	OutcomeL4Tout:   {"L4TOUT", "Layer4 timeout", FoundBad},
	OutcomeL4Con:    {"L4CON", "Layer4 connection problem", FoundBad},
	OutcomeL6OK:     {"L6OK", "Layer6 check passed", FoundGood},
	OutcomeL6Tout:   {"L6TOUT", "Layer6 timeout", FoundBad},
	OutcomeL6Rsp:    {"L6RSP", "Layer6 invalid response", FoundBad},
	OutcomeL7Tout:   {"L7TOUT", "Layer7 timeout", FoundBad},
	OutcomeL7Rsp:    {"L7RSP", "Layer7 invalid response", FoundBad},
	OutcomeL7OK:     {"L7OK", "Layer7 check passed", FoundGood},
	OutcomeL7OKC:    {"L7OKC", "Layer7 check conditionally passed", FoundStopping},
	OutcomeL7Sts:    {"L7STS", "Layer7 wrong status", FoundBad},
	OutcomeProcErr:  {"PROCERR", "External check error", FoundBad},
	OutcomeProcTout: {"PROCTOUT", "External check timeout", FoundBad},
	OutcomeProcOK:   {"PROCOK", "External check passed", FoundGood},
}

// String returns the word of statistics (management.txt 9.1, check_status).
func (o Outcome) String() string { return outcomes[o].word }

// Text returns the outcome in words.
func (o Outcome) Text() string { return outcomes[o].text }

// Finding returns what the outcome says of the server.
func (o Outcome) Finding() Finding { return outcomes[o].verdict }

// HasCode reports whether a code of the protocol belongs to the outcome.
func (o Outcome) HasCode() bool { return o > OutcomeL7Rsp }

// Finding is what a check says of a server, with the numbers of state files.
type Finding uint8

// The findings.
const (
	FoundNothing Finding = iota
	FoundNeutral
	FoundBad
	FoundGood
	FoundStopping // good, but no new load
)

// CheckState is the running state of a server's health check, or of its agent check.
type CheckState struct {
	Health  atomic.Int32 // 0 to rise+fall-1
	Fails   atomic.Int64 // failed checks while the server was up
	Last    atomic.Pointer[CheckStatus]
	Off     atomic.Bool // by the runtime API: disable health, disable agent
	Running atomic.Bool // one is under way

	// Target is where checks go when the runtime API says so, nil: as configured.
	Target atomic.Pointer[CheckTarget]
	// Kick is set by the machine that runs the checks: it brings the next one forward to the given delay.
	Kick func(delay int64)
}

// CheckTarget is where checks of one server go, by the runtime API.
type CheckTarget struct {
	Addr *Addr // nil: as configured
	Port int   // 0: as configured
	Send string
	// Sends says that Send counts.
	Sends bool
}

// CheckStatus is the outcome of the last check, replaced as a whole.
type CheckStatus struct {
	CheckResult
	Duration int64 // milliseconds, negative: none
}

// Observed counts what the traffic tells of a server (configuration.txt 5.2, observe).
type Observed struct {
	InRow atomic.Int32 // errors in a row
	Fails atomic.Int64 // times that the limit was reached
	// React is set by the machine that runs the checks: it is told when error-limit is reached.
	React func(text string)
}

// Watched reports whether anything checks the server.
func (srv *Server) Watched() bool {
	return srv.Check.Enabled || srv.Check.Agent.Enabled || srv.Tracked != nil
}

// HealthChecked reports whether health checks are made: configured, and not suspended.
func (srv *Server) HealthChecked() bool { return srv.Check.Enabled && !srv.State.Check.Off.Load() }

// AgentChecked reports whether the agent is asked: configured, and not suspended.
func (srv *Server) AgentChecked() bool { return srv.Check.Agent.Enabled && !srv.State.Agent.Off.Load() }

// Checked returns the server whose checks tell of srv: the one at the end of its track options.
func (srv *Server) Checked() *Server {
	for srv.Tracked != nil {
		srv = srv.Tracked
	}
	return srv
}
