package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// takeovers and reloads are how often the load tests restart; 50 and 20 are the long run.
var (
	takeovers = flag.Int("takeovers", 3, "how many times a daemon is replaced by -sf under load")
	reloads   = flag.Int("reloads", 3, "how many times a master is reloaded under load")
)

// built builds the program once for the tests that need a real one.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sluice-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sluice")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func program(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// service writes a configuration and returns the folder and the port.
func service(t *testing.T) (dir, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().(*net.TCPAddr).String()
	l.Close()
	dir = t.TempDir()
	t.Cleanup(func() { killAll(t, dir+"/") }) // what a test that failed has left
	text := "global\n\tnbthread 2\n\tstats socket " + dir + "/s level admin expose-fd listeners\ndefaults\n\tmode http\n\ttimeout client 5s\n" +
		"\ttimeout server 5s\n\ttimeout connect 5s\nfrontend a\n\tbind " + netip.MustParseAddrPort(address).String() + "\n\thttp-request return status 200\n"
	if err := os.WriteFile(dir+"/a.cfg", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, address
}

// killAll kills the processes whose command line has a word that begins so, as the files of a test do, and counts them.
func killAll(t *testing.T, word string) (n int) {
	t.Helper()
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		words, _ := os.ReadFile(line)
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line))); err == nil && strings.Contains(string(words), "\x00"+word) {
			syscall.Kill(pid, syscall.SIGKILL)
			n++
		}
	}
	return n
}

// load sends requests over kept and over new connections until stop is closed, and counts those that failed. With lenient a
// kept connection may be closed between two requests: that is what HAProxy does when it leaves.
func load(t *testing.T, address string, lenient bool, stop chan struct{}, done, failed *atomic.Int64, wait *sync.WaitGroup) {
	one := func(c net.Conn, r *bufio.Reader) (kept bool, err error) {
		c.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			return false, err
		}
		kept = true
		for first := true; ; first = false {
			line, err := r.ReadString('\n')
			switch {
			case err != nil:
				return false, err
			case first && !strings.HasPrefix(line, "HTTP/1.1 200"):
				return false, fmt.Errorf("answer %q", line)
			case strings.EqualFold(strings.TrimSpace(line), "connection: close"):
				kept = false
			case line == "\r\n":
				return kept, nil
			}
		}
	}
	for i := range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			var c net.Conn
			var r *bufio.Reader
			used := 0
			for {
				select {
				case <-stop:
					return
				default:
				}
				if c == nil {
					var err error
					if c, err = net.Dial("tcp", address); err != nil {
						failed.Add(1)
						continue
					}
					r, used = bufio.NewReader(c), 0
				}
				kept, err := one(c, r)
				switch {
				case err != nil && (used == 0 || !lenient):
					failed.Add(1)
					t.Logf("failed: %v", err)
				case err == nil:
					done.Add(1)
				}
				used++
				if err != nil || !kept || i%2 == 0 {
					c.Close()
					c = nil
				}
			}
		}()
	}
}

// TestTakeover replaces a daemon by another one, again and again, under load: no request fails.
func TestTakeover(t *testing.T) {
	dir, address := service(t)
	pidFile := dir + "/pid"
	start := func(words ...string) {
		cmd := exec.Command(program(t), append([]string{"-D", "-f", dir + "/a.cfg", "-p", pidFile}, words...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	pid := func() string {
		text, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	start()
	stop := make(chan struct{})
	var done, failed atomic.Int64
	var wait sync.WaitGroup
	load(t, address, false, stop, &done, &failed, &wait)
	for range *takeovers {
		before := done.Load()
		start("-x", dir+"/s", "-sf", pid())
		for done.Load() < before+100 && failed.Load() == 0 {
			time.Sleep(time.Millisecond) // the load goes on over the new process
		}
	}
	close(stop)
	wait.Wait()
	n, _ := strconv.Atoi(pid())
	syscall.Kill(n, syscall.SIGTERM)
	t.Logf("%d takeovers, %d requests", *takeovers, done.Load())
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), done.Load()+failed.Load())
	}
}

// TestReload reloads a master under load, once with a configuration that is wrong, and kills its worker: requests go on,
// and no reload fails one.
func TestReload(t *testing.T) {
	dir, address := service(t)
	cmd := exec.Command(program(t), "-W", "-f", dir+"/a.cfg", "-S", dir+"/m")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the master ended before it said %q", want)
	}
	until("Loading success.")
	stop := make(chan struct{})
	var done, failed atomic.Int64
	var wait sync.WaitGroup
	load(t, address, false, stop, &done, &failed, &wait)
	for range *reloads {
		cmd.Process.Signal(syscall.SIGUSR2)
		until("Loading success.")
	}
	good, _ := os.ReadFile(dir + "/a.cfg")
	os.WriteFile(dir+"/a.cfg", append(good, "\tnonsense\n"...), 0o644)
	cmd.Process.Signal(syscall.SIGUSR2)
	until("Loading failure!")
	for n := done.Load(); done.Load() < n+100 && failed.Load() == 0; {
		time.Sleep(time.Millisecond)
	}
	close(stop)
	wait.Wait()
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), done.Load()+failed.Load())
	}
	t.Logf("%d reloads, %d requests", *reloads, done.Load())
	c, err := net.Dial("unix", dir+"/m")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "show proc\n")
	text, _ := io.ReadAll(c)
	if !strings.Contains(string(text), fmt.Sprintf("%d [failed: 1]", *reloads+1)) {
		t.Errorf("show proc: %s", text)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	for lines.Scan() {
	}
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 143 {
		t.Errorf("the master ended with %d", cmd.ProcessState.ExitCode())
	}
}
