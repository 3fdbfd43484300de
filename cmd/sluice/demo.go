package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"sluice/internal/config"
	"sluice/internal/demo"
	"sluice/internal/process"
)

// runDemo starts the demonstration: its servers, and the proxy in front of them on the configuration that it brings
// along. With --print it only shows that configuration.
func runDemo(args []string, out, err io.Writer) int {
	switch {
	case len(args) == 1 && args[0] == "--print":
		fmt.Fprint(out, demo.Config())
		return 0
	case len(args) > 0:
		fmt.Fprintf(err, "sluice demo knows --print only, not '%s'.\n", args[0])
		return 1
	}
	console := &process.Console{Err: err, PID: os.Getpid(), Version: versionText(), Path: executable(os.Args[0])}
	servers, problem := demo.Start()
	if problem != nil {
		console.Alertf("%v", problem)
		return 1
	}
	defer servers.Close()
	for _, v := range servers.Environ() {
		name, value, _ := strings.Cut(v, "=")
		os.Setenv(name, value)
	}
	files := []*config.File{config.Scan("demo", []byte(demo.Config()))}
	o := &options{ready: func() { fmt.Fprint(out, demo.Welcome()) }}
	return start(o, files, console, out)
}
