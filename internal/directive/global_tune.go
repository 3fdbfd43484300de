package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalTune are the keywords of performance tuning (configuration.txt 3.2).
var globalTune = []Keyword{
	{Name: "busy-polling", Doc: "The loops never sleep.", In: config.InGlobal, No: true, Parse: moot("the loops always sleep when there is nothing to do")},
	{Name: "max-spread-checks", Doc: "The longest time over which the first checks are spread.", In: config.InGlobal,
		Max: 1, Parse: parseMaxSpreadChecks},
	{Name: "maxcompcpuusage", Doc: "How busy the process may be and still compress, in percent.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument between 0 and 100.", Parse: parseMaxCompCPU},
	{Name: "maxcomprate", Doc: "The most that is compressed, in kilobytes per second.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument in kb/s.", Parse: parseMaxCompRate},
	{Name: "maxconn", Doc: "The most client connections at once.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: parseGlobalMaxConn},
	{Name: "maxconnrate", Doc: "The most new connections per second.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.MaxConnRate })},
	{Name: "maxpipes", Doc: "The most pipes that splicing uses.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.MaxPipes })},
	{Name: "maxsessrate", Doc: "The most new sessions per second.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.MaxSessRate })},
	{Name: "maxzlibmem", Doc: "The memory of compression.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a numeric argument", Parse: mootCount("compression keeps one encoder for each loop, whatever the number of streams")},
	{Name: "no-memory-trimming", Doc: "Memory is not given back at once.", In: config.InGlobal, Parse: moot("the garbage collector gives memory back by itself")},
	{Name: "noepoll", Doc: "Connections are not waited for with epoll.", In: config.InGlobal, Early: true, Parse: moot("there is no other way to wait on this system")},
	{Name: "noevports", Doc: "Connections are not waited for with event ports.", In: config.InGlobal, Early: true, Parse: noEffectHere},
	{Name: "nogetaddrinfo", Doc: "Names are resolved without the system's resolver.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.NoGetaddrinfo })},
	{Name: "nokqueue", Doc: "Connections are not waited for with kqueue.", In: config.InGlobal, Early: true, Parse: noEffectHere},
	{Name: "noktls", Doc: "The kernel does no TLS.", In: config.InGlobal, Early: true, Parse: noEffectHere},
	{Name: "nopoll", Doc: "Connections are not waited for with poll.", In: config.InGlobal, Early: true, Parse: noEffectHere},
	{Name: "noreuseport", Doc: "Listening ports are not shared between sockets.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.NoReusePort })},
	{Name: "nosplice", Doc: "Bytes are never moved by splice().", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.NoSplice })},
	{Name: "spread-checks", Doc: "How much the intervals of checks vary, in percent.", In: config.InGlobal,
		Max: 1, Parse: parseSpreadChecks},
	{Name: "tune.applet.zero-copy-forwarding", Doc: "What the process itself answers is forwarded without being copied.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "'on' or 'off'", Parse: mootSwitch("what the process itself answers is always copied once")},
	{Name: "tune.buffers.limit", Doc: "The most buffers of the process.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a non-negative number", Parse: mootCount("buffers are taken as they are needed, and -m bounds the memory of the process")},
	{Name: "tune.buffers.reserve", Doc: "The buffers kept for when memory is short.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a non-negative number", Parse: mootCount("a buffer that cannot be had ends the process, as all memory does")},
	{Name: "tune.bufsize", Doc: "The size of a buffer, and so of the largest head of a message.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSize(1, func(g *proxy.Global) *int { return &g.Tune.BufSize })},
	{Name: "tune.chksize", Doc: "The size of a buffer of checks.", In: config.InGlobal,
		Removed: "option 'tune.chksize' is not supported any more (tune.bufsize is used instead)."},
	{Name: "tune.cli.max-payload-size", Doc: "The largest payload of a command.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a size argument", Parse: setSize(0, func(g *proxy.Global) *int { return &g.Tune.CLIMaxPayload })},
	{Name: "tune.comp.maxlevel", Doc: "The highest level of compression.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a numeric value between 1 and 9", Parse: parseCompMaxLevel},
	{Name: "tune.disable-fast-forward", Doc: "Everything is forwarded through the streams.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.Tune.NoFastForward })},
	{Name: "tune.disable-zero-copy-forwarding", Doc: "Nothing is forwarded without being copied.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.Tune.NoZeroCopy })},
	{Name: "tune.h1.zero-copy-fwd-recv", Doc: "Bodies of HTTP/1 may be received without being copied.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "'on' or 'off'", Parse: parseZeroCopyH1},
	{Name: "tune.h1.zero-copy-fwd-send", Doc: "Bodies of HTTP/1 may be sent without being copied.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "'on' or 'off'", Parse: parseZeroCopyH1},
	{Name: "tune.http.cookielen", Doc: "The longest captured cookie.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.Tune.CookieLen })},
	{Name: "tune.http.logurilen", Doc: "The longest logged request line.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.Tune.LogURILen })},
	{Name: "tune.http.maxhdr", Doc: "The most header fields of a message.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: parseMaxHdr},
	{Name: "tune.idle-pool.shared", Doc: "Idle server connections may be taken over by other loops.", In: config.InGlobal,
		Max: 1, Parse: parseIdlePoolShared},
	{Name: "tune.idletimer", Doc: "How long a stream must be idle to be taken for one that waits.", In: config.InGlobal,
		Max: 1, Parse: parseIdleTimer},
	{Name: "tune.listener.default-shards", Doc: "How many sockets a bind line makes unless it says so.", In: config.InGlobal,
		Max: 1, Parse: parseDefaultShards},
	{Name: "tune.listener.multi-queue", Doc: "How accepted connections are spread over the loops.", In: config.InGlobal,
		Max: 1, Parse: parseMultiQueue},
	{Name: "tune.max-checks-per-thread", Doc: "The most health checks that one thread runs at once.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.Tune.MaxChecksPerThread })},
	{Name: "tune.max-rules-at-once", Doc: "The most rules that run before others get a turn.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a positive numeric value", Parse: setCount(0, func(g *proxy.Global) *int { return &g.Tune.MaxRulesAtOnce })},
	{Name: "tune.maxaccept", Doc: "The most connections accepted in a row.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(-1, func(g *proxy.Global) *int { return &g.Tune.MaxAccept })},
	{Name: "tune.maxpollevents", Doc: "The most events taken from the system at once.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(1, func(g *proxy.Global) *int { return &g.Tune.MaxPollEvents })},
	{Name: "tune.maxrewrite", Doc: "The part of a buffer kept free for header changes.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.Tune.MaxRewrite })},
	{Name: "tune.memory.hot-size", Doc: "The memory that a thread keeps at hand.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a strictly positive value", Parse: mootSize("the garbage collector manages memory")},
	{Name: "tune.notsent-lowat.client", Doc: "The most unsent bytes in the kernel towards a client.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSize(0, func(g *proxy.Global) *int { return &g.Tune.NotSentLowatClient })},
	{Name: "tune.notsent-lowat.server", Doc: "The most unsent bytes in the kernel towards a server.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSize(0, func(g *proxy.Global) *int { return &g.Tune.NotSentLowatServer })},
	{Name: "tune.pipesize", Doc: "The size of a pipe that splicing uses.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSize(0, func(g *proxy.Global) *int { return &g.Tune.PipeSize })},
	{Name: "tune.pool-high-fd-ratio", Doc: "The share of descriptors above which idle connections are closed.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument between 0 and 100", Parse: setPercent(func(g *proxy.Global) *int { return &g.Tune.PoolHighFDRatio })},
	{Name: "tune.pool-low-fd-ratio", Doc: "The share of descriptors above which connections are no longer kept idle.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument between 0 and 100", Parse: setPercent(func(g *proxy.Global) *int { return &g.Tune.PoolLowFDRatio })},
	{Name: "tune.pt.zero-copy-forwarding", Doc: "Relayed bytes may be moved without being copied.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "'on' or 'off'", Parse: mootSwitch("relays copy what they move")},
	{Name: "tune.rcvbuf.backend", Doc: "The kernel's receive buffer of sockets for the datagrams of log targets.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSharedBuffer(func(g *proxy.Global) *int { return &g.Tune.RcvBufBack })},
	{Name: "tune.rcvbuf.client", Doc: "The kernel's receive buffer towards clients.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setKernelBuffer(func(g *proxy.Global) *int { return &g.Tune.RcvBufClient })},
	{Name: "tune.rcvbuf.frontend", Doc: "The kernel's receive buffer of sockets that datagrams are received on.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSharedBuffer(func(g *proxy.Global) *int { return &g.Tune.RcvBufFront })},
	{Name: "tune.rcvbuf.server", Doc: "The kernel's receive buffer towards servers.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setKernelBuffer(func(g *proxy.Global) *int { return &g.Tune.RcvBufServer })},
	{Name: "tune.recv_enough", Doc: "A read of this many bytes is not tried again at once.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: mootSize("a read that does not fill its buffer is not tried again, whatever its size")},
	{Name: "tune.renice.runtime", Doc: "The priority of the process while it serves.", In: config.InGlobal, Max: 1,
		Parse: parseNice(func(b *Builder, _ *config.Line, nice int) {
			b.global.ReniceRuntime = proxy.Nice{Set: true, Value: nice}
		})},
	{Name: "tune.renice.startup", Doc: "The priority of the process while it reads the configuration.", In: config.InGlobal, Max: 1, Parse: parseNice(reniceStartup)},
	{Name: "tune.runqueue-depth", Doc: "The most tasks that run before the system is asked for events.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(0, func(g *proxy.Global) *int { return &g.Tune.RunQueueDepth })},
	{Name: "tune.sched.low-latency", Doc: "Short tasks go before long ones.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "'on' or 'off'", Parse: mootSwitch("the loops have one queue for all tasks")},
	{Name: "tune.sndbuf.backend", Doc: "The kernel's send buffer of sockets for the datagrams of log targets.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSharedBuffer(func(g *proxy.Global) *int { return &g.Tune.SndBufBack })},
	{Name: "tune.sndbuf.client", Doc: "The kernel's send buffer towards clients.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setKernelBuffer(func(g *proxy.Global) *int { return &g.Tune.SndBufClient })},
	{Name: "tune.sndbuf.frontend", Doc: "The kernel's send buffer of sockets that datagrams are received on.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setSharedBuffer(func(g *proxy.Global) *int { return &g.Tune.SndBufFront })},
	{Name: "tune.sndbuf.server", Doc: "The kernel's send buffer towards servers.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setKernelBuffer(func(g *proxy.Global) *int { return &g.Tune.SndBufServer })},
	{Name: "tune.stick-counters", Doc: "How many entries of stick tables a stream may track.", In: config.InGlobal, Max: -1, Parse: parseStickCounters},
	{Name: "tune.vars.check-max-size", Doc: "The most memory of the variables of a health check.", In: config.InGlobal,
		Min: 1, Max: 1, Parse: setVarSize(func(g *proxy.Global) *int { return &g.Tune.VarsCheckMax })},
	{Name: "tune.vars.global-max-size", Doc: "The most memory of all variables together.", In: config.InGlobal,
		Min: 1, Max: 1, Parse: setVarSize(func(g *proxy.Global) *int { return &g.Tune.VarsGlobalMax })},
	{Name: "tune.vars.proc-max-size", Doc: "The most memory of the process's variables.", In: config.InGlobal,
		Min: 1, Max: 1, Parse: setVarSize(func(g *proxy.Global) *int { return &g.Tune.VarsProcMax })},
	{Name: "tune.vars.reqres-max-size", Doc: "The most memory of the variables of a request or a response.", In: config.InGlobal,
		Min: 1, Max: 1, Parse: setVarSize(func(g *proxy.Global) *int { return &g.Tune.VarsReqResMax })},
	{Name: "tune.vars.sess-max-size", Doc: "The most memory of a session's variables.", In: config.InGlobal,
		Min: 1, Max: 1, Parse: setVarSize(func(g *proxy.Global) *int { return &g.Tune.VarsSessMax })},
	{Name: "tune.vars.txn-max-size", Doc: "The most memory of a transaction's variables.", In: config.InGlobal,
		Min: 1, Max: 1, Parse: setVarSize(func(g *proxy.Global) *int { return &g.Tune.VarsTxnMax })},
}

// noEffectHere is for the switches that forbid a mechanism of other systems: it is not used, as asked.
func noEffectHere(*Builder, *config.Line) {}

func parseGlobalMaxConn(b *Builder, l *config.Line) {
	if !b.once(l, "maxconn", "'maxconn' already specified. Continuing.") {
		return
	}
	w := l.Arg(0)
	n, err := strconv.Atoi(w.Value)
	if err != nil || n < 0 {
		l.Errorf(w, "cannot parse 'maxconn' value '%s', an integer is expected.", w.Value)
		return
	}
	b.global.MaxConn = n
}

// parseNice makes the function of a priority.
func parseNice(use func(*Builder, *config.Line, int)) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		given := ""
		if len(l.Args) > 0 {
			given = l.Arg(0).Value
		}
		nice, err := strconv.Atoi(given)
		if err != nil || nice < -20 || nice > 19 {
			l.Errorf(l.Name(), "'%s' only supports values between -20 and 19 inclusive (was given %s)", l.Keyword(), given)
			return
		}
		use(b, l, nice)
	}
}

// reniceStartup asks who runs the parser for the priority, at once: what is behind the line is read with it.
func reniceStartup(b *Builder, l *config.Line, nice int) {
	if b.Renice == nil {
		return
	}
	if err := b.Renice(nice); err != nil {
		l.Report().Warnf(place(l), "config : couldn't set the startup nice value to %d: %s", nice, reason(err))
	}
}

func parseSpreadChecks(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'spread-checks' expects an integer argument (0..50).")
		return
	}
	n, ok := integer(l, l.Arg(0))
	if ok && (n < 0 || n > 50) {
		l.Tightf(l.Arg(0), "'spread-checks' needs a positive value in range 0..50.")
		return
	}
	if ok {
		b.global.SpreadChecks = n
	}
}

func parseMaxSpreadChecks(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'max-spread-checks' expects an integer argument (0..50).")
		return
	}
	if d, ok := duration(l, l.Arg(0), "max-spread-checks"); ok {
		b.global.MaxSpreadChecks = d
	}
}

func parseMaxHdr(b *Builder, l *config.Line) {
	n, err := strconv.Atoi(l.Arg(0).Value)
	if err != nil || n < 1 || n > 32767 {
		l.Errorf(l.Arg(0), "'%s' expects a numeric value between 1 and 32767", l.Keyword())
		return
	}
	b.global.Tune.MaxHdr = n
}

func parseIdlePoolShared(b *Builder, l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "full", "on":
		b.global.Tune.IdlePoolShared = true
	case "off":
		b.global.Tune.IdlePoolShared = false
	default:
		l.Errorf(w, "'%s' expects 'full', 'on' or 'off' but got '%s'.", l.Keyword(), w.Value)
	}
}

func parseIdleTimer(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects a timer value between 0 and 65535 ms.", l.Keyword())
		return
	}
	d, ok := duration(l, l.Arg(0), l.Keyword())
	if ok && d > 65535e6 {
		l.Errorf(l.Arg(0), "'%s' expects a timer value between 0 and 65535 ms.", l.Keyword())
		return
	}
	if ok {
		moot("what may be spliced is decided by its size")(b, l)
	}
}

// parseZeroCopyH1 takes the switches of both directions. A body that passes through a pipe is neither received nor sent
// through the process: either switch keeps it from that.
func parseZeroCopyH1(b *Builder, l *config.Line) {
	if on, ok := onOff(l, l.Arg(0)); ok && !on {
		b.global.Tune.NoSpliceH1 = true
	}
}

func parseDefaultShards(b *Builder, l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "by-process":
		b.global.Tune.DefaultShards = 1
	case "by-thread":
		b.global.Tune.DefaultShards = proxy.ByThread
	case "by-group":
		b.global.Tune.DefaultShards = proxy.ByGroup
	default:
		l.Errorf(w, "'%s' expects either 'by-process', 'by-group', or 'by-thread' but got '%s'.", l.Keyword(), w.Value)
	}
}

func parseMultiQueue(b *Builder, l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "on", "fair", "off":
		b.global.Tune.MultiQueue = w.Value
	default:
		l.Errorf(w, "'%s' expects either 'on', 'fair', or 'off' but got '%s'.", l.Keyword(), w.Value)
	}
}

// setSize makes the function of a keyword that takes a size of at least low bytes.
func setSize(low int, field func(*proxy.Global) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if n, ok := size(l, l.Arg(0)); ok {
			if n < low {
				l.Errorf(l.Arg(0), "'%s' expects a size of at least %d.", l.Keyword(), low)
				return
			}
			*field(b.global) = n
		}
	}
}

// setKernelBuffer makes the function of a keyword that sets a kernel buffer, which may be given once.
func setKernelBuffer(field func(*proxy.Global) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if *field(b.global) != 0 {
			l.Warnf(l.Name(), "'%s' already specified. Continuing.", l.Keyword())
			return
		}
		if n, ok := size(l, l.Arg(0)); ok {
			*field(b.global) = n
		}
	}
}

// setSharedBuffer makes the function of the buffers of sockets that carry the datagrams of many.
func setSharedBuffer(field func(*proxy.Global) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if *field(b.global) != 0 {
			l.Warnf(l.Name(), "ignoring '%s' which was already specified.", l.Keyword())
			return
		}
		n, ok := size(l, l.Arg(0))
		if ok && n == 0 {
			l.Errorf(l.Arg(0), "'%s' expects a strictly positive integer argument.", l.Keyword())
			return
		}
		*field(b.global) = n
	}
}

// setPercent makes the function of a keyword that takes a number from 0 to 100.
func setPercent(field func(*proxy.Global) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		n, err := strconv.Atoi(l.Arg(0).Value)
		if err != nil || n < 0 || n > 100 {
			l.Errorf(l.Arg(0), "'%s' expects an integer argument between 0 and 100.", l.Keyword())
			return
		}
		*field(b.global) = n
	}
}

// setVarSize makes the function of the limits of variables, which take bytes without a unit.
func setVarSize(field func(*proxy.Global) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		n, err := strconv.Atoi(l.Arg(0).Value)
		if err != nil || n < 0 {
			l.Errorf(l.Arg(0), "%s: '%s' is an invalid size", l.Keyword(), l.Arg(0).Value)
			return
		}
		*field(b.global) = n
	}
}
