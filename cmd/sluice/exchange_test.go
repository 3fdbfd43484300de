package main

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestExchange takes the ports over from a running HAProxy and gives them back to one, under load: no request fails.
func TestExchange(t *testing.T) {
	other, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("needs haproxy")
	}
	dir, address := service(t)
	last := ""
	start := func(name string) {
		t.Helper()
		words := []string{"-D", "-f", dir + "/a.cfg", "-p", dir + "/pid"}
		if last != "" {
			words = append(words, "-x", dir+"/s", "-sf", last)
		}
		if said, err := exec.Command(name, words...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, said)
		}
		text, err := os.ReadFile(dir + "/pid")
		if err != nil {
			t.Fatal(err)
		}
		last = strings.TrimSpace(string(text))
	}
	start(other)
	stop := make(chan struct{})
	var done, failed atomic.Int64
	var wait sync.WaitGroup
	load(t, address, true, stop, &done, &failed, &wait)
	for _, name := range []string{program(t), other, program(t), other} {
		for before := done.Load(); done.Load() < before+100 && failed.Load() == 0; {
			time.Sleep(time.Millisecond) // the load goes on
		}
		start(name)
	}
	for before := done.Load(); done.Load() < before+100 && failed.Load() == 0; {
		time.Sleep(time.Millisecond)
	}
	close(stop)
	wait.Wait()
	stopDaemon(t, dir+"/pid")
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), done.Load()+failed.Load())
	}
}
