package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sluice/internal/cli"
	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/keyword"
	"sluice/internal/netx"
	"sluice/internal/process"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// start reads the configuration, prints what the command line asks to see of it, and runs it unless it is only checked.
func start(o *options, files []*config.File, console *process.Console, out io.Writer) int {
	env := environment(o, files)
	tables := keyword.All()
	report := &config.Report{}
	if o.dump {
		return dump(o, files, env, tables, console, out)
	}
	b := directive.NewBuilder(tables.Language(), env)
	b.IgnoreResolve, b.ProxyMaxConn, b.LocalPeer = o.ignoreResolve, o.proxyMaxConn, o.localPeer
	sample.RegexClock()
	if o.birth == nil {
		console.Hold() // a daemon or a worker says it again
	}
	snap := read(o, files, env, tables, b, report)
	show(report, console, o.quiet || b.Global().Quiet)
	applyOptions(o, b.Global())
	if o.classes != "" {
		tables.Print(out, o.classes)
	}
	if o.libraries {
		fmt.Fprintln(out, console.Path)
	}
	g := b.Global()
	wrong := report.Fatal()
	if !wrong && console.Warnings() > 0 && g.ZeroWarning {
		console.Alertf("Some warnings were found and 'zero-warning' is set. Aborting.")
		wrong = true
	}
	o.master = o.master || g.MasterWorker
	wrong = wrong || lacksMaster(o, snap, console)
	o.daemon = (o.daemon || g.Daemon) && !o.foreground && !o.debug && !o.notify
	detach, master := o.birth == nil && o.daemon, o.master && (o.birth == nil || o.birth.Kind == process.Daemon)
	console.Release(wrong || o.check || !detach && !master)
	switch {
	case wrong:
		o.birth.Tell(&process.Report{Logs: console.Printed()})
		return 1
	case o.check:
		checked(console, out)
		return 0
	case detach:
		return process.Detach(files, console)
	case master:
		return supervise(o, g, files, console)
	}
	if o.birth != nil && o.birth.Reloads > 0 { // the command line spoke of the first start
		o.old, o.fetch = nil, ""
	}
	return process.Run(process.Start{
		Snapshot: snap, Console: console, Out: out,
		Name: filepath.Base(os.Args[0]), Version: versionText(), Release: buildDate(),
		PidFile: o.pidFile, MaxConn: o.maxConn, Megabytes: o.megabytes,
		Debug: o.debug, ShowCPUs: o.cpus, Names: tables.Language().Names, Lists: b.Lists(), Samples: tables.Language().Samples, Farm: farm(b), Build: printBuild, Certs: b.Certificates(), Ready: o.ready, Master: o.master, Notify: o.notify && o.birth == nil,
		Birth: o.birth, Old: o.old, OldSignal: o.oldSignal, Fetch: o.fetch,
	})
}

// show prints the diagnostics when it is known whether one is fatal. A "quiet" of the file counts for all of them.
func show(report *config.Report, console *process.Console, quiet bool) {
	console.Quiet = quiet
	for _, d := range report.Diagnostics() {
		console.Show(report.Settled(d))
	}
}

// farm is what the runtime API adds servers with.
func farm(b *directive.Builder) *cli.Farm {
	return &cli.Farm{Builder: b}
}

// read reads the configuration, with the priority that it may ask for; nil means that the report says what is wrong.
func read(o *options, files []*config.File, env *config.Env, tables *keyword.Tables, b *directive.Builder, report *config.Report) *proxy.Snapshot {
	before, err := netx.Nice()
	changed := false
	b.Renice = func(nice int) error {
		changed = err == nil
		return netx.SetNice(nice)
	}
	defer func() {
		if changed { // where that is not allowed the priority stays, as it was asked for
			netx.SetNice(before)
		}
	}()
	settings := config.Settings{Env: env, Facts: facts(o), Report: report, Absent: tables.Absent()}
	config.Parse(tables.Config(), b, files, settings)
	if report.Fatal() {
		return nil
	}
	snap := b.Build(report)
	if report.Fatal() {
		return nil
	}
	return snap
}

// lacksMaster reports whether -S or a program asks for a master and there is none.
func lacksMaster(o *options, snap *proxy.Snapshot, console *process.Console) bool {
	switch {
	case snap == nil || o.master:
		return false
	case o.masterCLI != "":
		console.Alertf("a master CLI socket was defined, but master-worker mode (-W) is not enabled.")
		return true
	case len(snap.Programs) == 0:
		return false
	}
	console.Alertf("config : Can't use a 'program' section without master worker mode.")
	return true
}

// checked says how a check (-c) ended that found no error.
func checked(console *process.Console, out io.Writer) {
	if console.Silent() {
		return
	}
	if console.Warnings() > 0 {
		fmt.Fprintln(out, "Warnings were found.")
	}
	if console.Verbose {
		fmt.Fprintln(out, "Configuration file is valid")
	}
}

// environment is the process's with what the configuration may ask about this start (configuration.txt 2.3).
func environment(o *options, files []*config.File) *config.Env {
	env := config.NewEnv(os.Environ())
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, f.Name)
	}
	peer := o.localPeer
	if peer == "" {
		peer, _ = os.Hostname()
	}
	if o.master {
		env.Set("HAPROXY_MWORKER", "1")
	}
	for _, v := range [...][2]string{
		{"HAPROXY_BRANCH", branch()},
		{"HAPROXY_CFGFILES", strings.Join(names, ";")},
		{"HAPROXY_LOCALPEER", peer},
		{"HAPROXY_STARTUP_VERSION", versionText()},
	} {
		env.Set(v[0], v[1])
	}
	return env
}

// applyOptions lets the command line go before the configuration.
func applyOptions(o *options, g *proxy.Global) {
	g.ZeroWarning = g.ZeroWarning || o.zeroWarning
	g.InsecureForkWanted = g.InsecureForkWanted || o.insecureFork
	g.NoReusePort = g.NoReusePort || o.noReusePort
	g.NoSplice = g.NoSplice || o.noSplice
	g.NoGetaddrinfo = g.NoGetaddrinfo || o.noGetaddrinfo
	g.Tune.NoFastForward = g.Tune.NoFastForward || o.noFastForward
	g.Tune.NoZeroCopy = g.Tune.NoZeroCopy || o.noZeroCopy
	if o.localPeer != "" {
		g.LocalPeer = o.localPeer
	}
	if o.maxConn > 0 {
		g.MaxConn = o.maxConn
	}
}

// dump prints the configuration instead of reading it (-dC).
func dump(o *options, files []*config.File, env *config.Env, tables *keyword.Tables, console *process.Console, out io.Writer) int {
	if console.Silent() {
		out = io.Discard
	}
	d := config.Dump{
		Key: config.Anonymizer(o.dumpKey), Numbers: o.dumpNums, Env: env,
		Section: func(word string) bool { return tables.Config().Section(word) != nil },
	}
	report := &config.Report{}
	err := d.Print(out, files, report)
	show(report, console, console.Quiet)
	if err != nil || report.Fatal() {
		return 1
	}
	return 0
}
