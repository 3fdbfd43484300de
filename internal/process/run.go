package process

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"sluice/internal/balance"
	"sluice/internal/checker"
	"sluice/internal/cli"
	"sluice/internal/listener"
	"sluice/internal/logs"
	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/resolver"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/stats"
	"sluice/internal/stream"
)

// ringVar is the variable of the environment that, when it is "off", keeps the loops from making calls in batches by
// io_uring, which some systems forbid and some people distrust.
const ringVar = "SLUICE_IO_URING"

// Start is what a run of the process needs to know.
type Start struct {
	Snapshot  *proxy.Snapshot
	Console   *Console
	Out       io.Writer
	Name      string // argv[0]
	Version   string
	Release   string         // the day of the build, 2026/11/20
	PidFile   string         // -p
	MaxConn   int            // -n: goes before the configuration
	Megabytes int            // -m
	Debug     bool           // -d
	Master    bool           // -W: the exit status of a stop is 128 and the number of the signal
	Notify    bool           // -Ws: systemd is told about the start and the stop
	ShowCPUs  bool           // -dc
	Birth     *Birth         // how a parent started the process; nil: none did
	Old       []int          // the processes that are to leave once this one serves (-sf, -st)
	OldSignal syscall.Signal // what they are told
	Fetch     string         // -x: where the listening sockets are fetched from, "" for nowhere
	// Names are the variables that the configuration mentions.
	Names *proxy.Names
	// Samples compiles what is written in the language of samples while the process runs.
	Samples *sample.Registry
	// Farm is what the runtime API adds servers with.
	Farm *cli.Farm
	// Certs are the certificates that the runtime API exchanges.
	Certs *secure.Store
	// Build writes what the program was built of.
	Build func(io.Writer)
	// Lists are the ACLs and maps of the configuration.
	Lists *pattern.Lists
	// Ready is called once everything listens; nil: nothing.
	Ready func(*stats.Collector)
}

// run is a process that serves a snapshot.
type run struct {
	asked chan struct{} // closed when no authority is asked any more; nil: none is

	Start
	proc      *proxy.Process
	logs      *logs.Set
	group     *loop.Group
	engine    *stream.Engine
	listeners *listener.Set
	checks    *checker.Set
	names     *resolver.Set
	cli       *cli.Server
	stats     *stats.Collector

	heritage   *netx.Heritage // the sockets of an earlier process
	forwarders []*forwarder
	opened     []*listener.Listener
	sockets    []*cli.Socket
	pidFile    *PIDFile
	paused     bool // the old processes were asked to pause
	retried    int  // how often a port was tried again
	signals    chan os.Signal
	over       bool // a signal called the start off
}

// Run serves a snapshot until the process is told to stop, and returns its exit status.
func Run(s Start) int {
	r := &run{Start: s}
	r.signals = catchSignals()
	for _, step := range []func() bool{r.identify, r.renice, r.limits, r.states, r.variables, r.targets, r.restore, r.inherit, r.forwards, r.bind, r.runtimeAPI, r.pid,
		r.mayTakeIdentity, r.listenPaths, r.takeIdentity, r.programs, r.listen, r.receive} {
		if r.calledOff() || !step() {
			return r.giveUp()
		}
	}
	// Two more than there are loops: one for the services beside them, one for the garbage collector.
	runtime.GOMAXPROCS(r.proc.Loops + 2)
	r.announce()
	r.group.Start()
	r.group.Each(func(l *loop.Loop) { l.SetProfiling(r.Snapshot.Global.Profiling) }) // each thread has found its processors before anybody is told that it serves
	r.listeners.Start()
	r.checks.Start()
	r.names.Start()
	if r.Certs != nil {
		r.asked = make(chan struct{})
		go r.updates(r.asked)
	}
	r.cli.Answer()
	if s.Ready != nil {
		s.Ready(r.stats)
	}
	r.takeOver()
	r.tell(daemon.SdNotifyReady)
	return r.wait(r.signals)
}

// giveUp undoes what a start that failed has done to others.
func (r *run) giveUp() int {
	if r.paused {
		r.tellOld(syscall.SIGTTIN)
	}
	if r.listeners != nil {
		r.listeners.Abandon()
	}
	r.heritage.Close()
	r.pidFile.Abandon()
	r.Birth.Tell(&Report{Logs: r.Console.Printed()})
	return 1
}

// takeOver tells everybody that this process serves: the file with its number, the old processes, the parent.
func (r *run) takeOver() {
	r.heritage.Close()
	r.pidFile.Write(r.proc.PID)
	r.tellOld(r.OldSignal)
	r.Console.Starts()
	g := r.Snapshot.Global
	r.Birth.Tell(&Report{Serves: true, Logs: r.Console.Printed(), PidFile: g.PidFile, MaxReloads: g.MaxReloads, KeepOthers: g.NoExitOnFailure, Programs: r.Snapshot.Programs})
	if r.Birth != nil && r.Birth.Kind == Daemon {
		leaveTerminal()
	}
}

// states makes the running state that the snapshot's objects point at.
func (r *run) states() bool {
	problems := Equip(r.Snapshot, r.proc)
	r.preload()
	for _, err := range problems {
		r.Console.Alertf("%v", err)
	}
	return len(problems) == 0
}

// preload sets counters to what a stats-file says (configuration.txt 3.1, stats-file).
func (r *run) preload() {
	name := r.Snapshot.Global.StatsFile
	if name == "" {
		return
	}
	file, err := os.ReadFile(name)
	if err != nil {
		r.Console.Warnf("config: Can't load stats-file '%s': cannot open file.", name)
		return
	}
	stats.Preload(r.Snapshot, file)
}

// targets opens the log targets.
func (r *run) targets() bool {
	snap := r.Snapshot
	r.logs = logs.NewSet(r.proc)
	t := &r.Snapshot.Global.Tune
	r.logs.Buffers = netx.Buffers{Recv: t.RcvBufBack, Send: t.SndBufBack}
	r.proc.Sinks = r.logs
	for _, ring := range snap.Rings {
		r.logs.AddRing(ring)
	}
	ok := true
	attach := func(l *proxy.Logger) {
		if l.Sink != nil {
			return
		}
		if err := r.logs.Attach(l, snap.Global.LogSendHostname); err != nil {
			r.Console.Alertf("config : parsing [%v] : %v", l.Pos, err)
			ok = false
		}
	}
	for _, l := range snap.Global.Loggers {
		attach(l)
	}
	for _, l := range snap.Loggers {
		attach(l)
	}
	for _, p := range snap.Proxies {
		for _, l := range p.Loggers {
			attach(l)
		}
	}
	for _, f := range snap.Forwards {
		for _, l := range f.Loggers {
			attach(l)
		}
	}
	return ok
}

// bind makes the loops and opens every listener; nothing is accepted before all could be opened.
func (r *run) bind() bool {
	var err error
	g := r.Snapshot.Global
	r.group, err = loop.New(loop.Options{Loops: r.proc.Loops, MaxEvents: g.Tune.MaxPollEvents, MaxSwitches: g.Tune.RunQueueDepth,
		OnStart: r.place, OnPanic: r.panicked, SingleCalls: os.Getenv(ringVar) == "off"})
	if err != nil {
		r.Console.Alertf("cannot make the event loops: %v.", err)
		return false
	}
	r.proc.Clock = r.group.Now
	r.logs.Serve(r.group)
	r.engine = stream.New(r.group, r.proc, r.Snapshot)
	r.checks = checker.New(r.group, r.Snapshot)
	r.names = resolver.New(r.Snapshot, func() balance.Moment { return balance.Moment{Mono: r.group.Now(), Wall: time.Now().Unix()} })
	r.listeners = listener.NewSet(r.engine)
	r.listeners.Heritage = r.heritage
	ok := true
	for _, p := range r.Snapshot.Proxies {
		if p.Disabled {
			continue
		}
		for _, b := range p.Binds {
			var l *listener.Listener
			err := r.retry(func() (err error) { l, err = r.listeners.Bind(b); return err })
			if err != nil {
				r.cannotBind(b, err)
				ok = false
				continue
			}
			r.opened = append(r.opened, l)
		}
	}
	if !ok {
		r.Console.Alertf("[%s.main()] Some protocols failed to start their listeners! Exiting.", r.Name)
		return false
	}
	if len(r.opened) == 0 && len(g.StatsSockets) == 0 && len(r.forwarders) == 0 {
		r.Console.Alertf("[%s.main()] No enabled listener found (check for 'bind' directives) ! Exiting.", r.Name)
		return false
	}
	return ok
}

// cannotBind says which line wants a socket that cannot be had.
func (r *run) cannotBind(b *proxy.Bind, err error) {
	r.Console.Alertf("Binding [%v] for %s %s: %v.", b.Pos, kind(b.Proxy), b.Proxy.Name, inProtocol(b, err))
}

// listenPaths puts the UNIX sockets into their places, as long as the process sees them and may.
func (r *run) listenPaths() bool {
	var names []string
	for _, k := range r.sockets {
		if err := r.cli.Listen(k); err != nil {
			r.Console.Alertf("cannot listen for the runtime API: %v.", err)
			return false
		}
		names = append(names, k.Name())
	}
	if g := r.Snapshot.Global; len(names) > 0 { // for "show env" and for commands (configuration.txt 2.3)
		g.Env = append(g.Env, "HAPROXY_CLI="+strings.Join(names, ";"))
	}
	return r.listenAll(func(b *proxy.Bind) bool { return b.Addr.Family == proxy.FamUnix })
}

// listen opens the rest, when nothing can go wrong any more: from now on connections come that may be another's.
func (r *run) listen() bool {
	return r.listenAll(func(b *proxy.Bind) bool { return b.Addr.Family != proxy.FamUnix })
}

func (r *run) listenAll(which func(*proxy.Bind) bool) bool {
	ok := true
	for _, l := range r.opened {
		b := l.Bind
		if !which(b) {
			continue
		}
		if err := r.retry(l.Listen); err != nil {
			r.cannotBind(b, err)
			ok = false
			continue
		}
		for _, w := range l.Warnings() {
			r.Console.Warnf("Binding [%v] for %s %s: %v.", b.Pos, kind(b.Proxy), b.Proxy.Name, inProtocol(b, w))
		}
	}
	if !ok {
		r.Console.Alertf("[%s.main()] Some protocols failed to start their listeners! Exiting.", r.Name)
	}
	return ok
}

// tell sends a message to systemd. Without systemd there is nobody to hear it.
func (r *run) tell(state string) {
	if r.Notify {
		daemon.SdNotify(false, state)
	}
}

// kind is what messages about sockets call a proxy.
func kind(p *proxy.Proxy) string {
	if p.IsBack() {
		return "proxy"
	}
	return "frontend"
}

// announce says in verbose mode that the process is about to serve.
func (r *run) announce() {
	if r.ShowCPUs {
		fmt.Fprintf(r.Out, "%d processors, %d loops.\n", runtime.NumCPU(), r.proc.Loops)
		r.showCPUs()
	}
	if r.Console.Verbose {
		fmt.Fprintln(r.Out, "Using epoll() as the polling mechanism.")
	}
}

// variables gives the process's variables their first values.
func (r *run) variables() bool {
	SetVariables(r.Snapshot)
	return true
}

// runtimeAPI opens the sockets of the runtime API.
func (r *run) runtimeAPI() bool {
	r.proc.Warnings.Store(uint64(r.Console.Warnings()))
	r.stats = &stats.Collector{Engine: r.engine, Proc: r.proc}
	pages := &stats.Pages{Collector: r.stats, Listeners: r.listeners.Listening}
	r.proc.Page = pages
	r.proc.Exporter = &stats.Exporter{Collector: r.stats, Listeners: r.listeners.Listening}
	r.cli = cli.New(cli.Deps{Engine: r.engine, Proc: r.proc, Listeners: r.listeners, Logs: r.logs,
		Lists: r.Lists, Names: r.names, Stats: r.stats, Samples: r.Samples, Farm: r.Farm, Checks: r.checks, Certs: r.Certs, Heritage: r.heritage,
		Build: r.Build, StartupLogs: r.Console.Started})
	ok := true
	for _, b := range r.Snapshot.Global.StatsSockets {
		var k *cli.Socket
		err := r.retry(func() (err error) { k, err = r.cli.Bind(b); return err })
		if err != nil {
			r.Console.Alertf("Binding [%v] for frontend GLOBAL: %v.", b.Pos, inProtocol(b, err))
			ok = false
			continue
		}
		r.sockets = append(r.sockets, k)
	}
	if r.Birth != nil && r.Birth.Control > 0 {
		r.cli.Orphaned = func() { syscall.Kill(os.Getpid(), syscall.SIGTERM) }
		r.cli.ServePair(r.Birth.Control)
	}
	return ok
}

// inProtocol puts the protocol before an error of a socket.
func inProtocol(b *proxy.Bind, err error) string {
	name := "tcpv4"
	switch b.Addr.Family {
	case proxy.FamIPv6:
		name = "tcpv6"
	case proxy.FamUnix:
		name = "unix_stream"
	case proxy.FamAbns, proxy.FamAbnsz:
		name = "abns_stream"
	case proxy.FamFD, proxy.FamSockpair:
		return err.Error()
	}
	return "protocol " + name + ": " + err.Error()
}

// panicked reports a panic on a loop: the stream it happened in is over, everything else goes on.
func (r *run) panicked(l *loop.Loop, v any, stack []byte) {
	r.proc.Panics.Add(1)
	text := strings.TrimSpace(string(stack))
	fmt.Fprintf(r.Console.Err, "[ALERT]    (%d) : panic on loop %d, its stream was ended: %v\n%s\n", r.proc.PID, l.ID(), v, text)
}

// pid opens the file for the process's number, while the process still may. It is written when the process serves.
func (r *run) pid() bool {
	path := r.PidFile
	if path == "" {
		path = r.Snapshot.Global.PidFile
	}
	if path == "" || r.Birth != nil && r.Birth.Kind == Worker {
		return true
	}
	var err error
	if r.pidFile, err = OpenPID(path); err != nil {
		r.Console.Alertf("[%s.main()] Cannot create pidfile %s : %s", r.Name, path, Reason(err))
		return false
	}
	return true
}
