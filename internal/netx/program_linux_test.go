package netx

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// script writes a program of the shell and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestProgram(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	dull := script(t, "")
	os.Chmod(dull, 0o644)
	for _, c := range []struct {
		name   string
		p      *Program
		status int
		err    error
	}{
		{"good", &Program{Path: script(t, "exit 0")}, 0, nil},
		{"status", &Program{Path: script(t, "exit 3")}, 3, nil},
		{"signal", &Program{Path: script(t, "kill -9 $$")}, -1, nil},
		{"arguments", &Program{Path: script(t, `[ "$1 $2" = "a b" ] && [ "$X" = y ]`), Args: []string{"p", "a", "b"}, Env: []string{"X=y"}}, 0, nil},
		{"on the PATH", &Program{Path: "true", Args: []string{"true"}, Env: []string{"PATH=/nowhere:/usr/bin:/bin"}}, 0, nil},
		{"nowhere on the PATH", &Program{Path: "true", Env: []string{"PATH=/nowhere"}}, 0, syscall.ENOENT},
		{"no PATH", &Program{Path: "true"}, 0, syscall.ENOENT},
		{"missing", &Program{Path: none}, 0, syscall.ENOENT},
		{"not executable", &Program{Path: dull}, 0, syscall.EACCES},
		{"a folder", &Program{Path: t.TempDir()}, 0, syscall.EACCES},
	} {
		status, err := c.p.Run()
		if status != c.status || !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %v; want %d, %v", c.name, status, err, c.status, c.err)
		}
	}
}

// TestProgramInheritsNothing looks at the descriptors of a child while its parent has one that others would inherit.
func TestProgramInheritsNothing(t *testing.T) {
	fd, err := syscall.Dup(1) // without close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := KeepFromPrograms(); err != nil {
		t.Skip(err)
	}
	p := Program{Path: script(t, "for f in /proc/self/fd/*; do case ${f##*/} in 0|1|2) ;; *) [ -e $f ] && [ ! $f -ef $0 ] && exit 9 ;; esac; done; exit 0")}
	if status, err := p.Run(); status != 0 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

// TestProgramIsKilledWithItsChildren ends a program that has started another one and waits for it.
func TestProgramIsKilledWithItsChildren(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Program{Path: script(t, "sleep 1000 & echo $! > "+fifo+"; wait"), Env: []string{"PATH=/usr/bin:/bin"}}
	over := make(chan int)
	go func() {
		status, err := p.Run()
		if err != nil {
			t.Error(err)
		}
		over <- status
	}()
	text, err := os.ReadFile(fifo)
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	if status := <-over; status != -1 {
		t.Errorf("status %d", status)
	}
	p.Kill() // nobody is there any more
	for {    // the orphan is somebody else's to wait for
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(child) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			break
		}
	}
	if _, err := p.Run(); !errors.Is(err, syscall.ECANCELED) {
		t.Errorf("a killed program was started: %v", err)
	}
}
