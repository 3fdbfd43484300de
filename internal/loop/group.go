package loop

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

// Form chooses what a loop waits with.
type Form uint8

const (
	// Auto is Epoll where there is one, else Goroutines.
	Auto Form = iota
	// Epoll waits for file descriptors with epoll(7), on a locked thread. Linux only.
	Epoll
	// Goroutines pumps every connection by goroutines over a net.Conn. For other systems and for tests.
	Goroutines
)

// String returns the form's name.
func (f Form) String() string {
	switch f {
	case Epoll:
		return "epoll"
	case Goroutines:
		return "goroutines"
	}
	return "auto"
}

// Options says how a group of loops is made. The zero value is useful: one loop of the system's best form.
type Options struct {
	// Loops is the number of loops (nbthread). Zero means one.
	Loops int
	// Form is what the loops wait with.
	Form Form
	// OnStart is called on each loop's own goroutine (and thread, in the epoll form) before its first turn, for
	// CPU affinity and for state that belongs to the thread. May be nil.
	OnStart func(l *Loop)
	// OnPanic is called on the loop's thread after a panic in a task or in a function or handler that the loop
	// called. The loop goes on; a task that panicked has ended. Nil prints value and stack to standard error.
	OnPanic func(l *Loop, v any, stack []byte)
	// MaxEvents bounds the events taken from the kernel in one turn (tune.maxpollevents). Zero means 256.
	MaxEvents int
	// MaxSwitches bounds the runs of queued tasks and connections in one turn; what is left over runs after the
	// next look at the kernel. Zero means 1024.
	MaxSwitches int
	// KeepFree is how many unused coroutines each loop keeps for good. More than these, after a burst, are released
	// once they were not needed for five seconds. Zero means 256, negative none.
	KeepFree int
	// PumpBuffer is the size in bytes of each direction's buffer of a pumped connection. Zero means 16384.
	PumpBuffer int
	// StopWait bounds how long cancelled tasks may take to end after Stop before they are unwound by a panic that
	// only their deferred functions see. Zero means one second.
	StopWait time.Duration
	// Unlocked leaves the loops of the epoll form free to move between threads. Affinity is then impossible.
	Unlocked bool
	// SingleCalls has the loops of the epoll form make each call on a socket by itself, not in batches by io_uring.
	SingleCalls bool
}

// defaults replaces zero values by what they stand for.
func (o *Options) defaults() error {
	zero := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	zero(&o.Loops, 1)
	zero(&o.MaxEvents, 256)
	zero(&o.MaxSwitches, 1024)
	zero(&o.KeepFree, 256)
	zero(&o.PumpBuffer, 16384)
	o.KeepFree = max(o.KeepFree, 0)
	if o.StopWait == 0 {
		o.StopWait = time.Second
	}
	if o.Loops < 0 || o.MaxEvents < 0 || o.MaxSwitches < 0 || o.PumpBuffer < 0 {
		return errors.New("loop: a number in Options is negative")
	}
	if o.Form == Auto {
		o.Form = Goroutines
		if haveEpoll {
			o.Form = Epoll
		}
	}
	if o.Form == Epoll && !haveEpoll {
		return fmt.Errorf("loop: %w: no epoll on %s", errors.ErrUnsupported, runtime.GOOS)
	}
	return nil
}

// Group is a set of loops with one clock: the loops of a process.
type Group struct {
	o     Options
	base  time.Time // the instant at which Now was zero
	loops []*Loop

	mu      sync.Mutex
	begun   bool           // Start or Stop was called
	started bool           // the loops run or have run
	running sync.WaitGroup // loops, pumps and offloaded functions
}

// New makes the loops; they run once Start is called. Posts and, before Start, everything a loop's own thread may do are
// allowed already.
func New(o Options) (*Group, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	// One second back, so that no reading is ever zero, which means "no deadline".
	g := &Group{o: o, base: time.Now().Add(-time.Second)}
	for id := range o.Loops {
		l, err := newLoop(g, id)
		if err != nil {
			for _, made := range g.loops {
				made.src.close()
			}
			return nil, err
		}
		g.loops = append(g.loops, l)
	}
	return g, nil
}

// Start starts one goroutine per loop, once; after Stop it does nothing.
func (g *Group) Start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.begun {
		return
	}
	g.begun, g.started = true, true
	for _, l := range g.loops {
		g.running.Add(1)
		go l.main()
	}
}

// Stop asks every loop to end: its tasks are cancelled, given turns until they have ended or Options.StopWait is over,
// and unwound; then its connections are closed and its coroutines released. Stop does not wait; it may be called from
// anywhere and more than once.
func (g *Group) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.loops {
		switch {
		case g.started:
			l.Post(l.beginStop)
		case !g.begun:
			l.finish()
		}
	}
	g.begun = true
}

// Wait returns when all loops have ended and nothing of theirs runs any more. Not from a loop.
func (g *Group) Wait() { g.running.Wait() }

// Loops returns the loops in the order of their ids. The caller does not write it.
func (g *Group) Loops() []*Loop { return g.loops }

// Form returns the form the loops have.
func (g *Group) Form() Form { return g.o.Form }

// Now reads the clock of the group's loops, from any goroutine. Code on a loop uses Loop.Now, which is free.
func (g *Group) Now() int64 { return int64(time.Since(g.base)) }

// Each runs fn for one loop after the other, each time on that loop's own thread, and returns when it has run for all,
// so fn may gather what belongs to the loops without a lock. Not from a loop: that would wait for itself. For loops
// that do not run, before Start or after they ended, fn runs on the caller's goroutine.
func (g *Group) Each(fn func(*Loop)) {
	g.mu.Lock()
	if !g.begun {
		defer g.mu.Unlock()
		for _, l := range g.loops {
			fn(l)
		}
		return
	}
	g.mu.Unlock()
	done := make(chan struct{})
	for _, l := range g.loops {
		run := func() {
			defer func() { done <- struct{}{} }()
			fn(l)
		}
		if l.Post(run) {
			<-done
			continue
		}
		<-l.ended
		fn(l)
	}
}

// report hands a panic to whoever wants it.
func (g *Group) report(l *Loop, v any, stack []byte) {
	if g.o.OnPanic != nil {
		g.o.OnPanic(l, v, stack)
		return
	}
	fmt.Fprintf(os.Stderr, "panic on loop %d: %v\n%s\n", l.id, v, stack)
}
