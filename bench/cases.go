//go:build linux

package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// kind says what a case measures.
type kind int

const (
	load    kind = iota // requests, by wrk
	idle                // memory of connections that do nothing
	startup             // reading a configuration
	checks              // health checks
)

// caseOf is one thing that is measured.
type caseOf struct {
	name, title string
	kind        kind
	connections int
	size        int  // bytes of an answer
	post        int  // bytes of a request's body
	close       bool // a connection from the client for each request
	closeServer bool // and one to the server
	tcp, log    bool
	tls         bool // clients speak TLS
	full        bool // and shake hands anew for each request
	browser     bool // requests with the fields that a browser sends
	rules       bool // ACLs and rules on fields, see rules.go
	backends    int
	checks      int // servers that are checked, see checks.go
	checkHTTP   bool
	checkAt     string // where they all are
	run         func(*bench, *caseOf) (row, error)
}

// cases are all cases in the order of the report.
func cases() []*caseOf {
	return []*caseOf{
		{name: "keepalive-8", title: "keep-alive, 8 connections", connections: 8, size: 100, run: runLoad},
		{name: "keepalive-64", title: "keep-alive, 64 connections", connections: 64, size: 100, run: runLoad},
		{name: "keepalive-1000", title: "keep-alive, 1,000 connections", connections: 1000, size: 100, run: runLoad},
		{name: "connect-client", title: "a connection for each request, kept to the server", connections: 64, size: 100, close: true, run: runLoad},
		{name: "connect-both", title: "a connection for each request, to the server too", connections: 64, size: 100, close: true, closeServer: true, run: runLoad},
		{name: "body-10k", title: "answers of 10 KB", connections: 64, size: 10 << 10, run: runLoad},
		{name: "body-1m", title: "answers of 1 MB", connections: 16, size: 1 << 20, run: runLoad},
		{name: "post-10k", title: "POST of 10 KB", connections: 64, size: 100, post: 10 << 10, run: runLoad},
		{name: "tcp", title: "TCP relay, 64 connections", connections: 64, size: 100, tcp: true, run: runLoad},
		{name: "httplog", title: "`option httplog` to a UDP socket", connections: 64, size: 100, log: true, run: runLoad},
		{name: rulesWith, title: "the same through 20 ACLs and 10 rules on fields", connections: 64, size: 100, browser: true, rules: true, run: runRules},
		{name: "tls-8", title: "TLS, keep-alive, 8 connections", connections: 8, size: 100, tls: true, run: runLoad},
		{name: "tls-64", title: "TLS, keep-alive, 64 connections", connections: 64, size: 100, tls: true, run: runLoad},
		{name: "tls-handshake", title: "TLS, a full ECDSA handshake for each request", size: 100, tls: true, close: true, full: true, run: runLoad},
		{name: "tls-resumed", title: "TLS, a session resumed for each request", connections: 16, size: 100, tls: true, close: true, run: runLoad},
		{name: "tls-body", title: "TLS, answers of 1 MB", connections: 16, size: 1 << 20, tls: true, run: runLoad},
		{name: "checks-connect", title: "2,000 servers checked every second by a connection", kind: checks, size: 100, checks: 2000, run: runChecks},
		{name: "checks-http", title: "the same by HTTP", kind: checks, size: 100, checks: 2000, checkHTTP: true, run: runChecks},
		{name: "idle-http", title: "idle client, after one request", kind: idle, size: 100, run: runIdle},
		{name: "idle-tls", title: "idle client of TLS, after one request", kind: idle, size: 100, tls: true, run: runIdle},
		{name: "idle-tcp", title: "idle TCP relay, after one answer", kind: idle, size: 100, tcp: true, run: runIdle},
		{name: "startup", title: "configuration of many backends", kind: startup, size: 100, run: runStartup},
	}
}

// scheme is that of the addresses.
func (c *caseOf) scheme() string {
	if c.tls {
		return "https"
	}
	return "http"
}

// sample is what one round told about one contender.
type sample struct {
	cpu      float64 // microseconds of CPU per request; for startup, milliseconds to read the configuration
	rate     float64 // requests per second
	p50, p99 float64 // microseconds
	busy     float64 // share of its core that the proxy used
	memory   float64 // bytes: of the process, or of one idle connection
	lost     int     // requests without a log line
	burst    float64 // the most checks of a hundredth of a second, as a multiple of their mean
}

// row is a case with all its samples: samples[i][r] is contender i in round r. A contender that cannot do it has none.
type row struct {
	name, title string
	kind        kind
	samples     [][]sample
	without     [][]sample // of the same requests without rules, see rules.go
}

// runLoad measures requests. All contenders run and take turns.
func runLoad(b *bench, c *caseOf) (row, error) {
	r := row{samples: make([][]sample, len(b.contenders))}
	proxies := make([]*proxy, len(b.contenders))
	for i, who := range b.contenders {
		p, err := b.launch(who, c)
		if errors.Is(err, errAbsent) {
			continue
		}
		if err != nil {
			return r, err
		}
		defer b.end(p)
		proxies[i] = p
		if _, err := b.measure(p, c, 0.5); err != nil { // pools fill
			return r, err
		}
	}
	for range b.rounds {
		for i, p := range proxies {
			if p == nil {
				continue
			}
			s, err := b.measure(p, c, b.seconds)
			if err != nil {
				return r, err
			}
			r.samples[i] = append(r.samples[i], s)
		}
	}
	return r, nil
}

// measure puts load on one proxy.
func (b *bench) measure(p *proxy, c *caseOf, seconds float64) (sample, error) {
	if c.full {
		return b.shake(p, c, seconds)
	}
	args := []string{"-t1", "-c" + strconv.Itoa(c.connections), "-d" + strconv.Itoa(int(math.Ceil(seconds))) + "s", "--latency"}
	url := fmt.Sprintf("%s://127.0.0.1:%s/%d", c.scheme(), p.port, c.size)
	switch {
	case c.close:
		args = append(args, "-H", "Connection: close")
	case c.post > 0:
		script := filepath.Join(b.dir, "post.lua")
		text := fmt.Sprintf("wrk.method = \"POST\"\nwrk.body = string.rep(\"c\", %d)\n", c.post)
		if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
			return sample{}, err
		}
		args = append(args, "-s", script)
	}
	if c.browser {
		for _, field := range browserFields() {
			args = append(args, "-H", field)
		}
	}
	cmd := exec.Command("wrk", append(args, url)...)
	out := &capture{}
	cmd.Stdout = out
	lines, cpu, began := b.origin.lines(), p.cpu(), time.Now()
	w, err := start(b.loadCPU, cmd)
	if err != nil {
		return sample{}, err
	}
	// Memory is that of the proxy at work.
	select {
	case <-time.After(time.Duration(seconds * 0.8 * float64(time.Second))):
	case <-w.exited:
	}
	memory := p.memory()
	<-w.exited
	spent, took := p.cpu()-cpu, time.Since(began)
	s, requests, err := out.parse()
	if err != nil {
		return s, fmt.Errorf("%s: %w\n%s%s", p.name, err, out.String(), w.stderr.String())
	}
	s.cpu = float64(spent.Nanoseconds()) / 1000 / float64(requests)
	s.busy = spent.Seconds() / took.Seconds()
	s.memory = float64(memory)
	if c.log {
		time.Sleep(200 * time.Millisecond) // a batch may be on its way
		s.lost = max(0, requests-(b.origin.lines()-lines))
	}
	return s, nil
}

// parse reads what wrk printed.
func (c *capture) parse() (s sample, requests int, err error) {
	text := c.String()
	number := func(pattern string) float64 {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			err = errors.Join(err, fmt.Errorf("wrk prints no %s", pattern))
			return 0
		}
		n, _ := strconv.ParseFloat(m[1], 64)
		if len(m) > 2 {
			n *= map[string]float64{"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}[m[2]]
		}
		return n
	}
	s.rate = number(`Requests/sec: +([0-9.]+)`)
	s.p50 = number(`50% +([0-9.]+)(us|ms|s|m)`)
	s.p99 = number(`99% +([0-9.]+)(us|ms|s|m)`)
	requests = int(number(`([0-9]+) requests in`))
	if m := regexp.MustCompile(`Non-2xx or 3xx responses: .*|Socket errors: .*`).FindString(text); m != "" && err == nil {
		err = errors.New(m)
	}
	if requests == 0 && err == nil {
		err = errors.New("no request succeeded")
	}
	return s, requests, err
}
