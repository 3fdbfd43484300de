package cli_test

import (
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluice/internal/cli"
	"sluice/internal/proxy"
)

func TestRows(t *testing.T) {
	var names []string
	for _, c := range cli.Commands() {
		names = append(names, c.Name)
		if c.Run == nil || !strings.HasSuffix(c.Doc, ".") || len(c.Doc) > 100 {
			t.Errorf("%s: no function, or no sentence: %q", c.Name, c.Doc)
		}
		if n := len(c.Name + " " + c.Args); n > 48 {
			t.Errorf("%s: the usage is %d characters long", c.Name, n)
		}
	}
	if !slices.IsSorted(names) {
		t.Error("not sorted")
	}
	lines := strings.Split(strings.TrimSuffix(string(cli.AppendKeywords(nil, nil)), "\n"), "\n")
	if len(lines) != len(names) || !slices.Contains(lines, "show stat [WORKER] ") {
		t.Errorf("keywords: %q", lines)
	}
}

func TestHelp(t *testing.T) {
	h := open(t)
	all := h.run("help")
	if !strings.HasPrefix(all, "The following commands are valid at this level:\n") ||
		!strings.Contains(all, "  clear counters [all|server <bk>/<srv> [force]]: ") || strings.Contains(all, "expert-mode") {
		t.Errorf("%q", all)
	}
	if !strings.Contains(all, "\n  show version                            : Shows the version of the process\n") {
		t.Errorf("form of a line: %q", all)
	}
	lines := strings.Split(all, "\n")
	if n := len(lines); !strings.HasPrefix(lines[n-4], "  help ") || !strings.HasPrefix(lines[n-3], "  prompt ") || !strings.HasPrefix(lines[n-2], "  quit ") {
		t.Errorf("the end: %q", lines[n-4:])
	}
	few := h.run("help show servers")
	if n := strings.Count(few, "\n"); n != 6 {
		t.Errorf("%q", few)
	}
	for typed, want := range map[string]string{"shwo stat": "show stat", "show srevers state": "show servers state", "disabel server": "disable server", "exit": "quit"} {
		got := h.run(typed)
		if word, _, _ := strings.Cut(typed, " "); !strings.HasPrefix(got, "Unknown command: '"+word+"', but maybe one of the following ones is a better match:\n") ||
			!strings.Contains(got, "\n  "+want) {
			t.Errorf("%s: %q", typed, got)
		}
	}
	if got := h.run("\x1b[2J"); strings.Contains(got, "\x1b") {
		t.Errorf("an escape sequence comes back: %q", got)
	}
}

// TestAnswers holds what commands say to the words of HAProxy 3.5. The steps build on each other.
func TestAnswers(t *testing.T) {
	h := open(t)
	for _, x := range []struct{ command, want string }{
		{"show cli level", "admin\n"},
		{"show env A", "A=1\n"},
		{"show env", "A=1\nB=two words\n"},
		{"show env C", "Variable not found\n"},
		{"show backend", "# name\nbe\nbe2\n"},
		{"show startup-logs", "[NOTICE]   (7) : hello\n"},
		{"show anon", "Anonymized mode disabled\n"},
		{"set anon on x", "Value out of range (1 to 4294967295 expected).\n"},
		{"set anon global-key 5", ""},
		{"experimental-mode", "experimental-mode is OFF\n"},
		{"set timeout cli", "Expects an integer value.\n"},
		{"set timeout cli 0", "Invalid timeout value.\n"},
		{"set timeout foo 1", "'set timeout' only supports 'cli'.\n"},
		{"set severity-output foo", "one of 'none', 'number', 'string' is a required argument\n"},
		{"wait", "Expects a duration in milliseconds.\n"},
		{"wait x", "Invalid duration.\n"},
		{"show errors foo", "No such proxy.\n"},
		{"show stat foo 1 -1", "No such proxy.\n"},
		{"show stat domain foo", "Invalid statistics domain.\n"},
		{"show latency foo", "No such proxy.\n"},
		{"show servers state fe", "Can't find backend.\n"},
		{"show events nope", "No such event sink\n"},
		{"show events r1 -x", "unknown option\n"},
		{"show sess foo", "Unsupported option 'foo', try 'help' for more info.\n"},
		{"show sess 0x1", "Session not found.\n"},
		{"show sess backend", "Missing backend name.\n"},
		{"show sess frontend be", "No such frontend.\n"},
		{"shutdown session", "Session pointer expected (use 'show sess').\n"},
		{"shutdown session 0x1", "No such session (use 'show sess').\n"},
		{"shutdown sessions server be", "Require 'backend/server'.\n"},
		{"shutdown sessions server be/s1", ""},
		{"get weight", "Require 'backend/server'.\n"},
		{"get weight nope/s1", "No such backend.\n"},
		{"get weight fe/s1", "No such backend.\n"},
		{"get weight be/nope", "No such server.\n"},
		{"get weight be/s1", "10 (initial 10)\n"},
		{"set weight be/s1 50%", ""},
		{"get weight be/s1", "5 (initial 10)\n"},
		{"set server be/s1 weight 20", ""},
		{"get weight be/s1", "20 (initial 10)\n"},
		{"set server be/s1 weight 300", "Absolute weight can only be between 0 and 256 inclusive.\n"},
		{"set server be/s1 weight foo", "Empty weight string empty or preceded by garbage\n"},
		{"set server be/s1 weight", "Require <weight> or <weight%>.\n"},
		{"set weight be/s1 5x", "Trailing garbage in weight string\n"},
		{"set server be/s1", "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | check-port | fqdn | health | name | ssl | state | weight\n"},
		{"set server be/s1 state", "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n"},
		{"set server be/s1 health foo", "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n"},
		{"set server be/s1 addr", "set server <b>/<s> addr requires an address and optionally a port.\n"},
		{"set server be/s1 addr localhost", "Invalid addr 'localhost'\n"},
		{"set server be/s1 addr 127.0.0.1 port", "problem converting port '' to an int\n"},
		{"set server be/s2 addr 127.0.0.2 port 99999", "the port '99999' is out of range: use 0 to 65535\n"},
		{"set server be/s2 addr 127.0.0.1", "nothing changed\n"},
		{"set server be/s2 addr 127.0.0.2", "IP changed from '127.0.0.1' to '127.0.0.2' by 'stats socket command'\n"},
		{"set server be/s2 addr ::1 port 99", "IP changed from '127.0.0.2' to '::1', port changed from '" + strconv.Itoa(h.snap.Proxies[2].Servers[1].Addr.Port) + "' to '99' by 'stats socket command'\n"},
		{"set server be/s2 addr ::1 port +5", "port changed from '99' to '+5' by 'stats socket command'\n"},
		{"set maxconn server be/s1", "Require <maxconn>.\n"},
		{"set maxconn server be/s1 x", "maxconn string empty or preceded by garbage\n"},
		{"set maxconn server be/s1 5x", "Trailing garbage in maxconn string\n"},
		{"set maxconn frontend", "A frontend name is expected.\n"},
		{"set maxconn frontend be 5", "No such frontend.\n"},
		{"set maxconn frontend fe", "Integer value expected.\n"},
		{"set maxconn frontend fe -1", "Value out of range.\n"},
		{"set maxconn global", "Expects an integer value.\n"},
		{"set maxconn global 1000000", "Value out of range.\n"},
		{"set maxconn global 100", ""},
		{"set maxconn global 0", ""},
		{"set rate-limit connections global", "Expects an integer value.\n"},
		{"set rate-limit foo global 1", "'set rate-limit' only supports :\n   - 'connections global' to set the per-process maximum connection rate\n   - 'sessions global' to set the per-process maximum session rate\n   - 'ssl-sessions global' to set the per-process maximum SSL session rate\n"},
		{"set rate-limit sessions global 1000", ""},
		{"set rate-limit sessions global 0", ""},
		{"clear counters", ""},
		{"clear counters all", ""},
		{"clear counters server be", "Require 'backend/server'.\n"},
		{"clear counters server be/s1", "Server counters cleared.\n"},
		{"clear counters server be/s1 force", "Server counters cleared.\n"},
		{"disable frontend", "A frontend name is expected.\n"},
		{"disable frontend be", "No such frontend.\n"},
		{"enable frontend fe", "All sockets are already enabled.\n"},
		{"disable frontend fe", ""},
		{"disable frontend fe", "All sockets are already disabled.\n"},
		{"enable frontend fe", ""},
		{"shutdown frontend fe2", ""},
		{"shutdown frontend fe2", "Frontend was already shut down.\n"},
		{"enable frontend fe2", "Frontend was previously shut down, cannot enable.\n"},
		{"disable frontend fe2", "Frontend was previously shut down, cannot disable.\n"},
	} {
		if got := h.run(x.command); got != x.want {
			t.Errorf("%s\ngot  %q\nwant %q", x.command, got, x.want)
		}
	}
}

func TestRights(t *testing.T) {
	h := open(t)
	for command, least := range map[string]cli.Access{
		"show version": cli.User, "show info": cli.User, "show stat": cli.User, "get weight be/s1": cli.User, "show backend": cli.User,
		"show servers state": cli.User, "show pools": cli.User, "show anon": cli.User, "set timeout cli 5": cli.User,
		"show errors": cli.Operator, "show sess": cli.Operator, "show env": cli.Operator, "show activity": cli.Operator,
		"clear counters": cli.Operator, "operator": cli.Operator, "show startup-logs": cli.Operator,
		"clear counters all": cli.Admin, "clear counters server be/s1": cli.Admin, "set weight be/s1 1": cli.Admin,
		"set server be/s1 state ready": cli.Admin, "disable frontend nope": cli.Admin, "set rate-limit": cli.Admin,
		"shutdown session 0x1": cli.Admin, "shutdown sessions server be/s1": cli.Admin, "set maxconn global 5": cli.Admin,
		"expert-mode on": cli.Admin, "set anon global-key 1": cli.Admin, "wait 1": cli.Admin,
	} {
		for level, access := range map[proxy.Level]cli.Access{proxy.LevelUser: cli.User, proxy.LevelOperator: cli.Operator, proxy.LevelAdmin: cli.Admin} {
			refused := h.ask(level, command+"\n") == "Permission denied\n\n"
			if refused != (access < least) {
				t.Errorf("%s as %v: refused %v", command, access, refused)
			}
		}
	}
}

func TestServerStatesAreChangedAndShown(t *testing.T) {
	h := open(t)
	state := func(name string) string {
		for line := range strings.Lines(h.run("show servers state be")) {
			if f := strings.Fields(line); len(f) == 25 && f[3] == name {
				return strings.Join(f[5:9], " ") // operational, administrative, weight, initial weight
			}
		}
		return "not listed"
	}
	status := func(name string) string {
		for line := range strings.Lines(h.run("show stat be 4 -1")) {
			if f := strings.Split(line, ","); f[1] == name {
				return f[17]
			}
		}
		return "not listed"
	}
	for _, x := range []struct{ command, name, state, status string }{
		{"", "s1", "2 0 10 10", "no check"},
		{"", "s3", "0 5 1 1", "MAINT"},
		{"disable server be/s1", "s1", "0 1 10 10", "MAINT"},
		{"enable server be/s1", "s1", "2 0 10 10", "no check"},
		{"set server be/s1 state drain", "s1", "2 8 10 10", "DRAIN"},
		{"disable server be/s1", "s1", "0 9 10 10", "MAINT"},
		{"enable server be/s1", "s1", "2 8 10 10", "DRAIN"},
		{"set server be/s1 state maint", "s1", "0 1 10 10", "MAINT"},
		{"set server be/s1 state ready", "s1", "2 0 10 10", "no check"},
		{"set server be/s1 health stopping", "s1", "3 0 10 10", "NOLB"},
		{"set server be/s1 health down", "s1", "0 0 10 10", "DOWN"},
		{"set server be/s1 health up", "s1", "2 0 10 10", "no check"},
		{"enable server be/s3", "s3", "2 0 1 1", "no check"},
	} {
		if x.command != "" {
			if got := h.run(x.command); got != "" {
				t.Errorf("%s: %q", x.command, got)
			}
		}
		if got := state(x.name); got != x.state {
			t.Errorf("after %q: state of %s %q, want %q", x.command, x.name, got, x.state)
		}
		if got := status(x.name); got != x.status {
			t.Errorf("after %q: status of %s %q, want %q", x.command, x.name, got, x.status)
		}
	}
}

func TestMaintenanceMovesTheLoad(t *testing.T) {
	h := open(t)
	be := h.snap.Proxies[2]
	for _, x := range []struct {
		command string
		status  int
	}{{"disable server be/s1", 200}, {"disable server be/s2", 503}, {"enable server be/s3", 200}} {
		h.run(x.command)
		if got := h.fetch("/"); got != x.status {
			t.Errorf("after %q: %d, want %d", x.command, got, x.status)
		}
	}
	if be.Servers[0].State.Cur.Load() != 0 {
		t.Error("the server in maintenance has streams")
	}
}

func TestAServerMoves(t *testing.T) {
	h := open(t)
	h.fetch("/")
	host, port, _ := net.SplitHostPort(origin(t))
	if got := h.run("set server be/s1 addr " + host + " port 1"); !strings.HasPrefix(got, "port changed") {
		t.Fatal(got)
	}
	if got := h.fetch("/"); got != 503 {
		t.Errorf("a request reached the old address: %d", got)
	}
	h.run("set server be/s1 addr " + host + " port " + port)
	if got := h.fetch("/"); got != 200 {
		t.Errorf("at the new address: %d", got)
	}
}

func TestAPausedFrontendRefuses(t *testing.T) {
	h := open(t)
	h.fetch("/")
	h.run("disable frontend fe")
	if c, err := net.Dial("tcp", h.addr); err == nil {
		c.Close()
		t.Error("a paused frontend takes connections")
	}
	if got := h.run("show stat fe 1 -1"); !strings.Contains(got, ",PAUSED,") {
		t.Errorf("%q", got)
	}
	h.run("enable frontend fe")
	if got := h.fetch("/"); got != 200 {
		t.Errorf("%d", got)
	}
	h.run("shutdown frontend fe")
	if got := h.run("show stat fe 1 -1"); !strings.Contains(got, ",STOP,") {
		t.Errorf("%q", got)
	}
	if c, err := net.Dial("tcp", h.addr); err == nil {
		c.Close()
		t.Error("a frontend that was shut down takes connections")
	}
}

func TestLimitsLetWaitingConnectionsIn(t *testing.T) {
	h := open(t)
	for _, x := range []struct{ low, high string }{
		{"set maxconn frontend fe 0", "set maxconn frontend fe 100"},
		{"set maxconn global 1", "set maxconn global 100"},
	} {
		hold, err := net.Dial("tcp", h.addr) // takes the one place of the second case
		if err != nil {
			t.Fatal(err)
		}
		until(t, "the connection to be counted", func() bool { return h.proc.Conns.Load() == 1 })
		h.run(x.low)
		done := make(chan int)
		go func() { done <- h.fetch("/") }()
		for range 3 { // while others are answered, it waits
			h.run("show version")
		}
		select {
		case got := <-done:
			t.Errorf("%s: answered %d", x.low, got)
			continue
		default:
		}
		h.run(x.high)
		if got := <-done; got != 200 {
			t.Errorf("%s: %d", x.high, got)
		}
		hold.Close()
		until(t, "the connections to be gone", func() bool { return h.proc.Conns.Load() == 0 })
	}
}

func TestSessionsAreShownAndEnded(t *testing.T) {
	h := open(t)
	done := make(chan int)
	go func() { done <- h.fetch("/slow") }()
	var id string
	until(t, "the request to be at the server", func() bool {
		line := h.run("show sess server be/s1 show-uri")
		id, _, _ = strings.Cut(line, ":")
		return strings.Contains(line, "proto=tcpv4 src=127.0.0.1:") && strings.Contains(line, " fe=fe be=be srv=s1 ") &&
			strings.Contains(line, "state=RESPONSE") && strings.HasSuffix(line, " uri=\"/slow\"\n")
	})
	long := h.run("show sess " + id)
	for _, want := range []string{id + ": [", "  frontend=fe (id=2 mode=http), listener=main (id=1)", "  backend=be (id=4 mode=http)", "  server=s1 (id=1)"} {
		if !strings.Contains(long, want) {
			t.Errorf("%q not in %q", want, long)
		}
	}
	if got := h.run("show sess older 100"); got != "" {
		t.Errorf("%q", got)
	}
	hidden := h.ask(proxy.LevelAdmin, "set anon on 7;show sess show-uri\n")
	if strings.Contains(hidden, "fe=fe") || strings.Contains(hidden, "/slow") || !strings.Contains(hidden, "be=b6a8c5") {
		t.Errorf("not anonymous: %q", hidden)
	}
	if got := h.run("shutdown session " + id); got != "" {
		t.Errorf("%q", got)
	}
	if got := <-done; got != 503 {
		t.Errorf("status %d", got)
	}
	until(t, "the session to be gone", func() bool { return h.run("show sess") == "" })
}

func TestInvalidMessagesAreShown(t *testing.T) {
	h := open(t)
	if got := h.run("show errors"); !strings.HasSuffix(got, "] : 0\n") {
		t.Errorf("%q", got)
	}
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("GET / HTTP/1.1\r\nbad Header\x01\x7f: foo\r\nLong: " + strings.Repeat("a", 100) + "\r\n\r\n"))
	until(t, "the error to be kept", func() bool { return h.eng.Errors.Total() == 1 })
	got := h.run("show errors fe request")
	for _, want := range []string{"] : 1\n \n[", "] frontend fe (#2): invalid request\n  backend <NONE> (#-1), server <NONE> (#-1), event #0, src 127.0.0.1:",
		"  00000  GET / HTTP/1.1\\r\\n\n", "  00016  bad Header\\x01\\x7F: foo\\r\\n\n", "error at position 19:\n",
		"  00035  Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", "  00103+ aaaaaaaaaaaaaaaa"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q not in\n%s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		if len(line) > 81 {
			t.Errorf("too wide: %q", line)
		}
	}
	if got := h.run("show errors fe response"); strings.Contains(got, "invalid") {
		t.Errorf("%q", got)
	}
}

func TestStatisticsInAllForms(t *testing.T) {
	h := open(t)
	for range 3 {
		h.fetch("/")
	}
	stat := h.run("show stat")
	if n := strings.Count(stat, "\n"); n != 1+2+1+4+2 { // header; fe with its listener, fe2; be; be2
		t.Errorf("%d lines:\n%s", n, stat)
	}
	if up := h.run("show stat be 6 -1 up"); strings.Contains(up, ",s3,") || !strings.Contains(up, ",UP (2/3),") {
		t.Errorf("%s", up)
	}
	typed := h.run("show stat fe 15 -1 typed")
	for _, want := range []string{"F.2.0.7.stot.1:MCPP:u64:3\n", "L.2.1.1.svname.1:KNSV:str:main\n", "F.2.0.40.hrsp_2xx.1:MCPP:u64:3\n"} {
		if !strings.Contains(typed, want) {
			t.Errorf("%q not in\n%s", want, typed)
		}
	}
	if got := h.ask(proxy.LevelUser, "show stat be 4 1 typed\n"); strings.Contains(got, ".addr.") {
		t.Error("a user sees addresses")
	}
	var objects [][]map[string]any
	if err := json.Unmarshal([]byte(h.run("show stat json")), &objects); err != nil || len(objects) != 9 {
		t.Errorf("%d objects, %v", len(objects), err)
	}
	var facts []map[string]any
	if err := json.Unmarshal([]byte(h.run("show info json")), &facts); err != nil || len(facts) < 70 {
		t.Errorf("%d facts, %v", len(facts), err)
	}
	if !json.Valid([]byte(h.run("show schema json"))) {
		t.Error("the schema is no JSON")
	}
	info := h.run("show info")
	for _, want := range []string{"Version: 1.2.3\n", "CumConns: 3\n", "CumReq: 3\n", "Maxconn: 1000\n", "Listeners: 5\n", "Pid: 7\n"} {
		if !strings.Contains(info, want) {
			t.Errorf("%q not in\n%s", want, info)
		}
	}
	if got := h.run("show info float"); !regexp.MustCompile(`\nUptime_sec: \d+\.\d`).MatchString(got) {
		t.Errorf("%s", got)
	}
	lat := h.run("show latency be/s1")
	if !strings.Contains(lat, "be/s1 total 3 ") || !strings.Contains(lat, "be/s1 first-byte 3 ") {
		t.Errorf("%s", lat)
	}
	for _, c := range []string{"show activity", "show activity 1", "show activity 0", "show pools", "show servers conn", "show sess all"} {
		if got := h.run(c); c != "show sess all" && got == "" {
			t.Errorf("%s: nothing", c)
		}
	}
	h.run("clear counters all")
	if got := h.run("show stat be 4 1 typed"); !strings.Contains(got, ".stot.1:MCPP:u64:0\n") {
		t.Errorf("%s", got)
	}
	if h.fetch("/") != 200 {
		t.Error("no answer after the counters were cleared")
	}
}

func TestStatsFile(t *testing.T) {
	h := open(t)
	h.fetch("/")
	got := h.ask(proxy.LevelUser, "dump stats-file\n")
	for _, want := range []string{"#fe guid,stot,bin,bout,", "\nguid-fe,1,", "\nguid-fe-0,1,", "\n\n#be guid,stot,", "\nguid-be,1,", "\nguid-s1,1,"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q not in %q", want, got)
		}
	}
}
