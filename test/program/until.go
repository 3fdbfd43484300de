package program

import (
	"testing"
	"time"
)

// Until asks again and again until the answer is nil. When that takes longer than patience the test has failed, with what
// was wrong last.
func Until(t testing.TB, patience time.Duration, what string, ask func() error) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if last = ask(); last == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, last)
}
