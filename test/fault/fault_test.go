package main

import (
	"math/rand/v2"
	"testing"

	"sluice/test/program"
)

// few requests are enough to meet each fault several times; the command of this package sends as many as one likes.
const few = 4000

func TestSluice(t *testing.T) { trialOf(t, program.Sluice(t)) }

// The table of faults is that of HAProxy, or it would be worth little.
func TestHAProxy(t *testing.T) { trialOf(t, program.Tool(t, "haproxy")) }

func trialOf(t *testing.T, path string) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	report, err := run(options{program: path, requests: few, workers: 48, seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if report.failed() {
		t.Error("\n" + report.String())
	}
}

func TestBodiesDiffer(t *testing.T) {
	whole := body(7, 1000)
	if i := differs(7, 0, whole); i != -1 {
		t.Errorf("a body differs from itself at %d", i)
	}
	if i := differs(7, 100, whole[100:]); i != -1 {
		t.Errorf("a piece differs at %d", i)
	}
	if i := differs(8, 0, whole); i < 0 || i > 8 {
		t.Errorf("the body of another request differs at %d only", i)
	}
	if i := differs(7, 0, whole[8:]); i < 0 || i > 8 {
		t.Errorf("a body that lacks its beginning differs at %d only", i)
	}
	whole[999]++
	if i := differs(7, 0, whole); i != 999 {
		t.Errorf("a changed last byte is found at %d", i)
	}
}

func TestEveryFaultHasItsPlace(t *testing.T) {
	names := map[string]bool{}
	for _, f := range faults() {
		if names[f.name] {
			t.Errorf("%s is there twice", f.name)
		}
		names[f.name] = true
		if f.weight <= 0 || f.method == "" || f.origin == nil || len(f.want.states) == 0 {
			t.Errorf("%s is incomplete", f.name)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	trial := &trial{faults: faults()}
	for range 20000 {
		delete(names, trial.choose(r).name)
	}
	if len(names) > 0 {
		t.Errorf("never chosen: %v", names)
	}
}
