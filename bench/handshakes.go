//go:build linux

package main

import (
	"fmt"
	"math"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// shakers is how many clients shake hands at the same time.
const shakers = 4

// shake puts full handshakes on one proxy, each with a request: wrk resumes its sessions, s_time of OpenSSL does not.
func (b *bench) shake(p *proxy, c *caseOf, seconds float64) (s sample, err error) {
	whole := math.Ceil(seconds)
	cpu, began := p.cpu(), time.Now()
	var all [shakers]*process
	var out [shakers]capture
	for i := range all {
		cmd := exec.Command("openssl", "s_time", "-connect", "127.0.0.1:"+p.port, "-www", fmt.Sprintf("/%d", c.size), "-new", "-time", strconv.Itoa(int(whole)))
		cmd.Stdout = &out[i]
		if all[i], err = start(b.loadCPU, cmd); err != nil {
			return s, err
		}
	}
	requests := 0
	for i := range all {
		<-all[i].exited
		m := regexp.MustCompile(`([0-9]+) connections in [0-9]+ real`).FindStringSubmatch(out[i].String())
		if m == nil {
			return s, fmt.Errorf("%s: %s%s", p.name, out[i].String(), all[i].stderr.String())
		}
		n, _ := strconv.Atoi(m[1])
		requests += n
	}
	if requests == 0 {
		return s, fmt.Errorf("%s: no handshake succeeded", p.name)
	}
	spent, took := p.cpu()-cpu, time.Since(began)
	s.cpu = float64(spent.Nanoseconds()) / 1000 / float64(requests)
	s.rate = float64(requests) / took.Seconds()
	s.busy = spent.Seconds() / took.Seconds()
	s.memory = float64(p.memory())
	return s, nil
}
