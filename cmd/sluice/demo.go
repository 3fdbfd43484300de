package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"sluice/internal/config"
	"sluice/internal/demo"
	"sluice/internal/process"
	"sluice/internal/stats"
)

// demonstrate runs the embedded configuration with its three servers, or prints it.
func demonstrate(args []string, out, err io.Writer) int {
	console := &process.Console{Err: err, PID: os.Getpid(), Version: versionText(), Path: executable(os.Args[0])}
	switch {
	case len(args) == 1 && args[0] == "--print":
		fmt.Fprint(out, demo.Config())
		return 0
	case len(args) > 0:
		console.Alertf("demo: '%s' is not known here: write 'demo' or 'demo --print'.", strings.Join(args, " "))
		return 1
	}
	servers, problem := demo.Start()
	if problem != nil {
		console.Alertf("demo: %v.", problem)
		return 1
	}
	defer servers.Close()
	for _, v := range servers.Environ() {
		name, value, _ := strings.Cut(v, "=")
		os.Setenv(name, value)
	}
	o := &options{quiet: true}
	o.ready = func(*stats.Collector) { fmt.Fprint(out, demo.Welcome()) }
	return start(o, []*config.File{config.Scan("demo.cfg", []byte(demo.Config()))}, console, out)
}
