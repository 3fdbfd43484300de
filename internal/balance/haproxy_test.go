package balance

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHAProxyAgrees plays the recorded scripts to the haproxy that HAPROXY names, or the one installed, and compares.
// With RECORD=1 it writes the answers down instead.
func TestHAProxyAgrees(t *testing.T) {
	name := os.Getenv("HAPROXY")
	if name == "" {
		name = "haproxy"
	}
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skip("haproxy is not installed: ", err)
	}
	files, _ := filepath.Glob("testdata/order/*.txt")
	version, err := exec.Command(program, "-v").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			sc := readScript(t, file)
			if major := string(version[len("HAProxy version ")]); sc.only != "" && sc.only != major {
				t.Skip("recorded from version ", sc.only, ": ", sc.why)
			}
			record := os.Getenv("RECORD") != ""
			d := startHAProxy(t, program, &sc)
			defer d.close()
			sc.play(t, d, func(i int, answer string) {
				if record {
					sc.steps[i].answer = answer
				} else if want := sc.steps[i].answer; answer != want {
					t.Errorf("step %d, %s:\nhaproxy %s\n   want %s", i+1, strings.Join(sc.steps[i].words, " "), answer, want)
				}
			})
			if record {
				sc.write(t)
			}
		})
	}
}

// haproxy plays scripts with the real program. Each server is a UNIX socket of the test's own.
type haproxy struct {
	t        *testing.T
	dir      string
	cmd      *exec.Cmd
	servers  []string
	front    *bufio.ReadWriter
	arrivals chan arrival
	held     map[string]*heldRequest
}

type arrival struct {
	id, server string
	release    chan struct{}
}

type heldRequest struct {
	conn    net.Conn
	status  chan string
	release chan struct{} // nil until it arrived
}

func startHAProxy(t *testing.T, program string, sc *script) *haproxy {
	t.Helper()
	d := &haproxy{t: t, dir: t.TempDir(), arrivals: make(chan arrival, 1000), held: map[string]*heldRequest{}}
	var cfg strings.Builder
	fmt.Fprintf(&cfg, "global\n nbthread 1\n stats socket %s/cli level admin\ndefaults\n mode http\n timeout client 1m\n"+
		" timeout server 1m\n timeout connect 5s\n timeout queue 1m\n", d.dir)
	fmt.Fprintf(&cfg, "frontend fe\n bind unix@%s/fe\n http-request set-src hdr(x-src)\n"+
		" http-request set-priority-class hdr(x-class)\n http-request set-priority-offset hdr(x-offset)\n default_backend be\nbackend be\n", d.dir)
	for _, line := range sc.backend {
		if w := strings.Fields(line); w[0] == "server" {
			d.servers = append(d.servers, w[1])
			d.origin(w[1])
			line = strings.Join(slices.Insert(w, 2, "unix@"+d.dir+"/srv-"+w[1]), " ")
		}
		fmt.Fprintln(&cfg, " "+line)
	}
	for _, name := range d.servers {
		fmt.Fprintf(&cfg, " use-server %s if { hdr(x-use) %s }\n", name, name)
	}
	file := filepath.Join(d.dir, "cfg")
	if err := os.WriteFile(file, []byte(cfg.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	d.cmd = exec.Command(program, "-db", "-f", file)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { d.cmd.Wait(); close(ended) }()
	for range 500 {
		if c, err := net.Dial("unix", d.dir+"/fe"); err == nil {
			c.Close()
			if c, err = net.Dial("unix", d.dir+"/cli"); err != nil {
				continue
			}
			c.Close()
			return d
		}
		select {
		case <-ended:
			out, _ := os.ReadFile(log.Name())
			if bytes.Contains(out, []byte("unknown keyword")) || bytes.Contains(out, []byte("only supports")) {
				t.Skip("this haproxy is too old for the script")
			}
			t.Fatalf("haproxy ended: %s", out)
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("haproxy does not answer")
	return nil
}

func (d *haproxy) close() {
	d.cmd.Process.Kill()
	for _, h := range d.held {
		h.conn.Close()
		if h.release != nil {
			close(h.release)
		}
	}
}

// origin listens as the server of that name. It holds what has an X-Hold field, and answers everything with its name.
func (d *haproxy) origin(name string) {
	l, err := net.Listen("unix", d.dir+"/srv-"+name)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { l.Close() })
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if id := r.Header.Get("X-Hold"); id != "" {
			a := arrival{id, name, make(chan struct{})}
			d.arrivals <- a
			<-a.release
		}
		w.Header().Set("X-Name", name)
		w.Header().Set("Content-Length", "0")
	}))
}

func (r request) send(w io.Writer, hold string) {
	fmt.Fprintf(w, "%s %s HTTP/1.1\r\nHost: x\r\nX-Src: %s\r\nX-Class: %d\r\nX-Offset: %d\r\n", r.method, r.target, r.src,
		r.class, r.offset)
	if r.header != "" {
		fmt.Fprintf(w, "X-Key: %s\r\n", r.header)
	}
	if r.server != "" {
		fmt.Fprintf(w, "X-Use: %s\r\n", r.server)
	}
	if r.body != "" {
		fmt.Fprintf(w, "Content-Length: %d\r\n", len(r.body))
	}
	if hold != "" {
		fmt.Fprintf(w, "X-Hold: %s\r\n", hold)
	}
	fmt.Fprintf(w, "\r\n%s", r.body)
}

func (d *haproxy) dial() net.Conn {
	c, err := net.Dial("unix", d.dir+"/fe")
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func serverName(resp *http.Response) string {
	resp.Body.Close()
	if resp.StatusCode != 200 {
		return fmt.Sprint(resp.StatusCode)
	}
	return resp.Header.Get("X-Name")
}

func (d *haproxy) get(r request) string {
	if d.front == nil {
		c := d.dial()
		d.t.Cleanup(func() { c.Close() })
		d.front = bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
	}
	r.send(d.front, "")
	if err := d.front.Flush(); err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.ReadResponse(d.front.Reader, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	if resp.Close {
		d.front = nil
	}
	return serverName(resp)
}

func (d *haproxy) hold(id string, r request) string {
	h := &heldRequest{conn: d.dial(), status: make(chan string, 1)}
	d.held[id] = h
	before := d.queued()
	r.send(h.conn, id)
	go func() {
		resp, err := http.ReadResponse(bufio.NewReader(h.conn), nil)
		if err != nil {
			h.status <- "-"
			return
		}
		h.status <- serverName(resp)
	}()
	for {
		select {
		case a := <-d.arrivals:
			d.arrived(a)
			return a.server
		case s := <-h.status:
			delete(d.held, id)
			return s
		case <-time.After(5 * time.Millisecond):
			if d.queued() != before {
				return "queue"
			}
		}
	}
}

func (d *haproxy) arrived(a arrival) { d.held[a.id].release = a.release }

func (d *haproxy) free(id string) string {
	h := d.held[id]
	delete(d.held, id)
	close(h.release)
	<-h.status
	h.conn.Close()
	return d.settled()
}

// settled waits until every request that stays is either with a server or in a queue, by haproxy's own count.
func (d *haproxy) settled() string {
	var names []string
	calm := 0
	for range 400 {
		for more := true; more; {
			select {
			case a := <-d.arrivals:
				d.arrived(a)
				names = append(names, a.id+":"+a.server)
			default:
				more = false
			}
		}
		waiting := 0
		for id, h := range d.held {
			select {
			case s := <-h.status:
				delete(d.held, id)
				names = append(names, id+":"+s)
			default:
				if h.release == nil {
					waiting++
				}
			}
		}
		if d.sum("qcur") == waiting && d.sum("scur") == len(d.held)-waiting {
			calm++
		} else {
			calm = 0
		}
		if calm == 4 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, " ")
}

// sum adds up a column: qcur over servers and backend, others over servers.
func (d *haproxy) sum(column string) int {
	by := d.column(column)
	if column != "qcur" {
		delete(by, "BACKEND")
	}
	n := 0
	for _, v := range by {
		i, _ := strconv.Atoi(v)
		n += i
	}
	return n
}

func (d *haproxy) cli(command string) string {
	c, err := net.Dial("unix", d.dir+"/cli")
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintln(c, command)
	out, err := io.ReadAll(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(out)
}

func (d *haproxy) set(w []string) {
	command := fmt.Sprintf("set server be/%s %s %s", w[1], w[0], w[2])
	if w[0] == "maxconn" {
		command = fmt.Sprintf("set maxconn server be/%s %s", w[1], w[2])
	}
	if out := strings.TrimSpace(d.cli(command)); out != "" {
		d.t.Fatal(command, ": ", out)
	}
}

func (d *haproxy) queued() string {
	by := d.column("qcur")
	out := by["BACKEND"]
	for _, s := range d.servers {
		out += " " + by[s]
	}
	return out
}

// column returns a column of show stat by the names of the servers, and BACKEND.
func (d *haproxy) column(title string) map[string]string {
	lines := strings.Split(d.cli("show stat be -1 -1"), "\n")
	header := strings.Split(strings.TrimPrefix(lines[0], "# "), ",")
	name, col := slices.Index(header, "svname"), slices.Index(header, title)
	by := map[string]string{}
	for _, line := range lines[1:] {
		if f := strings.Split(line, ","); len(f) > col && f[0] == "be" {
			by[f[name]] = f[col]
		}
	}
	return by
}
