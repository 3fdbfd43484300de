package fetch_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sluice/internal/fetch"
	"sluice/internal/msg"
	"sluice/internal/password"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

var record = flag.Bool("record", false, "write down what the fetches give now; look through the difference afterwards")

// The cases of a fetch are in testdata/<name>.txt. A line "on ..." says on which stream the expressions below it are
// evaluated:
//
//	on http                   a request and its response, as fixture has them
//	on request "..."          a request of its own
//	on tcp "..."              these bytes of a TCP client
//	on server "..."           these bytes of a TCP server
//	on tracked                a request whose stick counters 0 and 1 track the client and the path
//	on agent                  a connection to an agent of SPOE
//	on tls                    the request over TLS, to a server of TLS
//
// and "expression => type value" what they give: a dash for no sample, "wait" where more input may bring one, and a
// question mark for a value that is never the same.

// TestCases evaluates them all.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		s := caseStream("http")
		for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			expr, want, isCase := strings.Cut(line, " => ")
			if !isCase {
				if on, ok := strings.CutPrefix(line, "on "); ok {
					s = caseStream(on)
				}
				out.WriteString(line + "\n")
				continue
			}
			got, kind := outcome(t, expr, s), ""
			if kind, isCase = strings.CutSuffix(want, " ?"); isCase && strings.HasPrefix(got, kind+" ") {
				got = want
			}
			if got != want && !*record {
				t.Errorf("%s:%d: %s => %s\nwant %s", file, n+1, expr, got, want)
			}
			out.WriteString(expr + " => " + got + "\n")
		}
		if *record {
			if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestEachFetchHasACase walks over all rows.
func TestEachFetchHasACase(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range fetch.Rows() {
		rows[row.Name] = true
		text, err := os.ReadFile("testdata/" + row.Name + ".txt")
		if errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s has no cases", row.Name)
		} else if !bytes.Contains(text, []byte(row.Name)) || !bytes.Contains(text, []byte(" => ")) {
			t.Errorf("testdata/%s.txt has no case of it", row.Name)
		}
	}
	files, _ := filepath.Glob("testdata/*.txt")
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".txt"); !rows[name] {
			t.Errorf("%s is of no fetch", f)
		}
	}
}

// outcome evaluates an expression and describes what it gives.
func outcome(t *testing.T, text string, s *proxy.Stream) string {
	env := environment(t)
	env.Where = 0
	if s.Out.Bytes != nil || strings.HasPrefix(text, "res.") {
		env.Where = sample.BackTCPRes
	}
	env.Getenv = func(name string) (string, bool) { return "value of " + name, name != "NOTHING" }
	env.Names = s.Snap.Proc.VarNames
	env.Condition = func(names []string) (proxy.Cond, error) { return whether(names[0] == "yes"), nil }
	env.Proxy = s.Front
	e, _, err := sample.ParseExpr([]string{text}, env)
	if err != nil {
		return "error " + err.Error()
	}
	for _, bad := range env.Pending.Resolve(s.Snap) {
		return "error " + bad.Error()
	}
	var v value.Value
	if !e.Eval(s, &v) {
		if v.Flags&value.MayChange != 0 {
			return "wait"
		}
		return "-"
	}
	switch v.Type {
	case value.Bool:
		return fmt.Sprintf("bool %t", v.Int != 0)
	case value.Bin:
		return fmt.Sprintf("bin %x", v.Bytes)
	case value.Str:
		return "str " + strconv.Quote(string(v.Bytes))
	}
	return v.Type.String() + " " + string(v.Append(nil))
}

// whether is a condition that holds or not.
type whether bool

func (w whether) Match(*proxy.Stream) bool { return bool(w) }

// fixture is the request that cases see where they say nothing else.
const fixture = "POST /dir/file.html?a=1&B=two&a=3;c HTTP/1.1\nHost: www.example.com:8080\nCookie: id=42; name=\"x y\"\nX-Forwarded-For: 192.0.2.7, 2001:db8::1\n" +
	"Authorization: Basic dGlnZXI6c2VjcmV0\nX-Number: 17, 18\nX-Number: 19\nContent-Type: application/x-www-form-urlencoded"

// caseStream makes the stream that an "on" line names.
func caseStream(on string) *proxy.Stream {
	kind, quoted, _ := strings.Cut(on, " ")
	text, err := strconv.Unquote(quoted)
	if err != nil && quoted != "" {
		panic(on)
	}
	head := fixture
	if kind == "request" {
		head = text
	}
	s := stream(head)
	s.ID = 1<<32 + 7
	s.Snap = world(s.Front)
	s.Times = proxy.Times{AcceptNs: 1e9 + 5e6, RequestNs: 2e9 + 7e6, Handshake: 1e6, Idle: 2e6, Request: 5e6, Queue: 9e6, Connect: 14e6, Response: 20e6, Close: 30e6}
	s.Back = s.Snap.Proxies[1]
	s.Server = s.Back.Servers[0]
	s.Log.BytesIn, s.Log.BytesOut, s.Log.ReqOut, s.Log.ResIn = 100, 200, 300, 400
	switch kind {
	case "tcp", "server":
		s.Mode = proxy.ModeTCP
		s.Req.Reset()
		s.MayWait = true
		if kind == "tcp" {
			s.In.Bytes = []byte(text)
		} else {
			s.Out.Bytes = []byte(text)
		}
		return s
	case "http":
		answer(s)
	case "agent":
		s.Sess.More().EngineID = "engine"
	case "tls":
		encrypt(s)
	case "tracked":
		track(s)
	}
	return s
}

// answer gives the stream a body, a response and what the log knows.
func answer(s *proxy.Stream) {
	s.ReqBody = proxy.BodyView{Bytes: []byte("p=1&q=2"), Done: true, Size: 7}
	s.Req.Body = 7
	r := &s.Res
	r.VerBytes, r.Status, r.Reason, r.Version, r.Body = []byte("HTTP/1.1"), 404, []byte("Not Found"), msg.HTTP11, 5
	for _, f := range [][2]string{{"set-cookie", "sid=abc; path=/"}, {"set-cookie", "n=5"}, {"x-list", "1, 2"}, {"x-addr", "198.51.100.9"}} {
		r.Fields = append(r.Fields, msg.Field{Name: []byte(f[0]), Value: []byte(f[1]), Known: msg.Lookup([]byte(f[0]))})
	}
	s.ResBody = proxy.BodyView{Bytes: []byte("hello"), Done: true, Size: 5}
	l := &s.Log
	l.Status, l.ServerStatus = 404, 404
	l.ReqCapture, l.ResCapture = [][]byte{[]byte("captured")}, [][]byte{[]byte("back")}
	l.BackSrc, l.BackDst = netip.MustParseAddrPort("10.0.0.1:4000"), netip.MustParseAddrPort("10.0.0.2:80")
	l.LastRule = &proxy.Rule{Pos: proxy.Pos{File: "a.cfg", Line: 12}}
	l.Waiting = l.LastRule
	l.BackErr = proxy.ConnRefused
	l.UniqueID = []byte("unique")
	s.LB.Conns, s.LB.QueuedSrv, s.LB.QueuedBack, s.LB.Priority, s.LB.Offset = 2, 3, 4, 5, 6
	s.Tune.TimeoutServer = 9e9
	s.Sess.Bind = &proxy.Bind{ID: 3, Name: "web", State: proxy.NewState(1), Proxy: s.Front}
	s.Sess.Flags |= proxy.SessProxied
	s.Sess.More().PeerSrc, s.Sess.More().PeerDst = netip.MustParseAddrPort("192.0.2.3:5"), netip.MustParseAddrPort("192.0.2.4:6")
	s.Sess.More().TLVs = []proxy.TLV{{Type: 2, Value: []byte("authority")}, {Type: 5, Value: []byte("id")}, {Type: 0xe0, Value: []byte("own")}}
	set := func(name string, v value.Value) {
		ref, err := s.Snap.Proc.VarNames.ParseVar(name)
		if err != nil || !s.SetVar(ref, &v) {
			panic(name)
		}
	}
	set("txn.s", value.Value{Type: value.Str, Bytes: []byte("a\"b")})
	set("sess.n", value.Value{Type: value.Sint, Int: 3})
}

// world is a configuration with a backend of two servers and a list of users.
func world(front *proxy.Proxy) *proxy.Snapshot {
	front.CountRates = true
	front.State = proxy.NewState(1)
	front.Mode = proxy.ModeHTTP
	front.Timeout = proxy.Timeouts{Client: 1e9, Tarpit: 2e9}
	back := &proxy.Proxy{Name: "be", ID: 4, Caps: proxy.CapBackend, State: proxy.NewState(1), CountRates: true}
	back.Mode, back.Retries = proxy.ModeHTTP, 3
	back.Timeout = proxy.Timeouts{Connect: 3e9, Queue: 4e9, Server: 5e9, Tarpit: 6e9, Tunnel: 7e9}
	for i := range 2 {
		srv := &proxy.Server{Name: fmt.Sprint("s", i+1), ID: i + 1, Weight: 10 * (i + 1), MaxConn: 20, MaxQueue: 5, Proxy: back}
		srv.CountRates = true
		srv.State = proxy.NewServerState(srv, 1)
		back.Servers = append(back.Servers, srv)
	}
	front.DefaultBackendPtr = back
	tiger := &proxy.User{Name: "tiger", Secret: password.Plain("secret"), Groups: []string{"admins"}}
	users := &proxy.Userlist{Name: "staff", Users: map[string]*proxy.User{"tiger": tiger}, Groups: map[string]bool{"admins": true}, Cache: password.NewCache()}
	none := &proxy.Userlist{Name: "none", Cache: password.NewCache()}
	front.Table = everything("fe", sticktable.IPv4)
	back.Table = everything("be", sticktable.String)
	g := &proxy.Global{}
	g.Tune.StickCounters = 3
	g.Tune.BufSize = 16384
	return &proxy.Snapshot{Proc: &proxy.Process{VarNames: new(proxy.Names), Started: 1}, Global: g, Proxies: []*proxy.Proxy{front, back}, Userlists: []*proxy.Userlist{users, none}}
}
