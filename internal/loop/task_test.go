package loop

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSpawnBeginsAfterItsCallerInTheSameTurn(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var order record
		done := make(chan struct{})
		on(l, func() {
			turns := l.Counters().Turns
			l.Spawn(RunFunc(func(t *Task) { order.add("first") }))
			l.Spawn(RunFunc(func(task *Task) {
				order.add("second")
				if l.Counters().Turns != turns {
					t.Error("the task began in a later turn")
				}
				close(done)
			}))
			order.add("caller")
		})
		receive(t, done)
		if got := order.all(); !slices.Equal(got, []string{"caller", "first", "second"}) {
			t.Error(got)
		}
	})
}

func TestCoroutinesAreReused(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		for range 10 {
			task(l, func(t *Task) { t.Yield() })
		}
		on(l, func() {
			if n := l.Counters(); n.TasksFree != 1 || n.TasksLive != 0 || n.TasksStarted != 10 {
				t.Errorf("%+v", n)
			}
		})
	})
}

func TestWakeEndsWait(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var cause Cause
		task(l, func(a *Task) {
			l.Spawn(RunFunc(func(*Task) { a.Wake() }))
			cause = a.Wait(NoDeadline)
		})
		if cause != Woken {
			t.Error(cause)
		}
	})
}

func TestWakesBeforeAWaitAreOne(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			a.Wake()
			a.Wake()
			if c := a.Wait(NoDeadline); c != Woken {
				t.Error("first wait:", c)
			}
			if c := a.Wait(l.After(time.Millisecond)); c != Expired {
				t.Error("second wait:", c)
			}
		})
	})
}

func TestSleepKeepsAWake(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			l.Spawn(RunFunc(func(*Task) { a.Wake() }))
			if c := a.Sleep(2 * time.Millisecond); c != Expired {
				t.Error("sleep:", c)
			}
			if c := a.Wait(l.After(time.Second)); c != Woken {
				t.Error("wait:", c)
			}
		})
	})
}

func TestWaitWithAPastDeadlineOnlyLooks(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			switches := l.Counters().Switches
			if c := a.Wait(1); c != Expired {
				t.Error(c)
			}
			a.Wake()
			if c := a.Wait(1); c != Woken {
				t.Error(c)
			}
			if c := a.SleepUntil(-5); c != Expired {
				t.Error(c)
			}
			if l.Counters().Switches != switches {
				t.Error("it was parked")
			}
		})
	})
}

func TestYieldLetsTheLoopLook(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			for range 5 {
				turns := l.Counters().Turns
				a.Yield()
				if l.Counters().Turns == turns {
					t.Error("resumed without a look for events")
				}
			}
		})
	})
}

func TestCancelEndsAllWaits(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		pair(t, l, &c)
		task(l, func(a *Task) {
			l.Spawn(RunFunc(func(*Task) { a.Cancel() }))
			if _, err := c.Read(a, make([]byte, 1), NoDeadline); err != ErrCancelled {
				t.Error("read:", err)
			}
			if !a.Cancelled() || a.Wait(NoDeadline) != Cancelled || a.Sleep(time.Hour) != Cancelled || a.Offload(func() {}, NoDeadline) != Cancelled {
				t.Error("a wait of a cancelled task did not end with Cancelled")
			}
			a.Yield()
			c.Close()
		})
		// The coroutine's next Runner is not cancelled.
		task(l, func(a *Task) {
			if a.Cancelled() || a.Sleep(time.Millisecond) != Expired {
				t.Error("a new task is cancelled")
			}
		})
	})
}

func TestCancelBeforeTheTaskBegan(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		cause := make(chan Cause, 1)
		on(l, func() { l.Spawn(RunFunc(func(t *Task) { cause <- t.Wait(NoDeadline) })).Cancel() })
		if c := receive(t, cause); c != Cancelled {
			t.Error(c)
		}
	})
}

func TestRefFromAnotherThread(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		refs, causes := make(chan Ref, 1), make(chan Cause, 2)
		l.PostSpawn(RunFunc(func(t *Task) {
			refs <- t.Ref()
			causes <- t.Wait(NoDeadline)
			causes <- t.Wait(NoDeadline)
		}))
		r := receive(t, refs)
		r.Wake()
		if c := receive(t, causes); c != Woken {
			t.Error(c)
		}
		r.Cancel()
		if c := receive(t, causes); c != Cancelled {
			t.Error(c)
		}
	})
}

func TestRefOfAnEndedTaskIsHarmless(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var old Ref
		task(l, func(t *Task) { old = t.Ref() })
		task(l, func(a *Task) { // on the same coroutine
			if old.Task() != nil || a.Ref().Task() != a {
				t.Error("Ref.Task")
			}
			old.Wake()
			old.Cancel()
			if c := a.Wait(l.After(2 * time.Millisecond)); c != Expired {
				t.Error("the new task got what was meant for the old one:", c)
			}
			if old != (Ref{}) && old.t != a {
				t.Error("the coroutine was not reused: the test shows nothing")
			}
		})
		var none Ref
		none.Wake()
		none.Cancel()
		if none.Task() != nil {
			t.Error("the zero Ref names a task")
		}
	})
}

func TestOffload(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		task(l, func(a *Task) {
			n := 0
			a.Wake() // an ordinary wake does not end it
			if c := a.Offload(func() { n = 1 }, NoDeadline); c != Woken || n != 1 {
				t.Error(c, n)
			}
			if c := a.Wait(1); c != Woken {
				t.Error("the wake is gone:", c)
			}
			gate := make(chan struct{})
			if c := a.Offload(func() { <-gate }, l.After(time.Millisecond)); c != Expired {
				t.Error(c)
			}
			close(gate)
			var v any
			func() {
				defer func() { v = recover() }()
				a.Offload(func() { panic("offloaded") }, NoDeadline)
			}()
			if v != "offloaded" {
				t.Error(v)
			}
		})
	})
}

func TestPanicsAreIsolated(t *testing.T) {
	for _, form := range []Form{Epoll, Goroutines} {
		t.Run(form.String(), func(t *testing.T) {
			if form == Epoll && !haveEpoll {
				t.Skip("no epoll on this system")
			}
			var seen record
			l := start(t, Options{Form: form, OnPanic: func(_ *Loop, v any, stack []byte) {
				where := "elsewhere"
				if strings.Contains(string(stack), "task_test.go") {
					where = "here"
				}
				if err, ok := v.(error); ok {
					v = err.Error()
				}
				seen.add(v.(string) + " " + where)
			}}).Loops()[0]
			var c Conn
			far := pair(t, l, &c)
			on(l, func() {
				l.Spawn(RunFunc(func(*Task) { panic("begun") }))
				l.Spawn(RunFunc(func(t *Task) {
					t.Yield()
					panic("resumed")
				}))
				l.Spawn(RunFunc(func(t *Task) {
					t.Sleep(time.Millisecond)
					panic("timer task")
				}))
				l.Arm(new(Timer), l.After(time.Millisecond), expiredFunc(func() { panic("timer") }))
				c.SetIdle(readyFunc(func(*Conn) { panic("idle") }))
			})
			far.Write([]byte("x"))
			l.Post(func() { panic("post") })
			task(l, func(t *Task) { t.Sleep(3 * time.Millisecond) })
			task(l, func(a *Task) {
				if _, err := c.Read(a, make([]byte, 1), l.After(patience)); err != nil {
					t.Error("the connection does not work after its handler's panic:", err)
				}
				c.Close()
			})
			want := []string{"begun here", "idle here", "post here", "resumed here", "timer here", "timer task here"}
			got := seen.all()
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			on(l, func() {
				if n := l.Counters(); n.Panics != 6 || n.TasksLive != 0 {
					t.Errorf("%+v", n)
				}
			})
		})
	}
}

func TestGoexitEndsTheTaskOnly(t *testing.T) {
	seen := make(chan any, 1)
	l := start(t, Options{Form: Goroutines, OnPanic: func(_ *Loop, v any, _ []byte) { seen <- v }}).Loops()[0]
	l.PostSpawn(RunFunc(func(*Task) { runtime.Goexit() }))
	if v := receive(t, seen); v != ErrGoexit {
		t.Error(v)
	}
	task(l, func(t *Task) { t.Sleep(time.Millisecond) })
}

func TestWaitByAnotherThanTheRunningTaskPanics(t *testing.T) {
	seen := make(chan any, 1)
	l := start(t, Options{OnPanic: func(_ *Loop, v any, _ []byte) { seen <- v }}).Loops()[0]
	task(l, func(a *Task) {
		l.Spawn(RunFunc(func(*Task) { a.Wait(NoDeadline) }))
		a.Sleep(time.Millisecond)
	})
	if v, _ := receive(t, seen).(string); !strings.Contains(v, "not the one running") {
		t.Error(v)
	}
}

func TestCauses(t *testing.T) {
	for c, want := range map[Cause]struct {
		name string
		err  error
	}{
		Woken:     {"woken", nil},
		Ready:     {"ready", nil},
		Expired:   {"expired", os.ErrDeadlineExceeded},
		Cancelled: {"cancelled", ErrCancelled},
		0:         {"none", nil},
	} {
		if c.String() != want.name || !errors.Is(c.Err(), want.err) {
			t.Error(c.String(), c.Err())
		}
	}
}

type expiredFunc func()

func (f expiredFunc) Expired(*Loop, *Timer) { f() }

type readyFunc func(*Conn)

func (f readyFunc) Ready(c *Conn) { f(c) }
