//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// process is a child of the benchmark.
type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	exited chan struct{}
}

// start starts a program on one core. The child inherits the core from the thread that forks it.
func start(cpu int, cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, exited: make(chan struct{})}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.stderr
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := onCPU(cpu, cmd.Start)
	if err != nil {
		return nil, err
	}
	go func() {
		cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// onCPU calls f on a thread that is bound to one core, where there are several.
func onCPU(cpu int, f func() error) error {
	if cpu >= runtime.NumCPU() {
		return f()
	}
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		var old, mask [16]uint64
		affinity(syscall.SYS_SCHED_GETAFFINITY, &old)
		mask[cpu/64] = 1 << (cpu % 64)
		affinity(syscall.SYS_SCHED_SETAFFINITY, &mask)
		err := f()
		affinity(syscall.SYS_SCHED_SETAFFINITY, &old)
		runtime.UnlockOSThread()
		result <- err
	}()
	return <-result
}

func affinity(call uintptr, mask *[16]uint64) {
	syscall.RawSyscall(call, 0, unsafe.Sizeof(*mask), uintptr(unsafe.Pointer(mask)))
}

// stop asks a process to end and, after a second, makes it.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(time.Second):
		p.cmd.Process.Kill()
		<-p.exited
	}
}

// tree is a process and its descendants, by number.
func tree(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			for word := range strings.FieldsSeq(string(text)) {
				if n, err := strconv.Atoi(word); err == nil {
					all = append(all, n)
				}
			}
		}
	}
	return all
}

// cpu is the time that the threads of a process and its descendants have run.
func (p *process) cpu() time.Duration {
	var sum time.Duration
	for _, pid := range tree(p.cmd.Process.Pid) {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // the thread is gone
			}
			if ns, _, found := strings.Cut(string(text), " "); found {
				n, _ := strconv.ParseInt(ns, 10, 64)
				sum += time.Duration(n)
			}
		}
	}
	return sum
}

// memory is the proportional share of physical memory of a process and its descendants, in bytes. What only the
// kernel keeps, as the buffers of sockets, is not in it.
func (p *process) memory() int64 {
	var sum int64
	for _, pid := range tree(p.cmd.Process.Pid) {
		file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == "Pss:" {
				n, _ := strconv.ParseInt(words[1], 10, 64)
				sum += n << 10
			}
		}
		file.Close()
	}
	return sum
}

// server is the running origin.
type server struct {
	*process
	in        io.WriteCloser
	out       *bufio.Reader
	port, log string // TCP port of the answers, UDP port of the log
}

func startOrigin(cpu int) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, originWord)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p, err := start(cpu, cmd)
	if err != nil {
		return nil, err
	}
	s := &server{process: p, in: in, out: bufio.NewReader(out)}
	if _, err := fmt.Fscan(s.out, &s.port, &s.log); err != nil {
		return nil, errors.Join(err, errors.New(p.stderr.String()))
	}
	s.out.ReadString('\n')
	return s, nil
}

// lines is the number of log lines that the origin has received.
func (s *server) lines() int {
	var n int
	if _, err := s.in.Write([]byte{'\n'}); err == nil {
		fmt.Fscanln(s.out, &n)
	}
	return n
}
