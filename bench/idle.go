//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// capture is what a child prints.
type capture struct{ bytes.Buffer }

// settle is how long a proxy may take to give back what it does not need.
const settle = 3 * time.Second

// runIdle measures what a connection costs that has had one answer and does nothing more: the growth of the proxy's
// memory divided by their number.
func runIdle(b *bench, c *caseOf) (row, error) {
	r := row{samples: make([][]sample, len(b.contenders))}
	for i, who := range b.contenders {
		p, err := b.launch(who, c)
		if errors.Is(err, errAbsent) {
			continue
		}
		if err != nil {
			return r, err
		}
		s, err := b.park(p, c)
		b.end(p)
		if err != nil {
			return r, fmt.Errorf("%s: %w", who.name, err)
		}
		r.samples[i] = []sample{s}
	}
	return r, nil
}

// park opens the idle connections. A first few, which close again, fill what every proxy keeps once.
func (b *bench) park(p *proxy, c *caseOf) (sample, error) {
	few, err := visit(p.port, 200, c.tls)
	leave(few)
	if err != nil {
		return sample{}, err
	}
	time.Sleep(settle)
	before := p.memory()
	all, err := visit(p.port, b.idle, c.tls)
	defer leave(all)
	if err != nil {
		return sample{}, err
	}
	time.Sleep(settle)
	return sample{memory: float64(p.memory()-before) / float64(b.idle)}, nil
}

// visit opens connections, a few at a time, and has one answer on each.
func visit(port string, n int, secure bool) ([]net.Conn, error) {
	conns, errs := make([]net.Conn, n), make([]error, n)
	queue := make(chan int)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for i := range queue {
				conns[i], errs[i] = visitor(port, secure)
			}
		})
	}
	for i := range n {
		queue <- i
	}
	close(queue)
	wait.Wait()
	return conns, errors.Join(errs...)
}

func visitor(port string, secure bool) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, 10*time.Second)
	if err != nil {
		return nil, err
	}
	if secure {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, "GET /100 HTTP/1.1\r\nHost: idle.example\r\nUser-Agent: idle\r\nAccept: */*\r\n\r\n"); err != nil {
		return c, err
	}
	var answer []byte
	part := make([]byte, 1024)
	for {
		n, err := c.Read(part)
		if err != nil {
			return c, err
		}
		answer = append(answer, part[:n]...)
		if head, body, found := bytes.Cut(answer, []byte("\r\n\r\n")); found && len(body) == 100 {
			if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
				return c, fmt.Errorf("answer %q", head)
			}
			return c, nil
		}
	}
}

func leave(conns []net.Conn) {
	for _, c := range conns {
		if c != nil {
			c.Close()
		}
	}
}

// runStartup measures how long a configuration of many backends takes to be read, by the CPU time of a check, and the
// memory of a proxy that runs on it.
func runStartup(b *bench, c *caseOf) (row, error) {
	r := row{samples: make([][]sample, len(b.contenders))}
	big := *c
	big.backends = b.backends
	for i, who := range b.contenders {
		p, err := b.launch(who, &big)
		if err != nil {
			return r, err
		}
		time.Sleep(settle)
		memory := float64(p.memory())
		file := filepath.Join(b.dir, strings.ReplaceAll(who.name, " ", "-")+"-"+c.name+".cfg")
		b.end(p)
		for range b.rounds {
			cmd := exec.Command(who.path, who.check(file)...)
			if err := onCPU(b.proxyCPU, cmd.Start); err != nil {
				return r, err
			}
			if err := cmd.Wait(); err != nil {
				return r, fmt.Errorf("%s: %w", who.name, err)
			}
			spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			r.samples[i] = append(r.samples[i], sample{cpu: float64(spent.Microseconds()) / 1000, memory: memory})
		}
	}
	return r, nil
}
