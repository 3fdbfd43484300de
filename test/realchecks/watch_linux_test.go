package realchecks

import (
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"syscall"
	"testing"
	"time"

	"sluice/test/cellar"
	"sluice/test/program"
)

// place is where servers and the program run.
type place struct{ *cellar.Cellar }

// patience is how long anything here may take before it counts as never.
const patience = 30 * time.Second

// finding is what show stat says of a check. An empty code is not looked at, last is a part of the column.
type finding struct{ status, code, last, server string }

const configuration = `global
	stats socket %[1]s level admin

defaults
	mode tcp
	timeout connect 1s
	timeout client 5s
	timeout server 5s
	timeout check 400ms
	default-server inter 150ms rise 1 fall 1

backend good
	option %[3]s
	server s 127.0.0.1:%[2]s check

backend other
	option %[5]s
	server s 127.0.0.1:%[4]s check
`

// tried checks a server by an option while it is up, frozen, up again and gone; the other option meets a refusal.
func (c *place) tried(d *cellar.Daemon, port, option string, up finding, other, otherPort string, refused finding) {
	c.Helper()
	file := c.Write("haproxy.cfg", fmt.Sprintf(configuration, c.Path("stats"), port, option, otherPort, other))
	w := c.watch(file)
	up.server = "UP"
	w.until("good", "a server that is up", up)
	w.until("other", "another user", refused)
	d.Freeze()
	w.until("good", "a frozen server", finding{status: "L7TOUT", server: "DOWN"})
	d.Thaw()
	w.until("good", "a server that goes on", up)
	d.Kill()
	w.until("good", "a server that is gone", finding{status: "L4CON", last: "ECONNREFUSED", server: "DOWN"})
}

// watch is the program while it checks.
type watch struct {
	*place
	socket string
}

func (c *place) watch(file string) *watch {
	c.Helper()
	cmd := exec.Command(program.Sluice(c.T), "-db", "-f", file)
	cmd.Stderr = os.Stderr
	if !testing.Verbose() {
		cmd.Stderr = io.Discard
	}
	c.Must(cmd.Start())
	c.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	return &watch{c, filepath.Join(c.Folder, "stats")}
}

// until waits for a finding about the server of a backend.
func (w *watch) until(backend, what string, want finding) {
	w.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last string
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		row, err := w.row(backend)
		if err != nil {
			last = err.Error()
			continue
		}
		got := finding{strings.TrimPrefix(row["check_status"], "* "), row["check_code"], row["last_chk"], row["status"]}
		last = fmt.Sprintf("%+v", got)
		if got.status == want.status && (want.code == "" || got.code == want.code) && strings.Contains(got.last, want.last) &&
			strings.HasPrefix(got.server, want.server) {
			return
		}
	}
	w.Fatalf("%s: %s, want %+v", what, last, want)
}

// row is the line of show stat about the server of a backend, by the names of the columns.
func (w *watch) row(backend string) (map[string]string, error) {
	c, err := net.Dial("unix", w.socket)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "show stat "+backend+" 4 -1\n"); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(c)
	if err != nil {
		return nil, err
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimSpace(string(text)))).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) != 2 {
		return nil, fmt.Errorf("show stat has %d lines", len(lines))
	}
	row := map[string]string{}
	for i, name := range lines[0] {
		row[name] = lines[1][i]
	}
	return row, nil
}
