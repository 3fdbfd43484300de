package directive

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// bindParse is the function of an option of bind lines.
type bindParse = func(x *bindLine, l *config.Line, w config.Word, args []config.Word) int

// bindTable is what may follow the addresses of a bind line (configuration.txt 5.1).
var bindTable = []config.Option[*bindLine]{
	{Name: "accept-netscaler-cip", Doc: "Connections begin with NetScaler's client address header of this magic number.", Args: 1, Parse: bindCIP},
	{Name: "accept-proxy", Doc: "Connections begin with a PROXY protocol header.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.AcceptProxy = true; return 0 }},
	{Name: "backlog", Doc: "The length of the kernel's queue of new connections.", Args: 1, Parse: bindInt(0, math.MaxInt32, func(x *bindLine) *int { return &x.Backlog })},
	{Name: "cc", Doc: "The congestion control algorithm.", Args: 1, Expects: "a TCP congestion control algorithm", Parse: bindText(func(x *bindLine) *string { return &x.CC })},
	{Name: "defer-accept", Doc: "Connections are taken when their first bytes are there.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.DeferAccept = true; return 0 }},
	{Name: "expose-fd", Doc: "The sockets of this kind may be fetched by another process.", Args: 1, Parse: bindExposeFD},
	{Name: "gid", Doc: "The group number that owns a UNIX socket.", Args: 1, Parse: bindInt(0, math.MaxInt32, func(x *bindLine) *int { return &x.GID })},
	{Name: "group", Doc: "The group that owns a UNIX socket.", Args: 1, Expects: "a group name", Parse: bindGroup},
	{Name: "guid-prefix", Doc: "The beginning of names that no other objects have.", Args: 1, Parse: bindGUIDPrefix},
	{Name: "id", Doc: "The number of the socket in statistics.", Args: 1, Expects: "an integer argument", Parse: bindID},
	{Name: "idle-ping", Doc: "How long an idle connection stays before it is pinged.", Args: 1, Parse: bindIdlePing},
	{Name: "interface", Doc: "The network interface that connections must come through.", Args: 1, Expects: "an interface name", Parse: bindText(func(x *bindLine) *string { return &x.Interface })},
	{Name: "label", Doc: "A label that expressions can read.", Args: 1, Parse: bindText(func(x *bindLine) *string { return &x.Label })},
	{Name: "level", Doc: "What commands may do that come through this socket.", Args: 1, Parse: bindLevel},
	{Name: "maxconn", Doc: "The most connections of the socket at once.", Args: 1, Parse: bindInt(0, math.MaxInt32, func(x *bindLine) *int { return &x.MaxConn })},
	{Name: "mode", Doc: "The permissions of a UNIX socket.", Args: 1, Parse: bindMode},
	{Name: "mss", Doc: "The largest TCP segment.", Args: 1, Parse: bindMSS},
	{Name: "name", Doc: "The name of the socket in statistics.", Args: 1, Expects: "a name", Parse: bindText(func(x *bindLine) *string { return &x.Name })},
	{Name: "namespace", Doc: "The network namespace that the socket is opened in.", Args: 1, Expects: "a namespace id", Parse: bindNamespace},
	{Name: "nice", Doc: "How urgent the tasks of the socket's connections are.", Args: 1, Parse: bindNice},
	{Name: "process", Doc: "The processes that had the socket.", Args: 1, Parse: bindProcess},
	{Name: "proto", Doc: "The protocol of the connections, whatever the proxy's mode.", Args: 1, Parse: bindProto},
	{Name: "severity-output", Doc: "How messages of commands begin.", Args: 1, Parse: bindSeverity},
	{Name: "shards", Doc: "How many sockets share the address.", Args: 1, Parse: bindShards},
	{Name: "tcp-md5sig", Doc: "The password that signs TCP segments.", Args: 1, Parse: bindText(func(x *bindLine) *string { return &x.TCPMD5Sig })},
	{Name: "tcp-ss", Doc: "The packet that opens a connection is kept, with its headers from IP (1) or Ethernet (2) on.", Args: 1, Parse: bindTCPSS},
	{Name: "tcp-ut", Doc: "How long sent bytes may stay unacknowledged.", Args: 1, Parse: bindTCPUT},
	{Name: "tfo", Doc: "Connections may bring bytes with their first packet.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.TFO = true; return 0 }},
	{Name: "thread", Doc: "The loops that take connections of the socket.", Args: 1, Parse: bindThread},
	{Name: "transparent", Doc: "The address may be one that the machine does not have.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.Transparent = true; return 0 }},
	{Name: "uid", Doc: "The user number that owns a UNIX socket.", Args: 1, Parse: bindInt(0, math.MaxInt32, func(x *bindLine) *int { return &x.UID })},
	{Name: "user", Doc: "The user that owns a UNIX socket.", Args: 1, Expects: "a user name", Parse: bindUser},
	{Name: "v4v6", Doc: "An IPv6 socket takes IPv4 connections too.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.V4V6 = true; return 0 }},
	{Name: "v6only", Doc: "An IPv6 socket takes no IPv4 connections.",
		Parse: func(x *bindLine, _ *config.Line, _ config.Word, _ []config.Word) int { x.V6Only = true; return 0 }},
}

// bindInt makes the function of an option with a number.
func bindInt(low, high int, field func(*bindLine) *int) bindParse {
	return func(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
		if n, ok := x.number(l, w, args[0], low, high); ok {
			*field(x) = n
		}
		return 0
	}
}

// number reads the argument of the option w.
func (x *bindLine) number(l *config.Line, w, arg config.Word, low, high int) (int, bool) {
	n, err := strconv.Atoi(arg.Value)
	switch {
	case err != nil:
		l.Errorf(arg, "%s : '%s' expects an integer argument, found '%s'", x.what, w.Value, arg.Value)
		return 0, false
	case n < low && high == math.MaxInt32:
		l.Errorf(arg, "%s : '%s' : invalid value %d, must be >= %d", x.what, w.Value, n, low)
		return 0, false
	case n < low || n > high:
		l.Errorf(arg, "%s : '%s' : invalid value %d, allowed range is %d..%d", x.what, w.Value, n, low, high)
		return 0, false
	}
	return n, true
}

func bindText(field func(*bindLine) *string) bindParse {
	return func(x *bindLine, _ *config.Line, _ config.Word, args []config.Word) int {
		*field(x) = args[0].Value
		return 0
	}
}

// bindIdlePing answers an option that only HTTP/2 has a frame for (configuration.txt 5.1): other protocols ignore it.
func bindIdlePing(_ *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if _, ok := duration(l, args[0], w.Value); ok {
		l.Noticef(w, "'idle-ping' has no effect on connections that are not HTTP/2.")
	}
	return 0
}

func bindCIP(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	n, err := strconv.ParseUint(args[0].Value, 10, 32)
	if err != nil || n == 0 {
		l.Errorf(args[0], "%s : '%s' : invalid value %s, must be >= 0", x.what, w.Value, args[0].Value)
		return 0
	}
	x.CIPMagic = uint32(n)
	return 0
}

func bindExposeFD(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if args[0].Value != "listeners" {
		l.Errorf(args[0], "%s : '%s' only supports 'listeners' (got '%s')", x.what, w.Value, args[0].Value)
		return 0
	}
	x.ExposeFD = true
	return 0
}

func bindGroup(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	id, ok := groupID(args[0].Value)
	if !ok {
		l.Errorf(args[0], "%s : '%s' : unknown group name '%s'", x.what, w.Value, args[0].Value)
		return 0
	}
	x.GID = id
	return 0
}

func bindUser(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	id, ok := userID(args[0].Value)
	if !ok {
		l.Errorf(args[0], "%s : '%s' : unknown user name '%s'", x.what, w.Value, args[0].Value)
		return 0
	}
	x.UID = id
	return 0
}

func bindGUIDPrefix(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if text := badGUID(args[0].Value); text != "" {
		l.Errorf(args[0], "%s : '%s' : %s.", x.what, w.Value, text)
		return 0
	}
	x.prefix = args[0].Value
	return 0
}

func bindID(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	n, err := strconv.Atoi(args[0].Value)
	switch {
	case err != nil:
		l.Errorf(args[0], "%s : '%s' : expects an integer argument, found '%s'", x.what, w.Value, args[0].Value)
		return 0
	case n <= 0:
		l.Errorf(args[0], "%s : '%s' : custom id has to be > 0", x.what, w.Value)
		return 0
	}
	if d := x.b.at; d != nil {
		if old, taken := d.bindIDs[n]; taken {
			l.Errorf(args[0], "%s : '%s' : custom id %d already used at %v ('bind %s')", x.what, w.Value, n, old.pos, old.text)
			return 0
		}
		if d.bindIDs == nil {
			d.bindIDs = map[int]phrase{}
		}
		d.bindIDs[n] = phrase{l.Arg(0).Value, place(l)}
	}
	x.ID = n
	return 0
}

func bindLevel(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	switch args[0].Value {
	case "user":
		x.Level = proxy.LevelUser
	case "operator":
		x.Level = proxy.LevelOperator
	case "admin":
		x.Level = proxy.LevelAdmin
	default:
		l.Errorf(args[0], "%s : '%s' only supports 'user', 'operator', and 'admin' (got '%s')", x.what, w.Value, args[0].Value)
	}
	return 0
}

func bindMode(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if n, ok := socketMode(l, args[0], x.what+" : '"+w.Value+"'"); ok {
		x.Mode = n
	}
	return 0
}

func bindMSS(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	n, err := strconv.Atoi(args[0].Value)
	if err != nil || n == 0 || n > 65535 || n < -65535 {
		l.Errorf(args[0], "%s : '%s' : expects an MSS with and absolute value between 1 and 65535", x.what, w.Value)
		return 0
	}
	x.MSS = n
	return 0
}

func bindNamespace(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if err := openable(args[0].Value); err != nil {
		l.Errorf(args[0], "%s : '%s' : Cannot open namespace '%s'.", x.what, w.Value, args[0].Value)
		return 0
	}
	x.Namespace = args[0].Value
	return 0
}

// openable reports whether a network namespace exists.
func openable(name string) error {
	ns, err := netx.OpenNamespace(name)
	if err != nil {
		return err
	}
	return ns.Close()
}

func bindNice(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if n, ok := x.number(l, w, args[0], -1024, 1024); ok {
		x.Nice = n
	}
	return 0
}

// bindProcess answers an option whose meaning went with the processes: all loops take connections.
func bindProcess(_ *bindLine, l *config.Line, w config.Word, _ []config.Word) int {
	l.Warnf(w, "'process' on 'bind' lines was removed in HAProxy 2.5 and has no effect: write 'thread' to choose the loops of a socket.")
	return 0
}

func bindProto(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	if !knownProto(args[0].Value) {
		l.Errorf(args[0], "%s : '%s' :  unknown MUX protocol '%s'", x.what, w.Value, args[0].Value)
		return 0
	}
	x.Proto = args[0].Value
	return 0
}

// knownProto says whether a protocol may be forced on a connection.
func knownProto(name string) bool { return name == "h1" || name == "none" }

func bindSeverity(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	switch args[0].Value {
	case "none", "number", "string":
		x.SeverityOut = args[0].Value
	default:
		l.Errorf(args[0], "%s : '%s' only supports 'none', 'number', and 'string' (got '%s')", x.what, w.Value, args[0].Value)
	}
	return 0
}

func bindShards(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	switch args[0].Value {
	case "by-thread":
		x.Shards = proxy.ByThread
	case "by-group":
		x.Shards = proxy.ByGroup
	default:
		n, err := strconv.Atoi(args[0].Value)
		if err != nil || n < 1 || n > MaxThreads {
			l.Errorf(args[0], "%s : '%s' : invalid value %s, allowed range is 1..%d or 'by-thread'", x.what, w.Value, args[0].Value, MaxThreads)
			return 0
		}
		x.Shards = proxy.Shards(n)
	}
	return 0
}

func bindTCPSS(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	n, err := strconv.Atoi(args[0].Value)
	if err != nil || n < 0 || n > 2 {
		l.Errorf(args[0], "%s : '%s' : TCP Save SYN option expects an integer argument from 0 to 2", x.what, w.Value)
		return 0
	}
	x.SaveSYN = n
	return 0
}

func bindTCPUT(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	userTimeout(l, x.what, w, args[0], &x.TCPUserTO)
	return 0
}

// userTimeout reads how long the other side may leave bytes unacknowledged (configuration.txt 5.1, tcp-ut).
func userTimeout(l *config.Line, what string, name, arg config.Word, field *int64) {
	d, rest, err := config.ParseTime(arg.Value, 1e6)
	if err != nil || rest != "" {
		l.Errorf(arg, "%s : '%s' : expects a positive delay in milliseconds", what, name.Value)
		return
	}
	*field = int64(d)
}

func bindThread(x *bindLine, l *config.Line, _ config.Word, args []config.Word) int {
	x.Threads = nil
	for part := range strings.SplitSeq(args[0].Value, ",") {
		sets, err := threadSets(part)
		if err != nil {
			l.Errorf(args[0], "%s : %v", x.what, err)
			return 0
		}
		x.Threads = append(x.Threads, sets...)
	}
	return 0
}

// threadSets reads "[<group>/]{all|odd|even|<n>|<n>-<m>}". Odd and even ones are sets of one loop each, as far as there
// are loops.
func threadSets(text string) ([]proxy.ThreadSet, error) {
	group := 0
	groupText, rest, grouped := strings.Cut(text, "/")
	if grouped {
		n, err := strconv.Atoi(groupText)
		if err != nil || n < 1 || n > MaxThreadGroups {
			return nil, fmt.Errorf("invalid group number '%s', permitted range is 1..%d.", groupText, MaxThreadGroups)
		}
		group, text = n, rest
	}
	switch text {
	case "all":
		return []proxy.ThreadSet{{Group: group, Low: 1, High: MaxThreads}}, nil
	case "odd", "even":
		from := 1
		if text == "even" {
			from = 2
		}
		var sets []proxy.ThreadSet
		for n := from; n <= MaxThreads; n += 2 {
			sets = append(sets, proxy.ThreadSet{Group: group, Low: n, High: n})
		}
		return sets, nil
	}
	lowText, highText, ranged := strings.Cut(text, "-")
	low, err := strconv.Atoi(lowText)
	if err != nil || low < 1 || low > MaxThreads {
		return nil, fmt.Errorf("invalid first thread number '%s', permitted range is 1..%d, or 'all', 'odd', 'even'.", lowText, MaxThreads)
	}
	high := low
	if ranged {
		if high, err = strconv.Atoi(highText); err != nil || high < 1 || high > MaxThreads {
			return nil, fmt.Errorf("invalid last thread number '%s', permitted range is 1..%d.", highText, MaxThreads)
		}
	}
	return []proxy.ThreadSet{{Group: group, Low: min(low, high), High: max(low, high)}}, nil
}
