// Command sluice is the HAProxy system written anew: it takes HAProxy's command line and configuration.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sluice/internal/config"
	"sluice/internal/keyword"
	"sluice/internal/process"
)

func main() {
	os.Exit(profiled(os.Getenv(profileVar), os.Stderr, func() int { return run(inContainer(os.Args), os.Stdout, os.Stderr) }))
}

// Exit statuses of -cc (management.txt 3); everything else exits with 0 or 1.
const (
	exitFalse = 1
	exitWrong = 2
)

// run is the program without its process: words[0] is the name it was called by.
func run(words []string, out, err io.Writer) int {
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		if code, known := subcommand(words[1], words[2:], out, err); known {
			return code
		}
	}
	console := &process.Console{Err: err, PID: os.Getpid(), Version: versionText(), Path: executable(words[0])}
	o, problem := parseOptions(words[1:])
	var usage *usageError
	switch {
	case errors.As(problem, &usage):
		printBanner(out)
		fmt.Fprintf(err, "%s\n", usage.text)
		printUsage(err, words[0])
		return 1
	case problem != nil:
		console.Alertf("%v", problem)
		return 1
	case o.version != "":
		printVersion(out, o.version)
		return 0
	}
	console.Quiet, console.Verbose, console.Diagnostic = o.quiet, o.verbose || o.debug, o.diagnostic
	if f, ok := err.(*os.File); ok {
		console.Carets = process.IsTerminal(f)
		console.Color = console.Carets && os.Getenv("NO_COLOR") == ""
	}
	birth, files, problem := process.Born()
	if problem != nil {
		console.Alertf("%v", problem)
		return 1
	}
	o.birth = birth
	if birth != nil {
		return start(o, files, console, out)
	}
	if o.condition != nil {
		return evaluate(*o.condition, o, console)
	}
	if o.dir != "" {
		if problem := os.Chdir(o.dir); problem != nil {
			console.Alertf("Could not change to directory %s : %s", o.dir, process.Reason(problem))
			return 1
		}
	}
	files, problem = config.Load(o.files)
	if problem != nil {
		console.Alertf("%v", problem)
		return 1
	}
	if len(files) == 0 {
		printBanner(out)
		printUsage(err, words[0])
		return 1
	}
	return start(o, files, console, out)
}

// executable is the path that messages show.
func executable(name string) string {
	if path, err := filepath.Abs(name); err == nil && strings.Contains(name, "/") {
		return path
	}
	if path, err := os.Executable(); err == nil {
		return path
	}
	return name
}

// evaluate answers -cc.
func evaluate(text string, o *options, console *process.Console) int {
	env := config.NewEnv(os.Environ())
	yes, problem := config.EvalArgument(text, facts(o), env)
	switch {
	case problem != nil:
		console.Alertf("%v", problem)
		return exitWrong
	case !yes:
		return exitFalse
	}
	return 0
}

// facts are what conditions may ask about this run of the program.
func facts(o *options) *config.Facts {
	f := keyword.Facts()
	f.Enabled = []string{"EPOLL"}
	for _, x := range []struct {
		name string
		off  bool
	}{
		{"FAST-FORWARD", o.noFastForward},
		{"GETADDRINFO", o.noGetaddrinfo},
		{"REUSEPORT", o.noReusePort},
		{"SPLICE", o.noSplice},
	} {
		if !x.off {
			f.Enabled = append(f.Enabled, x.name)
		}
	}
	if o.noVerify {
		f.Enabled = append(f.Enabled, "SERVER-SSL-VERIFY-NONE")
	}
	return f
}
