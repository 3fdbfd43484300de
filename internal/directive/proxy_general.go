package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyGeneral are the keywords that describe a proxy and its limits (configuration.txt 4.2).
var proxyGeneral = []Keyword{
	{Name: "backlog", Doc: "The length of the kernel's queues of new connections.", In: config.InFront, Min: 1, Max: 1,
		Expects: "an integer argument", Parse: setProxyCount(func(s *proxy.Settings) *int { return &s.Backlog })},
	{Name: "clitcpka-cnt", Doc: "The keep-alive probes before a client's connection is dropped.", In: config.InFront, Min: 1, Max: -1,
		Expects: "an integer value", Parse: setProbes(func(s *proxy.Settings) *proxy.KeepAlive { return &s.ClientKA })},
	{Name: "clitcpka-idle", Doc: "How long a client's connection is idle before the first probe.", In: config.InFront, Min: 1, Max: -1,
		Expects: "an integer value", Parse: setKeepAlive(func(s *proxy.Settings) *int { return &s.ClientKA.Idle })},
	{Name: "clitcpka-intvl", Doc: "The time between probes of a client's connection.", In: config.InFront, Min: 1, Max: -1,
		Expects: "an integer value", Parse: setKeepAlive(func(s *proxy.Settings) *int { return &s.ClientKA.Interval })},
	{Name: "description", Doc: "A text for people who look at the statistics.", In: config.InFrontend | config.InListen | config.InBackend,
		Max: -1, Parse: parseDescription},
	{Name: "disabled", Doc: "The proxy is checked and not started.", In: config.InProxy,
		Parse: func(b *Builder, _ *config.Line) { b.at.Disabled = true }},
	{Name: "enabled", Doc: "The proxy is started although its defaults say otherwise.", In: config.InProxy,
		Parse: func(b *Builder, _ *config.Line) { b.at.Disabled = false }},
	{Name: "fullconn", Doc: "The load of the backend at which servers reach their maxconn.", In: config.InBack, Min: 1, Max: 1,
		Expects: "an integer argument", Parse: setProxyCount(func(s *proxy.Settings) *int { return &s.FullConn })},
	{Name: "guid", Doc: "A name that no other object has.", In: config.InFrontend | config.InListen | config.InBackend,
		Min: 1, Max: 1, Expects: "an argument", Parse: parseGUID},
	{Name: "http-reuse", Doc: "Which idle server connections a request may use.", In: config.InBack, Max: -1, Parse: parseHTTPReuse},
	{Name: "id", Doc: "The number of the proxy in statistics.", In: config.InFrontend | config.InListen | config.InBackend,
		Max: 1, Parse: parseProxyID},
	{Name: "max-keep-alive-queue", Doc: "The queue of a server above which its idle connection is given up.", In: config.InBack,
		Min: 1, Max: -1, Expects: "expects an integer value (or -1 to disable)", Parse: parseMaxKAQueue},
	{Name: "maxconn", Doc: "The most connections of the frontend at once.", In: config.InFront, Min: 1, Max: 1,
		Expects: "an integer argument", Parse: setProxyCount(func(s *proxy.Settings) *int { return &s.MaxConn })},
	{Name: "mode", Doc: "The protocol that the proxy works on.", In: config.InProxy, Max: 1, Parse: parseMode},
	{Name: "rate-limit", Doc: "Limits of rates.", In: config.InFront, Max: -1, Parse: unknownRateLimit, Sub: []Keyword{
		{Name: "sessions", Doc: "The most new sessions per second.", Min: 1, Max: -1,
			Expects: "expects an integer value (in sessions/second)", Parse: setProxyCount(func(s *proxy.Settings) *int { return &s.RateLimit })},
	}},
	{Name: "redisp", Doc: "The old name of an option.", In: config.InBack, Max: -1, Parse: oldRedispatch},
	{Name: "redispatch", Doc: "The old name of an option.", In: config.InBack, Max: -1, Parse: oldRedispatch},
	{Name: "retries", Doc: "How often a connection to a server is tried again.", In: config.InBack, Min: 1, Max: 1,
		Expects: "an integer argument (dispatch counts for one)", Parse: setProxyCount(func(s *proxy.Settings) *int { return &s.Retries })},
	{Name: "retry-on", Doc: "The failures after which a request is sent again.", In: config.InBack, Max: -1, Misplaced: config.Refused, Parse: parseRetryOn},
	{Name: "source", Doc: "The address that connections to servers come from.", In: config.InBack, Max: -1, Parse: parseSource},
	{Name: "srvtcpka-cnt", Doc: "The keep-alive probes before a server's connection is dropped.", In: config.InBack, Min: 1, Max: -1,
		Expects: "an integer value", Parse: setProbes(func(s *proxy.Settings) *proxy.KeepAlive { return &s.ServerKA })},
	{Name: "srvtcpka-idle", Doc: "How long a server's connection is idle before the first probe.", In: config.InBack, Min: 1, Max: -1,
		Expects: "an integer value", Parse: setKeepAlive(func(s *proxy.Settings) *int { return &s.ServerKA.Idle })},
	{Name: "srvtcpka-intvl", Doc: "The time between probes of a server's connection.", In: config.InBack, Min: 1, Max: -1,
		Expects: "an integer value", Parse: setKeepAlive(func(s *proxy.Settings) *int { return &s.ServerKA.Interval })},
	{Name: "usesrc", Doc: "A part of source.", In: config.InBack, Max: -1, Parse: func(_ *Builder, l *config.Line) {
		l.Errorf(l.Name(), "'usesrc' only allowed after a 'source' statement.")
	}},
}

// setProxyCount makes the function of a proxy's keyword that takes a number.
func setProxyCount(field func(*proxy.Settings) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if n, ok := atLeast(l, l.Arg(0), 0); ok {
			*field(&b.at.Settings) = n
		}
	}
}

// setProbes and setKeepAlive make the functions of the parameters of TCP keep-alive.
func setProbes(field func(*proxy.Settings) *proxy.KeepAlive) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		w := l.Arg(0)
		n, err := strconv.Atoi(w.Value)
		if err != nil || n < 0 {
			l.Errorf(w, "'%s' : unexpected character '%c' in integer value '%s'", l.Keyword(), strayByte(w.Value), w.Value)
			return
		}
		field(&b.at.Settings).Count = n
	}
}

// strayByte returns the first byte that is no digit.
func strayByte(text string) byte {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return text[i]
		}
	}
	return ' '
}

func setKeepAlive(field func(*proxy.Settings) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if d, ok := l.TimeIn(l.Arg(0), l.Keyword(), 1e9); ok {
			*field(&b.at.Settings) = int(d / 1e9)
		}
	}
}

func parseDescription(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'description' expects a string argument.")
		return
	}
	b.at.Desc = join(l.Args)
}

func parseGUID(b *Builder, l *config.Line) {
	text := l.Arg(0).Value
	if bad := badGUID(text); bad != "" {
		l.Errorf(l.Arg(0), "'guid': %s", bad)
		return
	}
	if owner, taken := b.guids[text]; taken {
		l.Errorf(l.Arg(0), "'guid': duplicate entry with %s.", owner)
		return
	}
	b.guids[text] = noun(b.at.Caps) + " " + b.at.Name
	b.at.GUID = text
}

func parseProxyID(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'id' expects an integer argument.")
		return
	}
	n, err := strconv.Atoi(l.Arg(0).Value)
	switch {
	case err != nil || n <= 0:
		l.Tightf(l.Arg(0), "custom id has to be > 0.")
	case b.ids[n] != nil:
		l.Tightf(l.Arg(0), "%s '%s' reuses same custom id as %s '%s' (declared at %v).", noun(b.at.Caps), b.at.Name, noun(b.ids[n].Caps), b.ids[n].Name, b.ids[n].Pos)
	default:
		b.ids[n] = b.at
		b.at.ID = n
	}
}

func parseMode(b *Builder, l *config.Line) {
	b.at.moded = true
	switch w := l.Arg(0); w.Value {
	case "tcp":
		b.at.Mode = proxy.ModeTCP
	case "http":
		b.at.Mode = proxy.ModeHTTP
	case "log":
		if b.at.Caps&(proxy.CapBackend|proxy.CapDefaults) == 0 {
			l.Errorf(w, "mode syslog is only applicable on proxies with backend capability.")
			return
		}
		b.at.Mode = proxy.ModeLog
	case "spop":
		if b.at.Caps&(proxy.CapBackend|proxy.CapDefaults) == 0 {
			l.Errorf(w, "mode %s is only applicable on proxies with backend capability.", w.Value)
			return
		}
		b.at.Mode = proxy.ModeSPOP
	case "haterm":
		l.Errorf(w, "mode '%s' is not supported yet.", w.Value)
	case "health":
		oldHealth(b, l)
	default:
		l.Errorf(w, "unknown proxy mode '%s'.", w.Value)
	}
}

func unknownRateLimit(_ *Builder, l *config.Line) {
	l.Errorf(l.Arg(0), "'rate-limit' only supports 'sessions' (got '%s')", l.Arg(0).Value)
}

func parseMaxKAQueue(b *Builder, l *config.Line) {
	w := l.Arg(0)
	n, err := strconv.Atoi(w.Value)
	if err != nil {
		l.Errorf(w, "'max-keep-alive-queue' : unexpected character '%c' in integer value '%s'", strayByte(w.Value), w.Value)
		return
	}
	b.at.MaxKAQueue = max(n, -1)
}

func parseHTTPReuse(b *Builder, l *config.Line) {
	w := l.Arg(0)
	switch w.Value {
	case "never":
		b.at.HTTPReuse = proxy.ReuseNever
	case "safe":
		b.at.HTTPReuse = proxy.ReuseSafe
	case "aggressive":
		b.at.HTTPReuse = proxy.ReuseAggressive
	case "always":
		b.at.HTTPReuse = proxy.ReuseAlways
	default:
		l.Errorf(w, "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.")
		return
	}
	if len(l.Args) > 1 {
		l.Errorf(l.Arg(1), "'http-reuse %s' cannot handle unexpected argument '%s'.", w.Value, l.Arg(1).Value)
	}
}

// oldRedispatch honours the name that the option had before 2.1.
func oldRedispatch(b *Builder, l *config.Line) {
	l.Oldf(l.Name(), "keyword '"+l.Keyword()+"' directive is not supported anymore since HAProxy 2.1. Use 'option redispatch'.", "keyword '%s' was removed in HAProxy 2.1: write 'option redispatch'.", l.Keyword())
	b.at.Redispatch = -1
}

func parseSource(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and 'interface' <name>.")
		return
	}
	s, n := b.source(l, "'source", config.SourceAddress, l.Args)
	switch {
	case s == nil:
	case n < len(l.Args):
		l.Errorf(l.Arg(n), "'source' only supports optional keywords 'interface' and 'usesrc'.")
	default:
		b.at.Source = s
	}
}

// allRetryable is the set that all-retryable-errors stands for.
const allRetryable = proxy.RetryConnFailure | proxy.RetryEmptyResponse | proxy.RetryJunkResponse | proxy.RetryResponseTimeout |
	proxy.Retry0RTTRejected | proxy.Retry500 | proxy.Retry502 | proxy.Retry503 | proxy.Retry504

func parseRetryOn(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'retry-on' needs at least one keyword to specify when to retry")
		return
	}
	var set proxy.RetryOn
	for _, w := range l.Args {
		switch w.Value {
		case "none":
			if len(l.Args) > 1 {
				l.Errorf(w, "'retry-on' 'none' keyword only usable alone")
				return
			}
		case "conn-failure":
			set |= proxy.RetryConnFailure
		case "empty-response":
			set |= proxy.RetryEmptyResponse
		case "junk-response":
			set |= proxy.RetryJunkResponse
		case "response-timeout":
			set |= proxy.RetryResponseTimeout
		case "0rtt-rejected":
			set |= proxy.Retry0RTTRejected
		case "all-retryable-errors":
			set |= allRetryable
		default:
			code, err := strconv.Atoi(w.Value)
			if err != nil || proxy.RetryStatus(code) == 0 {
				l.Errorf(w, "'retry-on': unknown keyword '%s'", w.Value)
				return
			}
			set |= proxy.RetryStatus(code)
		}
	}
	b.at.RetryOn = set
}
