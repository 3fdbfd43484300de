package spoa

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/test/program"
)

// engine is the file of the engine under test.
const engine = `spoe-agent ag
 messages first second req res
 groups g
 use-backend agents
 timeout processing %s
 option var-prefix p
 option set-on-error err
 option set-process-time pt
 option set-total-time tt
 register-var-names reg
 %s
spoe-message first
 args sess.ip=src txn.n=int(-5) txn.big=int(9223372036854775807) x=str(abc)
 event on-client-session
spoe-message second
 args txn.b=bool(true) txn.nul=req.hdr(nothere) txn.gone=str(1)
 event on-frontend-tcp-request
spoe-message req
 args txn.path=path txn.m=method txn.bin=str(a),base64,b64dec unset.txn.gone=bool(true) do=req.hdr(x-do) sleep=req.hdr_val(x-sleep)
 acl skip req.hdr(x-skip) -m found
 event on-frontend-http-request unless skip
spoe-message res
 args res.st=status
 event on-http-response
spoe-message gm
 args txn.g=str(group) proc.count=int(7)
spoe-group g
 messages gm
`

const conf = `defaults
 timeout connect 1s
 timeout client 10s
 timeout server 10s
 mode http
frontend f
 bind %s
 filter spoe config %s
 http-request send-spoe-group ag g
 http-after-response set-header x-vars "ip=%%[var(sess.p.ip)] n=%%[var(txn.p.n)] big=%%[var(txn.p.big)] b=%%[var(txn.p.b)] nul=%%[var(txn.p.nul)] gone=%%[var(txn.p.gone)] path=%%[var(txn.p.path)] m=%%[var(txn.p.m)] bin=%%[var(txn.p.bin)] st=%%[var(res.p.st)] g=%%[var(txn.p.g)] count=%%[var(proc.p.count)] err=%%[var(txn.p.err)]"
 http-after-response set-header x-times "%%[var(txn.p.pt)] %%[var(txn.p.tt)]"
 default_backend b
backend b
 server s %s
backend agents
 mode %s
 timeout connect 1s
 timeout server 5s
 server a %s
`

// setup is a program at work between an origin and an agent.
type setup struct {
	t     *testing.T
	agent *Agent
	url   string
	http  *http.Client
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// run starts the program at path. mode is that of the agent's backend.
func run(t *testing.T, path, mode, processing, option string, agent *Agent) *setup {
	t.Helper()
	return runWith(t, path, mode, processing, option, agent, "")
}

// runWith is run with more lines for the agent's backend.
func runWith(t *testing.T, path, mode, processing, option string, agent *Agent, more string) *setup {
	t.Helper()
	dir := t.TempDir()
	origin, agents, spare := listen(t), listen(t), listen(t)
	go http.Serve(origin, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	go agent.Serve(agents)
	addr := spare.Addr().String()
	spare.Close()
	file := filepath.Join(dir, "spoe.conf")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, fmt.Sprintf(engine, processing, option))
	cfg := filepath.Join(dir, "haproxy.cfg")
	write(cfg, fmt.Sprintf(conf, addr, file, origin.Addr(), mode, agents.Addr())+more)
	cmd := exec.Command(path, "-db", "-f", cfg)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	s := &setup{t: t, agent: agent, url: "http://" + addr, http: &http.Client{Timeout: 20 * time.Second}}
	for begin := time.Now(); ; {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return s
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%s does not listen: %v", path, err)
		}
	}
}

// get sends a request and returns the variables.
func (s *setup) get(path string, fields ...string) string {
	s.t.Helper()
	r, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	a, err := s.http.Do(r)
	if err != nil {
		s.t.Error(err)
		return ""
	}
	defer a.Body.Close()
	if body, err := io.ReadAll(a.Body); err != nil || string(body) != "ok" {
		s.t.Errorf("%s answers %q, %v", path, body, err)
	}
	return a.Header.Get("x-vars")
}

// vars is what get returns when the message of the request got through to the agent, and when it did not.
func vars(path, err string) string {
	if err == "" {
		return "ip=127.0.0.1 n=-5 big=9223372036854775807 b=1 nul= gone= path=" + path + " m=GET bin=a st=200 g=group count=7 err="
	}
	return "ip=127.0.0.1 n=-5 big=9223372036854775807 b=1 nul= gone=1 path= m= bin= st=200 g=group count=7 err=" + err
}

func good() *Agent { return &Agent{Version: "2.0", Capabilities: "pipelining"} }

// programs are the product, and what HAPROXY names beside it.
func programs(t *testing.T) map[string]string {
	out := map[string]string{"sluice": program.Sluice(t)}
	if name := os.Getenv("HAPROXY"); name != "" {
		out["haproxy"] = program.Tool(t, name)
	}
	return out
}

// TestVariablesOfAnAgent holds what is true of the product and of HAProxy 3.1 and later, which HAPROXY may name.
func TestVariablesOfAnAgent(t *testing.T) {
	for name, path := range programs(t) {
		t.Run(name, func(t *testing.T) {
			s := run(t, path, "spop", "500ms", "option continue-on-error", good())
			for _, p := range []string{"/a", "/b"} {
				if got := s.get(p); got != vars(p, "") {
					t.Errorf("%s: %s", p, got)
				}
			}
			skipped := strings.Replace(vars("", ""), "m=GET bin=a", "m= bin=", 1)
			if got := s.get("/c", "x-skip", "1"); got != strings.Replace(skipped, "gone=", "gone=1", 1) {
				t.Errorf("a message whose condition does not hold: %s", got)
			}
			for _, c := range []struct{ do, err string }{{"silent", "1"}, {"close", "257"}, {"half", "260"}, {"disconnect", "298"}} {
				if got := s.get("/"+c.do, "x-do", c.do); got != vars("/"+c.do, c.err) {
					t.Errorf("%s: %s", c.do, got)
				}
				if got := s.get("/after"); got != vars("/after", "") {
					t.Errorf("after %s: %s", c.do, got)
				}
			}
			for _, do := range []string{"badack", "unknown-action", "abort"} { // an answer that asks for nothing
				want := strings.Replace(strings.Replace(vars("", ""), "m=GET bin=a", "m= bin=", 1), "gone=", "gone=1", 1)
				if got := s.get("/"+do, "x-do", do); got != want {
					t.Errorf("%s: %s", do, got)
				}
			}
		})
	}
}

// TestHostileAgents: HAProxy notices some of these only when the time is over.
func TestHostileAgents(t *testing.T) {
	s := run(t, program.Sluice(t), "spop", "2s", "option continue-on-error", good())
	for _, c := range []struct{ do, err string }{{"garbage", "259"}, {"huge", "259"}, {"fragment", "266"}, {"stranger", ""}, {"twice", ""}} {
		got := s.get("/"+c.do, "x-do", c.do)
		want := vars("/"+c.do, c.err)
		if c.do == "twice" {
			want = strings.Replace(strings.Replace(vars("", ""), "m=GET bin=a", "m= bin=", 1), "gone=", "gone=1", 1)
		}
		if got != want {
			t.Errorf("%s: %s", c.do, got)
		}
		if got := s.get("/after"); got != vars("/after", "") {
			t.Errorf("after %s: %s", c.do, got)
		}
	}
}

// TestOffAfterAnError: without `option continue-on-error` nothing more is sent for that stream.
func TestOffAfterAnError(t *testing.T) {
	for name, path := range programs(t) {
		t.Run(name, func(t *testing.T) {
			s := run(t, path, "spop", "500ms", "", good())
			want := strings.NewReplacer("st=200", "st=", "g=group", "g=", "count=7", "count=").Replace(vars("/x", "257"))
			if got := s.get("/x", "x-do", "close"); got != want {
				t.Errorf("after the error: %s", got)
			}
			if got := s.get("/y"); got != vars("/y", "") {
				t.Errorf("the next request: %s", got)
			}
		})
	}
}

// TestSlowAgentsHoldNobodyElse: messages share a connection and do not wait for each other.
func TestSlowAgentsHoldNobodyElse(t *testing.T) {
	for _, c := range []struct {
		name, capabilities string
		conns              int64
	}{{"pipelining", "pipelining", 8}, {"one at a time", "", 200}} {
		t.Run(c.name, func(t *testing.T) {
			a := good()
			a.Capabilities = c.capabilities
			s := run(t, program.Sluice(t), "spop", "10s", "", a)
			begin := time.Now()
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					p := fmt.Sprintf("/slow%d", i)
					if got := s.get(p, "x-sleep", "500"); got != vars(p, "") {
						t.Errorf("%s: %s", p, got)
					}
				})
			}
			all.Wait()
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("20 requests of half a second took %v", d)
			}
			if n := a.Conns.Load(); n > c.conns {
				t.Errorf("%d connections to the agent", n)
			}
		})
	}
}

// TestGreetingsThatFail: an agent that cannot be agreed with is an error for the stream, not for the request.
func TestGreetingsThatFail(t *testing.T) {
	path := program.Sluice(t)
	for _, c := range []struct {
		name, err string
		agent     *Agent
	}{
		{"version", "264", &Agent{Version: "1.0"}},
		{"size", "265", &Agent{Version: "2.0", MaxFrameSize: 100}},
		{"garbage", "259", &Agent{Greeting: []byte("HTTP/1.1 200 OK\r\n\r\n")}},
		{"close", "257", &Agent{Greeting: []byte{}}},
		{"leave", "298", &Agent{Greeting: appendFrame(nil, 102, 1, 0, 0, disconnect(42))}},
		{"frame", "260", &Agent{Greeting: appendFrame(nil, 103, 1, 0, 0, nil)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := run(t, path, "spop", "1s", "option continue-on-error", c.agent)
			if got := s.get("/x"); !strings.HasSuffix(got, " err="+c.err) {
				t.Errorf("%s", got)
			}
		})
	}
}

// TestSmallFrames: what does not fit into a frame of the agent's is an error of its own.
func TestSmallFrames(t *testing.T) {
	a := good()
	a.MaxFrameSize = 256
	s := run(t, program.Sluice(t), "spop", "1s", "option continue-on-error", a)
	long := "/" + strings.Repeat("x", 300)
	if got := s.get(long); got != vars("", "3") {
		t.Errorf("a long path: %s", got)
	}
	if got := s.get("/short"); got != vars("/short", "") {
		t.Errorf("a short path: %s", got)
	}
}

func TestMain(m *testing.M) {
	if os.Getenv("SLUICE") == "" { // one build for all tests
		if dir, err := os.MkdirTemp("", "spoa"); err == nil {
			out := filepath.Join(dir, "sluice")
			build := exec.Command("go", "build", "-o", out, "sluice/cmd/sluice")
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if build.Run() == nil {
				os.Setenv("SLUICE", out)
			}
			defer os.RemoveAll(dir)
		}
	}
	m.Run()
}

// TestRulesOfTheAgentsBackend: the messages are a stream of their own there, which sees the variables of the client's.
func TestRulesOfTheAgentsBackend(t *testing.T) {
	for name, path := range programs(t) {
		t.Run(name, func(t *testing.T) {
			first, second := good(), good()
			agents := listen(t)
			go second.Serve(agents)
			s := runWith(t, path, "spop", "1s", "option continue-on-error", first, fmt.Sprintf(" server second %s weight 0\n"+
				" use-server second if { var(ptxn.p.path) -m str /second }\n"+
				" tcp-request content reject if { var(ptxn.p.path) -m str /none }\n", agents.Addr()))
			for _, c := range []struct{ path, want string }{{"/first", vars("/first", "")}, {"/second", vars("/second", "")},
				{"/none", strings.NewReplacer("st=200", "st=", "g=group", "g=").Replace(vars("/none", "")) + "257"}} {
				if got := s.get(c.path); got != c.want {
					t.Errorf("%s: %s", c.path, got)
				}
			}
			if n := second.Notifies.Load(); n != 2 { // what follows the message that makes the variable
				t.Errorf("the second server got %d messages", n)
			}
		})
	}
}
