//go:build linux

package examples

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/test/program"
)

// patience is how long anything here may take before it counts as never.
const patience = 20 * time.Second

// kitchen is where one recipe is tried.
type kitchen struct {
	*testing.T
	program string
	folder  string
}

// must ends the test on an error.
func (k *kitchen) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// until asks again and again until the answer is nil; what was wrong last is the failure.
func (k *kitchen) until(what string, ask func() error) {
	k.Helper()
	program.Until(k, patience, what, ask)
}

// port is a free port that stays ours.
func (k *kitchen) port() string {
	k.Helper()
	port, release, err := program.Port()
	k.must(err)
	k.Cleanup(release)
	return port
}

// unused is a port at which nothing listens.
func (k *kitchen) unused() string { return k.port() }

// origin is a server that says its name and shows the head of the request that reached it. It gives its port.
func (k *kitchen) origin(name string) string {
	return k.serve(func(w http.ResponseWriter, r *http.Request) { tell(w, r, name) })
}

// tell answers with the name of the server and the request as it came.
func tell(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("X-Server", name)
	var head strings.Builder
	r.Header.Write(&head)
	fmt.Fprintf(w, "%s\n%s %s\nHost: %s\n%s", name, r.Method, r.RequestURI, r.Host, strings.ReplaceAll(head.String(), "\r\n", "\n"))
}

// serve runs a server until the test ends, and gives its port.
func (k *kitchen) serve(answer http.HandlerFunc) string {
	s := httptest.NewServer(answer)
	k.Cleanup(s.Close)
	return k.portOf(s.Listener)
}

func (k *kitchen) portOf(l net.Listener) string {
	_, port, err := net.SplitHostPort(l.Addr().String())
	k.must(err)
	return port
}

// proxy is the program while it runs a recipe.
type proxy struct {
	*program.Running
	k *kitchen
}

// env are the variables that a recipe's file reads.
type env map[string]string

// command is the program with a file of the recipe; words come before -f.
func (k *kitchen) command(file string, values env, words ...string) *exec.Cmd {
	cmd := exec.Command(k.program, append(words, "-f", filepath.Join(k.folder, file))...)
	cmd.Env = os.Environ()
	for name, value := range values {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// start runs a file of the recipe until the test ends, and returns once its runtime API answers.
func (k *kitchen) start(file string, values env) *proxy {
	k.Helper()
	return k.launch(k.command(file, values, "-db"))
}

// launch starts what command made. The socket of the runtime API is in a folder of its own, as a path has to be short.
func (k *kitchen) launch(cmd *exec.Cmd) *proxy {
	k.Helper()
	folder, err := os.MkdirTemp("", "recipe")
	k.must(err)
	k.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "stats")
	cmd.Env = append(cmd.Env, "STATS_SOCKET="+socket)
	running, err := program.Run(cmd, socket)
	k.must(err)
	p := &proxy{Running: running, k: k}
	k.Cleanup(func() {
		if _, err := p.Stop(); err != nil {
			k.Error(err)
		} else if k.Failed() {
			k.Logf("%s said:\n%s", filepath.Base(k.program), p.Said())
		}
	})
	return p
}

// gone waits until the proxy has ended, and gives its exit status.
func (p *proxy) gone() int {
	p.k.Helper()
	code, err := p.Gone()
	p.k.must(err)
	return code
}

// order says a line to the runtime API whose answer has to be empty.
func (p *proxy) order(line string) {
	p.k.Helper()
	out, err := p.Talk(line)
	p.k.must(err)
	if out != "" {
		p.k.Fatalf("%s: %s", line, out)
	}
}

// ask says a line to the runtime API and gives the answer.
func (p *proxy) ask(line string) string {
	p.k.Helper()
	out, err := p.Talk(line)
	p.k.must(err)
	return out
}

// reply is an answer as a client sees it.
type reply struct {
	status int
	head   http.Header
	body   string
}

// from is the name of the server that answered.
func (r reply) from() string { return r.head.Get("X-Server") }

// get asks a port of this machine. Headers are written "Name: value"; "Host" is the host.
func (k *kitchen) get(port, path string, headers ...string) reply {
	k.Helper()
	r, err := fetch(http.DefaultTransport, "GET", "http://127.0.0.1:"+port+path, headers...)
	k.must(err)
	return r
}

// fetch asks an address and follows no redirect.
func fetch(way http.RoundTripper, method, url string, headers ...string) (reply, error) {
	q, err := http.NewRequest(method, url, nil)
	if err != nil {
		return reply{}, err
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if q.Header.Add(name, value); name == "Host" {
			q.Host = value
		}
	}
	res, err := way.RoundTrip(q)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(b)}, err
}

// expect asks and wants a status, and a server where one is named.
func (k *kitchen) expect(status int, server, port, path string, headers ...string) reply {
	k.Helper()
	r := k.get(port, path, headers...)
	if r.status != status || server != "" && r.from() != server {
		k.Errorf("%s %q: %d from %q, want %d from %q\n%s", path, headers, r.status, r.from(), status, server, r.body)
	}
	return r
}

// wants fails where a text lacks a part.
func (k *kitchen) wants(text string, parts ...string) {
	k.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			k.Errorf("no %q in\n%s", part, text)
		}
	}
}

// refused runs -c over a file of the recipe, which must fail and say so.
func (k *kitchen) refused(file string, values env, parts ...string) {
	k.Helper()
	out, err := k.command(file, values, "-c").CombinedOutput()
	if err == nil {
		k.Errorf("%s with %v passes -c", file, values)
	}
	k.wants(string(out), parts...)
}
