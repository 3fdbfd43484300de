package monitors

import (
	"fmt"
	"strings"
	"testing"

	"sluice/test/program"
)

// TestSocat talks to the runtime API in the ways that scripts do.
func TestSocat(t *testing.T) {
	socat := program.Tool(t, "socat")
	h := open(t)
	h.get("/", 4)
	at := "UNIX-CONNECT:" + h.socket
	h.wants(h.say("show info\n", socat, at, "-"), "Name: ", "Uptime_sec: ", "CumReq: ")
	h.wants(h.say("show info; show stat\n", socat, "-", h.socket), "Pid: ", "application,BACKEND,")
	h.wants(h.say("show stat -1 4 -1\n", socat, "stdio", at), "# pxname,svname,", "application,alpha,", "application,sierra,")
	if out := h.say("set server application/alpha state maint\nset server application/bravo state maint\n", socat, h.socket, "-"); strings.TrimSpace(out) != "" {
		t.Errorf("two lines: %q", out)
	}
	h.wants(h.say("show servers state application\n", socat, h.socket, "-"), " bravo ")
	// Only the first line counts without a prompt; with one, all of them.
	out := h.say("prompt\nset server application/alpha state maint\nset server application/alpha state ready\nshow version\nquit\n", socat, "-t5", h.socket, "-")
	if n := strings.Count(out, "> "); n != 4 {
		t.Errorf("%d prompts in %q", n, out)
	}
	h.wants(h.say("no such thing\n", socat, h.socket, "-"), "Unknown command")
	h.wants(h.say("set server application/none state ready\n", socat, h.socket, "-"), "No such server.")
}

// TestHalog has halog read what the program has logged.
func TestHalog(t *testing.T) {
	halog := program.Tool(t, "halog")
	h := open(t)
	h.get("/", 30)
	h.get("/a", 10)
	h.get("/broken", 5)
	h.get("/gone", 3)
	h.until("the log", func() error {
		if n := strings.Count(h.logged(), `HTTP/1.1"`); n != 48 {
			return fmt.Errorf("%d lines", n)
		}
		return nil
	})
	log := h.logged()
	// Lines that syslog has written have a date and names before them, which raw ones lack.
	var lines strings.Builder
	for line := range strings.Lines(log) {
		lines.WriteString("Nov 28 07:00:00 host haproxy[1]: " + line)
	}
	in := lines.String()
	h.wants(h.say(in, halog, "-c"), "48\n")
	h.wants(h.say(in, halog, "-st", "-q"), "200 40", "404 3", "500 5")
	h.wants(h.say(in, halog, "-tc", "-q"), "-- 45", "LR 3")
	servers := h.say(in, halog, "-srv", "-q")
	h.wants(servers, "application/alpha", "application/bravo")
	urls := h.say(in, halog, "-u", "-q")
	h.wants(urls, " /a", " /broken", " /gone")
	h.wants(h.say(in, halog, "-H", "-c"), "48\n")
	h.wants(h.say(in, halog, "-hs", "500:599", "-c"), "5\n")
	h.wants(h.say(in, halog, "-pct", "-q"), "100.0")
}
