package monitors

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sluice/test/program"
)

// terminal is a program with a terminal, and what it has drawn.
type terminal struct {
	h    *house
	our  *os.File
	gone chan error

	lock sync.Mutex
	seen strings.Builder
}

// terminal starts a program on a terminal of 140 columns and 40 lines.
func (h *house) terminal(name string, args ...string) *terminal {
	h.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		h.Skipf("there are no terminals here: %v", err)
	}
	our := os.NewFile(uintptr(fd), "terminal")
	h.Cleanup(func() { our.Close() })
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 140})
	}
	if err != nil {
		h.Fatal(err)
	}
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		h.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=C.UTF-8", "PYTHONWARNINGS=ignore", "ESCDELAY=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		h.Fatal(err)
	}
	theirs.Close()
	s := &terminal{h: h, our: our, gone: make(chan error, 1)}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := our.Read(b)
			s.lock.Lock()
			s.seen.Write(b[:n])
			s.lock.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { s.gone <- cmd.Wait() }()
	h.Cleanup(func() { cmd.Process.Kill() })
	return s
}

// control are the sequences that move the cursor and the like.
var control = regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78])|[\x0e\x0f\r]`)

// drawn is what was drawn since the last type, without the sequences.
func (s *terminal) drawn() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return control.ReplaceAllString(s.seen.String(), " ")
}

// shows waits until all parts were drawn.
func (s *terminal) shows(parts ...string) {
	s.h.Helper()
	s.h.until(fmt.Sprintf("%q on the screen", parts), func() error {
		text := s.drawn()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				return fmt.Errorf("no %q in\n%s", part, text)
			}
		}
		return nil
	})
}

// keys presses keys; what was drawn before is forgotten.
func (s *terminal) keys(text string) {
	s.h.Helper()
	s.lock.Lock()
	s.seen.Reset()
	s.lock.Unlock()
	if _, err := s.our.WriteString(text); err != nil {
		s.h.Fatal(err)
	}
}

// TestHATop looks at each of HATop's pages, gives a command there, and takes a server out and in again by its keys.
func TestHATop(t *testing.T) {
	hatop := program.Tool(t, "hatop")
	h := open(t)
	h.get("/", 12)
	s := h.terminal(hatop, "-s", h.socket, "-i", "1")
	s.shows("HAProxy Version: 3.5", "Node:", "web", "FRONTEND", "application", "alpha", "bravo", "sierra", "MAINT", "L4OK", "BACKEND")
	if strings.Contains(s.drawn(), "released: None") {
		t.Error("HATop finds no day of the release")
	}
	for _, page := range [...][2]string{{"2", "LBTOT"}, {"3", "RTOT"}, {"4", "ERSP"}, {"5", "CLI"}} {
		s.keys(page[0])
		s.shows(page[1])
	}
	s.keys("show version\r")
	s.shows("3.5-dev")
	s.keys("disable server application/bravo\r")
	h.state("bravo", "MAINT")
	s.keys("\x1b1") // the first page
	s.shows("STATUS")

	// Down the list until the key that disables a server has met alpha; then the one that enables it.
	const down, disable, enable = "\x1bOB", "\x1b[21~", "\x1b[20~"
	for range 10 {
		if h.status("alpha") == "MAINT" {
			break
		}
		s.keys(down + disable)
		h.until("the key to be seen", func() error { return s.quiet() })
	}
	h.state("alpha", "MAINT")
	s.keys(enable)
	h.state("alpha", "UP")
	s.keys("q")
	select {
	case err := <-s.gone:
		if err != nil {
			t.Errorf("HATop: %v", err)
		}
	case <-time.After(patience):
		t.Errorf("HATop does not end\n%s", s.drawn())
	}
}

// quiet is nil once something was drawn since the last keys.
func (s *terminal) quiet() error {
	if s.drawn() == "" {
		return fmt.Errorf("nothing was drawn")
	}
	return nil
}

// status is the column of a server in show stat.
func (h *house) status(server string) string {
	h.Helper()
	c, err := net.Dial("unix", h.socket)
	if err != nil {
		h.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "show stat application 4 -1\n")
	text, _ := io.ReadAll(c)
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(line, ","); len(f) > 17 && f[1] == server {
			return f[17]
		}
	}
	return ""
}

// state waits until a server has a status.
func (h *house) state(server, want string) {
	h.Helper()
	h.until(server+" "+want, func() error {
		if got := h.status(server); !strings.HasPrefix(got, want) {
			return fmt.Errorf("it is %s", got)
		}
		return nil
	})
}
