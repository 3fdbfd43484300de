package proxy

import (
	"sluice/internal/value"
)

// Expr is a sample expression: a fetch and its converters (configuration.txt 7.3).
type Expr interface {
	// Eval computes the expression for s into v. It reports false when there is no such sample. Bytes of the result
	// live at least until the stream's arena is reset.
	Eval(s *Stream, v *value.Value) bool
}

// Cond is the `if` or `unless` clause of a rule.
type Cond interface {
	// Match evaluates the clause. While s.MayWait is set, false together with s.Undecided means that more input may
	// change the answer.
	Match(s *Stream) bool
}

// Format is a compiled log-format.
type Format interface {
	// Append appends the line for s to dst, which may be the tail of the stream's arena.
	Append(dst []byte, s *Stream) []byte
}

// Action is what a rule does.
type Action interface {
	Run(s *Stream) Verdict
}

// ErrorAnswer is the action that http-error lines are read as: it never runs.
type ErrorAnswer interface {
	Action
	// Static returns the answer.
	Static() *StaticReply
}

// Verdict is what an action decided about the rule set it is part of.
type Verdict uint8

// The verdicts. An action that answered, closed or diverted the stream has prepared s accordingly.
const (
	Continue      Verdict = iota // next rule
	Stop                         // this rule set is over, the stream goes on (allow, accept)
	Deny                         // s.Deny says how: status and rule
	Abort                        // the connection is closed without an answer (reject, silent-drop)
	Reply                        // s.Answer holds the answer to send
	NeedInput                    // not decidable yet: more bytes may change the outcome (tcp content rules)
	Answered                     // the action had the client answered: the stream is over
	InternalError                // a 500 for the client, counted as an internal error
	CloseServer                  // the connection to the server is closed, nothing that it sent is passed on (tcp-response)
	SwitchHTTP                   // the TCP stream becomes a connection of HTTP (tcp-request content)
)

// Balancer chooses servers for a backend. Pick runs on any loop at any time.
type Balancer interface {
	// Pick returns the server for s, nil when none is usable. avoid, when not nil, is a server that just failed and
	// should not be chosen again if there is another.
	Pick(s *Stream, avoid *Server) *Server
	// Update tells that the state, weight or limit of srv changed.
	Update(srv *Server)
	// Taken and Dropped tell that srv got one stream more or less (leastconn, random, first).
	Taken(srv *Server)
	Dropped(srv *Server)
}

// Rule is one configuration line of a rule set. What each request needs of it comes first, in one cache line.
type Rule struct {
	ID     uint32 // index of the rule's hit counter in the snapshot
	Final  bool   // nothing after an unconditional one can run
	Cond   Cond   // nil: always
	Action Action
	Name   string // keyword of the action, e.g. "set-header"
	Text   string // the line, for traces
	Pos    Pos
}

// Run evaluates one rule on s: Continue when its condition does not hold.
func (r *Rule) Run(s *Stream) Verdict {
	if r.Cond != nil && !r.Cond.Match(s) {
		if s.Undecided {
			s.Undecided = false
			if s.Trace != nil {
				s.Trace.Rule(r, false, NeedInput)
			}
			return NeedInput
		}
		if s.Trace != nil {
			s.Trace.Rule(r, false, Continue)
		}
		return Continue
	}
	s.hit(r)
	s.Log.Waiting = r
	v := r.Action.Run(s)
	if v != Answered { // an action that waited in vain has the stream ended
		s.Log.Waiting = nil
	}
	if s.Trace != nil {
		s.Trace.Rule(r, true, v)
	}
	return v
}

// RunAll evaluates rules in order until one decides. last is the rule that did, nil without. A long set lets other
// streams have their turn now and then.
func RunAll(rules []*Rule, s *Stream) (v Verdict, last *Rule) {
	s.Tune.StrictOff = false
	row := s.inARow()
	turn := row
	for i, r := range rules {
		if i == turn {
			s.Task.Yield()
			turn += row
		}
		if len(s.Hints) > 0 && (r.Name != EarlyHint || r.Cond != nil) {
			s.flushHints()
		}
		if v = r.Run(s); v != Continue {
			last = r
			break
		}
	}
	if len(s.Hints) > 0 {
		s.flushHints()
	}
	return v, last
}

// EarlyHint is the action whose fields gather in Stream.Hints: rules of it that follow each other without a
// condition make one response.
const EarlyHint = "early-hint"

// Rules are the rule sets of a proxy, in the manual's order of evaluation (configuration.txt 4.2).
type Rules struct {
	TCPConnection, TCPSession, TCPContent []*Rule // tcp-request ...
	TCPInspect                            int64   // tcp-request inspect-delay, ns
	HTTPRequest, HTTPResponse             []*Rule
	HTTPAfterResponse                     []*Rule
	TCPResponse                           []*Rule
	TCPResponseInspect                    int64
	HTTPError                             []*Rule
	QUICInitial                           []*Rule
	Redirect                              []*Rule // `redirect` keyword
	OldRequest, OldResponse               []*Rule // reqrep, rsprep and their kin; reqadd and rspadd last
	Switching                             []*SwitchRule
	UseServer                             []*UseServerRule
	Persist                               []*PersistRule
	Stick                                 []*StickRule
	ForceSwitch                           []*ForceSwitchRule
	Filters                               FilterSet
}

func (r Rules) clone() Rules {
	c := r
	for _, p := range []*[]*Rule{&c.TCPConnection, &c.TCPSession, &c.TCPContent, &c.HTTPRequest, &c.HTTPResponse,
		&c.HTTPAfterResponse, &c.TCPResponse, &c.HTTPError, &c.QUICInitial, &c.Redirect,
		&c.OldRequest, &c.OldResponse} {
		*p = append([]*Rule(nil), *p...)
	}
	c.Switching = append([]*SwitchRule(nil), r.Switching...)
	c.UseServer = append([]*UseServerRule(nil), r.UseServer...)
	c.Persist = append([]*PersistRule(nil), r.Persist...)
	c.Stick = append([]*StickRule(nil), r.Stick...)
	c.ForceSwitch = append([]*ForceSwitchRule(nil), r.ForceSwitch...)
	c.Filters = r.Filters.clone()
	return c
}

// SwitchRule is a use_backend line: a name, or a format that is evaluated into one.
type SwitchRule struct {
	ID      uint32
	Pos     Pos
	Text    string
	Cond    Cond
	Name    string
	Backend *Proxy // resolved; nil for a dynamic name
	Format  Format // dynamic name
}

// UseServerRule is a use-server line.
type UseServerRule struct {
	ID     uint32
	Pos    Pos
	Text   string
	Cond   Cond
	Name   string
	Server *Server
	Format Format
}

// PersistRule is a force-persist or ignore-persist line.
type PersistRule struct {
	ID     uint32
	Pos    Pos
	Text   string
	Cond   Cond
	Ignore bool
}

// ForceSwitchRule is a force-be-switch line: streams that match may switch to backends that are disabled or unpublished.
type ForceSwitchRule struct {
	ID   uint32
	Pos  Pos
	Text string
	Cond Cond
}
