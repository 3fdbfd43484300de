package rule

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// Set is a set of rule sets: those in which an action is legal.
type Set uint16

// The rule sets.
const (
	TCPConnection     Set = 1 << iota // tcp-request connection
	TCPSession                        // tcp-request session
	TCPContent                        // tcp-request content
	TCPResponse                       // tcp-response content
	HTTPRequest                       // http-request
	HTTPResponse                      // http-response
	HTTPAfterResponse                 // http-after-response
	QUICInitial                       // quic-initial
	Redirect                          // the redirect keyword, which is older than the action of its name
	HTTPError                         // http-error, which is no rule set but is read like one
	OldRequest                        // reqrep and its kin: the keyword is the action
	OldResponse                       // rsprep and its kin
	nSets             = 12

	TCPRequest = TCPConnection | TCPSession | TCPContent
	HTTPReply  = HTTPResponse | HTTPAfterResponse
)

// ruleSet is what one rule set is called and where its expressions run.
type ruleSet struct {
	name        string
	front, back sample.Places
	http        bool // messages and warnings have the form of the HTTP rule sets
}

var ruleSets = [nSets]ruleSet{
	{"tcp-request connection", sample.FrontTCPConn, 0, false},
	{"tcp-request session", sample.FrontTCPSess, 0, false},
	{"tcp-request content", sample.FrontTCPReq, sample.BackTCPReq, false},
	{"tcp-response content", sample.FrontTCPRes, sample.BackTCPRes, false},
	{"http-request", sample.FrontHTTPReq, sample.BackHTTPReq, true},
	{"http-response", sample.FrontHTTPRes, sample.BackHTTPRes, true},
	{"http-after-response", sample.FrontHTTPRes, sample.BackHTTPRes, true},
	{"quic-initial", sample.FrontTCPConn, 0, true},
	{"redirect", sample.FrontHTTPReq, sample.BackHTTPReq, true},
	{"http-error", 0, 0, true},
	{"req", sample.FrontHTTPReq, sample.BackHTTPReq, false},
	{"rsp", sample.FrontHTTPRes, sample.BackHTTPRes, false},
}

// Sets returns the rule sets one by one.
func Sets() []Set {
	all := make([]Set, nSets)
	for i := range all {
		all[i] = 1 << i
	}
	return all
}

// alone reports whether the keyword of a line is its action, so that no name of a set goes before it.
func (s Set) alone() bool { return s&(Redirect|OldRequest|OldResponse) != 0 }

// raw reports whether the rules run on connections and bytes, whose messages have a form of their own.
func (s Set) raw() bool { return s&(TCPRequest|TCPResponse) != 0 }

func (s Set) row() ruleSet {
	for i := range ruleSets {
		if s&(1<<i) != 0 {
			return ruleSets[i]
		}
	}
	return ruleSet{name: "nothing"}
}

// String returns the words that begin a line of the rule set.
func (s Set) String() string { return s.row().name }

// Where returns where the expressions of a rule set run in a proxy: on the sides that it has, except for those of
// responses, which a section with both sides runs as a backend.
func (s Set) Where(px *proxy.Proxy) sample.Places {
	r := s.row()
	switch {
	case px == nil || px.Caps&proxy.CapDefaults != 0:
		return r.front | r.back
	case s&(HTTPReply|TCPResponse|OldResponse) != 0 && px.IsBack():
		return r.back
	case px.IsFront() && px.IsBack():
		return r.front | r.back
	case px.IsFront():
		return r.front
	}
	return r.back
}
