package balance

import (
	"sync"
	"sync/atomic"
	"testing"

	"sluice/internal/proxy"
)

// TestTurnsAreSharedOut lets several loops take turns at once: together they get the order that one alone would.
func TestTurnsAreSharedOut(t *testing.T) {
	const loops, each = 4, 10500
	p := newBackend(t, loops, proxy.AlgoRoundRobin, []int{3, 2, 7, 1})
	alone := newBackend(t, 1, proxy.AlgoRoundRobin, []int{3, 2, 7, 1})
	want := make([]int, 4)
	for range loops * each {
		want[alone.Balancer.Pick(nil, nil).Index]++
	}
	got := make([]atomic.Int64, 4)
	var all sync.WaitGroup
	for range loops {
		all.Go(func() {
			for range each {
				got[p.Balancer.Pick(nil, nil).Index].Add(1)
			}
		})
	}
	all.Wait()
	for i := range got {
		// A loop that was interrupted between taking a turn and looking whose it is may see one of a later batch.
		if n := int(got[i].Load()); n < want[i]-loops*3 || n > want[i]+loops*3 {
			t.Errorf("server %d: %d turns, want %d", i, n, want[i])
		}
	}
}

// TestTurnsGoOnAround: who is avoided or full loses a turn and no more, and everybody else's order goes on.
func TestTurnsGoOnAround(t *testing.T) {
	p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{1, 1, 1})
	pick := func(avoid *proxy.Server) string { return p.Balancer.Pick(nil, avoid).Name }
	got := pick(nil) + pick(p.Servers[1]) + pick(nil) + pick(nil) + pick(nil) + pick(p.Servers[2]) + pick(nil)
	if want := "s1s3s1s2s3s1s2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	SetMaint(p.Servers[0], Moment{})
	SetMaint(p.Servers[2], Moment{})
	if got := pick(p.Servers[1]); got != "s2" {
		t.Error("the only server is avoided for", got)
	}
}

// TestLimitsComeAndGo switches between turns worked out in advance and turns one by one.
func TestLimitsComeAndGo(t *testing.T) {
	p := newBackend(t, 1, proxy.AlgoRoundRobin, []int{2, 1})
	alone := newBackend(t, 1, proxy.AlgoRoundRobin, []int{2, 1})
	for i := range 100 {
		if i%7 == 0 {
			SetMaxConn(p.Servers[0], i%2*50)
		}
		if got, want := p.Balancer.Pick(nil, nil).Index, alone.Balancer.Pick(nil, nil).Index; got != want {
			t.Fatalf("turn %d: server %d, want %d", i, got, want)
		}
	}
}
