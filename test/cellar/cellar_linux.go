package cellar

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sluice/test/program"
)

// Cellar is where servers run: a folder of an unprivileged user.
type Cellar struct {
	*testing.T
	Folder string
	as     *syscall.Credential // nil: as who runs the tests
}

// Must ends the test on an error.
func (c *Cellar) Must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// Open makes the folder. Some servers refuse to run as root, so it and they are nobody's then.
func Open(t *testing.T) *Cellar {
	c := &Cellar{T: t}
	var err error
	c.Folder, err = os.MkdirTemp("", "checks")
	c.Must(err)
	t.Cleanup(func() { os.RemoveAll(c.Folder) })
	if os.Geteuid() != 0 {
		return c
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("root needs the user nobody to run servers as")
	}
	uid, err := strconv.Atoi(nobody.Uid)
	c.Must(err)
	gid, err := strconv.Atoi(nobody.Gid)
	c.Must(err)
	c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	c.Must(os.Chown(c.Folder, uid, gid))
	return c
}

// Path is a file in the folder.
func (c *Cellar) Path(name string) string { return filepath.Join(c.Folder, name) }

// Write makes a file that servers may read.
func (c *Cellar) Write(name, text string) string {
	c.Helper()
	c.Must(os.WriteFile(c.Path(name), []byte(text), 0o644))
	if c.as != nil {
		c.Must(os.Chown(c.Path(name), int(c.as.Uid), int(c.as.Gid)))
	}
	return c.Path(name)
}

// Command is a program as the user who owns the folder, in it.
func (c *Cellar) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.Folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Folder, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	return cmd
}

// Run waits for the end of a program.
func (c *Cellar) Run(name string, args ...string) {
	c.Helper()
	if out, err := c.Command(name, args...).CombinedOutput(); err != nil {
		c.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Daemon is a server that this test started.
type Daemon struct {
	c    *Cellar
	cmd  *exec.Cmd
	says bytes.Buffer
	gone chan struct{}
}

// Start runs a server until the test ends.
func (c *Cellar) Start(name string, args ...string) *Daemon {
	c.Helper()
	d := &Daemon{c: c, cmd: c.Command(name, args...), gone: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = &d.says, &d.says
	d.cmd.SysProcAttr.Setpgid = true
	c.Must(d.cmd.Start())
	go func() {
		d.cmd.Wait()
		close(d.gone)
	}()
	c.Cleanup(func() {
		d.Kill()
		if c.Failed() {
			c.Logf("%s:\n%s", name, d.says.String())
		}
	})
	return d
}

// Freeze stops the server and all that it has started; Thaw lets them go on.
func (d *Daemon) Freeze() { syscall.Kill(-d.cmd.Process.Pid, syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (d *Daemon) Thaw() { syscall.Kill(-d.cmd.Process.Pid, syscall.SIGCONT) }

// Kill ends them, and waits for the server.
func (d *Daemon) Kill() {
	select {
	case <-d.gone:
	default:
		syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		<-d.gone
	}
}

// Port is a port that is free.
func (c *Cellar) Port() string {
	c.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	c.Must(err)
	defer unix.Close(fd)
	c.Must(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	name, err := unix.Getsockname(fd)
	c.Must(err)
	return strconv.Itoa(name.(*unix.SockaddrInet4).Port)
}

// Tool finds a program on the PATH or where its package hides it; without it the test is skipped.
func Tool(t *testing.T, name, hidden string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if found, _ := filepath.Glob(hidden); len(found) > 0 {
		return found[len(found)-1]
	}
	return program.Tool(t, name)
}
