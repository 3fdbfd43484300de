package loop

import "time"

// Spawn starts a task for r on a pooled coroutine. It is put at the end of the run queue and begins in this turn of the
// loop, after its caller has returned or waits.
func (l *Loop) Spawn(r Runner) *Task { return l.SpawnNice(r, 0) }

// SpawnNice is Spawn of a task that is polite or urgent from the beginning (Task.Nice).
func (l *Loop) SpawnNice(r Runner, nice int) *Task {
	var t *Task
	if n := len(l.free) - 1; n >= 0 {
		t = l.free[n]
		l.free[n] = nil
		l.free = l.free[:n]
		l.spare = min(l.spare, n)
	} else {
		t = &Task{l: l, seldom: &seldom{index: int32(len(l.tasks))}}
		t.timer.h = (*taskTimer)(t)
		l.tasks = append(l.tasks, t)
		// The coroutine is made when it first runs, on the loop's thread: Spawn may be called before Start.
	}
	t.r, t.woken, t.cancelled = r, false, l.stopping
	t.Nice(nice)
	if l.profile != nil {
		t.cost = Cost{}
	}
	l.n.TasksStarted++
	l.enqueue(t, 0)
	return t
}

// retire takes back a task whose Runner has ended; false when its coroutine is to end as well.
func (l *Loop) retire(t *Task, reusable bool) bool {
	t.unwatch()
	t.gen++
	t.r = nil
	t.state = unused
	if !reusable || l.stopping {
		l.lose(t)
		return false
	}
	l.free = append(l.free, t)
	if len(l.free) > l.g.o.KeepFree && l.poolTimer.hung == 0 {
		l.spare = len(l.free)
		l.Arm(&l.poolTimer, l.now+trimEvery, (*poolTrim)(l))
	}
	return true
}

// trimEvery is the time in nanoseconds for which coroutines were not needed when they are released.
const trimEvery = int64(5 * time.Second)

// poolTrim is the Loop as the handler of its pool's timer.
type poolTrim Loop

// Expired releases what nobody took out of the pool since the timer was armed: what has lain lowest.
func (pt *poolTrim) Expired(l *Loop, _ *Timer) {
	surplus := max(min(l.spare, len(l.free)-l.g.o.KeepFree), 0)
	for _, t := range l.free[:surplus] {
		t.stop()
		l.lose(t)
	}
	n := copy(l.free, l.free[surplus:])
	clear(l.free[n:])
	l.free = l.free[:n]
	l.spare = n
	if n > l.g.o.KeepFree {
		l.Arm(&l.poolTimer, l.now+trimEvery, pt)
	}
}

// lose forgets a task for good.
func (l *Loop) lose(t *Task) {
	t.state = lost
	if t.timer.hung != 0 {
		l.wheel.unhang(&t.timer)
	}
	last := len(l.tasks) - 1
	l.tasks[t.index] = l.tasks[last]
	l.tasks[t.index].index = t.index
	l.tasks[last] = nil
	l.tasks = l.tasks[:last]
}
