package loop

import (
	"runtime"
	"slices"
	"sync"
	"testing"
)

type counting struct{ n int }

func (c *counting) RunOnLoop(*Loop) { c.n++ }

func TestPostsRunInOrder(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var got []int
		done := make(chan struct{})
		for i := range 1000 {
			if !l.Post(func() { got = append(got, i) }) {
				t.Fatal("refused")
			}
		}
		l.Post(func() { close(done) })
		receive(t, done)
		if len(got) != 1000 || !slices.IsSorted(got) {
			t.Error(len(got))
		}
	})
}

func TestPostsFromManyThreads(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		c := &counting{}
		var posters sync.WaitGroup
		for range 8 {
			posters.Go(func() {
				for i := range 500 {
					l.PostRunner(c)
					if i%50 == 0 {
						runtime.Gosched() // let the loop fall asleep between
					}
				}
			})
		}
		posters.Wait()
		on(l, func() {
			if c.n != 4000 {
				t.Error(c.n)
			}
		})
	})
}

func TestPostFromThePostRunsInALaterTurn(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		done := make(chan bool, 1)
		l.Post(func() {
			turns := l.Counters().Turns
			l.Post(func() { done <- l.Counters().Turns > turns })
		})
		if !receive(t, done) {
			t.Error("ran in the same turn: a post that posts itself would stop the loop")
		}
	})
}

func TestQueueGrowsInOrder(t *testing.T) {
	var q queue
	next, want := 0, 0
	tasks := make([]Task, 1000)
	for n := range 40 {
		for range n * 3 {
			if next < len(tasks) {
				q.push(entry{t: &tasks[next]})
				next++
			}
		}
		for range n * 2 {
			if q.n > 0 {
				if got := q.pop(); got.t != &tasks[want] {
					t.Fatal("out of order at", want)
				}
				want++
			}
		}
	}
	if next != len(tasks) || next-want != q.n || q.longest < q.n {
		t.Error(next, want, q.n, q.longest)
	}
}
