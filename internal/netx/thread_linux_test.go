package netx

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestNice changes the priority of a process of its own: it may not be raised again without a privilege.
func TestNice(t *testing.T) {
	if os.Getenv("SLUICE_NICE") == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestNice$", "-test.v")
		cmd.Env = append(os.Environ(), "SLUICE_NICE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	before, err := Nice()
	if err != nil || before >= 19 {
		t.Skip("a priority that cannot be lowered", before, err)
	}
	block, ready := make(chan struct{}), make(chan struct{})
	for range 3 {
		go func() { ready <- struct{}{}; <-block }()
		<-ready
	}
	if err := SetNice(before + 1); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		text, err := os.ReadFile("/proc/self/task/" + e.Name() + "/stat")
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); fields[16] != strconv.Itoa(before+1) {
			t.Errorf("thread %s has %s, want %d", e.Name(), fields[16], before+1)
		}
	}
	close(block)
}
