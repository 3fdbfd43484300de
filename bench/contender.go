//go:build linux

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// bench is one run of this program: who takes part, and what runs.
type bench struct {
	*options
	dir        string
	contenders []*contender
	origin     *server
	maxconn    int // connections a proxy may have, within the limit of descriptors

	lock    sync.Mutex // guards running against the end by a signal
	running []*process
}

// contender is one proxy.
type contender struct {
	name   string // "HAProxy 2.6"
	path   string
	config func(b *bench, c *caseOf, port string) string
	args   func(file string) []string
	check  func(file string) []string
}

// open finds the contenders and starts the origin.
func (b *bench) open() error {
	if b.sluice != "" {
		b.find("Sluice", b.sluice, haproxyConfig, haproxyArgs, haproxyCheck)
	}
	for path := range strings.SplitSeq(b.haproxy, ",") {
		if path != "" {
			b.find("HAProxy", path, haproxyConfig, haproxyArgs, haproxyCheck)
		}
	}
	if b.nginx != "" {
		b.find("nginx", b.nginx, nginxConfig, nginxArgs, nginxCheck)
	}
	if len(b.contenders) == 0 {
		return errors.New("no proxy to measure")
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk, which makes the load, is not installed")
	}
	var err error
	b.origin, err = startOrigin(b.loadCPU)
	if err == nil {
		b.running = append(b.running, b.origin.process)
	}
	return err
}

// find adds a contender when its program exists, and says so when not.
func (b *bench) find(name, program string, config func(*bench, *caseOf, string) string, args, check func(string) []string) {
	path, err := exec.LookPath(program)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s takes no part: %v\n", name, err)
		return
	}
	out, _ := exec.Command(path, "-v").CombinedOutput()
	if v := regexp.MustCompile(`(?:HAProxy version |nginx/)(\d+\.\d+)(-dev)?`).FindStringSubmatch(string(out)); v != nil && name != "Sluice" {
		name += " " + v[1] + v[2]
	}
	b.contenders = append(b.contenders, &contender{name: name, path: path, config: config, args: args, check: check})
}

// stop ends everything that runs.
func (b *bench) stop() {
	b.lock.Lock()
	defer b.lock.Unlock()
	for _, p := range b.running {
		p.stop()
	}
	b.running = nil
}

// proxy is a contender that runs.
type proxy struct {
	*process
	*contender
	port string
}

var errAbsent = errors.New("cannot do this")

// launch writes a contender's configuration for a case, starts it and waits until it answers.
func (b *bench) launch(who *contender, c *caseOf) (*proxy, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	text := who.config(b, c, port)
	if text == "" {
		return nil, errAbsent
	}
	file := filepath.Join(b.dir, strings.ReplaceAll(who.name, " ", "-")+"-"+c.name+".cfg")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(who.path, who.args(file)...)
	cmd.Stdout = io.Discard
	p, err := start(b.proxyCPU, cmd)
	if err != nil {
		return nil, err
	}
	b.lock.Lock()
	b.running = append(b.running, p)
	b.lock.Unlock()
	if err := p.answers(c.scheme() + "://127.0.0.1:" + port); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", who.name, err, p.stderr.String())
	}
	return &proxy{process: p, contender: who, port: port}, nil
}

// answers waits until a request through the proxy succeeds.
func (p *process) answers(address string) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: time.Second}
	var last error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		resp, err := client.Get(address + "/100")
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode == 200 && len(body) == 100 {
				return nil
			}
			err = fmt.Errorf("status %d, %d bytes", resp.StatusCode, len(body))
		}
		last = err
		select {
		case <-p.exited:
			return fmt.Errorf("it ended: %v", p.cmd.ProcessState)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("it does not answer: %w", last)
}

// end stops a proxy and forgets it.
func (b *bench) end(p *proxy) {
	p.stop()
	b.lock.Lock()
	defer b.lock.Unlock()
	for i, r := range b.running {
		if r == p.process {
			b.running = append(b.running[:i], b.running[i+1:]...)
			break
		}
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return port(l.Addr()), nil
}
