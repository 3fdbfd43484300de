package loop

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestEach(t *testing.T) {
	g, err := New(Options{Loops: 3})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		var ids []int
		g.Each(func(l *Loop) { ids = append(ids, l.ID()) })
		if !slices.Equal(ids, []int{0, 1, 2}) {
			t.Error(when, ids)
		}
	}
	check("before Start")
	g.Start()
	check("running")
	g.Stop()
	check("after Stop")
	g.Wait()
	check("at the end")
	for _, l := range g.Loops() {
		if l.Post(func() { t.Error("ran on a loop that has ended") }) || l.PostRunner(&counting{}) || l.PostSpawn(RunFunc(func(*Task) {})) {
			t.Error("a loop that has ended takes posts")
		}
	}
	g.Stop()
	g.Wait()
}

func TestStopWithoutStart(t *testing.T) {
	g, err := New(Options{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	ran := false
	g.Loops()[0].Post(func() { ran = true })
	g.Stop()
	g.Wait()
	g.Start()
	g.Wait()
	if !ran {
		t.Error("a post taken before was lost")
	}
}

func TestOnStart(t *testing.T) {
	var mu sync.Mutex
	var ids []int
	var panics record
	g := start(t, Options{Loops: 2, OnStart: func(l *Loop) {
		mu.Lock()
		ids = append(ids, l.ID())
		mu.Unlock()
		if l.ID() == 1 {
			panic("at the start")
		}
	}, OnPanic: func(_ *Loop, v any, _ []byte) { panics.add(v.(string)) }})
	g.Each(func(*Loop) {})
	slices.Sort(ids)
	if !slices.Equal(ids, []int{0, 1}) || len(panics.all()) != 1 {
		t.Error(ids, panics.all())
	}
}

func TestStopCancelsTasks(t *testing.T) {
	for _, form := range []Form{Epoll, Goroutines} {
		if form == Epoll && !haveEpoll {
			continue
		}
		g := start(t, Options{Form: form, StopWait: patience})
		l := g.Loops()[0]
		var c Conn
		far := pair(t, l, &c)
		causes := make(chan Cause, 3)
		began := make(chan struct{}, 3)
		for _, wait := range []func(t *Task) Cause{
			func(t *Task) Cause { return t.Wait(NoDeadline) },
			func(t *Task) Cause { return t.Sleep(time.Hour) },
			func(t *Task) Cause { return c.WaitReadable(t, NoDeadline) },
		} {
			l.PostSpawn(RunFunc(func(t *Task) {
				began <- struct{}{}
				causes <- wait(t)
			}))
		}
		for range 3 {
			receive(t, began)
		}
		g.Stop()
		g.Wait()
		for range 3 {
			if cause := receive(t, causes); cause != Cancelled {
				t.Error(cause)
			}
		}
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Error("the connection is open after the end")
		}
	}
}

func TestStopUnwindsTasksThatDoNotEnd(t *testing.T) {
	for _, form := range []Form{Epoll, Goroutines} {
		if form == Epoll && !haveEpoll {
			continue
		}
		g := start(t, Options{Form: form, StopWait: time.Millisecond})
		l := g.Loops()[0]
		var deferred record
		began := make(chan struct{})
		l.PostSpawn(RunFunc(func(a *Task) {
			defer deferred.add("outer")
			defer func() {
				a.Yield() // unwound in its turn
				deferred.add("never")
			}()
			close(began)
			for {
				a.Yield()
			}
		}))
		receive(t, began)
		g.Stop()
		g.Wait()
		if got := deferred.all(); !slices.Equal(got, []string{"outer"}) {
			t.Error(got)
		}
	}
}

func TestWaitAwaitsOffloadedFunctions(t *testing.T) {
	g := start(t, Options{})
	gate, began := make(chan struct{}), make(chan struct{})
	ended := false
	g.Loops()[0].PostSpawn(RunFunc(func(a *Task) {
		a.Offload(func() {
			close(began)
			<-gate
			ended = true
		}, NoDeadline)
	}))
	receive(t, began)
	g.Stop()
	close(gate)
	g.Wait()
	if !ended {
		t.Error("Wait returned before")
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Loops: -1}, {MaxEvents: -1}, {MaxSwitches: -1}, {PumpBuffer: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := New(Options{Form: Epoll}); (err == nil) != haveEpoll {
		t.Error(err)
	}
	g := start(t, Options{})
	if want := map[bool]string{true: "epoll", false: "goroutines"}[haveEpoll]; g.Form().String() != want || Auto.String() != "auto" {
		t.Error(g.Form())
	}
	if g.Loops()[0].Group() != g {
		t.Error("Loop.Group")
	}
}

// TestNothingRunsAfterWait counts goroutines, which coroutines are too.
func TestNothingRunsAfterWait(t *testing.T) {
	for _, form := range []Form{Epoll, Goroutines} {
		if form == Epoll && !haveEpoll {
			continue
		}
		before := runtime.NumGoroutine()
		g, err := New(Options{Form: form, Loops: 2})
		if err != nil {
			t.Fatal(err)
		}
		g.Start()
		l := g.Loops()[0]
		var c Conn
		pair(t, l, &c)
		for range 10 {
			l.PostSpawn(RunFunc(func(a *Task) { a.Sleep(time.Millisecond) }))
			l.PostSpawn(RunFunc(func(a *Task) { a.Wait(NoDeadline) }))
		}
		task(l, func(a *Task) { a.Sleep(2 * time.Millisecond) })
		if runtime.NumGoroutine() < before+10 {
			t.Error("fewer goroutines than coroutines: the test shows nothing")
		}
		g.Stop()
		g.Wait()
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%v: %d goroutines are left", form, runtime.NumGoroutine()-before)
			}
		}
	}
}
