package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalStats are the `stats` keywords of the global section (configuration.txt 3.1) and the defaults of UNIX sockets.
var globalStats = []Keyword{
	{Name: "stats", Doc: "The sockets of the command line interface.", In: config.InGlobal, Max: -1, Parse: unknownStats, Sub: []Keyword{
		{Name: "bind-process", Doc: "The processes that had the socket.", Removed: "'stats bind-process' is not supported anymore."},
		{Name: "calculate-max-counters", Doc: "The highest values of counters are kept.", Max: 1, Parse: parseMaxCounters},
		{Name: "maxconn", Doc: "The most connections to the sockets at once.", Max: 1, Parse: parseStatsMaxConn},
		{Name: "socket", Doc: "An address where commands are taken.", Max: -1, Parse: parseStatsSocket},
		{Name: "timeout", Doc: "How long a connection to the sockets may be idle.", Max: 1, Parse: parseStatsTimeout},
	}},
	{Name: "stats-file", Doc: "The file that counters are read from at the start.", In: config.InGlobal, Max: 1, Parse: parseStatsFile},
	{Name: "unix-bind", Doc: "What all UNIX sockets of bind lines have in common.", In: config.InGlobal, Max: -1, Parse: parseUnixBind},
}

func unknownStats(_ *Builder, l *config.Line) {
	l.Errorf(l.Arg(0), "'stats' only supports 'socket', 'maxconn', 'bind-process', 'calculate-max-counters'  and 'timeout' (got '%s')", l.Arg(0).Value)
}

// parseMaxCounters checks a switch that saves work where counters are shared; here they are not.
func parseMaxCounters(_ *Builder, l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "on":
	case "off":
		l.Noticef(l.Name(), "'stats calculate-max-counters off' has no effect: keeping the highest values costs nothing here.")
	default:
		l.Errorf(w, "'calculate-max-counters' only supports 'on' and 'off', received '%s'", w.Value)
	}
}

func parseStatsMaxConn(b *Builder, l *config.Line) {
	n, err := strconv.Atoi(l.Arg(0).Value)
	if err != nil || n < 1 {
		l.Errorf(l.Arg(0), "'stats maxconn' expects a positive value")
		return
	}
	b.global.StatsMaxConn = n
}

func parseStatsTimeout(b *Builder, l *config.Line) {
	d, ok := duration(l, l.Arg(0), "stats timeout")
	switch {
	case ok && d == 0:
		l.Errorf(l.Arg(0), "'stats timeout' expects a positive value")
	case ok:
		b.global.StatsTimeout = d
	}
}

func parseStatsFile(b *Builder, l *config.Line) {
	switch {
	case l.Arg(0).Value == "":
		l.Errorf(l.End(), "'stats-file' expect one argument: a file path.")
	case b.global.StatsFile != "":
		l.Errorf(l.Name(), "'stats-file' already specified. Continuing.")
	default:
		b.global.StatsFile = l.Arg(0).Value
	}
}

// parseStatsSocket makes the listeners of the command line interface: a bind line without a proxy.
func parseStatsSocket(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'stats socket' in global section expects an address or a path to a UNIX socket")
		return
	}
	binds := b.bindLine(l, "'stats socket'", "'stats socket'")
	b.global.StatsSockets = append(b.global.StatsSockets, binds...)
}

// parseUnixBind reads pairs of an option and its value.
func parseUnixBind(b *Builder, l *config.Line) {
	at := &b.global.UnixBind
	for i := 0; i < len(l.Args); i += 2 {
		w, v := l.Args[i], l.Arg(i+1)
		var ok bool
		switch w.Value {
		case "prefix":
			if ok = v.Value != ""; !ok {
				l.Errorf(v, "unix_bind 'prefix' expects a path as an argument.")
			}
			b.global.UnixBindPrefix = v.Value
		case "mode":
			at.Mode, ok = socketMode(l, v, "'unix-bind' : 'mode'")
		case "uid":
			at.UID, ok = atLeast(l, v, 0)
		case "gid":
			at.GID, ok = atLeast(l, v, 0)
		case "user":
			if at.UID, ok = userID(v.Value); !ok {
				l.Errorf(v, "'unix-bind' : '%s' unknown user.", v.Value)
			}
		case "group":
			if at.GID, ok = groupID(v.Value); !ok {
				l.Errorf(v, "'unix-bind' : '%s' unknown group.", v.Value)
			}
		default:
			l.Errorf(w, "'unix-bind' only supports the 'prefix', 'mode', 'uid', 'gid', 'user' and 'group' options.")
		}
		if !ok {
			return
		}
	}
}

// socketMode reads the permissions of a UNIX socket, in octal digits.
func socketMode(l *config.Line, w config.Word, what string) (uint32, bool) {
	n, err := strconv.ParseUint(w.Value, 8, 12)
	if err != nil {
		l.Errorf(w, "%s : missing or invalid mode '%s' (octal integer expected)", what, w.Value)
		return 0, false
	}
	return uint32(n), true
}

var _ proxy.Level // the levels of the sockets are options of bind lines
