//go:build !linux

package netx

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// A Program is started once, for its exit status alone.
type Program struct {
	Path string   // of the file; without a slash it is looked for in $PATH of Env
	Args []string // argv, with the name
	Env  []string

	lock    sync.Mutex
	process *os.Process
	killed  bool
}

// Run starts the program and waits for its end: it blocks its thread. The status is what the program returned, or -1 if
// a signal ended it.
func (p *Program) Run() (status int, err error) {
	path, err := p.find()
	if err != nil {
		return 0, err
	}
	cmd := &exec.Cmd{Path: path, Args: p.Args, Env: p.Env, Stdout: os.Stdout, Stderr: os.Stderr}
	p.lock.Lock()
	err = syscall.ECANCELED
	if !p.killed {
		err = cmd.Start()
		p.process = cmd.Process
	}
	p.lock.Unlock()
	if err != nil {
		return 0, err
	}
	cmd.Wait() // what it says of the status is in ProcessState as well
	return cmd.ProcessState.ExitCode(), nil
}

// Kill ends the program, or keeps it from being started. From any goroutine.
func (p *Program) Kill() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.killed = true
	if p.process != nil {
		p.process.Kill()
	}
}

// KeepFromPrograms makes sure that no descriptor but the standard ones is inherited by programs: here each is born so.
func KeepFromPrograms() error { return nil }
