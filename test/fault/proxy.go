package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sluice/test/program"
)

// proxy is the program under test while it runs.
type proxy struct{ *program.Running }

// serverTimeout is short, so that faults that wait for it cost little.
const serverTimeout = 2 * time.Second

// config is the configuration: one frontend that sends each request once, one that repeats those that fail.
func config(socket, log string, ports [2]string, servers []string) string {
	var s strings.Builder
	fmt.Fprintf(&s, `global
    stats socket %s level admin
    log %s local0 info
    maxconn 2000
    nbthread 2

defaults
    mode http
    balance roundrobin
    log global
    option httplog
    timeout connect 2s
    timeout client  10s
    timeout server  %dms
    timeout http-request 10s
    retries 0

frontend plain
    bind 127.0.0.1:%s
    default_backend once

frontend patient
    bind 127.0.0.1:%s
    default_backend again

`, socket, log, serverTimeout.Milliseconds(), ports[0], ports[1])
	for _, backend := range [...]string{"once", "again"} {
		fmt.Fprintf(&s, "backend %s\n    http-reuse safe\n", backend)
		if backend == "again" {
			s.WriteString("    retries 3\n    option redispatch\n    retry-on conn-failure empty-response junk-response response-timeout 503\n")
		}
		for i, address := range servers {
			fmt.Fprintf(&s, "    server s%d %s pool-purge-delay 500ms\n", i, address)
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// launch starts the program and waits until its runtime API answers.
func launch(path, dir, text string) (*proxy, error) {
	file := filepath.Join(dir, "fault.cfg")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := program.Run(exec.Command(path, "-db", "-f", file), filepath.Join(dir, "stats"))
	if err != nil {
		return nil, err
	}
	return &proxy{p}, nil
}

// busy is the sum of what the proxies count as current: sessions of frontends, backends and servers, and queues.
func (p *proxy) busy() (int, error) {
	text, err := p.Talk("show stat")
	if err != nil {
		return 0, err
	}
	columns := map[string]int{}
	total := 0
	for line := range strings.Lines(text) {
		words := strings.Split(strings.TrimSpace(strings.TrimPrefix(line, "# ")), ",")
		if strings.HasPrefix(line, "# ") {
			for i, word := range words {
				columns[word] = i
			}
			continue
		}
		if len(words) < 10 {
			continue
		}
		for _, name := range [...]string{"scur", "qcur"} {
			n, _ := strconv.Atoi(words[columns[name]])
			total += n
		}
	}
	return total, nil
}

// descriptors is how many files the proxy has open, -1 where that cannot be known.
func (p *proxy) descriptors() int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Cmd.Process.Pid))
	if err != nil {
		return -1
	}
	return len(entries)
}

// memory is the resident memory of the proxy in bytes, -1 where that cannot be known.
func (p *proxy) memory() int64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		return -1
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == "VmRSS:" {
			n, _ := strconv.ParseInt(words[1], 10, 64)
			return n << 10
		}
	}
	return -1
}
