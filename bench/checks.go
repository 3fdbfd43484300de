//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// checkEvery is how often each server is checked.
const checkEvery = time.Second

// checksConfig is a backend of many servers that are all checked: by connections, or by HTTP.
func checksConfig(c *caseOf) string {
	var s strings.Builder
	s.WriteString("\nbackend checked\n    default-server check inter 1s\n")
	if c.checkHTTP {
		s.WriteString("    option httpchk GET /health\n")
	}
	for i := range c.checks {
		fmt.Fprintf(&s, "    server s%d %s\n", i, c.checkAt)
	}
	return s.String()
}

// checked is the server that all servers of the checked backend are: it counts the checks by the hundredth of a second.
type checked struct {
	l     net.Listener
	lock  sync.Mutex
	began time.Time
	at    []int
}

// slot is the time within which checks count as in step.
const slot = 10 * time.Millisecond

func newChecked() (*checked, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &checked{l: l}
	go s.serve()
	return s, nil
}

func (s *checked) serve() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		s.note()
		go answerCheck(c)
	}
}

func (s *checked) note() {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.began.IsZero() {
		return
	}
	n := int(time.Since(s.began) / slot)
	for len(s.at) <= n {
		s.at = append(s.at, 0)
	}
	s.at[n]++
}

// begin counts anew; end returns the number of checks since, and the most of one slot.
func (s *checked) begin() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.began, s.at = time.Now(), nil
}

func (s *checked) end() (n, most int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.began = time.Time{}
	for _, k := range s.at {
		n += k
		most = max(most, k)
	}
	return n, most
}

// answerCheck answers whatever comes; a check by a connection alone says nothing and leaves.
func answerCheck(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(checkEvery))
	var b [1024]byte
	if n, err := c.Read(b[:]); err != nil || n == 0 {
		return
	}
	io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
	c.Read(b[:])
}

// runChecks measures what a check of a server costs, and how many begin at once. The contenders run one after the other, as
// they work without any load.
func runChecks(b *bench, c *caseOf) (row, error) {
	r := row{samples: make([][]sample, len(b.contenders))}
	s, err := newChecked()
	if err != nil {
		return r, err
	}
	defer s.l.Close()
	c.checkAt = s.l.Addr().String()
	for range b.rounds {
		for i, who := range b.contenders {
			p, err := b.launch(who, c)
			if errors.Is(err, errAbsent) {
				continue
			}
			if err != nil {
				return r, err
			}
			one, err := b.watch(p, c, s)
			b.end(p)
			if err != nil {
				return r, fmt.Errorf("%s: %w", who.name, err)
			}
			r.samples[i] = append(r.samples[i], one)
		}
	}
	return r, nil
}

// watch measures one proxy while it checks its servers. HAProxy ends a connection that is all it wants before the server hears
// of it; then the number of checks is what the configuration says.
func (b *bench) watch(p *proxy, c *caseOf, s *checked) (sample, error) {
	time.Sleep(settle)
	cpu, began := p.cpu(), time.Now()
	s.begin()
	time.Sleep(time.Duration(b.seconds * float64(time.Second)))
	n, most := s.end()
	spent, took := p.cpu()-cpu, time.Since(began)
	if n == 0 && c.checkHTTP {
		return sample{}, errors.New("it checks nothing")
	}
	if !c.checkHTTP {
		n = int(float64(c.checks) * took.Seconds() / checkEvery.Seconds())
	}
	mean := float64(n) * float64(slot) / float64(took)
	return sample{cpu: float64(spent.Nanoseconds()) / 1000 / float64(n), rate: float64(n) / took.Seconds(),
		busy: spent.Seconds() / took.Seconds(), burst: float64(most) / mean, memory: float64(p.memory())}, nil
}
