package process

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"

	"sluice/internal/checker"
	"sluice/internal/cli"
	"sluice/internal/listener"
	"sluice/internal/logs"
	"sluice/internal/loop"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/stats"
	"sluice/internal/stream"
)

// Start is what a run of the process needs to know.
type Start struct {
	Snapshot  *proxy.Snapshot
	Console   *Console
	Out       io.Writer
	Name      string // argv[0]
	Version   string
	PidFile   string // -p
	MaxConn   int    // -n: goes before the configuration
	Megabytes int    // -m
	Debug     bool   // -d
	Master    bool   // -W: the exit status of a stop is 128 and the number of the signal
	Notify    bool   // -Ws: systemd is told about the start and the stop
	ShowCPUs  bool   // -dc
	// Names are the variables that the configuration mentions.
	Names *proxy.Names
	// Samples compiles what is written in the language of samples while the process runs.
	Samples *sample.Registry
	// Lists are the ACLs and maps of the configuration.
	Lists *pattern.Lists
	// Ready is called once everything listens; nil: nothing.
	Ready func(*stats.Collector)
}

// run is a process that serves a snapshot.
type run struct {
	Start
	proc      *proxy.Process
	logs      *logs.Set
	group     *loop.Group
	engine    *stream.Engine
	listeners *listener.Set
	checks    *checker.Set
	cli       *cli.Server
	stats     *stats.Collector
}

// Run serves a snapshot until the process is told to stop, and returns its exit status.
func Run(s Start) int {
	r := &run{Start: s}
	signals := catchSignals()
	for _, step := range []func() bool{r.identify, r.limits, r.states, r.variables, r.targets, r.bind, r.runtimeAPI, r.pid, r.takeIdentity} {
		if !step() {
			return 1
		}
	}
	// Two more than there are loops: one for the services beside them, one for the garbage collector.
	runtime.GOMAXPROCS(r.proc.Loops + 2)
	r.proc.Tell = r.Console.tellLater()
	r.announce()
	r.group.Start()
	r.listeners.Start()
	r.checks.Start()
	if s.Ready != nil {
		s.Ready(r.stats)
	}
	r.tell(daemon.SdNotifyReady)
	return r.wait(signals)
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
	for _, p := range snap.Proxies {
		for _, l := range p.Loggers {
			attach(l)
		}
	}
	return ok
}

// bind makes the loops and opens every listener; nothing is accepted before all could be opened.
func (r *run) bind() bool {
	var err error
	g := r.Snapshot.Global
	r.group, err = loop.New(loop.Options{Loops: r.proc.Loops, MaxEvents: g.Tune.MaxPollEvents, MaxSwitches: g.Tune.RunQueueDepth, OnPanic: r.panicked})
	if err != nil {
		r.Console.Alertf("cannot make the event loops: %v.", err)
		return false
	}
	r.engine = stream.New(r.group, r.proc, r.Snapshot)
	r.checks = checker.New(r.group, r.Snapshot)
	r.listeners = listener.NewSet(r.engine)
	ok, opened := true, 0
	for _, p := range r.Snapshot.Proxies {
		if p.Disabled {
			continue
		}
		for _, b := range p.Binds {
			opened++
			l, err := r.listeners.Open(b)
			if err != nil {
				r.Console.Alertf("Binding [%v] for %s %s: %v.", b.Pos, kind(p), p.Name, inProtocol(b, err))
				ok = false
				continue
			}
			for _, w := range l.Warnings() {
				r.Console.Warnf("Binding [%v] for %s %s: %v.", b.Pos, kind(p), p.Name, inProtocol(b, w))
			}
		}
	}
	if !ok {
		r.Console.Alertf("[%s.main()] Some protocols failed to start their listeners! Exiting.", r.Name)
		r.listeners.Abandon()
	}
	if opened == 0 && len(g.StatsSockets) == 0 {
		r.Console.Alertf("[%s.main()] No enabled listener found (check for 'bind' directives) ! Exiting.", r.Name)
		return false
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
	printed := r.Console.Printed()
	r.proc.Warnings.Store(uint64(r.Console.Warnings()))
	r.stats = &stats.Collector{Engine: r.engine, Proc: r.proc}
	pages := &stats.Pages{Collector: r.stats, Listeners: r.listeners.Listening}
	r.proc.Page = pages
	r.proc.Exporter = &stats.Exporter{Collector: r.stats, Listeners: r.listeners.Listening}
	r.cli = cli.New(cli.Deps{Engine: r.engine, Proc: r.proc, Listeners: r.listeners, Logs: r.logs,
		Lists: r.Lists, Stats: r.stats, Samples: r.Samples, StartupLogs: func() []byte { return printed }})
	ok := true
	for _, b := range r.Snapshot.Global.StatsSockets {
		if err := r.cli.Serve(b); err != nil {
			r.Console.Alertf("Binding [%v] for frontend GLOBAL: %v.", b.Pos, inProtocol(b, err))
			ok = false
		}
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

// pid writes the file with the process's number, while the process still may.
func (r *run) pid() bool {
	path := r.PidFile
	if path == "" {
		path = r.Snapshot.Global.PidFile
	}
	if path == "" {
		return true
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", r.proc.PID), 0o644); err != nil {
		r.Console.Alertf("[%s.main()] Cannot create pidfile %s : %s", r.Name, path, Reason(err))
		return false
	}
	return true
}
