package master

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"sluice/internal/cli"
)

// Command is a row of the master's commands.
type Command struct {
	Name       string
	Args       string
	Doc        string
	Access     cli.Access
	Hidden     bool // help does not list it
	Everywhere bool // it is the master's even when commands go to a worker
	Quiet      bool // no empty line ends its answer
	run        func(x *session, args []string)
}

// Commands returns the master's commands, sorted by name.
func Commands() []Command {
	return []Command{
		{Name: "_loadstatus", Doc: "Shows how the last start or reload went.", Hidden: true, run: loadStatus},
		{Name: "echo", Args: "<text>", Doc: "Answers with the text.", run: func(x *session, args []string) { x.printf("%s\n", strings.Join(args, " ")) }},
		{Name: "experimental-mode", Args: "[on|off]", Doc: "Allows experimental commands in workers.", Access: cli.Admin, Hidden: true, Everywhere: true,
			Quiet: true, run: func(x *session, args []string) { x.experimental = x.toggle("experimental-mode", x.experimental, args) }},
		{Name: "expert-mode", Args: "[on|off]", Doc: "Allows expert commands in workers.", Access: cli.Admin, Hidden: true, Everywhere: true,
			Quiet: true, run: func(x *session, args []string) { x.expert = x.toggle("expert-mode", x.expert, args) }},
		{Name: "hard-reload", Doc: "Reloads the configuration and stops the worker before at once.", Access: cli.Operator, run: reload(true)},
		{Name: "help", Doc: "Lists the commands.", run: func(x *session, _ []string) {
			x.printf("The following commands are valid at this level:\n")
			x.help()
		}},
		{Name: "mcli-debug-mode", Args: "[on|off]", Doc: "Shows the flag of debugging the master.", Access: cli.Admin, Hidden: true, Everywhere: true,
			Quiet: true, run: func(x *session, args []string) { x.debug = x.toggle("mcli-debug-mode", x.debug, args) }},
		{Name: "operator", Doc: "Gives up the rights beyond those of an operator.", Everywhere: true, run: lower(cli.Operator)},
		{Name: "prompt", Args: "[n|i|p]", Doc: "Turns the prompt and the interactive mode on or off.", Everywhere: true, Quiet: true, run: prompt},
		{Name: "quit", Doc: "Ends the connection.", Everywhere: true, run: func(x *session, _ []string) { x.over = true }},
		{Name: "reload", Doc: "Reloads the configuration.", Access: cli.Operator, run: reload(false)},
		{Name: "show cli level", Doc: "Tells what this connection may do.", run: func(x *session, _ []string) { x.printf("%s\n", x.level) }},
		{Name: "show cli sockets", Doc: "Lists the sockets of the workers' runtime API: the master has none of these.", run: func(*session, []string) {}},
		{Name: "show env", Args: "[var]", Doc: "Shows the environment variables.", Access: cli.Operator, run: showEnv},
		{Name: "show proc", Args: "[debug]", Doc: "Lists the processes.", run: showProc},
		{Name: "show startup-logs", Doc: "Shows what the last start or reload printed.", Access: cli.Operator, run: func(x *session, _ []string) {
			x.printf("%s", x.srv.m.read(func(m *Master) string { return string(m.logs) }))
		}},
		{Name: "show version", Doc: "Shows the version of the process.", run: func(x *session, _ []string) { x.printf("%s\n", x.srv.m.Version) }},
		{Name: "user", Doc: "Gives up the rights beyond those of a user.", Everywhere: true, run: lower(cli.User)},
	}
}

// Names are the words of the commands and of the prefixes that choose a process, as -dKcli prints them.
func Names() []string {
	names := []string{"@!<pid>", "@<relative pid>", "@master"}
	for _, c := range Commands() {
		names = append(names, c.Name)
	}
	return names
}

// lookup finds the row that words begin with.
func lookup(words []string) *Command {
	rows := Commands()
	for i := range rows {
		name := strings.Fields(rows[i].Name)
		if len(name) <= len(words) && slices.Equal(name, words[:len(name)]) {
			return &rows[i]
		}
	}
	return nil
}

func (x *session) printf(format string, args ...any) { fmt.Fprintf(x.conn, format, args...) }

func (x *session) help() {
	line := func(usage, doc string) { x.printf("  %-40s: %s\n", usage, strings.TrimSuffix(doc, ".")) }
	line("@!<pid>", "Sends a command to the process of that number.")
	line("@<relative pid>", "Sends a command to the current worker, which is 1.")
	line("@master", "Sends a command to the master.")
	for _, r := range Commands() {
		if !r.Hidden {
			line(strings.TrimSpace(r.Name+" "+r.Args), r.Doc)
		}
	}
}

func (x *session) toggle(name string, on bool, args []string) bool {
	if len(args) > 0 {
		return args[0] == "on"
	}
	state := "OFF"
	if on {
		state = "ON"
	}
	x.printf("%s is %s\n", name, state)
	return on
}

// lower returns the command that gives up rights. They do not come back.
func lower(to cli.Access) func(*session, []string) {
	return func(x *session, _ []string) {
		x.level = min(x.level, to)
		x.expert, x.experimental = false, false
	}
}

func prompt(x *session, args []string) {
	if len(args) == 0 {
		x.ask = !x.ask
		x.stay = x.ask
		return
	}
	for _, a := range args {
		x.stay, x.ask = a != "n", a == "p"
	}
}

// reload returns the command that reloads and waits for the outcome. It is the last one of its connection.
func reload(hard bool) func(*session, []string) {
	return func(x *session, _ []string) {
		done := make(chan string, 1)
		x.srv.m.events <- func() { x.srv.m.reload(hard, done) }
		x.printf("%s\n", <-done)
		x.over = true
	}
}

func loadStatus(x *session, _ []string) {
	x.printf("%s", x.srv.m.read(func(m *Master) string {
		if m.broken {
			return "Success=0\n--\n" + string(m.logs)
		}
		return "Success=1\n--\n" + string(m.logs)
	}))
}

func showEnv(x *session, args []string) {
	m := x.srv.m
	files := m.read(func(m *Master) string {
		var names []string
		for _, f := range m.files {
			names = append(names, f.Name)
		}
		return strings.Join(names, ";")
	})
	env := append(os.Environ(), "HAPROXY_STARTUP_VERSION="+m.Version, "HAPROXY_BRANCH="+m.Branch, "HAPROXY_CFGFILES="+files,
		"HAPROXY_MWORKER=1", "HAPROXY_MASTER_CLI="+cli.SocketName(x.srv.bind, x.srv.l.Addr()))
	found := false
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if len(args) == 0 || args[0] == name {
			found = true
			io.WriteString(x.conn, v+"\n")
		}
	}
	if !found {
		io.WriteString(x.conn, "Variable not found\n")
	}
}

// showProc lists the processes in HAProxy's columns.
func showProc(x *session, args []string) {
	debug := len(args) > 0 && args[0] == "debug"
	x.printf("%s", x.srv.m.read(func(m *Master) string {
		var b strings.Builder
		row := func(pid, kind, reloads string, since time.Time, fd int) {
			fmt.Fprintf(&b, "%-15s %-15s %-15s %-15s %-15s", pid, kind, reloads, uptime(since), m.Version)
			if debug {
				fmt.Fprintf(&b, "\t\t %-15d", fd)
			}
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%-15s %-15s %-15s %-15s %-15s", "#<PID>", "<type>", "<reloads>", "<uptime>", "<version>")
		if debug {
			fmt.Fprintf(&b, "\t\t %-15s", "<ipc_fd>")
		}
		b.WriteByte('\n')
		row(fmt.Sprint(os.Getpid()), "master", fmt.Sprintf("%d [failed: %d]", m.reloads, m.failed), m.began, -1)
		b.WriteString("# workers\n")
		for _, w := range m.workers {
			if !w.leaving {
				row(fmt.Sprint(w.pid), "worker", fmt.Sprint(w.reloads), w.began, w.control)
			}
		}
		old := false
		for _, w := range m.workers {
			if w.leaving {
				if !old {
					old = true
					b.WriteString("# old workers\n")
				}
				row(fmt.Sprint(w.pid), "worker", fmt.Sprint(w.reloads), w.began, w.control)
			}
		}
		m.listPrograms(func(pid, kind, reloads string, since time.Time) {
			fmt.Fprintf(&b, "%-15s %-15s %-15s %-15s %-15s\n", pid, kind, reloads, uptime(since), "-")
		}, func(text string) { b.WriteString(text) })
		return b.String()
	}))
}

func uptime(since time.Time) string {
	s := int(time.Since(since).Seconds())
	return fmt.Sprintf("%dd%02dh%02dm%02ds", s/86400, s/3600%24, s/60%60, s%60)
}

// read runs fn where the master's state may be looked at.
func (m *Master) read(fn func(*Master) string) string {
	answer := make(chan string, 1)
	m.events <- func() { answer <- fn(m) }
	return <-answer
}

// find returns the worker of that number.
func (m *Master) find(pid int) *worker {
	for _, w := range m.workers {
		if w.pid == pid {
			return w
		}
	}
	return nil
}
