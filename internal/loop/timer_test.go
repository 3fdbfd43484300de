package loop

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// byDeadline is the model of the wheel: a heap.
type byDeadline []*modelTimer

type modelTimer struct {
	Timer
	deadline int64 // zero when not armed
	place    int
}

func (h byDeadline) Len() int           { return len(h) }
func (h byDeadline) Less(i, j int) bool { return h[i].deadline < h[j].deadline }
func (h byDeadline) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}
func (h *byDeadline) Push(x any) {
	t := x.(*modelTimer)
	t.place = len(*h)
	*h = append(*h, t)
}
func (h *byDeadline) Pop() any {
	t := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return t
}

// TestWheelAgainstAHeap arms, moves, suspends and disarms timers at random, lets time go by in steps of all sizes, and
// compares which timers expire with a heap: all those, and only those, whose deadline's millisecond has come.
func TestWheelAgainstAHeap(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		var w wheel
		now := int64(1_000_000_000) + r.Int64N(1<<40)
		w.tick = now / tickNs
		timers := make([]modelTimer, 50)
		var h byDeadline
		drop := func(m *modelTimer) {
			if m.deadline != 0 {
				heap.Remove(&h, m.place)
				m.deadline = 0
			}
		}
		span := func() int64 { return int64(math.Exp(r.Float64() * 42)) } // 1 ns to 20 years, by magnitude
		for step := range 3000 {
			m := &timers[r.IntN(len(timers))]
			switch r.IntN(10) {
			case 0, 1, 2, 3, 4:
				drop(m)
				m.deadline = now + span() - r.Int64N(2)*span()/8
				if m.deadline <= 0 {
					m.deadline = 1
				}
				w.set(&m.Timer, m.deadline)
				heap.Push(&h, m)
			case 5:
				drop(m)
				if m.hung != 0 {
					w.unhang(&m.Timer)
				}
				m.at = 0
			case 6:
				drop(m)
				m.at = 0 // suspended
			default:
				now += span() / 16
				last := int64(0)
				for tm := w.pop(now); tm != nil; tm = w.pop(now) {
					m := modelOf(timers, tm)
					if m.deadline == 0 {
						t.Fatalf("seed %d step %d: a timer expired that was not armed", seed, step)
					}
					if m.deadline > now {
						t.Fatalf("seed %d step %d: expired %d ns early", seed, step, m.deadline-now)
					}
					if due := m.due; due < last {
						t.Fatalf("seed %d step %d: out of order", seed, step)
					} else {
						last = due
					}
					drop(m)
				}
				// What is left is due after this tick, but for what was armed with a past deadline in it.
				if len(h) > 0 && tickOf(h[0].deadline) <= w.tick && h[0].due <= w.tick {
					t.Fatalf("seed %d step %d: %d ns late", seed, step, now-h[0].deadline)
				}
			}
			for i := range timers {
				if m := &timers[i]; m.Armed() != (m.deadline != 0) || m.Armed() && m.Deadline() != m.deadline {
					t.Fatalf("seed %d step %d: Armed or Deadline is wrong", seed, step)
				}
			}
		}
		hung := 0
		for i := range timers {
			if timers[i].hung != 0 {
				hung++
			}
		}
		if hung != w.count {
			t.Errorf("seed %d: count %d, hung %d", seed, w.count, hung)
		}
	}
}

func modelOf(timers []modelTimer, tm *Timer) *modelTimer {
	for i := range timers {
		if &timers[i].Timer == tm {
			return &timers[i]
		}
	}
	return nil
}

func TestWheelSaysWhenToLookNext(t *testing.T) {
	var w wheel
	w.tick = 5000
	if _, _, found := w.first(); found {
		t.Error("an empty wheel has a first timer")
	}
	for _, ticks := range []int64{1, 63, 64, 65, 4000, 4096, 300_000, 1 << 30, lastTick} {
		var tm Timer
		w.set(&tm, (5000+ticks)*tickNs)
		_, tick, found := w.first()
		if !found || tick <= 5000 || tick > 5000+ticks {
			t.Errorf("a timer in %d ticks: look at %d", ticks, tick-5000)
		}
		w.unhang(&tm)
	}
	var tm Timer
	w.set(&tm, math.MaxInt64-tickNs) // no overflow
	w.unhang(&tm)
	if w.count != 0 || w.used != [levelCount]uint64{} {
		t.Error("not empty")
	}
}

type timing struct {
	fired []int64
	again time.Duration
}

func (h *timing) Expired(l *Loop, t *Timer) {
	h.fired = append(h.fired, l.Now())
	if h.again > 0 {
		l.Arm(t, l.After(h.again), h)
	}
}

func TestArmAndDisarm(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			var once, never, suspended, moved, again Timer
			h, none, hm, ha := &timing{}, &timing{}, &timing{}, &timing{again: time.Millisecond}
			end := l.After(3 * time.Millisecond)
			l.Arm(&once, end, h)
			l.Arm(&never, end, none)
			l.Arm(&suspended, end, none)
			l.Arm(&moved, end, hm)
			l.Arm(&again, end, ha)
			if !once.Armed() || once.Deadline() != end {
				t.Error("not armed")
			}
			l.Disarm(&never)
			l.Disarm(&never)
			l.Suspend(&suspended)
			later := end + int64(4*time.Millisecond)
			l.Arm(&moved, later, hm)
			a.Sleep(12 * time.Millisecond)
			l.Disarm(&again)
			if len(h.fired) != 1 || h.fired[0] < end || once.Armed() {
				t.Error("once:", h.fired, end)
			}
			if len(none.fired) != 0 || never.Armed() || suspended.Armed() {
				t.Error("never:", none.fired)
			}
			if len(hm.fired) != 1 || hm.fired[0] < later {
				t.Error("moved:", hm.fired, later)
			}
			if len(ha.fired) == 0 {
				t.Error("again:", ha.fired)
			}
			a.Sleep(3 * time.Millisecond)
			if n := l.Counters(); n.TimersHung > 1 { // the task's own may hang
				t.Errorf("%+v", n)
			}
		})
	})
}

func TestTimerInThePastExpiresSoonAndOutsideOfArm(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			var tm Timer
			h := &timing{}
			l.Arm(&tm, 1, h)
			if len(h.fired) != 0 {
				t.Error("Expired inside of Arm")
			}
			a.Sleep(2 * time.Millisecond)
			if len(h.fired) != 1 {
				t.Error(h.fired)
			}
		})
	})
}

func TestArmWithoutADeadlinePanics(t *testing.T) {
	seen := make(chan any, 1)
	l := start(t, Options{OnPanic: func(_ *Loop, v any, _ []byte) { seen <- v }}).Loops()[0]
	on(l, func() { l.Arm(new(Timer), NoDeadline, &timing{}) })
	receive(t, seen)
}

func TestClocks(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			if l.Now() <= 0 || l.Group().Now() < l.Now() {
				t.Error("the group's clock is behind the loop's")
			}
			before, wall := l.Now(), l.Wall()
			if off := time.Since(time.Unix(0, wall)); off < 0 || off > time.Minute {
				t.Error("wall clock off by", off)
			}
			a.Sleep(3 * time.Millisecond)
			if d := l.Now() - before; d < 3e6 || l.Wall()-wall != d || l.WallOf(before) != wall {
				t.Error("the clocks do not go together:", d, l.Wall()-wall)
			}
		})
	})
}
