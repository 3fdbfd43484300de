package monitors

import (
	"context"
	"fmt"
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

// patience is how long anything may take before it counts as never.
const patience = 20 * time.Second

// house is the program at work, and what it logs.
type house struct {
	*testing.T
	running *program.Running
	socket  string
}

const configuration = `global
	stats socket %[1]s level admin
	log stdout format raw local0
defaults
	mode http
	log global
	option httplog
	option dontlognull
	timeout connect 1s
	timeout client 5s
	timeout server 5s
frontend web
	bind %[1]s.web
	http-request return status 404 if { path /gone }
	default_backend application
backend application
	server alpha 127.0.0.1:%[2]s check inter 200ms
	server bravo 127.0.0.1:%[2]s weight 20
	server sierra 127.0.0.1:9 disabled
`

func open(t *testing.T) *house {
	t.Helper()
	dir, err := os.MkdirTemp("", "look") // short, for the names of sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &house{T: t, socket: filepath.Join(dir, "s")}
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.WriteHeader(500)
		}
		w.Write([]byte("hello\n"))
	}))
	t.Cleanup(origin.Close)
	_, port, _ := net.SplitHostPort(origin.Listener.Addr().String())
	file := filepath.Join(dir, "a.cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, h.socket, port), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program.Sluice(t), "-db", "-f", file)
	var said strings.Builder
	cmd.Stderr = &said
	if h.running, err = program.Run(cmd, h.socket); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Cleanup(func() {
		if _, err := h.running.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(said.String())
		}
	})
	return h
}

func (h *house) logged() string { return h.running.Said() }

// until asks again and again until the answer is nil.
func (h *house) until(what string, ask func() error) {
	h.Helper()
	program.Until(h, patience, what, ask)
}

// get asks the program n times for a path.
func (h *house) get(path string, n int) {
	h.Helper()
	way := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", h.socket+".web") }, DisableKeepAlives: true}
	for range n {
		r, err := (&http.Client{Transport: way}).Get("http://site" + path)
		if err != nil {
			h.Fatal(err)
		}
		r.Body.Close()
	}
}

// say gives a tool lines on its standard input and returns what it prints.
func (h *house) say(input, tool string, args ...string) string {
	h.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.Fatalf("%s %q: %v\n%s", tool, args, err, out)
	}
	return string(out)
}

// wants fails where a text lacks a part.
func (h *house) wants(text string, parts ...string) {
	h.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			h.Errorf("no %q in\n%s", part, text)
		}
	}
}
