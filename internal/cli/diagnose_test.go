package cli_test

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// TestDiagnosis asks the commands that look at the process, each while something is there to be seen: answers are regular
// expressions, (?s) in front.
func TestDiagnosis(t *testing.T) {
	h := open(t)
	h.fetch("/hello")
	rest, err := net.Dial("tcp", h.addr) // a client that says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer rest.Close()
	until(t, "the client", func() bool { return strings.Contains(h.run("show fd f"), "fe=fe idle") })
	for _, x := range []struct{ command, want string }{
		{"show threads", `^  Thread 1 : id=\d+ act=\d wq=\d+ rq=\d+ tl=\d+\n      1/1    loops=\d+ ctxsw=\d+ stuck=0 prof=0\n             cpu_ns: now=\d+\n  Thread 2 .*  Others   : goroutines=\d+\n$`},
		{"show tasks", `^Running tasks: \d+ \(2 threads\)\n  function +places +% +lat_tot +lat_avg +calls_tot +calls_avg calls%\n`},
		{"show libs", `^(0x[0-9a-f]+-0x[0-9a-f]+ \(0x[0-9a-f]+\) /\S+\n)*go \d\.`},
		{"show dev", `^HAProxy version 1\.2\.3\nPlatform info:\n  OS architecture: \w+\n.*Process info:\n  pid: 7\n.*  limits:\n      fd limit \(soft, hard\): .*Threads: 2 loops, \d+ for Go's scheduler\n$`},
		{"show profiling", `^Per-task CPU profiling              : auto-off      # set profiling tasks \{on\|auto\|off\}\nMemory usage profiling              : off           # not available\nTasks activity over 0\.000 sec till 0\.000 sec ago:\n  function +calls +cpu_tot +cpu_avg +lat_avg\n$`},
		{"show profiling status", `^Per-task .*\nMemory .*\n$`},
		{"show profiling foo", `^Expects either 'all', 'status', 'tasks', 'memory', 'byaddr', 'bytime', 'byctx', 'aggr' or a max number of output lines\.\n$`},
		{"set profiling", `^Expects either 'tasks' or 'memory'\.\n$`},
		{"set profiling tasks", `^Expects a combination of either 'on', `},
		{"set profiling tasks foo", `^Expects a combination of either 'on', `},
		{"set profiling tasks on lock", `^The time that tasks spend with locks or for memory is not measured\.\n$`},
		{"set profiling memory on", `^Memory is not profiled`},
		{"set profiling tasks on no-lock", `^$`},
		{"show fd l", `^ +\d+ : tmask=0x0 l\.st=RDY fe=fe fam=ipv4 lport=\d+\n.*fe=fe2 `},
		{"show fd b", `^ +\d+ : tmask=0x[12] \([hH][rR]\) iocb=proxy\.IdleConn fam=ipv4 lport=\d+ rport=\d+ px=be sv=s1 idle\n$`},
		{"show fd c!b", `^ +\d+ : tmask=0x[12] \(hr\) iocb=stream\.session fam=ipv4 lport=\d+ rport=\d+ fe=fe idle\n`},
		{"show fd -cl", `eventpoll`},
		{"show fd 1/2", `^      2 : tmask=0x0 [^\n]*\n$`},
		{"show fd x", `^Expects letters`},
		{"show fd -5", `^Expects letters`},
		{"debug dev hash name", `^name\n$`},
		{"debug dev write 10", `^This command is restricted to expert mode only\.\n$`},
	} {
		if got := h.run(x.command); !regexp.MustCompile("(?s)" + x.want).MatchString(got) {
			t.Errorf("%s\ngot  %q\nwant %s", x.command, got, x.want)
		}
	}
	for _, x := range []struct{ command, want string }{
		{"expert-mode on; debug dev write 70", `^\n\.{63}\n\.{5}\n\n$`},
		{"expert-mode on; debug dev delay 1; debug dev loop 1", `^\n\n\n$`},
		{"expert-mode on; debug dev close", `^\nMissing file descriptor number`},
		{"expert-mode on; debug dev close 99999", `^\nFile descriptor number 99999 cannot be closed: `},
	} {
		if got := h.ask(proxy.LevelAdmin, x.command+"\n"); !regexp.MustCompile("(?s)" + x.want).MatchString(got) {
			t.Errorf("%s\ngot  %q\nwant %s", x.command, got, x.want)
		}
	}
	h.fetch("/hello")
	for _, command := range []string{"show profiling bytime", "show profiling byaddr 1"} {
		if got := h.run(command); !regexp.MustCompile(`: on  .*\n.*\n.*\n.*\n  stream\.worker +\d+ +[\d.]+[um]s +[\d.]+[nu]s +[\d.]+[nu]s\n$`).MatchString(got) {
			t.Errorf("%s: %q", command, got)
		}
	}
	h.run("set profiling tasks auto")
	if got := h.run("show profiling status"); !strings.Contains(got, ": auto-off ") {
		t.Errorf("%q", got)
	}
	if got := h.ask(proxy.LevelUser, "show dev\n"); got != "Permission denied\n\n" {
		t.Errorf("for users: %q", got)
	}
}

// TestDebugClose cuts a client off.
func TestDebugClose(t *testing.T) {
	h := open(t)
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	number := regexp.MustCompile(`(?m)^ +(\d+) : .* fe=fe idle$`)
	var fd []string
	until(t, "the client", func() bool { fd = number.FindStringSubmatch(h.run("show fd f")); return fd != nil })
	h.ask(proxy.LevelAdmin, "expert-mode on; debug dev close "+fd[1]+"\n")
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
}
