package directive

import (
	"errors"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// proxyRules are the keywords that begin a line of a rule set (configuration.txt 4.2 to 4.4).
var proxyRules = []Keyword{
	{Name: "http-after-response", Doc: "A rule on every response as it leaves, also on those of the proxy itself.", In: config.InProxy, Max: -1,
		Parse: httpRule(rule.HTTPAfterResponse, func(r *proxy.Rules) *[]*proxy.Rule { return &r.HTTPAfterResponse })},
	{Name: "http-request", Doc: "A rule on every request.", In: config.InProxy, Max: -1,
		Parse: httpRule(rule.HTTPRequest, func(r *proxy.Rules) *[]*proxy.Rule { return &r.HTTPRequest })},
	{Name: "http-response", Doc: "A rule on every response of a server.", In: config.InProxy, Max: -1,
		Parse: httpRule(rule.HTTPResponse, func(r *proxy.Rules) *[]*proxy.Rule { return &r.HTTPResponse })},
	{Name: "tcp-request", Doc: "A rule on connections, sessions and what they send.", In: config.InProxy, Max: -1, Parse: parseTCPRequest},
	{Name: "tcp-response", Doc: "A rule on what servers send.", In: config.InBackend | config.InListen | config.InDefaults, Max: -1, Parse: parseTCPResponse},
}

func httpRule(set rule.Set, list func(*proxy.Rules) *[]*proxy.Rule) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if b.rulesAllowed(l) {
			b.addRule(l, set, l.Args, list(&b.at.Rules))
		}
	}
}

// rulesAllowed refuses rules in a defaults section without a name: nothing could tell which proxies they were for.
func (b *Builder) rulesAllowed(l *config.Line) bool {
	if l.Place == config.InDefaults && !b.at.named {
		l.Errorf(l.End(), "'%s' not allowed in anonymous 'defaults' section.", l.Keyword())
		return false
	}
	return true
}

// addRule compiles a rule and appends it to its list.
func (b *Builder) addRule(l *config.Line, set rule.Set, args []config.Word, list *[]*proxy.Rule) {
	words := make([]string, len(args))
	for i := range args {
		words[i] = args[i].Value
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), set.Where(b.at.Proxy), set.String())
	r, err := rule.Parse(b.lang.Actions, set, words, b.at.scope(b), env)
	if err != nil {
		var bad *rule.Error
		word := l.End()
		if errors.As(err, &bad) && bad.Word >= 0 && bad.Word < len(args) {
			word = args[bad.Word]
		}
		text := strings.TrimSuffix(err.Error(), "\n")
		if bad != nil && bad.Tight {
			l.Tightf(word, "%s", text)
			return
		}
		l.Errorf(word, "%s", text)
		return
	}
	r.ID = b.ruleID()
	*list = rule.Append(*list, r, set, env)
}

func parseTCPRequest(b *Builder, l *config.Line) {
	if !b.rulesAllowed(l) {
		return
	}
	r := &b.at.Rules
	front := l.Place&(config.InFrontend|config.InListen|config.InDefaults) != 0
	switch word := l.Arg(0).Value; {
	case word == "inspect-delay":
		b.inspectDelay(l, &r.TCPInspect)
	case word == "content":
		b.addRule(l, rule.TCPContent, l.Args[1:], &r.TCPContent)
	case (word == "connection" || word == "session") && !front:
		l.Errorf(l.Arg(0), "%s %s is not allowed because %s '%s' is not a frontend.", l.Keyword(), word, noun(b.at.Caps), b.at.Name)
	case word == "connection":
		b.addRule(l, rule.TCPConnection, l.Args[1:], &r.TCPConnection)
	case word == "session":
		b.addRule(l, rule.TCPSession, l.Args[1:], &r.TCPSession)
	default:
		l.Errorf(l.Arg(0), "'%s' expects 'inspect-delay', 'connection', 'session' or 'content' (got '%s').", l.Keyword(), word)
	}
}

func parseTCPResponse(b *Builder, l *config.Line) {
	if !b.rulesAllowed(l) {
		return
	}
	r := &b.at.Rules
	switch word := l.Arg(0).Value; word {
	case "inspect-delay":
		b.inspectDelay(l, &r.TCPResponseInspect)
	case "content":
		b.addRule(l, rule.TCPResponse, l.Args[1:], &r.TCPResponse)
	default:
		l.Errorf(l.Arg(0), "'%s' expects 'inspect-delay' or 'content' (got '%s').", l.Keyword(), word)
	}
}

// inspectDelay reads the time that content rules may wait for input.
func (b *Builder) inspectDelay(l *config.Line, into *int64) {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "'%s inspect-delay' expects a positive delay in milliseconds.", l.Keyword())
		return
	}
	if d, ok := l.Time(l.Arg(1), l.Keyword()+" inspect-delay"); ok {
		*into = int64(d)
	}
}
