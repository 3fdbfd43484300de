package proxy

import "sluice/internal/value"

// Trace records what happened to one stream and why; nil is off and free. Whoever implements it copies the bytes it
// keeps: they are good during the call only. It runs on the stream's loop.
//
// What a rule did comes in this order: the terms of its condition, its rewrites, then the rule itself.
type Trace interface {
	// Head tells that the head of the request, or the TCP session, is there; false ends the record.
	Head(s *Stream) bool
	// Section begins a rule set, or a choice, of a proxy: "http-request", "use_backend".
	Section(set string, p *Proxy)
	// Term is one test of a condition.
	Term(t TraceTerm)
	// Rule is a rule with what its action decided.
	Rule(r *Rule, matched bool, v Verdict)
	// Choice is a line that has a condition but no action: use_backend, use-server, force-persist, monitor fail. out is
	// what it chose, empty for nothing.
	Choice(pos Pos, text string, matched bool, out string)
	// Rewrite is a change of a message, a variable or an address; nil is none at all.
	Rewrite(what string, before, after []byte)
	// Backend is the choice of a backend, nil for none, with the line that chose it.
	Backend(p *Proxy, pos Pos, why string)
	// Balance is the choice of a server.
	Balance(algorithm string, srv *Server, why string)
	// Note is anything else, a word for its kind first: "retry", "tarpit".
	Note(kind, text string)
	// Sent is the head of the request as written to the server.
	Sent(srv *Server, head []byte)
	// Answer is the head of the answer as written to the client, with the body when the proxy made it itself.
	Answer(head, body []byte)
	// End is the end of the stream, with its termination state.
	End(s *Stream, state string)
}

// TraceTerm is one test of a condition as it was evaluated.
type TraceTerm struct {
	ACL     string // name, empty for an anonymous one
	Test    string // the words of the test
	Pos     Pos    // where they stand
	Negated bool   // the condition asks for the opposite
	Value   *value.Value
	Matched bool // before the negation
	Unknown bool // more input may decide
}
