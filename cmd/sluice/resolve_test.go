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

// named answers every connection with its name.
func named(t *testing.T, address, name string) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 4096))
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(name), name)
			c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr)
}

// get is the answer to a request: its status and its body.
func get(address string) string {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
	all, _ := io.ReadAll(c)
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	words := strings.Fields(head)
	if len(words) < 2 {
		return "no answer"
	}
	if words[1] != "200" {
		return words[1]
	}
	return body
}

// becomes waits until requests are answered in a way.
func becomes(t *testing.T, address, want string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(15 * time.Second)
	for {
		got := get(address)
		if got == want {
			return
		}
		select {
		case <-end:
			t.Fatalf("the answer is %q, want %q", got, want)
		case <-tick.C:
		}
	}
}

// TestServersFollowTheirNames changes what a name server says under the feet of a process, and looks where requests go.
func TestServersFollowTheirNames(t *testing.T) {
	dns, err := nameserver.New()
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	defer dns.Close()
	one := named(t, "127.0.0.1:0", "one")
	two := named(t, fmt.Sprintf("127.0.0.2:%d", one.Port), "two")
	other := named(t, "127.0.0.1:0", "other")
	dir, address := service(t)
	text, _ := os.ReadFile(dir + "/a.cfg")
	conf := strings.Replace(string(text), "\thttp-request return status 200\n", fmt.Sprintf(`	default_backend b
resolvers dns
	nameserver n 127.0.0.1:%d
	timeout resolve 20ms
	timeout retry 100ms
	hold nx 0
	hold timeout 0
backend b
	server s www.test:%d resolvers dns init-addr none resolve-prefer ipv4
backend srv
	server-template t 2 _http._tcp.test resolvers dns init-addr none resolve-prefer ipv4
`, dns.Port, one.Port), 1)
	if err := os.WriteFile(dir+"/a.cfg", []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program(t), "-f", dir+"/a.cfg")
	var said strings.Builder
	run.Stderr = &said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		run.Process.Signal(syscall.SIGTERM)
		run.Wait()
		for _, line := range []string{"b/s: IP changed from '(none)' to '127.0.0.1' by 'dns/n'.", "Server b/s ('www.test') is UP/READY (resolves again).",
			"Server b/s is going DOWN for maintenance (DNS NX status)", "Server srv/t1 is going DOWN for maintenance (entry removed from SRV record)"} {
			if !strings.Contains(said.String(), line) {
				t.Errorf("the program did not say %q:\n%s", line, said.String())
			}
		}
	}()
	becomes(t, address, "503")
	dns.Set("www.test", "A 127.0.0.1")
	becomes(t, address, "one")
	dns.Set("www.test", "A "+two.IP.String())
	becomes(t, address, "two")
	dns.Behave(nameserver.Silent)
	becomes(t, address, "503")
	dns.Behave(nameserver.Honest)
	becomes(t, address, "two")
	dns.Remove("www.test")
	becomes(t, address, "503")
	dns.Set("www.test", "A 127.0.0.1")
	becomes(t, address, "one")

	dns.Set("h.test", "A 127.0.0.1")
	dns.Set("_http._tcp.test", fmt.Sprintf("SRV 1 1 %d h.test.", other.Port))
	state(t, dir, "show servers state srv", fmt.Sprintf("t1 127.0.0.1 2 64 1 1 * h.test %d _http._tcp.test", other.Port))
	dns.Remove("_http._tcp.test")
	state(t, dir, "show servers state srv", "t1 - 0 96 1 1 * - 0 _http._tcp.test")
	state(t, dir, "show resolvers dns", "Resolvers section dns\n nameserver n:\n  sent: ")
}

// state asks the runtime API until the answer has the pieces between the stars of want, in their order.
func state(t *testing.T, dir, command, want string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(15 * time.Second)
	for {
		c, err := net.Dial("unix", dir+"/s")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, command+"\n")
		all, _ := io.ReadAll(c)
		c.Close()
		rest, found := string(all), true
		for piece := range strings.SplitSeq(want, "*") {
			_, rest, found = strings.Cut(rest, piece)
			if !found {
				break
			}
		}
		if found {
			return
		}
		select {
		case <-end:
			t.Fatalf("%s: %s\nwant %s", command, all, want)
		case <-tick.C:
		}
	}
}
