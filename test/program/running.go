package program

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a program may take for anything that it should do at once.
const patience = 15 * time.Second

// Running is a program at work that has a runtime API.
type Running struct {
	Cmd    *exec.Cmd
	Socket string        // of the runtime API
	Exited chan struct{} // closed when the program has ended

	lock sync.Mutex
	says bytes.Buffer
}

// Run starts a command and waits until its runtime API answers on a socket. What it prints to standard output and, unless that
// goes elsewhere, to standard error is kept.
func Run(cmd *exec.Cmd, socket string) (*Running, error) {
	r := &Running{Cmd: cmd, Socket: socket, Exited: make(chan struct{})}
	if cmd.Stdout = r; cmd.Stderr == nil {
		cmd.Stderr = r
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		cmd.Wait()
		close(r.Exited)
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, err := r.Talk("show info"); err == nil {
			return r, nil
		}
		select {
		case <-r.Exited:
			return nil, fmt.Errorf("the program ended at once:\n%s", r.Said())
		case <-tick.C:
		}
	}
	r.Stop()
	return nil, fmt.Errorf("the program's runtime API does not answer:\n%s", r.Said())
}

// Write takes what the program prints.
func (r *Running) Write(b []byte) (int, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.says.Write(b)
}

// Said is what the program has printed.
func (r *Running) Said() string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.says.String()
}

// Alive says whether the program still runs.
func (r *Running) Alive() bool {
	select {
	case <-r.Exited:
		return false
	default:
		return true
	}
}

// Stop ends the program by the signal that ends it at once, and returns its exit status.
func (r *Running) Stop() (int, error) {
	r.Cmd.Process.Signal(syscall.SIGTERM)
	return r.Gone()
}

// Gone waits until the program has ended, and returns its exit status. One that does not end is killed.
func (r *Running) Gone() (int, error) {
	select {
	case <-r.Exited:
		return r.Cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		r.Cmd.Process.Kill()
		<-r.Exited
		return r.Cmd.ProcessState.ExitCode(), fmt.Errorf("the program does not end:\n%s", r.Said())
	}
}

// Talk says one line to the runtime API.
func (r *Running) Talk(line string) (string, error) {
	c, err := net.DialTimeout("unix", r.Socket, patience)
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	out, err := io.ReadAll(c)
	return strings.TrimSpace(string(out)), err
}
