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
	m.t.Helper()
	return say(m.t, m.dir+"/m", "show proc")
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

// TestKilledWorker kills the worker: another one takes its place on the same port, and the master stays. Nobody who
// connects meanwhile is refused, since the master has the listening sockets; and those of a frontend that was shut down
// refuse all the same.
func TestKilledWorker(t *testing.T) {
	dir, address := service(t)
	_, other := service(t)
	text, _ := os.ReadFile(dir + "/a.cfg")
	text = append(text, "frontend b\n\tbind "+other+"\n\tbind "+dir+"/b\n\thttp-request return status 200\n"...)
	if err := os.WriteFile(dir+"/a.cfg", text, 0o644); err != nil {
		t.Fatal(err)
	}
	m := startMaster(t, dir)
	m.until("Loading success.")
	for at, ask := range map[string]string{dir + "/m": "HAPROXY_MASTER_CLI", dir + "/s": "HAPROXY_CLI"} {
		if said := say(t, at, "show env "+ask); strings.TrimSpace(said) != ask+"=unix@"+at {
			t.Errorf("%q", said)
		}
	}
	if said := say(t, dir+"/m", "show env HAPROXY_CLI"); strings.TrimSpace(said) != "Variable not found" {
		t.Errorf("%q", said)
	}
	if said := say(t, dir+"/s", "shutdown frontend b"); strings.TrimSpace(said) != "" {
		t.Fatal(said)
	}
	for network, at := range map[string]string{"tcp": other, "unix": dir + "/b"} {
		if c, err := net.Dial(network, at); err == nil {
			c.Close()
			t.Errorf("%s is open after the shutdown", at)
		}
	}
	before := processOf(t, m.proc(), "worker")
	for !strings.Contains(m.proc(), "0d00h00m02s") { // a worker that dies at once would be started for ever
		time.Sleep(50 * time.Millisecond)
	}
	refused := connecting(address)
	syscall.Kill(before, syscall.SIGKILL)
	m.until("Current worker (" + strconv.Itoa(before) + ") exited with code 137")
	m.until("Loading success.")
	if err := refused(); err != nil {
		t.Errorf("between the workers: %v", err)
	}
	for network, at := range map[string]string{"tcp": other, "unix": dir + "/b"} {
		c, err := net.Dial(network, at)
		if err != nil {
			t.Errorf("in the new worker the frontend is closed: %v", err)
			continue
		}
		c.Close()
	}
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

// connecting connects again and again until the function that it returns is called, which tells the first error.
func connecting(address string) (end func() error) {
	over, outcome := make(chan struct{}), make(chan error)
	go func() {
		var first error
		for {
			select {
			case <-over:
				outcome <- first
				return
			default:
			}
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.Close()
			} else if first == nil {
				first = err
			}
		}
	}()
	return func() error {
		close(over)
		return <-outcome
	}
}

// say says a line to a runtime API.
func say(t *testing.T, path, line string) string {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, line+"\n")
	text, _ := io.ReadAll(c)
	return string(text)
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
