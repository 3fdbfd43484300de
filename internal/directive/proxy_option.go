package directive

import (
	"slices"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyOptionRows is the keyword with the most words behind it (configuration.txt 4.2, option ...).
var proxyOptionRows = []Keyword{
	{Name: "option", Doc: "A switch, or a behaviour with a few arguments.", In: config.InProxy, Max: -1, No: true, Default: true, Parse: unknownOption,
		Sub: slices.Concat(switches, optionsWithArguments, checkOptions, protocolOptions)},
}

// option makes the row of a boolean option.
func option(name, doc string, in config.Place, bit proxy.Options) Keyword {
	return Keyword{Name: name, Doc: doc, In: in, No: true, Default: true, Leaf: true, Parse: func(b *Builder, l *config.Line) {
		b.setOption(l, bit)
	}}
}

// optionByMode is the keyword of an option that is on in HTTP mode without any line: its "no" is kept as well.
func optionByMode(name, doc string, in config.Place, on, off proxy.Options) Keyword {
	return Keyword{Name: name, Doc: doc, In: in, No: true, Default: true, Leaf: true, Parse: func(b *Builder, l *config.Line) {
		b.setOption(l, on)
		b.at.Options &^= off
		if l.Form == config.Negated {
			b.at.Options |= off
		}
	}}
}

// setOption switches an option on, off behind "no", or to what it is without any line behind "default".
func (b *Builder) setOption(l *config.Line, bit proxy.Options) {
	if l.Form == config.Plain {
		b.at.Options |= bit
	} else {
		b.at.Options &^= bit
	}
}

const (
	anywhere = config.InProxy
	inFront  = config.InFront
	inBack   = config.InBack
)

// switches are the boolean options.
var switches = []Keyword{
	optionByMode("abortonclose", "A stream is given up when its client leaves; so it is in HTTP mode without the line.", anywhere,
		proxy.OptAbortOnClose, proxy.OptNoAbortOnClose),
	option("accept-unsafe-violations-in-http-request", "Requests that break the rules of HTTP are passed on.", inFront, proxy.OptUnsafeRequest),
	option("accept-unsafe-violations-in-http-response", "Responses that break the rules of HTTP are passed on.", inBack, proxy.OptUnsafeResponse),
	option("allbackups", "All backups are used at once when no other server is usable.", inBack, proxy.OptAllBackups),
	option("checkcache", "Responses that let caches keep a cookie are refused.", inBack, proxy.OptCheckCache),
	option("clitcpka", "Connections of clients are probed by TCP.", inFront, proxy.OptClientTCPKA),
	option("contstats", "Counters are kept up to date while streams last.", inFront, proxy.OptContStats),
	option("disable-h2-upgrade", "A client may not begin HTTP/2 on its own.", inFront, proxy.OptDisableH2Upgrade),
	option("dontlog-normal", "What ended well is not logged.", inFront, proxy.OptDontLogNormal),
	option("dontlognull", "Connections without any byte are not logged.", inFront, proxy.OptDontLogNull),
	option("h1-case-adjust-bogus-client", "Header names to clients are written in the case of h1-case-adjust.", inFront, proxy.OptCaseAdjustClient),
	option("h1-case-adjust-bogus-server", "Header names to servers are written in the case of h1-case-adjust.", inBack, proxy.OptCaseAdjustServer),
	option("http-buffer-request", "A request is passed on when its body is there, or the buffer is full.", anywhere, proxy.OptBufferRequest),
	option("http-drop-request-trailers", "Trailers of requests are not passed on.", inBack, proxy.OptDropRequestTrailers),
	option("http-drop-response-trailers", "Trailers of responses are not passed on.", inFront, proxy.OptDropResponseTrailers),
	option("http-ignore-probes", "Connections without a request leave no trace.", inFront, proxy.OptIgnoreProbes),
	option("http-no-delay", "Every part of a message is sent at once.", anywhere, proxy.OptNoDelay),
	option("http-pretend-keepalive", "Servers are not told that their connection will be closed.", inBack, proxy.OptPretendKeepAlive),
	option("http-use-proxy-header", "Clients that talk to a proxy are spoken to in its terms.", inFront, proxy.OptUseProxyHeader),
	option("idle-close-on-response", "Idle clients are closed in a soft stop with their next response only.", inFront, proxy.OptIdleCloseOnResponse),
	option("independent-streams", "Bytes of one direction do not keep the other alive.", anywhere, proxy.OptIndependentStreams),
	option("log-health-checks", "Changes of a server's health are logged.", inBack, proxy.OptLogHealthChecks),
	option("log-separate-errors", "Failures are logged at a higher level.", inFront, proxy.OptLogSeparateErrors),
	option("logasap", "Streams are logged before their bodies are through.", inFront, proxy.OptLogASAP),
	option("nolinger", "Closed connections leave nothing in the kernel.", anywhere, proxy.OptNoLinger),
	option("persist", "Streams go to the server of their cookie though it is down.", inBack, proxy.OptPersist),
	option("prefer-last-server", "Requests of a connection go to the same server where balancing allows it.", inBack, proxy.OptPreferLastServer),
	option("socket-stats", "Each socket has statistics of its own.", inFront, proxy.OptSocketStats),
	option("splice-auto", "Bytes are moved by splice() where it seems to pay.", anywhere, proxy.OptSpliceAuto),
	option("splice-request", "Bytes of clients are moved by splice().", anywhere, proxy.OptSpliceRequest),
	option("splice-response", "Bytes of servers are moved by splice().", anywhere, proxy.OptSpliceResponse),
	option("srvtcpka", "Connections to servers are probed by TCP.", inBack, proxy.OptServerTCPKA),
	optionByMode("tcp-smart-accept", "The kernel waits with acknowledging a client's first bytes; so it does in HTTP mode without the line.", inFront,
		proxy.OptTCPSmartAccept, proxy.OptNoTCPSmartAccept),
	option("tcp-smart-connect", "The kernel waits with acknowledging a server's answer.", inBack, proxy.OptTCPSmartConnect),
}

// optionsWithArguments are the options that are more than a switch, and the removed ones.
var optionsWithArguments = []Keyword{
	{Name: "accept-invalid-http-request", Doc: "The old name of an option.", In: inFront, No: true, Default: true,
		Parse: renamedOption("accept-unsafe-violations-in-http-request", proxy.OptUnsafeRequest)},
	{Name: "accept-invalid-http-response", Doc: "The old name of an option.", In: inBack, No: true, Default: true,
		Parse: renamedOption("accept-unsafe-violations-in-http-response", proxy.OptUnsafeResponse)},
	{Name: "external-check", Doc: "A program tells of the health of servers.", In: anywhere, Max: -1, Parse: optionExternalCheck},
	{Name: "forceclose", Doc: "The old name of an option.", In: anywhere, No: true, Default: true, Parse: oldForceClose},
	{Name: "forwarded", Doc: "Requests name the client in a Forwarded header.", In: inBack, Max: -1, No: true, Leaf: true, Parse: parseForwarded},
	{Name: "forwardfor", Doc: "Requests name the client in an X-Forwarded-For header.", In: anywhere, Max: -1, Parse: parseForwardFor},
	{Name: "http-keep-alive", Doc: "Both sides' connections are kept after a response.", In: anywhere, No: true, Default: true, Parse: setConnMode(proxy.ConnKeepAlive)},
	{Name: "http-restrict-req-hdr-names", Doc: "What happens to header names outside of letters, digits and dashes.", In: anywhere, Max: 1, Parse: parseRestrictNames},
	{Name: "http-server-close", Doc: "Connections to servers end with each response.", In: anywhere, No: true, Default: true, Parse: setConnMode(proxy.ConnServerClose)},
	{Name: "http-tunnel", Doc: "A removed option.", In: anywhere, No: true, Default: true, Parse: oldHTTPTunnel},
	{Name: "http-use-htx", Doc: "A removed option.", In: anywhere, No: true, Default: true, Parse: goneOption("it has been the only way since HAProxy 2.1, remove the line")},
	{Name: "http_proxy", Doc: "A removed option.", In: anywhere,
		Removed: "option 'http_proxy' is not supported any more since HAProxy 2.5. Combine 'http-request set-dst', 'set-uri' and 'do-resolve' instead.", RemovedTight: true},
	{Name: "httpclose", Doc: "Both sides' connections end with each response.", In: anywhere, No: true, Default: true, Parse: setConnMode(proxy.ConnClose)},
	{Name: "httplog", Doc: "Streams are logged in the HTTP format.", In: anywhere, Max: 2, Parse: parseHTTPLog},
	{Name: "httpslog", Doc: "Streams are logged in the HTTPS format.", In: anywhere, Max: 1, Parse: parseHTTPSLog},
	{Name: "originalto", Doc: "Requests name the address that the client asked for.", In: anywhere, Max: -1, Parse: parseOriginalTo},
	{Name: "redispatch", Doc: "A stream may go to another server when its own fails.", In: inBack, Max: 1, No: true, Default: true, Parse: parseRedispatch},
	{Name: "tcpka", Doc: "Connections of both sides are probed by TCP.", In: anywhere, Parse: func(b *Builder, _ *config.Line) {
		if b.at.Caps&(proxy.CapFrontend|proxy.CapDefaults) != 0 {
			b.at.Options |= proxy.OptClientTCPKA
		}
		if b.at.Caps&(proxy.CapBackend|proxy.CapDefaults) != 0 {
			b.at.Options |= proxy.OptServerTCPKA
		}
	}},
	{Name: "tcplog", Doc: "Streams are logged in the TCP format.", In: anywhere, Max: 1, Parse: parseTCPLog},
	{Name: "transparent", Doc: "A removed option.", In: anywhere, No: true, Default: true, Parse: oldTransparent},
}

func unknownOption(_ *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'option' expects an option name.")
		return
	}
	name := l.Arg(0).Value
	if l.Form != config.Plain {
		l.Tightf(l.Arg(0), "negation/default is not supported for option '%s'.", name)
		return
	}
	var known []string
	for _, row := range slices.Concat(switches, checkOptions, protocolOptions) {
		known = append(known, row.Name)
	}
	hint := l.Absent("option " + name)
	if hint == "" {
		hint = config.Suggest(name, known)
	}
	if hint == "" {
		hint = "."
	}
	l.Errorf(l.Arg(0), "unknown option '%s'%s", name, hint)
}

// renamedOption honours an option under the name that it had before.
func renamedOption(now string, bit proxy.Options) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		l.Warnf(l.Name(), "option '%s' is deprecated. please use 'option %s' if absolutely needed.", l.Words[1].Value, now)
		b.setOption(l, bit)
	}
}

// goneOption makes the function of an option whose behaviour is what always happens today.
func goneOption(why string) func(*Builder, *config.Line) {
	return func(_ *Builder, l *config.Line) {
		l.Warnf(l.Name(), "'%s' has no effect: %s.", l.Keyword(), why)
	}
}

func setConnMode(mode proxy.ConnMode) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		switch {
		case l.Form == config.Plain:
			b.at.ConnMode = mode
		case b.at.ConnMode == mode:
			b.at.ConnMode = proxy.ConnKeepAlive
		}
	}
}

func oldForceClose(b *Builder, l *config.Line) {
	l.Oldf(l.Name(), "option 'forceclose' is not supported any more since HAProxy 2.0, please just remove it, or use 'option httpclose' if absolutely needed.",
		"option 'forceclose' was removed in HAProxy 2.0: write 'option httpclose', or better nothing.")
	setConnMode(proxy.ConnClose)(b, l)
}

func oldHTTPTunnel(_ *Builder, l *config.Line) {
	l.Oldf(l.Name(), "option 'http-tunnel' is not supported any more since HAProxy 2.1, please just remove it, it shouldn't be needed.",
		"option 'http-tunnel' was removed in HAProxy 2.1 and has no effect: remove the line.")
}

func parseRestrictNames(b *Builder, l *config.Line) {
	w := l.Arg(0)
	switch w.Value {
	case "preserve":
		b.at.RestrictNames = proxy.RestrictPreserve
	case "delete":
		b.at.RestrictNames = proxy.RestrictDelete
	case "reject":
		b.at.RestrictNames = proxy.RestrictReject
	case "":
		l.Errorf(w, "missing parameter. option '%s' expects 'preserve', 'reject' or 'delete' option.", "http-restrict-req-hdr-names")
		return
	default:
		l.Errorf(w, "invalid parameter '%s'. option '%s' expects 'preserve', 'reject' or 'delete' option.", w.Value, "http-restrict-req-hdr-names")
		return
	}
	b.at.restrictSet = true
}

// parseRedispatch takes the number of the attempt from which on another server may be chosen: the last one by default
// (-1), counted from the end when negative.
func parseRedispatch(b *Builder, l *config.Line) {
	if l.Form != config.Plain {
		b.at.Redispatch = 0
		return
	}
	b.at.Redispatch = -1
	if w := l.Arg(0); w.Value != "" {
		n, err := strconv.Atoi(w.Value)
		if err != nil {
			l.Errorf(w, "'option redispatch' expects an interval, the number of an attempt, not '%s'.", w.Value)
			return
		}
		b.at.Redispatch = n
	}
}

// lower returns a header name in the case that names are kept in.
func lower(name string) []byte { return []byte(strings.ToLower(name)) }
