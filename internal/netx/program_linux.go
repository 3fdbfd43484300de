package netx

import (
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Program is started once, for its exit status alone. It leads a process group of its own, so that what it started
// itself can be ended with it.
type Program struct {
	Path string   // of the file; without a slash it is looked for in $PATH of Env
	Args []string // argv, with the name
	Env  []string

	lock   sync.Mutex
	pid    int  // of the process that runs, or has ended and was not waited for; else 0
	killed bool // nothing is to be started any more
}

// Run starts the program and waits for its end: it blocks its thread. The status is what the program returned, or -1 if
// a signal ended it.
func (p *Program) Run() (status int, err error) {
	path, err := p.find()
	if err != nil {
		return 0, err
	}
	cmd := &exec.Cmd{Path: path, Args: p.Args, Env: p.Env, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
	if err := p.start(cmd); err != nil {
		return 0, err
	}
	p.ended()
	cmd.Wait() // what it says of the status is in ProcessState as well
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Exited() {
		return s.ExitStatus(), nil
	}
	return -1, nil
}

func (p *Program) start(cmd *exec.Cmd) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.killed {
		return syscall.ECANCELED
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.pid = cmd.Process.Pid
	return nil
}

// ended returns when the process has ended. It still has its number then, so that Kill cannot hit another one's group
// before it knows.
func (p *Program) ended() {
	for {
		if err := unix.Waitid(unix.P_PID, p.pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != unix.EINTR {
			break
		}
	}
	p.lock.Lock()
	p.pid = 0
	p.lock.Unlock()
}

// Kill ends the program and what it started, or keeps it from being started. From any goroutine.
func (p *Program) Kill() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.killed = true
	if p.pid > 0 {
		unix.Kill(-p.pid, unix.SIGKILL)
	}
}

// KeepFromPrograms makes sure that no descriptor but the standard ones is inherited by programs.
func KeepFromPrograms() error { return unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC) }
