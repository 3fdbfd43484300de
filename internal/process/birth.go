package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// A program in Go cannot fork: its threads would be missing in the child. So a daemon, and a master's worker, is the same
// program started anew with the same arguments. It inherits what it needs, the variable of its environment named birthEnv
// says what that is, and it reports over a pipe whether it serves. It gets the text of the configuration as its parent
// read it, since that may have come from a pipe.

// birthEnv tells a child what it is. The word behind the name is the kind.
const birthEnv = "SLUICE_BIRTH"

// The kinds of children.
const (
	Daemon = "daemon" // the process, in the background
	Worker = "worker" // a process that a master supervises
)

// Birth is what a child knows of its parent; nil in a process that somebody started by hand.
type Birth struct {
	Kind     string
	Reloads  int // how often the master has reloaded
	Control  int `json:",omitempty"` // the descriptor over which the master connects to the runtime API, 0: none
	Heritage int `json:",omitempty"` // a connection to the runtime API of the worker before, 0: none
	Ready    int // the pipe for the Report
	Text     int // the file that holds the configuration

	told bool
}

// Report is what a child says when it serves, or why it does not.
type Report struct {
	Serves     bool
	Logs       []byte // what it printed
	PidFile    string
	MaxReloads int
	KeepOthers bool // master-worker no-exit-on-failure
	Programs   []*proxy.Program
}

// Born returns how this process was started, and the configuration it inherited.
func Born() (*Birth, []*config.File, error) {
	text, ok := os.LookupEnv(birthEnv)
	if !ok {
		return nil, nil, nil
	}
	os.Unsetenv(birthEnv)
	b := &Birth{}
	if err := json.Unmarshal([]byte(text), b); err != nil {
		return nil, nil, fmt.Errorf("%s is set by this program for its own children: %w", birthEnv, err)
	}
	for _, fd := range []int{b.Control, b.Heritage, b.Ready, b.Text} {
		if fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	files, err := readText(os.NewFile(uintptr(b.Text), "configuration"))
	return b, files, err
}

// named is a file of the configuration on its way to a child.
type named struct {
	Name string
	Text []byte
}

// writeText puts files into a file without a name.
func writeText(files []*config.File) (*os.File, error) {
	fd, err := unix.MemfdCreate("configuration", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "configuration")
	e := json.NewEncoder(f)
	for _, file := range files {
		if err := e.Encode(named{file.Name, file.Bytes()}); err != nil {
			f.Close()
			return nil, err
		}
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

func readText(f *os.File) (files []*config.File, err error) {
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var n named
		if err := d.Decode(&n); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return files, err
		}
		files = append(files, config.Scan(n.Name, n.Text))
	}
}

// Tell reports to the parent, once.
func (b *Birth) Tell(r *Report) {
	if b == nil || b.told || b.Ready <= 2 {
		return
	}
	b.told = true
	f := os.NewFile(uintptr(b.Ready), "ready")
	json.NewEncoder(f).Encode(r)
	f.Close()
}

// A Child is a process that this one started.
type Child struct {
	*exec.Cmd
	ready *os.File
}

// Spawn starts the program anew. Descriptors that b names are given to the child and stay the caller's.
func Spawn(path string, b *Birth, files []*config.File) (*Child, error) {
	text, err := writeText(files)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	ready, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	child := *b
	child.Text, child.Ready = int(text.Fd()), int(write.Fd())
	cmd := &exec.Cmd{Path: path, Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	// The descriptors keep their numbers: those that the process inherited itself may be in the configuration (fd@).
	var given []int
	defer func() {
		for _, fd := range given {
			unix.Close(fd)
		}
	}()
	for _, fd := range []*int{&child.Text, &child.Ready, &child.Control, &child.Heritage} {
		if *fd > 0 {
			if *fd, err = unix.FcntlInt(uintptr(*fd), unix.F_DUPFD, 3); err != nil {
				ready.Close()
				return nil, err
			}
			given = append(given, *fd)
		}
	}
	said, _ := json.Marshal(&child)
	cmd.Env = append(os.Environ(), birthEnv+"="+string(said))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: b.Kind == Daemon}
	if err := cmd.Start(); err != nil {
		ready.Close()
		return nil, err
	}
	return &Child{Cmd: cmd, ready: ready}, nil
}

// maxReport bounds what a child reports.
const maxReport = 64 << 20

// Await returns the child's report. One that ends without has none, and does not serve.
func (c *Child) Await() Report {
	defer c.ready.Close()
	var r Report
	text, err := io.ReadAll(io.LimitReader(c.ready, maxReport))
	if err != nil || json.Unmarshal(bytes.TrimSpace(text), &r) != nil {
		return Report{}
	}
	return r
}

// Detach starts the daemon and waits until it serves; it returns the exit status.
func Detach(files []*config.File, console *Console) int {
	child, err := Spawn(console.Path, &Birth{Kind: Daemon}, files)
	if err != nil {
		console.Alertf("[%s.main()] Cannot fork: %s.", console.Path, Reason(err))
		return 1
	}
	// The child has a session of its own: who calls the start off at the terminal means it.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for range signals {
			child.Process.Signal(syscall.SIGTERM)
		}
	}()
	if child.Await().Serves {
		return 0
	}
	child.Wait()
	if code := child.ProcessState.ExitCode(); code > 0 {
		return code
	}
	return 1
}

// leaveTerminal has nothing more printed by a daemon that serves.
func leaveTerminal() error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(null)
	for fd := range 3 {
		if err := unix.Dup3(null, fd, 0); err != nil {
			return err
		}
	}
	return nil
}
