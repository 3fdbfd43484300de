package directive

import (
	"math"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// serverCheckTable are the options of server lines about health checks and agents (configuration.txt 5.2).
var serverCheckTable = []config.Option[*serverLine]{
	{Name: "addr", Doc: "The address that health checks go to.", Args: 1, Parse: serverCheckAddr(func(x *serverLine) **proxy.Addr { return &x.Check.Addr })},
	{Name: "agent-addr", Doc: "The address of the agent.", Args: 1, Parse: serverAgentAddr},
	{Name: "agent-check", Doc: "An agent tells of the server's health and weight.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Check.Agent.Enabled })},
	{Name: "agent-inter", Doc: "The time between two questions to the agent.", Args: 1, Parse: serverInterval(func(x *serverLine) *int64 { return &x.Check.Agent.Inter })},
	{Name: "agent-port", Doc: "The port of the agent.", Args: 1, Parse: serverPort(func(x *serverLine) *int { return &x.Check.Agent.Port })},
	{Name: "agent-send", Doc: "The text that the agent is sent first.", Args: 1, Parse: serverText(func(x *serverLine) *string { return &x.Check.Agent.Send })},
	{Name: "check", Doc: "The server's health is checked.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Check.Enabled })},
	{Name: "check-alpn", Doc: "The protocols that health checks by TLS offer.", Args: 1, Missing: missingALPN + ".", Parse: serverCheckALPN},
	{Name: "check-proto", Doc: "The protocol of health checks.", Args: 1, Missing: "missing value.", Parse: serverCheckProto},
	{Name: "check-send-proxy", Doc: "Health checks begin with a PROXY header.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Check.SendProxy })},
	{Name: "check-sni", Doc: "The name that health checks by TLS ask for.", Args: 1, Missing: "missing SNI.", Parse: serverText(func(x *serverLine) *string { return &x.Check.SNI })},
	{Name: "check-sni-auto", Doc: "Health checks by TLS ask for the host of their request.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.Check.NoAutoSNI })},
	{Name: "check-ssl", Doc: "Health checks are made over TLS.", Parse: serverCheckSSL(true)},
	{Name: "check-via-socks4", Doc: "Health checks go through the server's SOCKS4 proxy.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Check.ViaSocks4 })},
	{Name: "downinter", Doc: "The time between two checks while the server is down.", Args: 1, Parse: serverInterval(func(x *serverLine) *int64 { return &x.Check.DownInter })},
	{Name: "error-limit", Doc: "How many errors in a row the traffic may show.", Args: 1, Expects: "an integer argument", Parse: serverPositive(func(x *serverLine) *int { return &x.Check.ErrorLimit })},
	{Name: "fall", Doc: "How many failed checks in a row take the server down.", Args: 1, Expects: "an integer argument", Parse: serverPositive(func(x *serverLine) *int { return &x.Check.Fall })},
	{Name: "fastinter", Doc: "The time between two checks while the state may change.", Args: 1, Parse: serverInterval(func(x *serverLine) *int64 { return &x.Check.FastInter })},
	{Name: "healthcheck", Doc: "The section that says how the server is checked.", Args: 1, Expects: "a healthcheck name as argument.", Parse: serverText(func(x *serverLine) *string { return &x.extra.checkNamed })},
	{Name: "inter", Doc: "The time between two checks.", Args: 1, Parse: serverInterval(func(x *serverLine) *int64 { return &x.Check.Inter })},
	{Name: "no-agent-check", Doc: "No agent is asked.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.Check.Agent.Enabled })},
	{Name: "no-check", Doc: "The server's health is not checked.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.Check.Enabled })},
	{Name: "no-check-reuse-pool", Doc: "Health checks make connections of their own, as they always do.",
		Parse: func(*serverLine, *config.Line, config.Word, []config.Word) int { return 0 }},
	{Name: "no-check-send-proxy", Doc: "Health checks begin without a PROXY header.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.Check.SendProxy })},
	{Name: "no-check-sni-auto", Doc: "Health checks by TLS ask for no name that their request brings.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Check.NoAutoSNI })},
	{Name: "no-check-ssl", Doc: "Health checks are not made over TLS.", Parse: serverCheckSSL(false)},
	{Name: "observe", Doc: "The traffic tells of the server's health.", Args: 1, Parse: serverObserve},
	{Name: "on-error", Doc: "What happens when the traffic shows too many errors.", Args: 1, Parse: serverOnError},
	{Name: "port", Doc: "The port that health checks go to.", Args: 1, Parse: serverPort(func(x *serverLine) *int { return &x.Check.Port })},
	{Name: "rise", Doc: "How many good checks in a row bring the server up.", Args: 1, Expects: "an integer argument", Parse: serverPositive(func(x *serverLine) *int { return &x.Check.Rise })},
	{Name: "track", Doc: "The server's state is that of another one.", Args: 1, Expects: "[<proxy>/]<server> as argument", Parse: serverText(func(x *serverLine) *string { return &x.Track })},
}

// serverCheckSSL makes the function of an option that says whether checks use TLS, whatever the traffic does.
func serverCheckSSL(on bool) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
		x.Check.SSL, x.extra.checkPlain = on, !on
		return 0
	}
}

func serverCheckALPN(x *serverLine, _ *config.Line, _ config.Word, args []config.Word) int {
	x.Check.ALPN = secure.ParseALPN(args[0].Value)
	return 0
}

func serverCheckProto(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
	if !knownProto(args[0].Value) {
		l.Errorf(args[0], "%s : '%s' :  unknown MUX protocol '%s'.", x.what, w.Value, args[0].Value)
		return 0
	}
	x.extra.checkProto = args[0].Value
	return 0
}

// serverCheckAddr reads an address for checks; a port in it counts as well.
func serverCheckAddr(field func(*serverLine) **proxy.Addr) serverParse {
	return func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
		a, err := x.b.address(config.ServerAddress, inheritedSocket).Parse(args[0].Value)
		if err != nil {
			l.Errorf(args[0], "%s : '%s' : %v", x.what, w.Value, err)
			return 0
		}
		*field(x) = &a
		return 0
	}
}

// serverAgentAddr reads the address of an agent, which has no port.
func serverAgentAddr(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	a, err := x.b.address(config.SourceAddress, inheritedSocket).Parse(args[0].Value)
	if err != nil || a.Port != 0 {
		l.Report().Errorf(l.At(args[0]), "config : [%v] : %s : parsing agent-addr failed. Check if '%s' is correct address..", l.At(args[0]), x.what, args[0].Value)
		return 0
	}
	x.Check.Agent.Addr = &a
	return 0
}

// serverInterval reads a time above 0.
func serverInterval(field func(*serverLine) *int64) serverParse {
	return func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
		d, ok := duration(l, args[0], w.Value)
		switch {
		case !ok:
		case d <= 0:
			l.Errorf(args[0], "%s : invalid value %d for argument '%s' of server %s.", x.what, d, w.Value, l.Arg(0).Value)
		default:
			*field(x) = d
			x.tooSmall(l, w, args[0], d)
		}
		return 0
	}
}

// tooSmall warns of a time without a unit that was probably meant in another one.
func (x *serverLine) tooSmall(l *config.Line, w, arg config.Word, d int64) {
	const least = 100e6
	if d < least && strings.Trim(arg.Value, "0123456789") == "" {
		l.Report().Warnf(l.At(arg), "config : [%v] : %s : '%s %s' in server '%s' is suspiciously small for a value in milliseconds. Please use an explicit unit ('%sms') if that was the intent.",
			l.At(arg), x.what, w.Value, arg.Value, l.Arg(0).Value, arg.Value)
	}
}

func serverPort(field func(*serverLine) *int) serverParse {
	return func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
		n, err := strconv.Atoi(args[0].Value)
		if err != nil || n < 0 || n > math.MaxUint16 {
			l.Errorf(args[0], "%s : '%s' expects a port number, not '%s'.", x.what, w.Value, args[0].Value)
			return 0
		}
		*field(x) = n
		return 0
	}
}

func serverPositive(field func(*serverLine) *int) serverParse {
	return func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
		n, err := strconv.ParseInt(args[0].Value, 10, 32)
		if err != nil || n <= 0 {
			l.Errorf(args[0], "%s : '%s' has to be > 0.", x.what, w.Value)
			return 0
		}
		*field(x) = int(n)
		return 0
	}
}

func serverObserve(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	switch args[0].Value {
	case "none":
		x.Check.Observe = proxy.ObserveNone
	case "layer4":
		x.Check.Observe = proxy.ObserveLayer4
	case "layer7":
		x.Check.Observe = proxy.ObserveLayer7
	default:
		l.Errorf(args[0], "%s : 'observe' expects one of 'none', 'layer4', 'layer7' but got '%s'.", x.what, args[0].Value)
	}
	return 0
}

func serverOnError(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	switch args[0].Value {
	case "fastinter":
		x.Check.OnError = proxy.OnErrorFastInter
	case "fail-check":
		x.Check.OnError = proxy.OnErrorFailCheck
	case "sudden-death":
		x.Check.OnError = proxy.OnErrorSuddenDeath
	case "mark-down":
		x.Check.OnError = proxy.OnErrorMarkDown
	default:
		l.Errorf(args[0], "%s : 'on-error' expects one of 'fastinter', 'fail-check', 'sudden-death' or 'mark-down' but got '%s'.", x.what, args[0].Value)
	}
	return 0
}
