package freq

import "testing"

func TestRateSlidesOverTwoPeriods(t *testing.T) {
	var r Rate
	now := int64(10 * Second)
	r.Add(now, 100)
	if got := r.Read(now); got != 100 {
		t.Fatalf("at once: %d", got)
	}
	if got := r.Read(now + Second + Second/2); got != 50 {
		t.Fatalf("half of the previous period remains: %d", got)
	}
	if got := r.Read(now + 5*Second); got != 0 {
		t.Fatalf("all over: %d", got)
	}
	if r.Max() != 100 {
		t.Fatalf("max %d", r.Max())
	}
}

func TestHistogramBucketsAreContiguousAndOrdered(t *testing.T) {
	for us := uint64(0); us < 1<<20; us++ {
		i := bucket(us)
		if us >= Bound(i) || i > 0 && us < Bound(i-1) {
			t.Fatalf("%d us in bucket %d of [%d, %d)", us, i, Bound(i-1), Bound(i))
		}
	}
}

func TestQuantile(t *testing.T) {
	var h Histogram
	for us := int64(1); us <= 1000; us++ {
		h.Add(us * 1000)
	}
	if q := h.Quantile(0.5); q < 500 || q > 640 {
		t.Errorf("median %d", q)
	}
	if q := h.Quantile(0.99); q < 990 || q > 1280 {
		t.Errorf("p99 %d", q)
	}
}
