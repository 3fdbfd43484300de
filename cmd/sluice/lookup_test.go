package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/test/nameserver"
)

// TestRequestsFindServersByName sends requests to the address of the name in them, and looks that one that waits for a name
// server keeps nobody else waiting.
func TestRequestsFindServersByName(t *testing.T) {
	dns, err := nameserver.New()
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	defer dns.Close()
	one := named(t, "127.0.0.1:0", "one")
	two := named(t, fmt.Sprintf("127.0.0.2:%d", one.Port), "two")
	dns.Set("one.test", "A 127.0.0.1")
	dns.Set("two.test", "A "+two.IP.String())
	dir, address := service(t)
	text, _ := os.ReadFile(dir + "/a.cfg")
	conf := strings.Replace(string(text), "\thttp-request return status 200\n", fmt.Sprintf(`	tcp-request inspect-delay 5s
	tcp-request content do-resolve(sess.ip,dns) path,field(2,/) if { path /two.test }
	http-request do-resolve(txn.ip,dns,ipv4) path,field(2,/)
	http-request return status 404 unless { var(txn.ip) -m found }
	http-request return status 500 if { path /two.test } !{ var(sess.ip) -m ip 127.0.0.2 }
	http-request set-dst var(txn.ip)
	http-request set-dst-port int(%d)
	default_backend b
resolvers dns
	nameserver n 127.0.0.1:%d
	timeout retry 1s
	hold valid 0
backend b
	server s 0.0.0.0:0
`, one.Port, dns.Port), 1)
	if err := os.WriteFile(dir+"/a.cfg", []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program(t), "-f", dir+"/a.cfg")
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		run.Process.Signal(syscall.SIGTERM)
		run.Wait()
	}()
	becomes(t, address, "404")
	ask := func(name string) string {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return err.Error()
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(c, "GET /%s HTTP/1.0\r\n\r\n", name)
		all, _ := io.ReadAll(c)
		head, body, _ := strings.Cut(string(all), "\r\n\r\n")
		if words := strings.Fields(head); len(words) < 2 || words[1] != "200" {
			return head
		}
		return body
	}
	for name, want := range map[string]string{"one.test": "one", "two.test": "two"} {
		if got := ask(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	dns.Behave(nameserver.Silent)
	slow := make(chan string)
	for range 20 {
		go func() { slow <- ask("slow.test") }()
	}
	begin := time.Now()
	if got := ask(""); !strings.HasPrefix(got, "HTTP/1.0 404") && !strings.HasPrefix(got, "HTTP/1.1 404") {
		t.Errorf("a name that is none: %q", got)
	}
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("others waited for %v", d)
	}
	for range 20 {
		if got := <-slow; !strings.Contains(got, " 404 ") {
			t.Errorf("a name server that says nothing: %q", got)
		}
	}
}
