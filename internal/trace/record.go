// Package trace keeps what happened to one request and prints it: the rules it met in order, the tests that decided
// them, what was rewritten, the choice of backend and server with its reason, and the heads that left. `sluice explain`
// and the command `trace requests` of the runtime API show the same record.
package trace

import (
	"net/netip"

	"sluice/internal/proxy"
)

// Record is what happened to one request, or to one TCP session.
type Record struct {
	ID       uint64
	Mode     proxy.Mode
	Method   string
	Target   string
	Version  string // as received, "HTTP/1.1"
	Fields   []Field
	Src, Dst netip.AddrPort
	Frontend *proxy.Proxy
	Bind     *proxy.Bind
	Why      string // why this frontend, when somebody chose it
	Steps    []Step
	Backend  *proxy.Proxy  // where it ended, nil without
	Server   *proxy.Server // likewise
	Status   int           // of the answer to the client, 0 without
	End      string        // termination state (configuration.txt 8.5)
	Unread   bool          // the request could not be read
	Cut      bool          // more happened than the limits let in
}

// Field is one header field.
type Field struct{ Name, Value string }

// Kind is what a step is about.
type Kind uint8

// The kinds.
const (
	KindRule    Kind = iota // a rule with an action
	KindChoice              // a line with a condition and no action: use_backend, use-server, force-persist
	KindChange              // a change that an option made
	KindBackend             // the choice of the backend
	KindBalance             // the choice of the server
	KindNote                // anything else
	KindSent                // the head as sent to the server
	KindAnswer              // the head as sent to the client
)

// kindNames are the words of the JSON form.
var kindNames = [...]string{"rule", "choice", "change", "backend", "balance", "note", "sent", "answer"}

// String returns the word of the JSON form.
func (k Kind) String() string { return kindNames[k] }

// Step is one thing that happened. Which fields count depends on Kind.
type Step struct {
	Kind    Kind
	Set     string       // rule set: "http-request", "use_backend", "options"
	Proxy   *proxy.Proxy // whose rule set it is, or the backend that was chosen
	Pos     proxy.Pos
	Text    string // the line, a reason, a head
	Matched bool
	Verdict string // what the action decided, a word of verdicts
	Chosen  string // what a choice named, the algorithm of a balancing, the kind of a note
	Server  *proxy.Server
	Body    []byte
	Terms   []Term
	Changes []Change
}

// Term is one test of a condition.
type Term struct {
	ACL     string
	Test    string
	Pos     proxy.Pos
	Negated bool
	Type    string // of the sample, empty when there was none
	Value   string
	Matched bool
	Unknown bool
}

// Change is one rewrite. A nil side does not exist.
type Change struct {
	What          string
	Before, After *string
}

// Limits bound a record.
type Limits struct {
	Steps int // steps, tests and rewrites together
	Value int // bytes of one value
	Head  int // bytes of one head or body
}

// Live returns the limits of records of a process that serves.
func Live() Limits { return Limits{Steps: 512, Value: 512, Head: 4096} }

// Offline returns the limits of the record of a request that is only explained.
func Offline() Limits { return Limits{Steps: 100000, Value: 65536, Head: 1 << 20} }

// verdicts are the words for what an action decided.
var verdicts = [...]string{
	proxy.Continue:      "continue",
	proxy.Stop:          "stop",
	proxy.Deny:          "deny",
	proxy.Abort:         "close",
	proxy.Reply:         "answer",
	proxy.NeedInput:     "wait",
	proxy.Answered:      "answered",
	proxy.InternalError: "error",
}
