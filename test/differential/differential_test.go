package differential

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/test/program"
)

// groupSize is how many expressions one frontend evaluates at each request.
const groupSize = 24

// TestHAProxyAgrees evaluates every line of testdata/converters.txt on every input of testdata/inputs.txt, as a string
// and as bytes, and every line of testdata/requests.txt for every request of testdata/heads.txt, with both programs.
// HAPROXY names another program than the one installed.
func TestHAProxyAgrees(t *testing.T) {
	name := os.Getenv("HAPROXY")
	if name == "" {
		name = "haproxy"
	}
	oracle, sluice := program.Tool(t, name), program.Sluice(t)
	for _, s := range []*suite{
		{name: "converters", expressions: onInputs(lines(t, "converters.txt")), requests: inputs(t)},
		{name: "requests", expressions: lines(t, "requests.txt"), requests: heads(t)},
	} {
		t.Run(s.name, func(t *testing.T) {
			s.refused(t, oracle)
			ours := append([]string(nil), s.expressions...)
			if unknown := s.refused(t, sluice); len(unknown) > 0 {
				t.Logf("not there yet: %s", strings.Join(unknown, " "))
			}
			if n := len(ours) - len(s.expressions); n > len(ours)/2 {
				t.Errorf("%d of %d expressions are refused", n, len(ours))
			}
			begin := time.Now()
			var want, got [][]string
			var both sync.WaitGroup
			both.Go(func() { want = s.run(t, oracle) })
			both.Go(func() { got = s.run(t, sluice) })
			both.Wait()
			if t.Failed() {
				return
			}
			t.Logf("%d expressions over %d requests in %v", len(s.expressions), len(s.requests), time.Since(begin).Round(time.Millisecond))
			s.compare(t, want, got)
		})
	}
}

// suite is expressions and the requests to evaluate them for.
type suite struct {
	name        string
	expressions []string
	requests    []request
}

// request is one request, ready to be sent, and its description.
type request struct{ what, text string }

// lines reads a file of testdata, without comments.
func lines(t *testing.T, file string) []string {
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// onInputs puts the input in front of converters.
func onInputs(convs []string) (out []string) {
	for _, c := range convs {
		out = append(out, "var(txn.in),"+c)
	}
	return out
}

// inputs are the requests that carry the inputs, encoded so that every byte passes.
func inputs(t *testing.T) (out []request) {
	for _, line := range lines(t, "inputs.txt") {
		count := 1
		if n, rest, ok := strings.Cut(line, " * "); ok {
			count, _ = strconv.Atoi(n)
			line = rest
		}
		text, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("inputs.txt: %s: %v", line, err)
		}
		text = strings.Repeat(text, count)
		kinds := []string{"str", "bin"}
		if !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) {
			kinds = kinds[:1] // the types do not matter
		}
		for _, kind := range kinds {
			out = append(out, request{fmt.Sprintf("%s %.60q of %d bytes", kind, text, len(text)),
				"GET / HTTP/1.1\r\nHost: x\r\nX-Kind: " + kind + "\r\nX-In: " + base64.StdEncoding.EncodeToString([]byte(text)) + "\r\n\r\n"})
		}
	}
	return out
}

// heads are the requests of heads.txt: quoted strings.
func heads(t *testing.T) (out []request) {
	for _, line := range lines(t, "heads.txt") {
		text, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("heads.txt: %s: %v", line, err)
		}
		out = append(out, request{line, text})
	}
	return out
}

// quote writes a word of a configuration.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'" }

// groups splits the expressions over the frontends.
func (s *suite) groups() (out [][]string) {
	for at := 0; at < len(s.expressions); at += groupSize {
		out = append(out, s.expressions[at:min(at+groupSize, len(s.expressions))])
	}
	return out
}

// write writes the configuration and the answers' formats into a folder. Each expression ends up as a line of the body:
// the length of the result as a string, its first bytes in hexadecimal, and a hash of all of it; without a result there
// are none of these.
func (s *suite) write(t *testing.T, dir string) (config string, where map[int]int) {
	var b strings.Builder
	b.WriteString("global\n\tmaxconn 100\n\tnbthread 1\ndefaults\n\tmode http\n\ttimeout client 1m\n\ttimeout server 1m\n\ttimeout connect 1m\n" +
		"userlist ul\n\tgroup g users joe\n\tuser joe insecure-password secret\n" +
		"backend bk\n\tserver s1 127.0.0.1:1\n\tserver s2 127.0.0.1:2 disabled\n" +
		"backend st\n\tstick-table type string len 16 size 1k store gpc(2),gpt(2),http_req_cnt,http_err_cnt,conn_cnt\n")
	where = map[int]int{}
	maps, err := filepath.Abs("testdata/maps")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for g, group := range s.groups() {
		fmt.Fprintf(&b, "frontend g%d\n\tbind unix@%s/g%d\n\tdeclare capture request len 10\n\tdeclare capture response len 10\n", g, dir, g)
		for _, set := range []string{"txn.n) int(7)", "txn.neg) int(-3)", "txn.s) str(text)", "txn.b) bin(0001ff)", "txn.k) str(a2V5)", "txn.e) str()",
			"txn.in) req.hdr(x-in),b64dec", "txn.in) var(txn.in),concat() if { req.hdr(x-kind) str }"} {
			b.WriteString("\thttp-request set-var(" + set + "\n")
		}
		b.WriteString("\thttp-request wait-for-body time 1s\n\thttp-request track-sc0 path table st\n\thttp-request sc-set-gpt(1,0) 12 if { path_beg /a }\n\thttp-request sc-inc-gpc(1,0)\n")
		var body strings.Builder
		for i, e := range group {
			if cond, ok := strings.CutPrefix(e, "{"); ok {
				fmt.Fprintf(&b, "\thttp-request set-var(txn.o%d) bool(1) if {%s", i, cond)
			} else {
				fmt.Fprintf(&b, "\thttp-request set-var(txn.o%d) %s", i, quote(strings.ReplaceAll(e, "MAPS", maps)))
			}
			where[strings.Count(b.String(), "\n")+1] = n
			b.WriteString("\n")
			fmt.Fprintf(&body, "%%[var(txn.o%d),length]:%%[var(txn.o%d),bytes(0,64),hex]:%%[var(txn.o%d),xxh64]\n", i, i, i)
			n++
		}
		format := fmt.Sprintf("%s/format%d", dir, g)
		if err := os.WriteFile(format, []byte(body.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\thttp-request return status 200 content-type text/plain lf-file %s\n", format)
	}
	config = filepath.Join(dir, "test.cfg")
	if err := os.WriteFile(config, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, where
}

var mistake = regexp.MustCompile(`(?m)^\[ALERT\].*test\.cfg:(\d+)\]? ?:? (.*)`)

// refused takes out the expressions that a program does not know, and returns their keywords. An expression that it
// knows and refuses is a mistake of the list.
func (s *suite) refused(t *testing.T, path string) (unknown []string) {
	for range 64 { // HAProxy ends at the first mistake in a rule
		config, where := s.write(t, t.TempDir())
		out, err := exec.Command(path, "-c", "-f", config).CombinedOutput()
		if err == nil {
			return unknown
		}
		drop := map[int]bool{}
		for _, m := range mistake.FindAllStringSubmatch(string(out), -1) {
			line, _ := strconv.Atoi(m[1])
			n, ours := where[line]
			if !ours || drop[n] {
				continue
			}
			drop[n] = true
			if !strings.Contains(m[2], "unknown converter") && !strings.Contains(m[2], "unknown fetch method") && !strings.Contains(m[2], "failed to parse") {
				t.Errorf("%s refuses %s: %s", filepath.Base(path), s.expressions[n], m[2])
			}
			unknown = append(unknown, s.expressions[n])
		}
		if len(drop) == 0 {
			t.Fatalf("%s -c: %v\n%s", path, err, out)
		}
		var kept []string
		for n, e := range s.expressions {
			if !drop[n] {
				kept = append(kept, e)
			}
		}
		s.expressions = kept
	}
	t.Fatalf("%s refuses one expression after the other", path)
	return nil
}

// run gives the answers of a program: by request, by expression.
func (s *suite) run(t *testing.T, path string) [][]string {
	dir := t.TempDir()
	config, _ := s.write(t, dir)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(path, "-db", "-f", config)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	answers := make([][]string, len(s.requests))
	for g, group := range s.groups() {
		socket := fmt.Sprintf("%s/g%d", dir, g)
		c := &client{t: t, path: path, socket: socket}
		for i, r := range s.requests {
			answers[i] = append(answers[i], c.ask(r, len(group))...)
		}
		c.close()
	}
	return answers
}

// client is a connection to one frontend.
type client struct {
	t            *testing.T
	path, socket string
	conn         net.Conn
	in           *bufio.Reader
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// dial waits for the program to listen.
func (c *client) dial() {
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if c.conn, err = net.Dial("unix", c.socket); err == nil {
			c.in = bufio.NewReader(c.conn)
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(filepath.Dir(c.socket), "log"))
	c.t.Fatalf("%s does not answer: %v\n%s", c.path, err, log)
}

// ask sends a request and reads an answer of n lines.
func (c *client) ask(r request, n int) []string {
	if c.conn == nil {
		c.dial()
	}
	c.conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c.conn, r.text); err != nil {
		c.t.Fatalf("%s: %s: %v", c.path, r.what, err)
	}
	status, body, err := c.read()
	if err != nil || status != "200" {
		c.close()
		body = strings.Repeat(fmt.Sprintf("status %s, error %v\n", status, err), n)
	}
	answers := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(answers) != n {
		c.t.Fatalf("%s: %s: %d lines instead of %d: %q", c.path, r.what, len(answers), n, body)
	}
	return answers
}

// read reads one response with a length.
func (c *client) read() (status, body string, err error) {
	length := 0
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return status, "", err
		}
		line = strings.TrimSpace(line)
		if status == "" {
			if words := strings.Fields(line); len(words) > 1 {
				status = words[1]
			}
		}
		if name, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "content-length") {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
		if line == "" {
			break
		}
	}
	b := make([]byte, length)
	_, err = io.ReadFull(c.in, b)
	return status, string(b), err
}

// compare reports where the answers differ, a few of each expression.
func (s *suite) compare(t *testing.T, want, got [][]string) {
	shown := map[string]int{}
	known := exceptions(t)
	for i, r := range s.requests {
		for n, e := range s.expressions {
			if want[i][n] == got[i][n] || known.cover(e, r.what, want[i][n]) {
				continue
			}
			if shown[e]++; shown[e] <= 3 {
				t.Errorf("%s\n  on %s\n  haproxy %s\n   sluice %s", e, r.what, want[i][n], got[i][n])
			}
		}
	}
	for e, n := range shown {
		if n > 3 {
			t.Errorf("%s: %d answers differ in all", e, n)
		}
	}
}

// exception is a difference that is meant: the expression and what HAProxy answers match.
type exception struct{ expression, request, answer *regexp.Regexp }

type exceptionList []exception

// exceptions reads testdata/differs.txt: regular expressions of the expression, the request and HAProxy's answer,
// between tabs, below a comment that says why.
func exceptions(t *testing.T) (list exceptionList) {
	for _, line := range lines(t, "differs.txt") {
		parts := strings.Split(line, "\t")
		if len(parts) != 3 {
			t.Fatalf("differs.txt: %q has %d parts, not 3", line, len(parts))
		}
		list = append(list, exception{regexp.MustCompile(parts[0]), regexp.MustCompile(parts[1]), regexp.MustCompile(parts[2])})
	}
	return list
}

func (list exceptionList) cover(expression, request, answer string) bool {
	for _, x := range list {
		if x.expression.MatchString(expression) && x.request.MatchString(request) && x.answer.MatchString(answer) {
			return true
		}
	}
	return false
}
