package cli

import (
	"bytes"
	"runtime"
	"strings"
	"time"

	"sluice/internal/loop"
	"sluice/internal/netx"
)

// threadCommands look at the loops and what surrounds them, for whoever wants to know why the process is busy.
func threadCommands() []Command {
	return []Command{
		{Name: "show threads", Doc: "Shows what each loop does, and where one is that does not answer.", Access: Operator, Run: showThreads},
	}
}

// thread is what a loop says of itself.
type thread struct {
	id       int
	used     int64
	counters loop.Counters
	profiled bool
}

// patience is how long a loop may take to answer: one that does not by then is stuck.
const patience = time.Second

func showThreads(s *Session, _ []string) {
	loops := s.srv.Engine.Group.Loops()
	for i, l := range loops {
		t, ok := ask(l)
		s.Printf("  Thread %-2d: id=%d act=%d wq=%d rq=%d tl=%d\n", i+1, t.id, number(t.counters.Queued > 0), t.counters.TimersHung, t.counters.Queued, t.counters.TasksLive)
		s.Printf("      1/%-4d loops=%d ctxsw=%d stuck=%d prof=%d\n", i+1, t.counters.Turns, t.counters.Switches, number(!ok), number(t.profiled))
		s.Printf("             cpu_ns: now=%d\n", t.used)
		if !ok {
			s.Printf("             call trace:\n")
			for _, line := range busy() {
				s.Printf("             | %s\n", line)
			}
		}
	}
	s.Printf("  Others   : goroutines=%d\n", runtime.NumGoroutine())
}

// ask has a loop tell of itself; ok is false when it does not in time.
func ask(l *loop.Loop) (t thread, ok bool) {
	answer := make(chan thread, 1)
	posted := l.Post(func() {
		id, used := netx.Thread()
		_, on := l.Profiling()
		answer <- thread{id, used, l.Counters(), on}
	})
	if !posted {
		return t, false
	}
	select {
	case t = <-answer:
		return t, true
	case <-time.After(patience):
		return t, false
	}
}

// mostTrace bounds a trace.
const mostTrace = 64

// busy returns the functions that the tasks at work are in, the innermost first.
func busy() (lines []string) {
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	for part := range bytes.SplitSeq(text, []byte("\n\n")) {
		head, frames, _ := strings.Cut(string(part), "\n")
		if !strings.Contains(frames, "internal/loop.(*") || !strings.Contains(head, "[running") && !strings.Contains(head, "[runnable") {
			continue
		}
		for line := range strings.Lines(frames) {
			if len(lines) < mostTrace && !strings.HasPrefix(line, "\t") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return lines
}
