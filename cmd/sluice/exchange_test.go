package main

import (
	"net"
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
	load(t, address, stop, &done, &failed, &wait)
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

// TestBadStarts holds starts that fail to one clear line, and to leave the process that serves alone.
func TestBadStarts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir, address := service(t)
	if said, err := exec.Command(program(t), "-D", "-f", dir+"/a.cfg", "-p", dir+"/pid").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	defer stopDaemon(t, dir+"/pid")
	pid, _ := os.ReadFile(dir + "/pid")
	good, _ := os.ReadFile(dir + "/a.cfg")
	for _, c := range []struct{ name, from, to, want string }{
		{"an unknown user", "nbthread 2", "user nobody-of-that-name", "bad.cfg:2] : cannot find user id for 'nobody-of-that-name'"},
		{"an unknown group", "nbthread 2", "group nobody-of-that-name", "bad.cfg:2] : cannot find group id for 'nobody-of-that-name'"},
		{"no folder for chroot", "nbthread 2", "chroot /nowhere/at/all", "/nowhere/at/all"},
		{"a port that is taken", address, taken.Addr().String(), "bad.cfg:10] for frontend a: "},
		{"a program without a command", "frontend a", "program x\nfrontend a", "program section 'x' lacks a command"},
	} {
		text := strings.Replace(string(good), c.from, c.to, 1)
		if err := os.WriteFile(dir+"/bad.cfg", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program(t), "-D", "-f", dir+"/bad.cfg", "-p", dir+"/bad.pid", "-x", dir+"/s", "-sf", strings.TrimSpace(string(pid)))
		said, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(said), c.want) {
			t.Errorf("%s: %v, want %q\n%s", c.name, err, c.want, said)
		}
		if got := ask(t, address, "GET / HTTP/1.0\r\n\r\n"); !strings.Contains(got, " 200 ") {
			t.Errorf("%s: the process that served says %q", c.name, got)
		}
		if left, err := os.ReadFile(dir + "/bad.pid"); err == nil && len(left) > 0 {
			t.Errorf("%s: a pid file was written", c.name)
		}
	}
}
