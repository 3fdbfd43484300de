package loop

import (
	"testing"
	"time"
)

// TestProfile measures a task of two calls, the second of which takes its time.
func TestProfile(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		g := l.Group()
		g.Each(func(l *Loop) { l.SetProfiling(ProfileOn) })
		done := make(chan Cost)
		l.Post(func() {
			l.Spawn(RunFunc(func(t *Task) {
				t.Yield()
				for begun := time.Now(); time.Since(begun) < time.Millisecond; {
				}
				c := t.Cost()
				t.ResetCost()
				if fresh := t.Cost(); fresh.Calls != 1 || fresh.CPU > c.CPU {
					c.Calls = 0
				}
				done <- c
			}))
		})
		c := <-done
		if c.Calls != 2 || c.CPU < int64(time.Millisecond) || c.Latency <= 0 {
			t.Errorf("%+v", c)
		}
		var costs []TaskCost
		g.Each(func(l *Loop) {
			costs = append(costs, l.Costs()...)
			l.SetProfiling(ProfileOff)
		})
		if len(costs) != 1 || costs[0].Name != "loop.RunFunc" || costs[0].Calls != 2 || costs[0].CPU < int64(time.Millisecond) {
			t.Errorf("%+v", costs)
		}
		g.Each(func(l *Loop) {
			if p, on := l.Profiling(); p != ProfileOff || on || l.measured == nil || len(l.Costs()) != 1 {
				t.Errorf("%v %v: what was measured is lost, or goes on", p, on)
			}
		})
	})
}

// TestProfileAuto: measuring begins when turns take a millisecond on average, and ends a little below.
func TestProfileAuto(t *testing.T) {
	l := &Loop{}
	for i, c := range []struct {
		worked int64
		turns  uint64
		on     bool
	}{{0, 0, false}, {999e3, 1, false}, {1e6, 1, true}, {995e3, 1, true}, {980e3, 1, false}, {9e9, 10000, false}, {9e9, 10, true}} {
		if l.pace(c.worked, c.turns); (l.profile != nil) != c.on {
			t.Errorf("%d: %+v", i, c)
		}
	}
	l.SetProfiling(ProfileOff)
	if l.pace(9e9, 1); l.profile != nil {
		t.Error("off is off")
	}
}
