package loop

import "testing"

func TestIdleShareOfALoopThatSleepsAndOneThatWorks(t *testing.T) {
	g, err := New(Options{Form: Goroutines})
	if err != nil {
		t.Fatal(err)
	}
	l := g.Loops()[0]
	l.now, l.idleFrom, l.sleepFrom = 10e9, 10e9, 10e9
	step := func(ns int64, slept bool) {
		l.src = &clocked{ns: ns, slept: slept}
		l.turn()
	}
	step(600e6, true)
	if l.n.IdlePct != 0 || l.n.SleptNs != 600e6 {
		t.Fatalf("before the span is over: %d%%, slept %d", l.n.IdlePct, l.n.SleptNs)
	}
	step(600e6, false)
	if l.n.IdlePct != 50 {
		t.Fatalf("half of the time: %d%%", l.n.IdlePct)
	}
	step(1e9, true)
	if l.n.IdlePct != 100 {
		t.Fatalf("all of the time: %d%%", l.n.IdlePct)
	}
}

// clocked is a source whose poll takes a given time.
type clocked struct {
	sleeper
	ns    int64
	slept bool
}

func (c *clocked) poll(l *Loop) {
	if c.slept {
		l.sleepFrom = l.now
		l.n.Sleeps++
	}
	l.now += c.ns
}
