package main

import (
	"strings"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/keyword"
	"sluice/internal/master"
	"sluice/internal/process"
	"sluice/internal/proxy"
)

// supervise is the master of -W.
func supervise(o *options, g *proxy.Global, files []*config.File, console *process.Console) int {
	m := &master.Master{
		Console: console, Version: versionText(), Branch: branch(), Fetch: o.fetch, PidFile: o.pidFile, Notify: o.notify, Birth: o.birth,
		Load: func() ([]*config.File, error) { return config.Load(o.files) },
	}
	if m.PidFile == "" {
		m.PidFile = g.PidFile
	}
	if o.masterCLI != "" {
		report := &config.Report{}
		m.CLI = masterBind(o.masterCLI, report)
		if show(report, console, console.Quiet); m.CLI == nil {
			return 1
		}
	}
	return m.Run(files)
}

// masterBind reads the argument of -S: an address and the options of a bind line, with commas between them.
func masterBind(text string, report *config.Report) *proxy.Bind {
	line := "global\n\tstats socket " + strings.ReplaceAll(text, ",", " ") + "\n"
	tables := keyword.All()
	o := &options{}
	file := []*config.File{config.Scan("-S", []byte(line))}
	b := directive.NewBuilder(tables.Language(), environment(o, file))
	config.Parse(tables.Config(), b, file, config.Settings{Env: environment(o, file), Facts: facts(o), Report: report})
	if report.Fatal() || len(b.Global().StatsSockets) == 0 {
		return nil
	}
	bind := b.Global().StatsSockets[0]
	bind.LevelSet = strings.Contains(text, "level,")
	return bind
}
