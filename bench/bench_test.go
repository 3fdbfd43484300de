//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const wrkOutput = `Running 3s test @ http://127.0.0.1:1/100
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.32ms    2.52ms  40.96ms   97.89%
    Req/Sec    57.13k     4.93k   63.30k    83.33%
  Latency Distribution
     50%    0.93ms
     75%    1.28ms
     90%  723.00us
     99%    1.58s 
  171234 requests in 3.01s, 32.1MB read
Requests/sec:  56888.37
Transfer/sec:      10.7MB
`

func TestReadsWhatWrkPrints(t *testing.T) {
	c := &capture{}
	c.WriteString(wrkOutput)
	s, requests, err := c.parse()
	if err != nil || requests != 171234 || s.rate != 56888.37 || s.p50 != 930 || s.p99 != 1.58e6 {
		t.Errorf("%+v, %d requests, %v", s, requests, err)
	}
	for _, line := range []string{"  Non-2xx or 3xx responses: 3\n", "  Socket errors: connect 0, read 5, write 0, timeout 0\n"} {
		c := &capture{}
		c.WriteString(wrkOutput + line)
		if _, _, err := c.parse(); err == nil || !strings.Contains(line, err.Error()) {
			t.Errorf("%q: %v", line, err)
		}
	}
	if _, _, err := (&capture{}).parse(); err == nil {
		t.Error("an empty output is taken")
	}
}

func TestMedianAndRatio(t *testing.T) {
	a := []sample{{cpu: 1}, {cpu: 9}, {cpu: 4}}
	b := []sample{{cpu: 2}, {cpu: 9}, {cpu: 2}}
	if m, ok := median(a, cpuOf); m != 4 || !ok {
		t.Error(m, ok)
	}
	if m, ok := median(a[:2], cpuOf); m != 5 || !ok {
		t.Error(m, ok)
	}
	if _, ok := median(nil, cpuOf); ok {
		t.Error("nothing has a median")
	}
	if got := ratio(a, b, cpuOf); got != "1.00 (0.50-2.00)" {
		t.Error(got)
	}
	if got := ratio(a, nil, cpuOf); got != "-" {
		t.Error(got)
	}
}

func TestChosen(t *testing.T) {
	for _, c := range []struct {
		list, name string
		want       bool
	}{{"", "tcp", true}, {"tcp", "tcp", true}, {"keep,idle", "idle-tcp", true}, {"keep,", "tcp", false}} {
		if chosen(c.list, c.name) != c.want {
			t.Errorf("chosen(%q, %q) is not %v", c.list, c.name, c.want)
		}
	}
}

// Every case has a configuration that the programs accept.
func TestConfigurationsAreValid(t *testing.T) {
	b := &bench{options: &options{}, dir: t.TempDir(), maxconn: 1000, origin: &server{port: "1234", log: "5678"}}
	for _, c := range cases() {
		if c.kind == startup {
			c.backends = 3
		}
		if c.checks > 0 {
			c.checkAt = "127.0.0.1:1235"
		}
		for _, program := range []struct {
			name string
			text string
			args func(string) []string
		}{
			{"haproxy", haproxyConfig(b, c, "8080"), haproxyCheck},
			{"nginx", nginxConfig(b, c, "8080"), nginxCheck},
		} {
			t.Run(program.name+"/"+c.name, func(t *testing.T) {
				path, err := exec.LookPath(program.name)
				if err != nil {
					t.Skip(program.name + " is not installed")
				}
				if program.text == "" {
					t.Skip("this nginx has no such module")
				}
				file := filepath.Join(b.dir, program.name+c.name)
				if err := os.WriteFile(file, []byte(program.text), 0o600); err != nil {
					t.Fatal(err)
				}
				if out, err := exec.Command(path, program.args(file)...).CombinedOutput(); err != nil {
					t.Errorf("%v\n%s\n%s", err, out, program.text)
				}
			})
		}
	}
}

// The origin takes requests however they are cut, and answers each.
func TestOriginAnswers(t *testing.T) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fds[0])
	defer syscall.Close(fds[1])
	o := &origin{answers: map[int][]byte{}, in: make([]byte, 4096)}
	p := &peer{fd: fds[1]}
	stream := "GET /7 HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n12345GET /x HTTP/1.1\r\n\r\n"
	want := string(o.answer(7)) + string(o.answer(100)) + string(o.answer(100))
	for _, cut := range []int{1, 2, 7, 30, len(stream)} {
		var got []byte
		for rest := stream; rest != ""; {
			part := rest[:min(cut, len(rest))]
			rest = rest[len(part):]
			if _, err := syscall.Write(fds[0], []byte(part)); err != nil {
				t.Fatal(err)
			}
			if !o.read(p) {
				t.Fatal("the connection is over")
			}
			buf := make([]byte, 4096)
			if n, _, err := syscall.Recvfrom(fds[0], buf, syscall.MSG_DONTWAIT); err == nil {
				got = append(got, buf[:n]...)
			}
		}
		if string(got) != want {
			t.Errorf("cut into pieces of %d: %q", cut, got)
		}
	}
}

func TestWritesIntoThePage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	page := "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n"
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writePage(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := strings.Replace(page, "old", "new", 1); err != nil || string(got) != want {
		t.Errorf("%v: %q", err, got)
	}
	if err := os.WriteFile(file, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writePage(file, "new\n"); err == nil {
		t.Error("a page without marks is taken")
	}
}
