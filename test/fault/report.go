package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is what a trial found.
type report struct {
	options  options
	took     time.Duration
	unlogged int      // requests without a log line
	races    int      // requests that met the end of an idle connection
	memory   [2]int64 // after the first half and at the end, bytes

	lock   sync.Mutex
	wrongs []string
	more   int                       // that are not in wrongs
	counts map[string]map[string]int // by fault: what clients saw and what the log said
}

func newReport(o options) *report {
	return &report{options: o, counts: map[string]map[string]int{}}
}

func (r *report) wrong(what string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if len(r.wrongs) == 30 {
		r.more++
		return
	}
	r.wrongs = append(r.wrongs, what)
}

func (r *report) race() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.races++
}

func (r *report) count(fault, what string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.counts[fault] == nil {
		r.counts[fault] = map[string]int{}
	}
	r.counts[fault][what]++
}

func (r *report) saw(fault string, o outcome) {
	switch {
	case o.silent:
		r.count(fault, "closed")
	case o.ended:
		r.count(fault, fmt.Sprint(o.status))
	default:
		r.count(fault, fmt.Sprint(o.status, " cut"))
	}
}

func (r *report) logged(fault string, e entry) { r.count(fault, e.state) }

// failed says whether something was wrong. Of a thousand log lines one may get lost in the socket, and of two hundred
// requests one may meet the end of an idle connection.
func (r *report) failed() bool {
	return len(r.wrongs) > 0 || r.unlogged > 2+r.options.requests/1000 || r.races > 2+r.options.requests/200
}

// String is the report for people.
func (r *report) String() string {
	var s strings.Builder
	for _, fault := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprintf(&s, "%-16s", fault)
		for _, what := range slices.Sorted(maps.Keys(r.counts[fault])) {
			fmt.Fprintf(&s, "  %s: %d", what, r.counts[fault][what])
		}
		s.WriteByte('\n')
	}
	for _, what := range r.wrongs {
		fmt.Fprintln(&s, "WRONG", what)
	}
	if r.more > 0 {
		fmt.Fprintln(&s, "WRONG and", r.more, "more")
	}
	fmt.Fprintf(&s, "%d requests in %v with seed %d, %d without a log line, %d met the end of an idle connection, memory %.1f MiB and then %.1f MiB: ",
		r.options.requests, r.took.Round(time.Millisecond), r.options.seed, r.unlogged, r.races, float64(r.memory[0])/(1<<20), float64(r.memory[1])/(1<<20))
	if r.failed() {
		s.WriteString("failed\n")
	} else {
		s.WriteString("no wrong byte, no leak\n")
	}
	return s.String()
}
