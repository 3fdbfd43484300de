package tls

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/test/program"
)

// patience is how long anything may take before it counts as never.
const patience = 10 * time.Second

// house is the program at work, with a frontend for each bind line that a test wants.
type house struct {
	*testing.T
	dir     string
	openssl string
	front   map[string]string // socket of a bind line's options
	config  strings.Builder

	mu    sync.Mutex
	lines map[string][]string // of the log, by the name of the frontend
	told  *sync.Cond
}

// newHouse makes certificates. The test asks for fronts, then opens.
func newHouse(t *testing.T) *house {
	h := &house{T: t, openssl: program.Tool(t, "openssl"), front: map[string]string{}, lines: map[string][]string{}}
	h.told = sync.NewCond(&h.mu)
	dir, err := os.MkdirTemp("", "tls") // short, for the names of sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h.dir = dir
	ca, other := opened(t, dir, "ca"), opened(t, dir, "other")
	const later, past = time.Hour, -time.Hour
	ca.issue("rsa.pem", true, later, "both.example")
	ca.issue("ec.pem", false, later, "both.example")
	ca.issue("default.pem", true, later, "default.example")
	ca.issue("exact.pem", false, later, "a.wild.example")
	ca.issue("wild.pem", false, later, "*.wild.example")
	ca.issue("good.pem", false, later, "good")
	ca.issue("goodrsa.pem", true, later, "goodrsa")
	ca.issue("expired.pem", false, past, "expired")
	other.issue("stranger.pem", false, later, "stranger")
	ca.revoke("crl.pem", ca.issue("revoked.pem", false, later, "revoked"))
	return h
}

// facts is what the program answers, and complaint how it logs a handshake that failed.
const (
	facts = "%[ssl_fc_protocol] %[ssl_fc_cipher] curve=%[ssl_fc_curve] alpn=%[ssl_fc_alpn] sni=%[ssl_fc_sni] cert=%[ssl_f_s_dn(CN)] " +
		"key=%[ssl_f_key_alg] resumed=%[ssl_fc_is_resumed] used=%[ssl_c_used] verify=%[ssl_c_verify] client=%[ssl_c_s_dn(CN)]"
	complaint = "%f: %[fc_err] %[fc_err_str] <%[ssl_fc_err_str]>"
)

// at is the socket of a frontend whose bind line has these options. Names of files stand behind '^'.
func (h *house) at(options string) string {
	if path := h.front[options]; path != "" {
		return path
	}
	name := fmt.Sprintf("f%d", len(h.front))
	path := filepath.Join(h.dir, name)
	h.front[options] = path
	fmt.Fprintf(&h.config, `
frontend %s
    bind %s ssl %s
    http-request return status 200 content-type text/plain lf-string "%s"
`, name, path, h.named(options), facts)
	return path
}

func (h *house) named(options string) string {
	return strings.ReplaceAll(options, "^", h.dir+"/")
}

// write writes a file, in whose text names of files stand behind '^'.
func (h *house) write(name, text string) {
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(h.named(text)), 0o600); err != nil {
		h.Fatal(err)
	}
}

// open starts the program with the fronts that were asked for.
func (h *house) open() {
	h.Helper()
	log, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { log.Close() })
	go h.listen(log)
	h.write("h.cfg", fmt.Sprintf(`global
    log %s format raw local0
    stats socket %s/cli level admin
    tune.ssl.default-dh-param 2048

defaults
    mode http
    log global
    error-log-format "%s"
    timeout client 5s
    timeout http-request 5s
    timeout connect 5s
    timeout server 5s
%s`, log.LocalAddr(), h.dir, complaint, h.config.String()))
	running, err := program.Run(exec.Command(program.Sluice(h), "-db", "-f", filepath.Join(h.dir, "h.cfg")), filepath.Join(h.dir, "cli"))
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if _, err := running.Stop(); err != nil {
			h.Error(err)
		}
	})
}

// listen collects the log.
func (h *house) listen(log net.PacketConn) {
	b := make([]byte, 4096)
	for {
		n, _, err := log.ReadFrom(b)
		if err != nil {
			return
		}
		text := strings.TrimSpace(string(b[:n]))
		name, rest, found := strings.Cut(text, ": ")
		if !found {
			continue
		}
		h.mu.Lock()
		h.lines[name] = append(h.lines[name], rest)
		h.told.Broadcast()
		h.mu.Unlock()
	}
}

// complains waits for the next line about a front in the log.
func (h *house) complains(socket string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	name, late := filepath.Base(socket), false
	timer := time.AfterFunc(patience, func() { h.mu.Lock(); late = true; h.told.Broadcast(); h.mu.Unlock() })
	defer timer.Stop()
	for len(h.lines[name]) == 0 && !late {
		h.told.Wait()
	}
	if late {
		return "nothing was logged"
	}
	line := h.lines[name][0]
	h.lines[name] = h.lines[name][1:]
	return line
}

// client runs openssl s_client with options, sends a request, and returns what came back and what it complained of.
func (h *house) client(socket, options string) (answer, errors string) {
	wait, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := append([]string{"s_client", "-unix", socket, "-quiet"}, strings.Fields(h.named(options))...)
	if !strings.Contains(options, "-servername") {
		args = append(args, "-noservername")
	}
	cmd := exec.CommandContext(wait, h.openssl, args...)
	var out, bad bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("GET / HTTP/1.0\r\n\r\n"), &out, &bad
	cmd.Run()
	_, body, _ := strings.Cut(out.String(), "\r\n\r\n")
	return body, bad.String()
}
