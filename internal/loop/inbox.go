package loop

import (
	"sync"
	"sync/atomic"
)

// LoopRunner is something that runs on a loop without being a task: it must not wait.
type LoopRunner interface {
	RunOnLoop(l *Loop)
}

// LoopFunc makes a LoopRunner of a function.
type LoopFunc func()

// RunOnLoop calls the function.
func (f LoopFunc) RunOnLoop(*Loop) { f() }

// post is one entry of an inbox: something to run, or, with a task, a wake or cancel for generation gen of it.
type post struct {
	r      LoopRunner
	t      *Task
	gen    uint32
	cancel bool
}

// inbox takes posts from any thread. The lock is held for an append or a swap only.
type inbox struct {
	mu     sync.Mutex
	posts  []post
	closed bool
	filled atomic.Bool // posts is not empty: what the loop looks at every turn
	asleep atomic.Bool // the loop sleeps or is about to: whoever turns it to false wakes it

	// Of the loop's thread: the batch being run, and how far.
	batch []post
	next  int
}

// put adds p, wakes the loop if it sleeps, and says whether the loop still takes posts. The wake is under the lock so
// that it never comes after close, when what it would write to is gone.
func (in *inbox) put(p post, src source) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	in.posts = append(in.posts, p)
	in.filled.Store(true)
	if in.asleep.Load() && in.asleep.CompareAndSwap(true, false) {
		src.wake()
	}
	return true
}

// swap makes everything posted so far the batch to run.
func (in *inbox) swap() {
	clear(in.batch)
	empty := in.batch[:0]
	if cap(empty) > 4096 { // a burst does not pin its memory
		empty = nil
	}
	in.mu.Lock()
	in.batch, in.posts = in.posts, empty
	in.filled.Store(false)
	in.mu.Unlock()
	in.next = 0
}

// close refuses posts from now on.
func (in *inbox) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
}

// Post runs fn on the loop's thread, soon, in the order of posting. From any thread. It returns false, and fn never
// runs, when the loop has ended.
func (l *Loop) Post(fn func()) bool { return l.send(post{r: LoopFunc(fn)}) }

// PostRunner is Post without an allocation for the closure.
func (l *Loop) PostRunner(r LoopRunner) bool { return l.send(post{r: r}) }

// PostSpawn is Spawn from any thread.
func (l *Loop) PostSpawn(r Runner) bool {
	return l.Post(func() { l.Spawn(r) })
}

func (l *Loop) send(p post) bool { return l.in.put(p, l.src) }

// runPosts runs what was posted before this turn. The cursor lives in the inbox so that a panic loses one post only.
func (l *Loop) runPosts() {
	in := &l.in
	if in.next == len(in.batch) {
		if !in.filled.Load() {
			return
		}
		in.swap()
	}
	for in.next < len(in.batch) {
		p := in.batch[in.next]
		in.batch[in.next] = post{}
		in.next++
		l.n.Posts++
		if p.t == nil {
			p.r.RunOnLoop(l)
		} else if p.t.gen == p.gen {
			if p.cancel {
				p.t.Cancel()
			} else {
				p.t.Wake()
			}
		}
		l.drain()
	}
}

// Ref names a task from outside: it stays harmless after the task has ended. Made by Task.Ref on the task's loop; its
// methods may be called from any thread. The zero Ref names nothing.
type Ref struct {
	t   *Task
	gen uint32
}

// Wake wakes the task, as Task.Wake does, unless it has ended.
func (r Ref) Wake() {
	if r.t != nil {
		r.t.l.send(post{t: r.t, gen: r.gen})
	}
}

// Cancel cancels the task, as Task.Cancel does, unless it has ended.
func (r Ref) Cancel() {
	if r.t != nil {
		r.t.l.send(post{t: r.t, gen: r.gen, cancel: true})
	}
}

// Task returns the task while it lives, else nil. On the task's loop only.
func (r Ref) Task() *Task {
	if r.t == nil || r.t.gen != r.gen {
		return nil
	}
	return r.t
}
