// Package logs carries log lines from the loops to their targets: syslog over UDP and UNIX datagrams, descriptors, rings
// (configuration.txt 3.1 and 4.2, log; 12.5, ring). A loop formats a line into a batch of its own. Datagrams, which
// never wait, it sends by itself, many lines to a system call; for other targets one goroutine each sends the batches.
// Nothing ever waits for a target: a batch that is full drops lines and counts them.
package logs

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluice/internal/proxy"
)

// maxBatch is how many bytes one loop may have waiting for one target.
const maxBatch = 1 << 20

// flushEvery is how long lines gather before they are sent: long enough for a batch, too short to be noticed.
const flushEvery = 2 * time.Millisecond

// transport sends messages; only the target's goroutine calls it.
type transport interface {
	// send sends the messages, each with its line end, and returns how many it could not.
	send(msgs [][]byte) (lost int)
	close()
}

// target is one destination, shared by all loggers that name it.
type target struct {
	proc    *proxy.Process
	out     transport
	batches []batch   // one per loop, and a last one for everybody else
	boxes   []*outbox // one per loop where the loops send by themselves, else nil
	active  atomic.Bool
	wake    chan struct{}
	stop    chan struct{}
	done    chan struct{}
	dropped atomic.Uint64
	local   bool // a descriptor or a ring: the default format is raw
}

// batch is what one loop has for a target. The lock is taken by the loop for each line and by the sender once per
// batch.
type batch struct {
	mu   sync.Mutex
	buf  []byte
	ends []int
	head headers
	_    [64]byte
}

func newTarget(proc *proxy.Process, out transport) *target {
	t := &target{proc: proc, out: out, batches: make([]batch, proc.Loops+1), wake: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{})}
	go t.run()
	return t
}

// put adds one message, of loop i on its thread or, with another i, of anybody. It never waits for the target.
func (t *target) put(i int, format func(b *batch)) {
	if i >= 0 && i < len(t.boxes) {
		t.boxes[i].put(format)
		return
	}
	if i < 0 || i >= len(t.batches)-1 {
		i = len(t.batches) - 1
	}
	b := &t.batches[i]
	b.mu.Lock()
	full := len(b.buf) > maxBatch
	if !full {
		format(b)
		b.ends = append(b.ends, len(b.buf))
	}
	b.mu.Unlock()
	if full {
		t.lose(1)
		return
	}
	if !t.active.Load() && t.active.CompareAndSwap(false, true) {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

func (t *target) lose(n int) {
	t.dropped.Add(uint64(n))
	t.proc.DroppedLogs.Add(uint64(n))
}

// run sends what gathered, at most every flushEvery, and sleeps when there is nothing.
func (t *target) run() {
	defer close(t.done)
	defer t.out.close()
	tick := time.NewTimer(flushEvery)
	tick.Stop()
	var spare taken
	for {
		select {
		case <-t.wake:
			tick.Reset(flushEvery)
		case <-tick.C:
			// Lines that come from here on wake the sender again.
			t.active.Store(false)
			t.flush(&spare)
		case <-t.stop:
			t.flush(&spare)
			return
		}
	}
}

// taken is a batch on its way, and the memory to swap in for it.
type taken struct {
	buf  []byte
	ends []int
	msgs [][]byte
}

func (t *target) flush(s *taken) {
	for i := range t.batches {
		b := &t.batches[i]
		b.mu.Lock()
		b.buf, s.buf = s.buf[:0], b.buf
		b.ends, s.ends = s.ends[:0], b.ends
		b.mu.Unlock()
		s.msgs = s.msgs[:0]
		from := 0
		for _, end := range s.ends {
			s.msgs = append(s.msgs, s.buf[from:end])
			from = end
		}
		if len(s.msgs) > 0 {
			if lost := t.out.send(s.msgs); lost > 0 {
				t.lose(lost)
			}
		}
	}
}

// finish sends what is left and ends the goroutine. The loops have ended.
func (t *target) finish() {
	close(t.stop)
	<-t.done
	for _, b := range t.boxes {
		b.finish()
	}
}

// sink writes the lines of one logger.
type sink struct {
	proc    *proxy.Process
	t       *target
	servers *servers // in place of t
	l       *proxy.Logger
	host    string
	seq     atomic.Uint64 // of `sample`
}

// Write implements proxy.LogSink.
func (s *sink) Write(i int, l *proxy.Logger, level proxy.LogLevel, wallNs int64, tag string, sd, line []byte) {
	if level > l.Level || level >= proxy.LogSilent {
		return
	}
	if level < l.MinLevel {
		level = l.MinLevel
	}
	if l.Sample.Size > 0 && !s.sampled() {
		return
	}
	if tag == "" {
		tag = s.proc.Tag
	}
	t := s.to(line)
	if t == nil {
		return
	}
	t.put(i, func(b *batch) {
		start := len(b.buf)
		b.buf = b.head.append(b.buf, s, level, wallNs, tag, sd)
		b.buf = append(b.buf, line...)
		if most := l.Len - 1; l.Len > 0 && len(b.buf)-start > most {
			b.buf = b.buf[:start+most]
		}
		if n := len(b.buf); n == start || b.buf[n-1] != '\n' {
			b.buf = append(b.buf, '\n')
		}
	})
}

// to returns the target of a line. Without one it is lost.
func (s *sink) to(line []byte) *target {
	if s.servers == nil {
		return s.t
	}
	t := s.servers.pick(line)
	if t == nil {
		s.proc.DroppedLogs.Add(1)
	}
	return t
}

// sampled counts a line and reports whether it is one of those to send.
func (s *sink) sampled() bool {
	n := int((s.seq.Add(1)-1)%uint64(s.l.Sample.Size)) + 1
	return slices.ContainsFunc(s.l.Sample.Ranges, func(r [2]int) bool { return n >= r[0] && n <= r[1] })
}
