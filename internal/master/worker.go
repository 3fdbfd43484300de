package master

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sluice/internal/netx"
	"sluice/internal/process"
)

// worker is a process that the master started.
type worker struct {
	child   *process.Child
	pid     int
	control int // over which connections to its runtime API are passed
	reloads int // that it survived
	began   time.Time
	served  time.Time // zero: not yet
	leaving bool
}

// spawn starts a worker. Its report and its end come as events.
func (m *Master) spawn() (*worker, error) {
	ours, theirs, err := netx.Pair()
	if err != nil {
		return nil, err
	}
	defer unix.Close(theirs)
	b := &process.Birth{Kind: process.Worker, Reloads: m.reloads, Control: theirs}
	if b.Heritage = m.heritage(); b.Heritage > 0 {
		defer unix.Close(b.Heritage)
	}
	child, err := process.Spawn(m.Console.Path, b, m.files)
	if err != nil {
		unix.Close(ours)
		return nil, err
	}
	w := &worker{child: child, pid: child.Process.Pid, control: ours, began: time.Now()}
	m.workers = append(m.workers, w)
	m.say(m.Console.Noticef, "Initializing new worker (%d)", w.pid)
	go func() {
		r := child.Await()
		m.events <- func() { m.reported(w, &r) }
		child.Wait() // the end is told behind the report: a dead worker must not become the current one
		m.events <- func() { m.ended(w) }
	}()
	return w, nil
}

// finish asks a worker to leave.
func (w *worker) finish(s syscall.Signal) {
	w.leaving = true
	w.child.Process.Signal(s)
}

// said is how a worker ended, in HAProxy's words.
func (w *worker) said() (code int, how string) { return said(w.child.Cmd) }

// said is how a process ended.
func said(cmd *exec.Cmd) (code int, how string) {
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		code = 128 + int(status.Signal())
		return code, fmt.Sprintf("%d (%s)", code, status.Signal())
	}
	return status.ExitStatus(), fmt.Sprintf("%d (Exit)", status.ExitStatus())
}

// connect opens a connection to the worker's runtime API.
func (w *worker) connect(may byte) (*os.File, error) {
	fd, err := netx.DialPair(w.control, may)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "worker"), nil
}
