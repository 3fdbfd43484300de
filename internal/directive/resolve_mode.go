package directive

import (
	"slices"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// httpOptions are the options without meaning in TCP mode, in the order of HAProxy's warnings.
var httpOptions = [...]struct {
	name string
	bit  proxy.Options
	caps proxy.Caps
}{
	{"http-buffer-request", proxy.OptBufferRequest, proxy.CapListen},
	{"http-ignore-probes", proxy.OptIgnoreProbes, proxy.CapFrontend},
	{"idle-close-on-response", proxy.OptIdleCloseOnResponse, proxy.CapFrontend},
	{"prefer-last-server", proxy.OptPreferLastServer, proxy.CapBackend},
	{"accept-unsafe-violations-in-http-request", proxy.OptUnsafeRequest, proxy.CapFrontend},
	{"accept-unsafe-violations-in-http-response", proxy.OptUnsafeResponse, proxy.CapBackend},
	{"http-use-proxy-header", proxy.OptUseProxyHeader, proxy.CapFrontend},
	{"http-pretend-keepalive", proxy.OptPretendKeepAlive, proxy.CapBackend},
	{"http-no-delay", proxy.OptNoDelay, proxy.CapListen},
	{"checkcache", proxy.OptCheckCache, proxy.CapBackend},
	{"disable-h2-upgrade", proxy.OptDisableH2Upgrade, proxy.CapFrontend},
	{"http-drop-request-trailers", proxy.OptDropRequestTrailers, proxy.CapBackend},
	{"http-drop-response-trailers", proxy.OptDropResponseTrailers, proxy.CapFrontend},
}

// rawWarnings tells of the conditions of an HTTP proxy that look at raw bytes (configuration.txt 7.3.5).
func (r *resolver) rawWarnings(d *draft) {
	look := func(cond proxy.Cond, pos proxy.Pos) {
		if c, ok := cond.(*pattern.Cond); ok && c.Buffers() {
			r.report.Warnf(d.Pos, "Proxy '%s': L6 sample fetches ignored on HTTP proxies (declared at %v).", d.Name, pos)
		}
	}
	set := &d.Rules
	for _, rules := range [...][]*proxy.Rule{
		set.TCPConnection, set.TCPSession, set.TCPContent, set.TCPResponse, set.HTTPRequest, set.HTTPResponse, set.HTTPAfterResponse,
	} {
		for _, rule := range rules {
			look(rule.Cond, rule.Pos)
		}
	}
	for _, rule := range set.Switching {
		look(rule.Cond, rule.Pos)
	}
	for _, rule := range set.UseServer {
		look(rule.Cond, rule.Pos)
	}
	for _, rule := range set.Stick {
		look(rule.Cond, rule.Pos)
	}
}

// modeWarnings tells what a proxy has that its mode does not use, and takes it away.
func (r *resolver) modeWarnings(d *draft) {
	if d.Mode == proxy.ModeHTTP {
		r.rawWarnings(d)
		return
	}
	r.logMode(d)
	if d.Cookie != nil && d.IsBack() {
		r.report.Warnf(d.Pos, "cookie will be ignored for %s '%s' (needs 'mode http').", noun(d.Caps), d.Name)
		d.Cookie = nil
	}
	ignored := func(what string) {
		r.report.Warnf(d.Pos, "%s ignored for %s '%s' as it requires HTTP mode.", what, noun(d.Caps), d.Name)
	}
	if d.Stats != nil {
		ignored("'stats' statement")
		d.Stats = nil
	}
	if switchesMode(d.Rules.TCPContent) {
		return // what is for HTTP may still be used
	}
	for _, rules := range []struct {
		name string
		list *[]*proxy.Rule
	}{
		{"http-request", &d.Rules.HTTPRequest}, {"http-response", &d.Rules.HTTPResponse},
		{"http-after-response", &d.Rules.HTTPAfterResponse}, {"redirect", &d.Rules.Redirect}, {"req", &d.Rules.OldRequest}, {"rsp", &d.Rules.OldResponse},
	} {
		if len(*rules.list) > 0 {
			r.report.Warnf(d.Pos, "'%s' rules ignored for %s '%s' as they require HTTP mode.", rules.name, noun(d.Caps), d.Name)
			*rules.list = nil
		}
	}
	if len(d.Capture.Cookie) > 0 {
		ignored("'capture' statement")
		d.Capture.Cookie = nil
	}
	if d.MonitorURI != "" {
		ignored("'monitor-uri' statement")
		d.MonitorURI = ""
	}
	for _, o := range httpOptions {
		if d.Options.Has(o.bit) && d.Caps&o.caps != 0 {
			ignored("'option " + o.name + "'")
			d.Options &^= o.bit
		}
	}
	if d.Forwarded != nil && d.IsBack() {
		ignored("'option forwarded'")
		d.Forwarded = nil
	}
	if d.ForwardFor != nil {
		ignored("'option forwardfor'")
		d.ForwardFor = nil
	}
	if d.OriginalTo != nil {
		ignored("'option originalto'")
		d.OriginalTo = nil
	}
}

// switchesMode reports whether one of the rules makes HTTP of TCP.
func switchesMode(rules []*proxy.Rule) bool {
	return slices.ContainsFunc(rules, func(r *proxy.Rule) bool { return r.Name == "switch-mode" })
}

// balance settles the algorithm of a backend.
func (r *resolver) balance(d *draft) {
	if !d.IsBack() {
		return
	}
	s := &d.Balance
	if d.Mode != proxy.ModeHTTP && (s.Algo == proxy.AlgoURI || s.Algo == proxy.AlgoURLParam || s.Algo == proxy.AlgoHdr) {
		r.report.Warnf(d.Pos, "Layer 7 hash not possible for %s '%s' (needs 'mode http'). Falling back to round robin.", noun(d.Caps), d.Name)
		s.Algo = proxy.AlgoRoundRobin
	}
	if d.Mode == proxy.ModeLog {
		r.logBalance(d)
		return
	}
	if s.Algo == proxy.AlgoLogHash || s.Algo == proxy.AlgoSticky {
		r.report.Warnf(d.Pos, "Unusable balance algorithm for %s '%s' (needs 'mode log'). Falling back to round robin.", noun(d.Caps), d.Name)
		s.Algo = proxy.AlgoRoundRobin
	}
	if s.Algo != proxy.AlgoHash {
		return
	}
	env := r.b.sampleEnv(d, r.report, s.Pos, sample.BackServer, "use-server or balance expression")
	expr, err := r.b.expression([]string{s.ExprText}, env)
	switch {
	case err != nil:
		r.report.Errorf(s.Pos, "%s '%s' [%v]: failed to parse 'balance hash' expression '%s' in : %v.", noun(d.Caps), d.Name, d.Pos, s.ExprText, err)
	case expr.CheckPlace(env.Where) != nil:
		r.report.Errorf(s.Pos, "%s '%s' [%v]: error detected while parsing 'balance hash' expression '%s' which requires information from %s, which is not available here.", noun(d.Caps), d.Name, d.Pos, s.ExprText, expr.Lacks())
	default:
		if s.Expr = expr; d.Mode == proxy.ModeHTTP && expr.Uses()&(sample.RequestBuffer|sample.ResponseBuffer) != 0 {
			r.report.Warnf(s.Pos, "%s '%s' [%v]: L6 sample fetch <%s> will be ignored in 'balance hash' expression in HTTP mode.", noun(d.Caps), d.Name, d.Pos, s.ExprText)
		}
	}
}
