package proxy

import "testing"

// TestUntil lets a limit of 5 a second through, one event as soon as each is allowed: in ten seconds there are five for each.
func TestUntil(t *testing.T) {
	var g GlobalRate
	const limit, end = 5, 10e9
	now, n := int64(3e9), 0
	for from := now; now < from+end; n++ {
		if rate := g.Read(now); rate >= limit {
			t.Fatalf("event %d at %d: the rate is %d", n, now, rate)
		}
		g.Add(now)
		now += g.Until(now, limit)
		if g.Until(now, limit) != 0 {
			t.Fatalf("at %d it is not over", now)
		}
	}
	if n < limit*10-limit || n > limit*10+limit {
		t.Errorf("%d events in ten seconds", n)
	}
	for range 100 { // far beyond the limit
		g.Add(now)
	}
	if wait := g.Until(now, limit); wait < 1e9 || wait > 2e9 || g.Read(now+wait) >= limit {
		t.Errorf("%d ns, and then a rate of %d", wait, g.Read(now+wait))
	}
}
