package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sluice/test/program"
)

// options say what a trial does.
type options struct {
	program  string
	requests int
	workers  int
	seed     uint64
	only     string
	except   string
	verbose  bool
}

// trial is one run: a proxy, its origins, its clients, and what they found.
type trial struct {
	options
	faults  []*fault
	origins []*origin
	proxy   *proxy
	journal *journal
	report  *report
	next    atomic.Uint64
	seen    []seen // by number of the request

	release []func() // of the ports

	lock      sync.Mutex
	disturbed []span // when the origins were being restarted
}

// seen is what a client saw of a request, kept for the comparison with the log.
type seen struct {
	fault        *fault
	outcome      outcome
	began, ended time.Time
}

type span struct{ from, to time.Time }

// run makes a trial.
func run(o options) (*report, error) {
	t := &trial{options: o, faults: faults(), report: newReport(o)}
	only, except := strings.Split(o.only, ","), strings.Split(o.except, ",")
	t.faults = slices.DeleteFunc(t.faults, func(f *fault) bool {
		return o.only != "" && !slices.Contains(only, f.name) || slices.Contains(except, f.name)
	})
	if len(t.faults) == 0 {
		return nil, fmt.Errorf("no fault is called %q", o.only)
	}
	t.seen = make([]seen, o.requests+1)
	dir, err := os.MkdirTemp("", "fault-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ports, err := t.open(dir)
	defer t.close()
	if err != nil {
		return nil, err
	}
	files, memory := t.proxy.descriptors(), int64(0)
	began := time.Now()
	// The first part fills every pool; what memory grows after it is suspicious.
	t.load(ports, o.requests/2)
	memory = t.proxy.memory()
	restarted := make(chan error, 1)
	go func() { restarted <- t.restart() }()
	t.load(ports, o.requests-o.requests/2)
	if err := <-restarted; err != nil {
		return nil, err
	}
	t.report.took = time.Since(began)
	t.compare()
	t.leaks(files, memory)
	if o.verbose {
		fmt.Print(t.proxy.Said())
	}
	return t.report, nil
}

// open starts everything, the proxy last.
func (t *trial) open(dir string) (ports [2]string, err error) {
	s := &site{faults: map[string]*fault{}, tried: map[uint64]bool{}, wrong: t.wrong}
	for _, f := range t.faults {
		s.faults[f.name] = f
	}
	var servers []string
	for range 3 {
		o := &origin{site: s, conns: map[net.Conn]bool{}}
		if err := o.listen(); err != nil {
			return ports, err
		}
		t.origins = append(t.origins, o)
		servers = append(servers, o.address)
	}
	if t.journal, err = openJournal(); err != nil {
		return ports, err
	}
	for i := range ports {
		var release func()
		if ports[i], release, err = program.Port(); err != nil {
			return ports, err
		}
		t.release = append(t.release, release)
	}
	text := config(filepath.Join(dir, "stats"), t.journal.conn.LocalAddr().String(), ports, servers)
	t.proxy, err = launch(t.program, dir, text)
	return ports, err
}

func (t *trial) close() {
	if t.proxy != nil {
		t.proxy.Stop()
	}
	for _, o := range t.origins {
		o.crash()
	}
	if t.journal != nil {
		t.journal.close()
	}
	for _, release := range t.release {
		release()
	}
}

// load sends a number of requests from all workers.
func (t *trial) load(ports [2]string, requests int) {
	last := t.next.Load() + uint64(requests)
	var wait sync.WaitGroup
	for i := range t.workers {
		w := &worker{trial: t, random: rand.New(rand.NewPCG(t.seed, last+uint64(i)))}
		for j := range w.ways {
			w.ways[j].address = "127.0.0.1:" + ports[j]
		}
		wait.Go(func() {
			for t.proxy.Alive() {
				id := t.next.Add(1)
				if id > last {
					break
				}
				w.one(t.choose(w.random), id)
			}
			for j := range w.ways {
				if w.ways[j].conn != nil {
					w.ways[j].conn.Close()
				}
			}
		})
	}
	wait.Wait()
	t.next.Store(last)
}

// choose chooses a fault by weight.
func (t *trial) choose(r *rand.Rand) *fault {
	total := 0
	for _, f := range t.faults {
		total += f.weight
	}
	n := r.IntN(total)
	for _, f := range t.faults {
		if n -= f.weight; n < 0 {
			return f
		}
	}
	return t.faults[0]
}

// restart ends all origins as a crash does, and starts them again a moment later.
func (t *trial) restart() error {
	time.Sleep(200 * time.Millisecond)
	t.lock.Lock()
	t.disturbed = append(t.disturbed, span{from: time.Now()})
	t.lock.Unlock()
	var errs []error
	for _, o := range t.origins {
		o.crash()
	}
	time.Sleep(200 * time.Millisecond)
	for _, o := range t.origins {
		errs = append(errs, o.listen())
	}
	t.lock.Lock()
	// a retry waits a second, and what waited may wait once more
	t.disturbed[len(t.disturbed)-1].to = time.Now().Add(3*time.Second + 2*serverTimeout)
	t.lock.Unlock()
	return errors.Join(errs...)
}

// excused says whether the origins were gone at some time of a span.
func (t *trial) excused(began, ended time.Time) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	for _, s := range t.disturbed {
		if ended.After(s.from) && (s.to.IsZero() || began.Before(s.to)) {
			return true
		}
	}
	return false
}

// wrong reports what no fault excuses.
func (t *trial) wrong(what string) { t.report.wrong(what) }

// judge compares what a client saw with what the fault is to look like.
func (t *trial) judge(f *fault, id uint64, o outcome, reused bool, began time.Time) {
	ended := time.Now()
	excused := t.excused(began, ended)
	if f.client != stays {
		ended = ended.Add(2 * serverTimeout) // the proxy may go on without the client, even with a server that has gone since
	}
	t.seen[id] = seen{fault: f, outcome: o, began: began, ended: ended}
	if f.client != stays {
		return
	}
	ok := false
	switch {
	case o.silent:
		// An idle connection may end just when it is chosen. The client is then asked to try again, whatever it sent; this
		// must be as rare as the chance is.
		if ok = f.want.silent && reused; !ok && reused && !excused {
			ok = true
			t.report.race()
		}
	case o.ended:
		ok = slices.Contains(f.want.whole, o.status)
	default:
		ok = f.want.cut && o.status == 200
	}
	if excused && !ok {
		ok = o.silent || !o.ended || slices.Contains([]int{502, 503, 504}, o.status)
	}
	if !ok && o.wrong == "" {
		t.wrong(fmt.Sprintf("%s %d of %d bytes: status %d, complete %v, no answer %v", f.name, id, o.size, o.status, o.ended, o.silent))
	}
	t.report.saw(f.name, o)
}

// compare holds the log against what the clients saw.
func (t *trial) compare() {
	for end := time.Now().Add(5 * time.Second); t.journal.count() < t.requests && time.Now().Before(end) && t.proxy.Alive(); {
		time.Sleep(50 * time.Millisecond)
	}
	for id := uint64(1); id < uint64(len(t.seen)); id++ {
		s := t.seen[id]
		if s.fault == nil {
			continue // not sent, as the proxy was gone
		}
		e, found := t.journal.take(id)
		if !found {
			if !s.outcome.silent { // a close that asks the client to try again is not logged
				t.report.unlogged++
				t.report.count(s.fault.name, "not logged")
			}
			continue
		}
		t.report.logged(s.fault.name, e)
		if t.excused(s.began, s.ended) {
			continue
		}
		if s.outcome.status > 0 && s.outcome.status != e.status {
			t.wrong(fmt.Sprintf("%s %d: the client saw status %d, the log says %d", s.fault.name, id, s.outcome.status, e.status))
		}
		if !s.outcome.silent && !slices.Contains(s.fault.want.states, e.state[:2]) {
			t.wrong(fmt.Sprintf("%s %d: termination state %s with status %d", s.fault.name, id, e.state, e.status))
		}
	}
}

// leaks waits until the proxy is at rest and looks at what it still holds.
func (t *trial) leaks(files int, memory int64) {
	if !t.proxy.Alive() {
		t.wrong("the proxy has ended:\n" + t.proxy.Said())
		return
	}
	// Idle connections to servers are purged by half every half second.
	const spare = 12
	var busy, open int
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if busy, err = t.proxy.busy(); err != nil {
			t.wrong("the runtime interface does not answer: " + err.Error())
			return
		}
		if open = t.proxy.descriptors(); busy == 0 && open <= files+spare {
			break
		}
	}
	if busy > 0 {
		t.wrong(fmt.Sprintf("%d sessions are current though no client is left", busy))
	}
	if open > files+spare {
		t.wrong(fmt.Sprintf("%d descriptors are open, %d were at the start", open, files))
	}
	after := t.proxy.memory()
	t.report.memory = [2]int64{memory, after}
	if memory > 0 && after > memory+memory/4+(16<<20) {
		t.wrong(fmt.Sprintf("memory grew from %d to %d MiB in the second half", memory>>20, after>>20))
	}
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
