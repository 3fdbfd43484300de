package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	tested "sluice/test/program"
)

// oldFile is a configuration as they were written for HAProxy 1.3 and 1.4. Every section answers with what it received, by
// way of a server that is a section of the file.
const oldFile = `
global
	nbproc 1
	stats socket DIR/s level admin
defaults
	mode http
	contimeout 2000
	clitimeout 2000
	srvtimeout 2000
	timeout tarpit 10
	retries 1
	redispatch
listen web 127.0.0.1:PORT0
	option forceclose
	acl worm path_sub cmd.exe
	block if worm
	reqiallow ^Host:\ friend
	reqideny  ^Host:\ enemy
	reqtarpit ^X-Robot:
	reqrep ^([^\ :]*)\ /static/(.*)     \1\ /\2
	reqirep ^[^:\ ]*\ /img[/\ ].* \0\nCookie:\ backend=2
	reqidel ^X-Forwarded-For:
	reqadd X-Proto:\ http
	rspidel ^Server:
	rspirep ^Location:\ http://inner/(.*) Location:\ http://outer/\1
	rspdeny ^X-Secret:
	rspadd X-Via:\ old
	reqisetbe ^[^\ ]*\ /other other
	server s 127.0.0.1:PORT1
backend other
	server s 127.0.0.1:PORT2
listen echo 127.0.0.1:PORT1
	http-request return status 200 content-type text/plain hdr server inner hdr location http://inner/x lf-string "%[method] %[url] host=%[req.hdr(host)] cookie=%[req.hdr(cookie)] proto=%[req.hdr(x-proto)] xff=%[req.hdr(x-forwarded-for)]\n" unless { path /secret }
	http-request return status 200 hdr x-secret yes
listen echo2 127.0.0.1:PORT2
	http-request return status 200 content-type text/plain string other
listen health 127.0.0.1:PORT3
	mode health
	grace 0
listen watched 127.0.0.1:PORT4
	monitor-net 127.0.0.0/8
	server s 127.0.0.1:PORT1
`

// TestOldFile runs a file whose keywords HAProxy has removed.
func TestOldFile(t *testing.T) {
	dir := t.TempDir()
	text, ports := strings.ReplaceAll(oldFile, "DIR", dir), freePorts(t, 5)
	for i, p := range ports {
		text = strings.ReplaceAll(text, "PORT"+strconv.Itoa(i), p)
	}
	if err := os.WriteFile(dir+"/a.cfg", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(program(t), "-D", "-f", dir+"/a.cfg", "-p", dir+"/pid").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	defer stopDaemon(t, dir+"/pid")
	for _, word := range []string{"'nbproc' was removed", "'reqrep' was removed", "'block' was removed", "'mode health' was removed", "'monitor-net' was removed"} {
		if !strings.Contains(string(said), word) {
			t.Errorf("no warning that %s:\n%s", word, said)
		}
	}
	for _, c := range []struct{ request, want, not string }{
		{"GET /a/static/b HTTP/1.1|Host: x|X-Forwarded-For: 1.2.3.4", "GET /a/static/b host=x cookie= proto=http xff=\n", ""},
		{"GET /static/b HTTP/1.1|Host: x", "GET /b host=x", ""},
		{"GET /img/b HTTP/1.1|Host: x", "GET /img/b host=x cookie=backend=2", ""},
		{"GET / HTTP/1.1|Host: x", "x-via: old", "server:"},
		{"GET / HTTP/1.1|Host: x", "location: http://outer/x", ""},
		{"GET / HTTP/1.1|Host: enemy", "HTTP/1.1 403 ", ""},
		{"GET / HTTP/1.1|Host: friend|X-Robot: 1", "HTTP/1.1 200 ", ""},
		{"GET / HTTP/1.1|Host: x|X-Robot: 1", "HTTP/1.1 500 ", ""},
		{"GET /cmd.exe HTTP/1.1|Host: friend", "HTTP/1.1 403 ", ""},
		{"GET /other HTTP/1.1|Host: x", "other", ""},
		{"GET /secret HTTP/1.1|Host: x", "HTTP/1.1 502 ", ""},
	} {
		got := ask(t, "127.0.0.1:"+ports[0], strings.ReplaceAll(c.request, "|", "\r\n")+"\r\nConnection: close\r\n\r\n")
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s\n got %s\nwant %s, not %q", c.request, got, c.want, c.not)
		}
	}
	if got := ask(t, "127.0.0.1:"+ports[3], ""); got != "OK\n" {
		t.Errorf("mode health says %q", got)
	}
	if got := ask(t, "127.0.0.1:"+ports[4], ""); got != "HTTP/1.0 200 OK\r\n\r\n" {
		t.Errorf("monitor-net says %q", got)
	}
}

// ask sends a text and returns what comes until the end.
func ask(t *testing.T, address, text string) string {
	t.Helper()
	var c net.Conn
	tested.Until(t, 5*time.Second, "a connection to "+address, func() (err error) { // who paused for a start that failed listens again
		c, err = net.Dial("tcp", address)
		return err
	})
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Error(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	return string(got)
}

// freePorts returns n ports that nobody has.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		out = append(out, port)
	}
	return out
}

// stopDaemon ends the process of a pid file.
func stopDaemon(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Error(err)
		return
	}
	syscall.Kill(pid, syscall.SIGTERM)
}

// TestOldFileWithErrors holds old keywords to count among the errors of a file that is refused anyway.
func TestOldFileWithErrors(t *testing.T) {
	file := t.TempDir() + "/a.cfg"
	if err := os.WriteFile(file, []byte("global\n\tnbproc 1\n\tnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(program(t), "-c", "-f", file).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "a.cfg:2] : nbproc is not supported any more") || strings.Contains(string(said), "WARNING") {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestHiddenCheckHeaders looks at the request of an option httpchk that has headers at the end of its version.
func TestHiddenCheckHeaders(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dir := t.TempDir()
	text := "defaults\n\tmode http\n\ttimeout client 2s\n\ttimeout server 2s\n\ttimeout connect 2s\nlisten a\n\tbind 127.0.0.1:" + freePorts(t, 1)[0] + "\n" +
		"\toption httpchk GET /x HTTP/1.1\\r\\nHost:\\ a.b\\r\\nX-A:\\ 5%\n\tserver s " + server.Addr().String() + " check inter 100\n"
	if err := os.WriteFile(dir+"/a.cfg", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(program(t), "-D", "-f", dir+"/a.cfg", "-p", dir+"/pid").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	defer stopDaemon(t, dir+"/pid")
	c, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	var got strings.Builder
	var b [512]byte
	for !strings.HasSuffix(got.String(), "\r\n\r\n") {
		n, err := c.Read(b[:])
		if err != nil {
			t.Fatalf("%v after %q", err, got.String())
		}
		got.Write(b[:n])
	}
	for _, line := range []string{"GET /x HTTP/1.1\r\n", "\r\nhost: a.b\r\n", "\r\nx-a: 5%\r\n"} {
		if !strings.Contains(strings.ToLower(got.String()), strings.ToLower(line)) {
			t.Errorf("no %q in %q", line, got.String())
		}
	}
}
