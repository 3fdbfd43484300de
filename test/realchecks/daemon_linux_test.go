package realchecks

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
)

// cellar is where servers run: a folder of an unprivileged user.
type cellar struct {
	*testing.T
	folder string
	as     *syscall.Credential // nil: as who runs the tests
}

func (c *cellar) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// open makes the folder. Some servers refuse to run as root, so it and they are nobody's then.
func open(t *testing.T) *cellar {
	c := &cellar{T: t}
	var err error
	c.folder, err = os.MkdirTemp("", "checks")
	c.must(err)
	t.Cleanup(func() { os.RemoveAll(c.folder) })
	if os.Geteuid() != 0 {
		return c
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("root needs the user nobody to run servers as")
	}
	uid, err := strconv.Atoi(nobody.Uid)
	c.must(err)
	gid, err := strconv.Atoi(nobody.Gid)
	c.must(err)
	c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	c.must(os.Chown(c.folder, uid, gid))
	return c
}

// path is a file in the folder.
func (c *cellar) path(name string) string { return filepath.Join(c.folder, name) }

// write makes a file that servers may read.
func (c *cellar) write(name, text string) string {
	c.Helper()
	c.must(os.WriteFile(c.path(name), []byte(text), 0o644))
	if c.as != nil {
		c.must(os.Chown(c.path(name), int(c.as.Uid), int(c.as.Gid)))
	}
	return c.path(name)
}

func (c *cellar) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.folder, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	return cmd
}

// run waits for the end of a program.
func (c *cellar) run(name string, args ...string) {
	c.Helper()
	if out, err := c.command(name, args...).CombinedOutput(); err != nil {
		c.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// daemon is a server that this test started.
type daemon struct {
	c    *cellar
	cmd  *exec.Cmd
	says bytes.Buffer
	gone chan struct{}
}

// start runs a server until the test ends.
func (c *cellar) start(name string, args ...string) *daemon {
	c.Helper()
	d := &daemon{c: c, cmd: c.command(name, args...), gone: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = &d.says, &d.says
	d.cmd.SysProcAttr.Setpgid = true
	c.must(d.cmd.Start())
	go func() {
		d.cmd.Wait()
		close(d.gone)
	}()
	c.Cleanup(func() {
		d.kill()
		if c.Failed() {
			c.Logf("%s:\n%s", name, d.says.String())
		}
	})
	return d
}

// freeze stops the server and all that it has started; thaw lets them go on.
func (d *daemon) freeze() { syscall.Kill(-d.cmd.Process.Pid, syscall.SIGSTOP) }
func (d *daemon) thaw()   { syscall.Kill(-d.cmd.Process.Pid, syscall.SIGCONT) }

// kill ends them, and waits for the server.
func (d *daemon) kill() {
	select {
	case <-d.gone:
	default:
		syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		<-d.gone
	}
}

// port is a port that is free.
func (c *cellar) port() string {
	c.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	c.must(err)
	defer unix.Close(fd)
	c.must(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	name, err := unix.Getsockname(fd)
	c.must(err)
	return strconv.Itoa(name.(*unix.SockaddrInet4).Port)
}
