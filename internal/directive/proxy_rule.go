package directive

import (
	"errors"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// proxyRules are the keywords of rule sets (configuration.txt 4.2, 4.3).
var proxyRules = []Keyword{
	{Name: "http-after-response", Doc: "A rule for every response, the proxy's own included.", In: config.InProxy, Max: -1,
		Parse: parseHTTPRules(rule.HTTPAfterResponse, func(r *proxy.Rules) *[]*proxy.Rule { return &r.HTTPAfterResponse })},
	{Name: "http-request", Doc: "A rule for requests.", In: config.InProxy, Max: -1,
		Parse: parseHTTPRules(rule.HTTPRequest, func(r *proxy.Rules) *[]*proxy.Rule { return &r.HTTPRequest })},
	{Name: "http-response", Doc: "A rule for responses of servers.", In: config.InProxy, Max: -1,
		Parse: parseHTTPRules(rule.HTTPResponse, func(r *proxy.Rules) *[]*proxy.Rule { return &r.HTTPResponse })},
	{Name: "quic-initial", Doc: "A rule for the first packets of QUIC connections.", In: config.InFront, Max: -1, Misplaced: config.Own, Parse: parseQUICInitial},
	{Name: "redirect", Doc: "Requests that are answered with another place.", In: config.InFrontend | config.InListen | config.InBackend, Max: -1,
		Parse: parseRedirect},
	{Name: "tcp-request", Doc: "A rule for connections, sessions, or the first bytes.", In: config.InProxy, Max: -1, Parse: parseTCPRequest},
	{Name: "tcp-response", Doc: "A rule for the first bytes of servers.", In: config.InProxy, Max: -1, Parse: parseTCPResponse},
}

// rank is the place of a rule set in the order of evaluation, to warn about lines in another order.
type rank uint8

// The ranks of a request's rules, and apart from them those of a response's.
const (
	_ rank = iota
	rankTCPConnection
	rankTCPSession
	rankTCPContent
	rankMonitor
	rankHTTPRequest
	rankRedirect
	rankUseBackend
	rankUseServer
	rankTCPResponse
	rankHTTPResponse
	rankHTTPAfterResponse
	nRanks
)

var rankNames = [nRanks]string{
	rankTCPConnection:     "a 'tcp-request connection'",
	rankTCPSession:        "a 'tcp-request session'",
	rankTCPContent:        "a 'tcp-request content'",
	rankMonitor:           "a 'monitor fail'",
	rankHTTPRequest:       "an 'http-request'",
	rankRedirect:          "a 'redirect'",
	rankUseBackend:        "a 'use_backend'",
	rankUseServer:         "a 'use-server'",
	rankTCPResponse:       "a 'tcp-response content'",
	rankHTTPResponse:      "an 'http-response'",
	rankHTTPAfterResponse: "an 'http-after-response'",
}

// ranked remembers that the section has a rule of a rank, and warns when one that runs later stands before it.
func (d *draft) ranked(l *config.Line, k rank) {
	last := rank(rankUseServer)
	if k >= rankTCPResponse {
		last = rankHTTPResponse
	}
	for later := k + 1; later <= last; later++ {
		if d.ranks&(1<<later) != 0 && !(k == rankUseBackend && later == rankUseServer) {
			_, name, _ := strings.Cut(rankNames[k], " ")
			l.Warnf(l.Name(), "a %s rule placed after %s rule will still be processed before.", name, rankNames[later])
			break
		}
	}
	d.ranks |= 1 << k
}

// parseRule reads a line of a rule set and adds it.
func (b *Builder) parseRule(l *config.Line, set rule.Set, words []config.Word, list *[]*proxy.Rule) bool {
	env := b.sampleEnv(b.at, l.Report(), place(l), 0, "")
	r, err := rule.Parse(b.lang.Actions, set, config.Values(words), b.at.scope(b), env)
	if err != nil {
		b.ruleError(l, words, err)
		return false
	}
	if row, _ := b.lang.Actions.Lookup(set, r.Name); row != nil && row.Experimental {
		b.usedExperimental = true
	}
	r.ID, r.Text = b.ruleID(), written(l)
	if b.at.ranks&(1<<rankOf(set)) == 0 || list == &b.at.Rules.Redirect {
		env.Warn = nil // what a defaults section ends with may be final: the proxy's own rules do not follow by mistake
	}
	*list = rule.Append(*list, r, set, env)
	return true
}

// ruleError reports what is wrong with a rule, at the word that it is about.
func (b *Builder) ruleError(l *config.Line, words []config.Word, err error) {
	w := l.End()
	var bad *rule.Error
	if !errors.As(err, &bad) {
		l.Errorf(w, "%v", err)
		return
	}
	if bad.Word < len(words) {
		w = words[bad.Word]
	}
	if bad.Tight {
		l.Tightf(w, "%s", bad.Text)
	} else {
		l.Errorf(w, "%s", bad.Text)
	}
}

// rankOf returns the rank of a rule set.
func rankOf(set rule.Set) rank {
	switch set {
	case rule.TCPConnection:
		return rankTCPConnection
	case rule.TCPSession:
		return rankTCPSession
	case rule.TCPContent:
		return rankTCPContent
	case rule.HTTPRequest:
		return rankHTTPRequest
	case rule.Redirect:
		return rankRedirect
	case rule.TCPResponse:
		return rankTCPResponse
	case rule.HTTPResponse:
		return rankHTTPResponse
	}
	return rankHTTPAfterResponse
}

func parseHTTPRules(set rule.Set, field func(*proxy.Rules) *[]*proxy.Rule) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if l.Place == config.InDefaults && !b.at.named {
			l.Errorf(l.Name(), "'%s' not allowed in anonymous 'defaults' section.", l.Keyword())
			return
		}
		if b.parseRule(l, set, l.Args, field(&b.at.Rules)) {
			b.at.ranked(l, rankOf(set))
		}
	}
}

// parseRedirect reads the keyword that is older than the action of its name.
func parseRedirect(b *Builder, l *config.Line) {
	if b.parseRule(l, rule.Redirect, l.Words, &b.at.Rules.Redirect) {
		b.at.ranked(l, rankRedirect)
	}
}

// parseQUICInitial reads a rule that only listeners of QUIC run.
func parseQUICInitial(b *Builder, l *config.Line) {
	switch {
	case l.Place == config.InDefaults && !b.at.named:
		l.Errorf(l.Name(), "'%s' not allowed in anonymous 'defaults' section.", l.Keyword())
	case b.at.Caps&(proxy.CapFrontend|proxy.CapDefaults) == 0:
		l.Errorf(l.Name(), "'quic-initial' : proxy '%s' has no frontend capability", b.at.Name)
	default:
		b.parseRule(l, rule.QUICInitial, l.Args, &b.at.Rules.QUICInitial)
	}
}

func parseTCPRequest(b *Builder, l *config.Line) {
	rules := &b.at.Rules
	switch w := l.Arg(0); w.Value {
	case "":
		l.Errorf(w, "missing argument for 'tcp-request' in %s '%s'", noun(b.at.Caps), b.at.Name)
	case "inspect-delay":
		b.inspectDelay(l, &rules.TCPInspect)
	case "connection":
		b.tcpRules(l, rule.TCPConnection, &rules.TCPConnection)
	case "session":
		b.tcpRules(l, rule.TCPSession, &rules.TCPSession)
	case "content":
		b.tcpRules(l, rule.TCPContent, &rules.TCPContent)
	default:
		l.Errorf(w, "'tcp-request' expects 'inspect-delay', 'connection', 'session' or 'content' in %s '%s' (got '%s')%s",
			noun(b.at.Caps), b.at.Name, w.Value, config.Suggest(w.Value, []string{"inspect-delay", "connection", "session", "content"}))
	}
}

func parseTCPResponse(b *Builder, l *config.Line) {
	w := l.Arg(0)
	if w.Value == "inspect-delay" || w.Value == "content" {
		if b.at.Caps&(proxy.CapBackend|proxy.CapDefaults) == 0 {
			l.Errorf(w, "tcp-response %s is only allowed in 'backend' sections or 'defaults' section with a name", w.Value)
			return
		}
	}
	switch w.Value {
	case "":
		l.Errorf(w, "missing argument for 'tcp-response' in %s '%s'", noun(b.at.Caps), b.at.Name)
	case "inspect-delay":
		b.inspectDelay(l, &b.at.Rules.TCPResponseInspect)
	case "content":
		b.tcpRules(l, rule.TCPResponse, &b.at.Rules.TCPResponse)
	default:
		l.Errorf(w, "'tcp-response' expects 'inspect-delay' or 'content' in %s '%s' (got '%s')", noun(b.at.Caps), b.at.Name, w.Value)
	}
}

// tcpRules reads a rule behind tcp-request or tcp-response and the name of its set.
func (b *Builder) tcpRules(l *config.Line, set rule.Set, list *[]*proxy.Rule) {
	switch {
	case b.anonymousTCP(l):
		return
	case set&(rule.TCPConnection|rule.TCPSession) != 0 && b.at.Caps&(proxy.CapFrontend|proxy.CapDefaults) == 0:
		l.Errorf(l.Arg(0), "%v is not allowed because %s %s is not a frontend", set, noun(b.at.Caps), b.at.Name)
		return
	}
	if b.parseRule(l, set, l.Args[1:], list) {
		b.at.ranked(l, rankOf(set))
	}
}

// anonymousTCP refuses rules in a defaults section without a name.
func (b *Builder) anonymousTCP(l *config.Line) bool {
	if l.Place != config.InDefaults || b.at.named {
		return false
	}
	l.Errorf(l.Name(), "%s %s is not allowed in anonymous 'defaults' sections", l.Words[0].Value, l.Arg(0).Value)
	return true
}

// inspectDelay reads how long the first bytes are waited for.
func (b *Builder) inspectDelay(l *config.Line, into *int64) {
	if b.anonymousTCP(l) {
		return
	}
	what := l.Words[0].Value + " inspect-delay"
	w := l.Arg(1)
	d, rest, err := config.ParseTime(w.Value, 1e6)
	switch {
	case w.Value == "":
		l.Errorf(w, "'%s' expects a positive delay in milliseconds, in %s '%s'", what, noun(b.at.Caps), b.at.Name)
	case err != nil && err.Overflow:
		l.Errorf(w, "'%s' expects a positive delay in milliseconds, in %s '%s' (timer overflow in '%s')", what, noun(b.at.Caps), b.at.Name, w.Value)
	case err != nil || rest != "":
		l.Errorf(w, "'%s' expects a positive delay in milliseconds, in %s '%s' (unexpected character in '%s')", what, noun(b.at.Caps), b.at.Name, w.Value)
	case *into != 0 && (b.at.from == nil || *into != inherited64(b.at, into)):
		l.Warnf(l.Name(), "ignoring %s (was already defined) in %s '%s'", what, noun(b.at.Caps), b.at.Name)
	default:
		*into = int64(d)
	}
}

// inherited64 returns what a delay of a proxy was in its defaults section.
func inherited64(d *draft, field *int64) int64 {
	if field == &d.Rules.TCPInspect {
		return d.from.Rules.TCPInspect
	}
	return d.from.Rules.TCPResponseInspect
}
