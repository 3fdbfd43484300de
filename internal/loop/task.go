package loop

import (
	"errors"
	"os"
	"time"
	"unsafe"
)

// NoDeadline as a deadline means to wait without one.
const NoDeadline int64 = 0

var (
	// ErrAgain says that a Try call would have had to wait. No system call says it twice: the connection remembers.
	ErrAgain = errors.New("loop: would block")
	// ErrCancelled says that the task was cancelled while or before it waited.
	ErrCancelled = errors.New("loop: task cancelled")
	// ErrStopped says that the loop has ended.
	ErrStopped = errors.New("loop: stopped")
	// ErrGoexit is what OnPanic is given for a task that called runtime.Goexit (as testing.T.FailNow does).
	ErrGoexit = errors.New("loop: a task called runtime.Goexit")
)

// Runner is the work of a task.
type Runner interface {
	// Run is the task: it runs on t's loop and may wait by the methods of t and of its connections. The task ends
	// when it returns or panics. t must not be used afterwards.
	Run(t *Task)
}

// RunFunc makes a Runner of a function.
type RunFunc func(t *Task)

// Run calls the function.
func (f RunFunc) Run(t *Task) { f(t) }

// Cause says why a wait ended.
type Cause uint8

const (
	// Woken: somebody called Wake.
	Woken Cause = 1 << iota
	// Ready: a watched connection is ready; ask each which.
	Ready
	// Expired: the deadline has passed.
	Expired
	// Cancelled: the task was cancelled; all its waits end with this from now on.
	Cancelled
)

// String returns the cause's name.
func (c Cause) String() string {
	switch c {
	case Woken:
		return "woken"
	case Ready:
		return "ready"
	case Expired:
		return "expired"
	case Cancelled:
		return "cancelled"
	}
	return "none"
}

// Err returns the error for a wait that could not go on: os.ErrDeadlineExceeded, ErrCancelled, else nil.
func (c Cause) Err() error {
	switch c {
	case Expired:
		return os.ErrDeadlineExceeded
	case Cancelled:
		return ErrCancelled
	}
	return nil
}

// The states of a task.
const (
	unused  uint8 = iota // in the pool
	queued               // in the run queue, to be begun or resumed
	running              // it or a function that it called runs now
	parked               // its coroutine waits for an event, a wake, the deadline or a cancel
	lost                 // its coroutine cannot be resumed any more
)

// Task is a coroutine at work for one Runner. It belongs to one loop; its methods are for that loop's thread, those
// that wait for the task itself. Task structs are reused: keep a Ref where the task may have ended.
type Task struct {
	// What every switch touches, on one cache line; the timer is on the next.
	next      func() (struct{}, bool)
	yield     func(struct{}) bool
	l         *Loop
	r         Runner
	stack     uintptr // where the coroutine's stack stood when it parked: only good for prefetch
	gen       uint32  // how often the struct was used before
	spent     uint16  // calls that did not have to wait, since it was resumed
	state     uint8
	ends      Cause // what may end the wait at hand
	cause     Cause // what ended it
	woken     bool  // a wake that no wait has consumed
	cancelled bool
	watching  bool // watched is not empty
	nice      int8 // see Nice

	timer Timer // its deadline, moved lazily: it may hang in the wheel while the task does not wait
	*seldom
}

// seldom is the part of a Task that most switches do not touch.
type seldom struct {
	watched []watch
	index   int32  // in the loop's list of tasks
	stop    func() // ends the coroutine; nil before it was made

	// While it is measured what tasks cost (profile.go): that, since when it could run, and since when it runs.
	cost           Cost
	ready, entered int64
}

// watch is one connection that the next Wait waits for.
type watch struct {
	c   *Conn
	dir Dir
}

// taskTimer is the Task as the handler of its timer.
type taskTimer Task

// Expired ends the wait that gave the deadline.
func (tt *taskTimer) Expired(l *Loop, _ *Timer) {
	if t := (*Task)(tt); t.state == parked && t.ends&Expired != 0 {
		l.resume(t, Expired)
	}
}

// Loop returns the task's loop.
func (t *Task) Loop() *Loop { return t.l }

// Ref returns a name for this task that is safe to keep and to use from any thread.
func (t *Task) Ref() Ref { return Ref{t: t, gen: t.gen} }

// Cancelled says whether the task was cancelled.
func (t *Task) Cancelled() bool { return t.cancelled }

// Nice makes the task polite (above 0): it goes on when everything else that is runnable has had its turn; or urgent
// (below 0): it goes before what waits in the run queue. It matters on a loop with much to do only, and until the task
// ends.
func (t *Task) Nice(n int) { t.nice = int8(max(-1, min(n, 1))) }

// Watch makes the next Wait end with Ready once c is ready in direction dir. Several connections may be watched; the
// watches are gone when Wait returns. One task may wait for each direction of a connection; two for the same is a
// mistake and panics.
func (t *Task) Watch(c *Conn, dir Dir) {
	c.claim(t, dir)
	t.watched = append(t.watched, watch{c, dir})
	t.watching = true
}

// Wait parks the task until somebody wakes it, a watched connection is ready, the deadline has passed or the task is
// cancelled. A wake that came earlier and that no Wait has seen yet ends it at once, and so does a connection that is
// ready already. With a deadline in the past it does not park but reports what there is.
func (t *Task) Wait(deadline int64) Cause {
	cause := t.wait(deadline)
	t.unwatch()
	return cause
}

// unwatch forgets all watches.
func (t *Task) unwatch() {
	if !t.watching {
		return
	}
	for i := range t.watched {
		t.watched[i].c.unclaim(t, t.watched[i].dir)
		t.watched[i].c = nil
	}
	t.watched = t.watched[:0]
	t.watching = false
}

func (t *Task) wait(deadline int64) Cause {
	switch {
	case t.cancelled:
		return Cancelled
	case t.woken:
		t.woken = false
		return Woken
	}
	if t.watching && t.anyReady() {
		t.spend()
		return Ready
	}
	return t.park(Woken|Ready, deadline)
}

func (t *Task) anyReady() bool {
	for _, w := range t.watched {
		if w.c.ready(w.dir) {
			return true
		}
	}
	return false
}

// Sleep parks the task for d and returns Expired, or Cancelled. A wake meanwhile is kept for the next Wait.
func (t *Task) Sleep(d time.Duration) Cause { return t.SleepUntil(t.l.now + int64(d)) }

// SleepUntil is Sleep up to a deadline.
func (t *Task) SleepUntil(deadline int64) Cause {
	if deadline <= 0 { // what has passed, not what never comes
		deadline = 1
	}
	return t.park(0, deadline)
}

// Yield lets everything else that is runnable run, and the loop look for events, before the task goes on. A task that
// has much to compute, or to move with Try calls only, calls it now and then; Conn.Read and the waits that end at once
// do so by themselves.
func (t *Task) Yield() {
	t.state = queued
	if t.nice < 0 {
		t.l.queue.push(entry{t: t})
	} else {
		t.l.later.push(entry{t: t})
	}
	t.switchOut()
}

// fairShare is how many reads and waits a task may do that end at once before others have their turn: with a peer that
// is fast enough it would else have the loop for itself.
const fairShare = 32

// spend counts one of them.
func (t *Task) spend() {
	if t.spent++; t.spent > fairShare {
		t.Yield()
	}
}

// Wake ends the task's current Wait, or the next one if it does not wait now. Waits for one connection (Conn.Read and
// its kind) and Sleep do not end by it. Several wakes before a Wait are one.
func (t *Task) Wake() {
	switch {
	case t.state == parked && t.ends&Woken != 0:
		t.l.enqueue(t, Woken)
	case t.state != unused && t.state != lost:
		t.woken = true
	}
}

// Cancel ends the task's current wait and all its later ones with Cancelled. It does not take anything away from the
// task: what never waits goes on.
func (t *Task) Cancel() {
	if t.state == unused || t.state == lost {
		return
	}
	t.cancelled = true
	if t.state == parked && t.ends != 0 {
		t.l.enqueue(t, Cancelled)
	}
}

// Offload runs fn on an ordinary goroutine, where it may block, and waits for it. It returns Woken when fn has
// returned; on Expired or Cancelled fn still runs, and the caller must not touch what fn uses. A panic of fn is raised
// in the task.
func (t *Task) Offload(fn func(), deadline int64) Cause {
	if t.cancelled {
		return Cancelled
	}
	done, failed := false, any(nil)
	ref, l := t.Ref(), t.l
	l.g.running.Add(1)
	go func() {
		defer l.g.running.Done()
		var v any
		returned := false
		defer func() {
			if !returned {
				if v = recover(); v == nil {
					v = ErrGoexit
				}
			}
			l.Post(func() {
				done, failed = true, v
				if t := ref.Task(); t != nil && t.state == parked && t.ends&offloaded != 0 {
					l.enqueue(t, Woken)
				}
			})
		}()
		fn()
		returned = true
	}()
	for !done {
		if cause := t.park(offloaded, deadline); cause != Woken {
			return cause
		}
	}
	if failed != nil {
		panic(failed)
	}
	return Woken
}

// offloaded marks the wait of Offload, which an ordinary wake must not end.
const offloaded Cause = 1 << 7

// unwound is the panic that ends a task whose loop has stopped.
type unwound struct{}

// park waits for one of ends, the deadline or a cancel. It switches by itself, without switchOut: a parked task's stack
// is cold when it is resumed, and every frame on it costs.
func (t *Task) park(ends Cause, deadline int64) Cause {
	if t.cancelled {
		return Cancelled
	}
	l := t.l
	if deadline != 0 {
		if deadline <= l.now {
			return Expired
		}
		l.wheel.set(&t.timer, deadline)
	}
	if l.current != t {
		panic(notRunning)
	}
	t.ends = ends | Expired | Cancelled
	t.state = parked
	t.stack = uintptr(unsafe.Pointer(&ends))
	if !t.yield(struct{}{}) {
		panic(unwound{})
	}
	t.timer.at = 0 // it stays in the wheel: the next wait probably ends later than it is due
	return t.cause
}

const notRunning = "loop: a task waits that is not the one running"

// switchOut gives the thread back to the loop until it resumes the task.
func (t *Task) switchOut() {
	if t.l.current != t {
		panic(notRunning)
	}
	if !t.yield(struct{}{}) {
		panic(unwound{})
	}
}

// coroutine is the life of a pooled coroutine: one Runner after the other.
func (t *Task) coroutine(yield func(struct{}) bool) {
	t.yield = yield
	for t.runOne() {
		if !yield(struct{}{}) {
			return
		}
	}
}

// runOne runs one Runner to its end; false when the coroutine is not to be used again.
func (t *Task) runOne() (again bool) {
	returned := false
	defer func() {
		if !returned {
			t.failed(recover())
		}
		again = t.l.retire(t, returned)
	}()
	t.r.Run(t)
	returned = true
	return
}

// failed deals with a Runner that did not return but left v behind.
func (t *Task) failed(v any) {
	switch v.(type) {
	case unwound:
		return
	case nil:
		// The coroutine's goroutine is about to exit and iter.Pull would let the loop's follow. So it stays here,
		// asleep for ever; the test or code that did this has failed anyway.
		t.l.panicked(ErrGoexit)
		t.l.retire(t, false)
		for {
			t.yield(struct{}{})
		}
	}
	t.l.panicked(v)
}
