package loop

import (
	"iter"
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Loop is one event loop. Its methods are for its own thread (for tasks and for functions and handlers that it calls)
// unless they say otherwise.
type Loop struct {
	now     int64
	wallOff int64 // unix nanoseconds minus now
	wallDue int64 // when to compare the two clocks again
	id      int
	g       *Group
	src     source
	ep      *epoll // src in the epoll form, else nil
	current *Task  // the task that runs now

	queue     queue // what runs next
	fresh     queue // idle connections that have become readable: they wait until what was begun has had its turn
	later     queue // tasks that yielded: they run after the next look at the kernel
	ripe      int   // how many of them have seen that look
	switches  int   // entries of queue that may still run in this turn
	wheel     wheel
	out       outbox
	row       row
	lingerers []*lingerer // that nobody needs now
	ring      *ring       // nil where there is none
	restings  []*Resting
	n         Counters

	tasks     []*Task // all that live or lie in the pool
	free      []*Task // the pool: the last is the warmest
	spare     int     // how many of them were not needed since poolTimer was armed
	poolTimer Timer

	slots     []slot // the connections
	freeSlot  int32  // the first unused slot, -1 when there is none
	acceptors []*Acceptor
	gather    []byte   // memory for what layers write
	rooms     [][]byte // buffers of Below.Take that nobody has
	acceptGen uint32

	sleepFrom int64 // when it looked whether it may sleep
	idleFrom  int64 // beginning of the time over which n.IdlePct is next taken
	idleSlept int64 // n.SleptNs then

	stopping bool
	stopAt   int64
	ended    chan struct{}

	profile   *profile // what is measured, nil while nothing is
	measured  *profile // the last one that ended
	profiling Profiling
	slow      bool   // turns took long, over the last second
	paced     uint64 // n.Turns at idleFrom

	load atomic.Int32 // 100 less n.IdlePct, for other threads

	_  [64]byte // other threads write below: not on the cache lines of the loop
	in inbox
	_  [64]byte
}

// source is where a loop waits and what brings it readiness: epoll or a channel.
type source interface {
	// poll waits until something happened, but not when l.pause says zero, reads the clock and dispatches.
	poll(l *Loop)
	// dispatch goes on with the events of the last poll, after a panic.
	dispatch(l *Loop)
	// wake ends a poll, from any thread.
	wake()
	// close gives back what the source itself has.
	close()
}

// Counters are what a loop counts. Those that say "now" go up and down, the others only up.
type Counters struct {
	Turns         uint64 // looks at the kernel
	Sleeps        uint64 // of these, the ones that waited
	Events        uint64 // readiness events of connections and listeners
	Switches      uint64 // times that a task was begun or resumed
	Posts         uint64 // posts run
	TasksStarted  uint64 // Runners begun
	TasksLive     int    // tasks now, without those in the pool
	TasksFree     int    // unused coroutines now
	Panics        uint64 // in tasks, functions and handlers
	TimersHung    int    // timers in the wheel now, those that tasks gave up and left included
	TimersFired   uint64 // calls of Expired
	ConnsOpened   uint64 // connections ever opened on this loop
	ConnsOpen     int    // connections registered now
	Accepted      uint64 // connections handed to accept handlers
	AcceptErrors  uint64 // errors reported to accept handlers
	Queued        int    // entries of the run queue now
	QueueLongest  int    // longest run queue seen
	LongestTurnNs int64  // longest time between two looks at the kernel
	SleptNs       int64  // time in the sleeps
	IdlePct       int    // share of the time that it slept, over the last second or more, in percent
}

func newLoop(g *Group, id int) (*Loop, error) {
	l := &Loop{g: g, id: id, freeSlot: -1, switches: g.o.MaxSwitches, ended: make(chan struct{})}
	if g.o.Form == Epoll {
		ep, err := newEpoll(g.o.MaxEvents)
		if err != nil {
			return nil, err
		}
		l.src, l.ep = ep, ep
	} else {
		l.src = newSleeper()
	}
	l.readClock()
	l.idleFrom = l.now
	l.wheel.tick = l.now / tickNs
	return l, nil
}

// ID returns the loop's place in its group, from 0. From any thread.
func (l *Loop) ID() int { return l.id }

// Group returns the group that the loop belongs to. From any thread.
func (l *Loop) Group() *Group { return l.g }

// Now returns the time of this turn of the loop in nanoseconds, by a clock that never goes back and that all loops of
// the group share. It is positive, and read once per turn.
func (l *Loop) Now() int64 { return l.now }

// After returns the deadline that lies d after the time of this turn.
func (l *Loop) After(d time.Duration) int64 { return l.now + int64(d) }

// Wall returns the time of this turn in nanoseconds since 1970. It advances together with Now; a step of the system's
// clock shows in it within a tenth of a second.
func (l *Loop) Wall() int64 { return l.now + l.wallOff }

// WallOf returns the wall time, in nanoseconds since 1970, of a moment that Now gave.
func (l *Loop) WallOf(now int64) int64 { return now + l.wallOff }

// Counters returns the loop's counters.
func (l *Loop) Counters() Counters {
	n := l.n
	n.TimersHung = l.wheel.count
	n.TasksFree = len(l.free)
	n.TasksLive = len(l.tasks) - len(l.free)
	n.Queued = l.queue.n + l.fresh.n + l.later.n
	n.QueueLongest = l.queue.longest
	return n
}

// Conns returns the number of connections registered now.
func (l *Loop) Conns() int { return l.n.ConnsOpen }

func (l *Loop) readClock() {
	before := l.now
	if before < l.wallDue {
		l.now = int64(time.Since(l.g.base))
		return
	}
	t := time.Now()
	l.now = int64(t.Sub(l.g.base))
	l.wallOff = t.UnixNano() - l.now
	l.wallDue = l.now + int64(100*time.Millisecond)
}

// enqueue makes a parked task runnable.
func (l *Loop) enqueue(t *Task, cause Cause) {
	t.cause, t.ends, t.state = cause, 0, queued
	if l.profile != nil {
		t.ready = l.clock()
	}
	switch {
	case t.nice > 0:
		l.later.push(entry{t: t})
	case t.nice < 0:
		l.queue.pushFirst(entry{t: t})
	default:
		l.queue.push(entry{t: t})
	}
}

// resume runs a parked task now, until it waits again or ends; a polite one after everybody else.
func (l *Loop) resume(t *Task, cause Cause) {
	if t.nice > 0 {
		l.enqueue(t, cause)
		return
	}
	t.cause, t.ends = cause, 0
	l.enter(t)
}

func (l *Loop) enter(t *Task) {
	if t.next == nil {
		t.next, t.stop = iter.Pull(t.coroutine)
	}
	l.n.Switches++
	t.state = running
	t.spent = 0
	l.current = t
	if l.profile != nil {
		l.enterMeasured(t)
	} else {
		t.next()
	}
	l.current = nil
}

// drain runs what is runnable. It is called after each thing that the loop did, so that a request is worked on while it
// is in the cache.
func (l *Loop) drain() {
	for l.queue.n > 0 && l.switches > 0 {
		l.switches--
		e := l.queue.pop()
		if e.t != nil {
			l.enter(e.t)
		} else {
			e.c.callIdle()
		}
	}
}

// pause is how long the loop may sleep from now on: zero not at all, negative without limit, else nanoseconds.
func (l *Loop) pause(now int64) int64 {
	if l.queue.n > 0 || l.fresh.n > 0 || l.later.n > 0 || l.in.filled.Load() || l.in.next < len(l.in.batch) {
		return 0
	}
	until := int64(math.MaxInt64)
	if l.stopping {
		until = l.stopAt
	}
	if _, tick, found := l.wheel.first(); found {
		until = min(until, tick*tickNs)
	}
	l.sleepFrom = now
	if until == math.MaxInt64 {
		return -1
	}
	return max(until-now, 0)
}

// main is the loop's goroutine.
func (l *Loop) main() {
	defer l.g.running.Done()
	if l.ep != nil && !l.g.o.Unlocked {
		runtime.LockOSThread() // for good: the thread, with what OnStart did to it, dies with the loop
		if !l.g.o.SingleCalls {
			l.openRing()
		}
	}
	if f := l.g.o.OnStart; f != nil {
		l.guarded(func() { f(l) })
	}
	for !l.run() {
	}
	l.closeRing()
	l.finish()
}

// guarded calls f and reports its panic.
func (l *Loop) guarded(f func()) {
	defer l.recovered()
	f()
}

func (l *Loop) recovered() {
	if v := recover(); v != nil {
		l.current = nil
		l.panicked(v)
	}
}

// panicked counts and reports a panic; from the deferred function that has recovered it, so that the stack is there.
func (l *Loop) panicked(v any) {
	l.n.Panics++
	l.g.report(l, v, debug.Stack())
}

// run turns the loop until it is to end, or until a panic, after which it is called again and goes on with what the
// panic interrupted: events, posts, timers and the queue are taken out before they are worked on.
func (l *Loop) run() (done bool) {
	defer l.recovered()
	l.src.dispatch(l)
	for {
		l.runPosts()
		l.expire()
		for ; l.ripe > 0; l.ripe-- {
			l.queue.push(l.later.pop())
		}
		l.drain()
		if l.stopping && (len(l.tasks) == len(l.free) || l.now >= l.stopAt) {
			return true
		}
		l.turn()
		l.begin()
	}
}

// mostFresh is how many idle connections are taken up between two looks at the kernel. What they begin is so little
// that it stays in the processor's caches until it is finished: with a thousand clients at once, to begin something for
// each before the first answer is passed on would mean to fetch all of it from memory twice.
const mostFresh = 32

// begin takes up idle connections that have become readable.
func (l *Loop) begin() {
	for i := 0; i < mostFresh && l.fresh.n > 0; i++ {
		if i%rowCount == 0 {
			l.freshRow()
		}
		l.fresh.pop().c.callIdle()
		l.drain()
	}
	l.endRow()
}

// freshAhead is how many connections before its own turn one is asked for from memory, and connLines how much of it and
// of what it is embedded in, in cache lines.
const (
	freshAhead = 3
	connLines  = 5
)

// turn looks for events and dispatches them.
func (l *Loop) turn() {
	l.n.Turns++
	l.switches = l.g.o.MaxSwitches
	l.ripe = l.later.n
	l.sendLate()
	if len(l.out.opens) > 0 {
		l.registerLate()
	}
	begin, sleeps := l.now, l.n.Sleeps
	l.src.poll(l)
	if l.n.Sleeps == sleeps {
		l.n.LongestTurnNs = max(l.n.LongestTurnNs, l.now-begin)
	} else {
		l.n.SleptNs += max(l.now-l.sleepFrom, 0)
	}
	if span := l.now - l.idleFrom; span >= idleSpan {
		l.n.IdlePct = int((l.n.SleptNs - l.idleSlept) * 100 / span)
		l.pace(span-(l.n.SleptNs-l.idleSlept), l.n.Turns-l.paced)
		l.idleFrom, l.idleSlept, l.paced = l.now, l.n.SleptNs, l.n.Turns
		l.load.Store(int32(100 - l.n.IdlePct))
	}
}

// Load returns the share of its time, in percent, that the loop worked, over the last second or more. From any thread.
func (l *Loop) Load() int { return int(l.load.Load()) }

// idleSpan is the shortest time over which Counters.IdlePct is taken, in nanoseconds.
const idleSpan = int64(time.Second)
