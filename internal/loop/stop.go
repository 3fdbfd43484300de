package loop

// beginStop cancels every task; the loop goes on turning until they have ended.
func (l *Loop) beginStop() {
	if l.stopping {
		return
	}
	l.stopping = true
	l.stopAt = l.now + int64(l.g.o.StopWait)
	for _, t := range l.tasks {
		t.Cancel()
	}
}

// finish ends the loop on its own thread: the last posts run, tasks that are left are unwound, pooled coroutines
// released and connections closed.
func (l *Loop) finish() {
	l.in.close()
	for l.in.filled.Load() || l.in.next < len(l.in.batch) {
		l.guarded(l.lastPosts)
	}
	for _, t := range append([]*Task(nil), l.tasks...) {
		l.guarded(func() { l.unwind(t) })
	}
	l.free, l.tasks = nil, nil
	l.sendLate()
	for i := range l.slots {
		if c := l.slots[i].c; c != nil {
			c.Reset()
		}
	}
	l.closeLate()
	l.releaseResting()
	for _, a := range l.acceptors {
		if a != nil {
			a.Close()
		}
	}
	l.src.close()
	close(l.ended)
}

// lastPosts runs posts without beginning or resuming tasks.
func (l *Loop) lastPosts() {
	l.switches = 0
	l.runPosts()
}

// unwind ends a task's coroutine. A deferred function of it that waits is unwound in its turn.
func (l *Loop) unwind(t *Task) {
	if t.stop == nil {
		return
	}
	if t.state != unused {
		t.state = running
	}
	l.current = t
	t.stop()
	l.current = nil
}
