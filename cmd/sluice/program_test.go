package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A masterRun is a master in the foreground and what it prints.
type masterRun struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	dir   string
}

func startMaster(t *testing.T, dir string) *masterRun {
	t.Helper()
	m := &masterRun{t: t, dir: dir, cmd: exec.Command(program(t), "-W", "-f", dir+"/a.cfg", "-S", dir+"/m")}
	out, err := m.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	m.lines = bufio.NewScanner(out)
	return m
}

// until reads on to a line that holds a text.
func (m *masterRun) until(want string) string {
	m.t.Helper()
	for m.lines.Scan() {
		if strings.Contains(m.lines.Text(), want) {
			return m.lines.Text()
		}
	}
	m.t.Fatalf("the master ended before it said %q", want)
	return ""
}

// ends reads the rest and returns the exit status.
func (m *masterRun) ends() int {
	for m.lines.Scan() {
	}
	m.cmd.Wait()
	return m.cmd.ProcessState.ExitCode()
}

func (m *masterRun) proc() string {
	c, err := net.Dial("unix", m.dir+"/m")
	if err != nil {
		m.t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "show proc\n")
	text, _ := io.ReadAll(c)
	return string(text)
}

// processOf finds the number of the process of a row of "show proc".
func processOf(t *testing.T, table, kind string) int {
	t.Helper()
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 1 && f[1] == kind {
			n, _ := strconv.Atoi(f[0])
			return n
		}
	}
	t.Fatalf("no %s in\n%s", kind, table)
	return 0
}

// TestPrograms runs commands beside a worker through a reload, and kills one.
func TestPrograms(t *testing.T) {
	dir, _ := service(t)
	text, _ := os.ReadFile(dir + "/a.cfg")
	text = append(text, "program one\n\tcommand sleep 1000\nprogram two\n\tcommand sleep 1001\n\tno option start-on-reload\nprogram short\n\tcommand true\n"...)
	if err := os.WriteFile(dir+"/a.cfg", text, 0o644); err != nil {
		t.Fatal(err)
	}
	m := startMaster(t, dir)
	m.until("'program' was removed in HAProxy 3.3")
	m.until("Loading success.")
	m.until("'short'")
	first := m.proc()
	m.cmd.Process.Signal(syscall.SIGUSR2)
	m.until("Loading success.")
	m.until("Former program 'two'")
	second := m.proc()
	if processOf(t, first, "one") == processOf(t, second, "one") || strings.Contains(second, "two") {
		t.Errorf("before the reload\n%safter it\n%s", first, second)
	}
	syscall.Kill(processOf(t, second, "one"), syscall.SIGKILL)
	m.until("exit-on-failure: killing every processes with SIGTERM")
	if code := m.ends(); code != 137 {
		t.Errorf("the master ended with %d", code)
	}
}

// TestKilledWorker kills the worker: another one takes its place on the same port, and the master stays.
func TestKilledWorker(t *testing.T) {
	dir, address := service(t)
	m := startMaster(t, dir)
	m.until("Loading success.")
	before := processOf(t, m.proc(), "worker")
	for !strings.Contains(m.proc(), "0d00h00m02s") { // a worker that dies at once would be started for ever
		time.Sleep(50 * time.Millisecond)
	}
	syscall.Kill(before, syscall.SIGKILL)
	m.until("Current worker (" + strconv.Itoa(before) + ") exited with code 137")
	m.until("Loading success.")
	if got := ask(t, address, "GET / HTTP/1.0\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 200") && !strings.HasPrefix(got, "HTTP/1.0 200") {
		t.Errorf("after the kill: %q", got)
	}
	if after := processOf(t, m.proc(), "worker"); after == before {
		t.Error("the worker is the same")
	}
	m.cmd.Process.Signal(syscall.SIGTERM)
	if code := m.ends(); code != 143 {
		t.Errorf("the master ended with %d", code)
	}
}

// TestSectionNeedsMaster holds program sections to the mode that runs them.
func TestSectionNeedsMaster(t *testing.T) {
	file := t.TempDir() + "/a.cfg"
	if err := os.WriteFile(file, []byte("program x\n\tcommand ls\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(program(t), "-c", "-f", file).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "Can't use a 'program' section without master worker mode.") {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err := exec.Command(program(t), "-W", "-c", "-f", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
