package main

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
)

// commandLine is every option, sorted by name.
var commandLine = []option{
	{Name: "-", Arg: paths, Hint: "<file|folder>...", Doc: "The rest of the line names configuration files and folders.",
		set: func(*options, string) error { return nil }},
	{Name: "4", Doc: "Resolvers ask for and take IPv4 addresses only.",
		set: func(o *options, _ string) error { o.ipv4Only = true; return nil }},
	{Name: "C", Arg: value, Hint: "<folder>", Doc: "Change to this folder before anything is read.",
		set: func(o *options, v string) error { o.dir = v; return nil }},
	{Name: "D", Doc: "Run in the background.",
		set: func(o *options, _ string) error { o.daemon = true; return nil }},
	{Name: "L", Arg: value, Hint: "<name>", Doc: "The name of this peer, the host's by default.",
		set: func(o *options, v string) error { o.localPeer = v; return nil }},
	{Name: "N", Arg: value, Hint: "<number>", Doc: "The connection limit of frontends that set none.",
		set: func(o *options, v string) error { return number("N", v, &o.proxyMaxConn) }},
	{Name: "S", Arg: value, Hint: "<address>[,<option>...]", Doc: "The address of the master's command line.",
		set: func(o *options, v string) error { o.masterCLI = v; return nil }},
	{Name: "V", Doc: "Say more: the opposite of -q.",
		set: func(o *options, _ string) error { o.verbose = true; return nil }},
	{Name: "W", Doc: "Be a master that supervises the process that serves, and reloads on SIGUSR2.",
		set: func(o *options, _ string) error { o.master = true; return nil }},
	{Name: "Ws", Doc: "The same, and tell systemd when the process is ready and when it stops.",
		set: func(o *options, _ string) error { o.master, o.notify = true, true; return nil }},
	{Name: "c", Doc: "Check the configuration and exit: status 0 when it can be used.",
		set: func(o *options, _ string) error { o.check = true; return nil }},
	{Name: "cc", Arg: value, Hint: "<condition>", Doc: "Evaluate a condition as .if does and exit: 0 true, 1 false, 2 wrong.",
		set: func(o *options, v string) error { o.condition = &v; return nil }},
	{Name: "d", Doc: "Stay in the foreground and show events.",
		set: func(o *options, _ string) error { o.debug = true; return nil }},
	{Name: "dA", Arg: glued, Hint: "[<file>]", Doc: "Collect the libraries of the program.", set: later("-dA", "the program is one file and has no libraries")},
	{Name: "dC", Arg: glued, Hint: "[<key>[,line]]", Doc: "Print the configuration as read, with names and addresses hidden under a key.",
		set: setDump},
	{Name: "dD", Doc: "Warn about suspicious but valid lines too.",
		set: func(o *options, _ string) error { o.diagnostic = true; return nil }},
	{Name: "dF", Doc: "Forward everything through the streams, nothing past them.",
		set: func(o *options, _ string) error { o.noFastForward = true; return nil }},
	{Name: "dG", Doc: "Resolve names without the system's resolver.",
		set: func(o *options, _ string) error { o.noGetaddrinfo = true; return nil }},
	{Name: "dI", Doc: "Let the process start others.",
		set: func(o *options, _ string) error { o.insecureFork = true; return nil }},
	{Name: "dK", Arg: glued, Hint: "<class>[,<class>...]", Doc: "Print the keywords of these classes; -dKhelp lists the classes.",
		set: func(o *options, v string) error { o.classes = v; return nil }},
	{Name: "dL", Doc: "Print the files that the program is made of: it is one.",
		set: func(o *options, _ string) error { o.libraries = true; return nil }},
	{Name: "dM", Arg: glued, Hint: "[<byte>][,<option>...]", Doc: "Memory debugging: memory is safe here, the option is taken and means nothing.",
		set: setMemory},
	{Name: "dR", Doc: "Do not share listening ports between sockets (SO_REUSEPORT).",
		set: func(o *options, _ string) error { o.noReusePort = true; return nil }},
	{Name: "dS", Doc: "Do not use splice().",
		set: func(o *options, _ string) error { o.noSplice = true; return nil }},
	{Name: "dT", Doc: "Do not use the kernel's TLS.", set: func(*options, string) error { return nil }},
	{Name: "dV", Doc: "Do not verify servers' certificates.",
		set: func(o *options, _ string) error { o.noVerify = true; return nil }},
	{Name: "dW", Doc: "Do not start when there is any warning.",
		set: func(o *options, _ string) error { o.zeroWarning = true; return nil }},
	{Name: "dZ", Doc: "Do not forward without copying.",
		set: func(o *options, _ string) error { o.noZeroCopy = true; return nil }},
	{Name: "db", Doc: "Stay in the foreground.",
		set: func(o *options, _ string) error { o.foreground = true; return nil }},
	{Name: "dc", Doc: "Print the processors in use.",
		set: func(o *options, _ string) error { o.cpus = true; return nil }},
	{Name: "de", Doc: "Do not use epoll().", set: later("-de", "there is no other way to wait for connections on this system")},
	{Name: "dk", Doc: "Do not use kqueue(), which this system has not.", set: func(*options, string) error { return nil }},
	{Name: "dp", Doc: "Do not use poll(), which this program never does.", set: func(*options, string) error { return nil }},
	{Name: "dr", Doc: "Start even if names of servers do not resolve.",
		set: func(o *options, _ string) error { o.ignoreResolve = true; return nil }},
	{Name: "dt", Arg: maybe, Hint: "[<trace>,...]", Doc: "Print traces.", set: later("-dt", "raise the log level, or read 'show errors'")},
	{Name: "dv", Doc: "Do not use event ports, which this system has not.", set: func(*options, string) error { return nil }},
	{Name: "f", Arg: value, Hint: "<file|folder>", Doc: "A configuration file, or a folder whose *.cfg files are read in order.",
		set: func(o *options, v string) error { o.files = append(o.files, v); return nil }},
	{Name: "m", Arg: value, Hint: "<megabytes>", Doc: "A limit for the process's memory.",
		set: func(o *options, v string) error { return number("m", v, &o.megabytes) }},
	{Name: "n", Arg: value, Hint: "<number>", Doc: "The process's connection limit: goes before 'maxconn'.",
		set: func(o *options, v string) error { return number("n", v, &o.maxConn) }},
	{Name: "p", Arg: value, Hint: "<file>", Doc: "Write the process's number into this file when it is ready.",
		set: func(o *options, v string) error { o.pidFile = v; return nil }},
	{Name: "q", Doc: "Print nothing.", set: func(o *options, _ string) error { o.quiet = true; return nil }},
	{Name: "sf", Arg: pids, Hint: "[<pid>...]", Doc: "Ask these processes to finish once this one is ready.", set: oldProcesses("-sf", syscall.SIGUSR1)},
	{Name: "st", Arg: pids, Hint: "[<pid>...]", Doc: "Stop these processes once this one is ready.", set: oldProcesses("-st", syscall.SIGTERM)},
	{Name: "v", Arg: glued, Hint: "", Doc: "Print the version: -vv with all that was built in, -vq, -vqs, -vqb only numbers.",
		set: func(o *options, v string) error { o.version = "v" + v; return nil }},
	{Name: "x", Arg: value, Hint: "<socket>", Doc: "Take the listening sockets over from a running process.",
		set: func(o *options, v string) error { o.fetch = v; return nil }},
}

// later is the answer of an option that this version does not have yet.
func later(name, instead string) func(*options, string) error {
	return func(*options, string) error {
		return errors.New("option " + name + " is not available yet: " + instead + ".")
	}
}

// oldProcesses takes -sf and -st. An empty list is what scripts pass at the first start.
func oldProcesses(name string, signal syscall.Signal) func(*options, string) error {
	return func(o *options, v string) error {
		o.oldSignal = signal
		for pid := range strings.FieldsSeq(v) {
			n, err := strconv.Atoi(pid)
			if err != nil || n <= 0 {
				return errors.New(name + " takes numbers of processes, not '" + pid + "'.")
			}
			o.old = append(o.old, n)
		}
		return nil
	}
}

func setDump(o *options, v string) error {
	o.dump = true
	key, mode, _ := strings.Cut(v, ",")
	switch mode {
	case "", "line":
		o.dumpNums = mode == "line"
	default:
		return &usageError{"-dC: unknown way of printing '" + mode + "', only 'line' is known."}
	}
	if key == "" {
		return nil
	}
	n, err := strconv.ParseUint(key, 10, 32)
	if err != nil {
		return &usageError{"-dC needs a number as key, not '" + key + "'."}
	}
	o.dumpKey = uint32(n)
	return nil
}

// setMemory checks the words of -dM, so that a mistyped one is not mistaken for one that works.
func setMemory(_ *options, v string) error {
	first, rest, _ := strings.Cut(v, ",")
	if _, err := strconv.ParseUint(first, 0, 8); err != nil && first != "" {
		rest = v
	}
	if rest == "" {
		return nil
	}
	for word := range strings.SplitSeq(rest, ",") {
		switch strings.TrimPrefix(word, "no-") {
		case "fail", "merge", "integrity", "backup", "global", "cache", "caller", "tag", "poison", "uaf":
		default:
			if word != "cold-first" && word != "hot-first" && word != "help" {
				return errors.New("-dM: unknown pool debugging feature <" + word + ">")
			}
		}
	}
	return nil
}
