package directive

import (
	"math"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// serverParse is the function of an option of server lines.
type serverParse = func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int

// serverTable is what may follow the address of a server line (configuration.txt 5.2).
var serverTable = []config.Option[*serverLine]{
	{Name: "backup", Doc: "The server is used when no other is usable.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Backup })},
	{Name: "cc", Doc: "The congestion control algorithm.", Args: 1, Expects: "a TCP congestion control algorithm", Parse: serverText(func(x *serverLine) *string { return &x.CC })},
	{Name: "cookie", Doc: "The value of the cookie that keeps clients on the server.", Args: 1, Expects: "<value> as argument", Parse: serverText(func(x *serverLine) *string { return &x.Cookie })},
	{Name: "disabled", Doc: "The server starts in maintenance.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.Disabled })},
	{Name: "enabled", Doc: "The server does not start in maintenance.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.Disabled })},
	{Name: "guid", Doc: "A name that no other object has.", Args: 1, Parse: serverGUID},
	{Name: "hash-key", Doc: "What the server's points on a consistent hash ring come from.", Args: 1, Expects: "'id', 'id32', 'guid', 'addr', or 'addr-port'", Parse: serverHashKey},
	{Name: "id", Doc: "The number of the server in statistics and hashes.", Args: 1, Expects: "an integer argument", Parse: serverID},
	{Name: "idle-ping", Doc: "How long an idle connection stays before it is pinged.", Args: 1, Parse: serverIdlePing},
	{Name: "init-addr", Doc: "How the server's name gets its first address.", Args: 1, Parse: serverInitAddr},
	{Name: "init-state", Doc: "The state that the server starts in.", Args: 1, Parse: serverInitState},
	{Name: "log-bufsize", Doc: "How much waits for a log server that is slow.", Args: 1, Expects: "an integer argument", Parse: serverInt(0, func(x *serverLine) *int { return &x.LogBufSize })},
	{Name: "log-proto", Doc: "How log lines are framed.", Args: 1, Parse: serverLogProto},
	{Name: "max-reuse", Doc: "How often an idle connection is used again.", Args: 1, Expects: "<value> as argument", Parse: serverInt(math.MinInt32, func(x *serverLine) *int { return &x.MaxReuse })},
	{Name: "maxconn", Doc: "The most streams on the server at once.", Args: 1, Expects: "an integer argument", Parse: serverInt(0, func(x *serverLine) *int { return &x.MaxConn })},
	{Name: "maxqueue", Doc: "The most streams that wait for the server.", Args: 1, Expects: "an integer argument", Parse: serverInt(0, func(x *serverLine) *int { return &x.MaxQueue })},
	{Name: "minconn", Doc: "The limit of streams while the backend is idle.", Args: 1, Expects: "an integer argument", Parse: serverInt(0, func(x *serverLine) *int { return &x.MinConn })},
	{Name: "namespace", Doc: "The network namespace of connections to the server.", Args: 1, Expects: "<name> as argument", Parse: serverNamespace},
	{Name: "no-backup", Doc: "The server is no backup.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.Backup })},
	{Name: "no-send-proxy", Doc: "Connections do not begin with a PROXY header of version 1.", Parse: serverNoProxy(proxy.SendProxyV1)},
	{Name: "no-send-proxy-v2", Doc: "Connections do not begin with a PROXY header of version 2.", Parse: serverNoProxy(proxy.SendProxyV2)},
	{Name: "no-send-proxy-v2-ssl", Doc: "PROXY headers say nothing about TLS.", Parse: serverNoProxyOption(proxy.PP2SSL)},
	{Name: "no-send-proxy-v2-ssl-cn", Doc: "PROXY headers do not name the client's certificate.", Parse: serverNoProxyOption(proxy.PP2SSL | proxy.PP2CertCN)},
	{Name: "no-tfo", Doc: "Connections are opened without data.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.TFO })},
	{Name: "non-stick", Doc: "Stick tables do not remember the server.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.NonStick })},
	{Name: "on-marked-down", Doc: "What happens to streams when the server goes down.", Args: 1, Parse: serverOnDown},
	{Name: "on-marked-up", Doc: "What happens to streams of backups when the server comes up.", Args: 1, Parse: serverOnUp},
	{Name: "pool-conn-name", Doc: "The name that idle connections are found by.", Args: 1, Expects: "<value> as argument", Parse: serverPoolName},
	{Name: "pool-low-conn", Doc: "The idle connections below which none is taken from another loop.", Args: 1, Expects: "<value> as argument", Parse: serverInt(-1, func(x *serverLine) *int { return &x.PoolLowConn })},
	{Name: "pool-max-conn", Doc: "The most idle connections.", Args: 1, Expects: "<value> as argument", Parse: serverInt(-1, func(x *serverLine) *int { return &x.PoolMaxConn })},
	{Name: "pool-purge-delay", Doc: "How often a half of the unused idle connections is closed.", Args: 1, Expects: "<value> as argument", Parse: serverTime("pool-purge-delay", func(x *serverLine) *int64 { return &x.PoolPurgeDelay })},
	{Name: "proto", Doc: "The protocol of connections to the server.", Args: 1, Parse: serverProto},
	{Name: "proxy-v2-options", Doc: "What PROXY headers of version 2 say besides addresses.", Args: 1, Parse: serverProxyOptions},
	{Name: "redir", Doc: "Where clients are sent to instead of being served.", Args: 1, Expects: "<prefix> as argument", Parse: serverText(func(x *serverLine) *string { return &x.Redir })},
	{Name: "send-proxy", Doc: "Connections begin with a PROXY header of version 1.", Parse: serverSendProxy(proxy.SendProxyV1, 0)},
	{Name: "send-proxy-v2", Doc: "Connections begin with a PROXY header of version 2.", Parse: serverSendProxy(proxy.SendProxyV2, 0)},
	{Name: "send-proxy-v2-ssl", Doc: "PROXY headers say whether the client used TLS.", Parse: serverSendProxy(proxy.SendProxyV2, proxy.PP2SSL)},
	{Name: "send-proxy-v2-ssl-cn", Doc: "PROXY headers name the client's certificate too.", Parse: serverSendProxy(proxy.SendProxyV2, proxy.PP2SSL|proxy.PP2CertCN)},
	{Name: "set-proxy-v2-tlv-fmt", Doc: "A field of one's own in PROXY headers of version 2.", More: true, Paren: true, Parse: serverTLV},
	{Name: "slowstart", Doc: "How long a server that came up takes to carry its full load.", Args: 1, Parse: serverTime("slowstart", func(x *serverLine) *int64 { return &x.SlowStart })},
	{Name: "socks4", Doc: "The SOCKS4 proxy that connections go through.", Args: 1, Expects: "<addr>:<port> as argument", Parse: serverSocks4},
	{Name: "source", Doc: "The address that connections come from.", Args: 1, More: true, Expects: "<addr>[:<port>[-<port>]], and optionally 'usesrc' <addr>, and 'interface' <name> as argument", Parse: serverSource},
	{Name: "stick", Doc: "Stick tables remember the server.", Parse: serverFlag(false, func(x *serverLine) *bool { return &x.NonStick })},
	{Name: "strict-maxconn", Doc: "The limit counts idle connections too.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.StrictMaxConn })},
	{Name: "tcp-md5sig", Doc: "The password that signs TCP segments.", Args: 1, Parse: serverText(func(x *serverLine) *string { return &x.TCPMD5Sig })},
	{Name: "tcp-ut", Doc: "How long sent bytes may stay unacknowledged.", Args: 1, Parse: serverTCPUT},
	{Name: "tfo", Doc: "Connections are opened with data.", Parse: serverFlag(true, func(x *serverLine) *bool { return &x.TFO })},
	{Name: "usesrc", Doc: "The address that connections seem to come from.", Parse: serverUseSrc},
	{Name: "weight", Doc: "The server's share of the load.", Args: 1, Expects: "an integer argument", Parse: serverWeight},
}

func serverFlag(value bool, field func(*serverLine) *bool) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
		*field(x) = value
		return 0
	}
}

func serverText(field func(*serverLine) *string) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, args []config.Word) int {
		*field(x) = args[0].Value
		return 0
	}
}

func serverInt(low int, field func(*serverLine) *int) serverParse {
	return func(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
		n, err := strconv.ParseInt(args[0].Value, 10, 32)
		switch {
		case err != nil:
			l.Errorf(args[0], "%s : '%s' expects an integer argument, not '%s'.", x.what, w.Value, args[0].Value)
		case int(n) < low:
			l.Errorf(args[0], "%s : '%s' must be >= %d", x.what, w.Value, low)
		default:
			*field(x) = int(n)
		}
		return 0
	}
}

func serverTime(what string, field func(*serverLine) *int64) serverParse {
	return func(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
		if d, ok := duration(l, args[0], what); ok {
			*field(x) = d
		}
		return 0
	}
}

// serverIdlePing answers an option that only HTTP/2 has a frame for (configuration.txt 5.2): other protocols ignore it.
func serverIdlePing(_ *serverLine, l *config.Line, w config.Word, args []config.Word) int {
	if _, ok := duration(l, args[0], w.Value); ok {
		l.Noticef(w, "'idle-ping' has no effect on connections that are not HTTP/2.")
	}
	return 0
}

func serverGUID(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
	if x.line == defaultKind {
		l.Alertf(w, "'%s' option is not accepted in default-server sections", w.Value)
		return 0
	}
	if text := badGUID(args[0].Value); text != "" {
		l.Errorf(args[0], "%s : 'guid': %s.", x.what, text)
		return 0
	}
	x.GUID = args[0].Value
	return 0
}

// maxGUID is the longest guid in bytes.
const maxGUID = 127

// badGUID says what is wrong with a guid, "" for a good one.
func badGUID(text string) string {
	if c := permitted(text); c != 0 {
		return "invalid character '" + string(c) + "'"
	}
	if len(text) > maxGUID {
		return "too long"
	}
	return ""
}

func serverHashKey(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	switch args[0].Value {
	case "id":
		x.HashKey = proxy.HashKeyID
	case "id32":
		x.HashKey = proxy.HashKeyID32
	case "guid":
		x.HashKey = proxy.HashKeyGUID
	case "addr":
		x.HashKey = proxy.HashKeyAddr
	case "addr-port":
		x.HashKey = proxy.HashKeyAddrPort
	default:
		l.Errorf(args[0], "%s : 'hash-key' has to be 'id', 'id32', 'guid', 'addr', or 'addr-port'.", x.what)
	}
	return 0
}

func serverID(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
	if x.line == defaultKind {
		l.Alertf(w, "'%s' option is not accepted in default-server sections", w.Value)
		return 0
	}
	n, err := strconv.ParseUint(args[0].Value, 10, 32)
	if err != nil || n == 0 {
		l.Errorf(args[0], "%s : 'id' : custom id has to be between 1 and 4294967295.", x.what)
		return 0
	}
	d := x.b.at
	if old := d.serverIDs[int(n)]; old.text != "" {
		l.Errorf(args[0], "%s : 'id' : custom id %d already used at %v ('server %s').", x.what, n, old.pos, old.text)
		return 0
	}
	if d.serverIDs == nil {
		d.serverIDs = map[int]phrase{}
	}
	d.serverIDs[int(n)] = phrase{l.Arg(0).Value, place(l)}
	x.ID = int(n)
	return 0
}

func serverInitAddr(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	fixed := false
	for method := range strings.SplitSeq(args[0].Value, ",") {
		switch method {
		case "last", "libc", "none":
		default:
			if _, ok := parseIP(method); !ok {
				l.Errorf(args[0], "%s : 'init-addr' : unknown init-addr method '%s', supported methods are 'libc', 'last', 'none'.", x.what, method)
				return 0
			}
			if fixed {
				l.Errorf(args[0], "%s : 'init-addr' : initial address already specified, cannot add '%s'.", x.what, method)
				return 0
			}
			fixed = true
		}
	}
	x.extra.initAddr = args[0].Value
	return 0
}

func serverInitState(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	x.extra.initGiven = true
	switch args[0].Value {
	case "fully-up":
		x.InitState = proxy.InitFullyUp
	case "up", "none":
		x.InitState = proxy.InitUp
	case "down":
		x.InitState = proxy.InitDown
	case "fully-down":
		x.InitState = proxy.InitFullyDown
	default:
		l.Errorf(args[0], "%s : 'init-state' expects one of 'none', 'fully-up', 'up', 'down', or 'fully-down' but got '%s'.", x.what, args[0].Value)
	}
	return 0
}

func serverLogProto(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	switch args[0].Value {
	case "legacy", "octet-count":
		x.LogProto = args[0].Value
	default:
		l.Errorf(args[0], "%s : 'log-proto' expects one of 'legacy' or 'octet-count' but got '%s'.", x.what, args[0].Value)
	}
	return 0
}

func serverNamespace(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	if name := args[0].Value; name != "*" {
		if err := openable(name); err != nil {
			l.Errorf(args[0], "%s : Cannot open namespace '%s'.", x.what, name)
			return 0
		}
	}
	x.Namespace = args[0].Value
	return 0
}

func serverOnDown(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	if args[0].Value != "shutdown-sessions" {
		l.Errorf(args[0], "%s : 'on-marked-down' expects 'shutdown-sessions' but got '%s'.", x.what, args[0].Value)
		return 0
	}
	x.OnMarkedDownShutdown = true
	return 0
}

func serverOnUp(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	if args[0].Value != "shutdown-backup-sessions" {
		l.Errorf(args[0], "%s : 'on-marked-up' expects 'shutdown-backup-sessions' but got '%s'.", x.what, args[0].Value)
		return 0
	}
	x.OnMarkedUpShutdown = true
	return 0
}

func serverPoolName(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	x.extra.poolName = phrase{args[0].Value, l.At(args[0])}
	x.PoolNameText = args[0].Value
	return 0
}

func serverProto(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	if !knownProto(args[0].Value) {
		l.Errorf(args[0], "%s : 'proto' :  unknown MUX protocol '%s'.", x.what, args[0].Value)
		return 0
	}
	x.Proto = args[0].Value
	return 0
}

func serverTCPUT(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
	userTimeout(l, x.what, w, args[0], &x.TCPUserTO)
	return 0
}

func serverWeight(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	n, err := strconv.Atoi(args[0].Value)
	switch {
	case err != nil:
		l.Errorf(args[0], "%s : 'weight' expects an integer argument, not '%s'.", x.what, args[0].Value)
	case n < 0 || n > 256:
		l.Errorf(args[0], "%s : weight of server %s is not within 0 and 256 (%d).", x.what, l.Arg(0).Value, n)
	default:
		x.Weight = n
	}
	return 0
}
