package check_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/internal/check"
	"sluice/internal/keyword"
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// exchange is one case of testdata: the lines of a backend, what its server sends before it closes, and what was recorded.
type exchange struct {
	lines []string
	sends []string
	asked string // ">": what the check sent
	found string // "=": what it found
}

func readExchanges(t *testing.T, file string) []*exchange {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []*exchange
	for block := range strings.SplitSeq(string(content), "\n\n") {
		x := &exchange{}
		for line := range strings.Lines(block) {
			line = strings.TrimSpace(line)
			kind, rest, _ := strings.Cut(line, " ")
			switch kind {
			case "", "#":
			case "<":
				x.sends = append(x.sends, unquote(t, rest))
			case ">":
				x.asked = unquote(t, rest)
			case "=":
				x.found = rest
			default:
				x.lines = append(x.lines, line)
			}
		}
		if x.found != "" {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		t.Fatal(file, "holds no cases")
	}
	return all
}

func unquote(t *testing.T, text string) string {
	t.Helper()
	s, err := strconv.Unquote(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return s
}

// language is what the lines of rule sets may say in tests.
func language(px *proxy.Proxy) check.Language {
	tables := keyword.All()
	lang := tables.Language()
	return check.Language{
		Env:  &sample.Env{Reg: lang.Samples, Names: lang.Names, Proxy: px, Where: sample.TCPCheck},
		Addr: func(string) (proxy.Addr, error) { return proxy.Addr{}, fmt.Errorf("no addresses here") },
		ALPN: func(s string) []string { return []string{s} },
	}
}

// health makes the check of some lines.
func health(lines []string, px *proxy.Proxy) (*proxy.HealthCheck, error) {
	rules := map[string]*check.Rules{}
	kind := ""
	of := func(k string) *check.Rules {
		if rules[k] == nil {
			rules[k] = check.NewRules(k)
		}
		return rules[k]
	}
	lang := language(px)
	for _, line := range lines {
		words := split(line)
		var err error
		switch words[0] {
		case "option":
			kind = words[1]
			if kind == check.HTTPCheck {
				err = of(kind).Request(words[2:], lang)
			}
		case "http-check":
			err = of(check.HTTPCheck).Add(words[1:], lang)
		case "tcp-check":
			err = of(check.TCPCheck).Add(words[1:], lang)
		}
		if err != nil {
			return nil, err
		}
	}
	return of(kind).Health(), nil
}

// split splits a line at blanks outside of quotes.
func split(line string) []string {
	var words []string
	quoted := false
	for i, part := range strings.Split(line, `"`) {
		quoted = i%2 == 1
		if quoted {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

// wire connects checks to a server that sends something and closes.
type wire struct {
	loop  *loop.Loop
	sends []string
	idle  bool // the server does not close
	asked chan string
	piece int // bytes that the server sends at once, 0: all
}

// Connect implements proxy.CheckDialer.
func (w *wire) Connect(x *proxy.CheckRun, how *proxy.CheckConnect) proxy.CheckVerdict {
	near, far := net.Pipe()
	x.Conn.Close()
	if err := w.loop.OpenNet(&x.Conn, near); err != nil {
		return x.End(proxy.OutcomeSockErr, 0, err.Error())
	}
	x.EOF, x.How = false, how
	go w.serve(far)
	return proxy.CheckNext
}

// Room implements proxy.CheckDialer.
func (w *wire) Room(x *proxy.CheckRun) { x.In = make([]byte, 0, 16384) }

func (w *wire) serve(c net.Conn) {
	heard := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(c)
		heard <- string(b)
	}()
	time.Sleep(10 * time.Millisecond) // the request is through
	for _, s := range w.sends {
		for w.piece > 0 && len(s) > w.piece {
			io.WriteString(c, s[:w.piece])
			time.Sleep(time.Millisecond)
			s = s[w.piece:]
		}
		io.WriteString(c, s)
		time.Sleep(10 * time.Millisecond)
	}
	if w.idle {
		time.Sleep(time.Minute)
	}
	c.Close()
	select {
	case w.asked <- <-heard:
	default:
	}
}

// result runs a check in virtual time. It returns what was sent on the first connection, and what was found.
func result(t *testing.T, h *proxy.HealthCheck, px *proxy.Proxy, sends []string, piece int, idle bool) (asked, found string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g, err := loop.New(loop.Options{Form: loop.Goroutines})
		if err != nil {
			t.Fatal(err)
		}
		g.Start()
		l := g.Loops()[0]
		w := &wire{loop: l, sends: sends, piece: piece, idle: idle, asked: make(chan string, 1)}
		done := make(chan proxy.CheckResult, 1)
		l.PostSpawn(runner(func(task *loop.Task) {
			srv := px.Servers[0]
			s := &proxy.Stream{}
			x := &proxy.CheckRun{Server: srv, Health: h, Stream: s, Task: task, Dialer: w, Deadline: l.After(time.Second)}
			s.Reset()
			s.Back, s.Front, s.Server, s.Vars.Check, s.Sess = px, px, srv, &x.Vars, &proxy.Session{}
			if h.Kind == check.HTTPCheck {
				s.Mode = proxy.ModeHTTP
			}
			check.Walk(x)
			x.Conn.Close()
			done <- x.Result
		}))
		r := <-done
		found = r.Outcome.String()
		if r.Outcome.HasCode() {
			found += " " + strconv.Itoa(r.Code)
		}
		if r.Text != "" {
			found += " " + strconv.Quote(r.Text)
		}
		asked = <-w.asked
		g.Stop()
		g.Wait()
	})
	return asked, found
}

type runner func(*loop.Task)

func (r runner) Run(t *loop.Task) { r(t) }

func backend() *proxy.Proxy {
	px := &proxy.Proxy{Name: "back", Caps: proxy.CapBackend}
	srv := &proxy.Server{Name: "s", Proxy: px, State: &proxy.ServerState{}}
	srv.State.Oper.Store(uint32(proxy.OperRunning))
	px.Servers = []*proxy.Server{srv}
	return px
}

// TestExchanges holds checks to what HAProxy 3.5 sends and finds, whether answers come in one piece or byte by byte.
func TestExchanges(t *testing.T) {
	for _, file := range []string{"testdata/http.txt", "testdata/tcp.txt"} {
		for _, c := range readExchanges(t, file) {
			px := backend()
			h, err := health(c.lines, px)
			if err != nil {
				t.Error(c.lines, err)
				continue
			}
			for _, piece := range []int{0, 1} {
				if piece > 0 && strings.Contains(strings.Join(c.lines, " "), "min-recv") {
					continue // it depends on the pieces
				}
				asked, found := result(t, h, px, c.sends, piece, false)
				if found != c.found {
					t.Errorf("%s: %q: pieces of %d: found %s, want %s", file, c.lines, piece, found, c.found)
				}
				if c.asked != "" && asked != c.asked {
					t.Errorf("%s: %q: sent %q, want %q", file, c.lines, asked, c.asked)
				}
			}
		}
	}
}

// TestSilence: what a server does not send in time is a timeout of the layer that the rule names, and says where.
func TestSilence(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"option httpchk"}, "L7TOUT"},
		{[]string{"option httpchk", "http-check expect status 200 tout-status L4TOUT comment c"}, "L4TOUT"},
		{[]string{"option tcp-check", "tcp-check expect string foo comment cc"}, `L7TOUT " at step 1 of tcp-check (expect string 'foo') comment: 'cc'"`},
		{[]string{"option tcp-check", "tcp-check send a", "tcp-check expect binary 1234 tout-status L6TOUT"}, `L6TOUT " at step 2 of tcp-check (expect binary '1234')"`},
		{[]string{"option tcp-check", "tcp-check expect rbinary 1234"}, `L7TOUT " at step 1 of tcp-check (expect binary regex)"`},
	} {
		px := backend()
		h, err := health(c.lines, px)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := result(t, h, px, nil, 0, true); found != c.want {
			t.Errorf("%q: found %s, want %s", c.lines, found, c.want)
		}
	}
}

// TestNegationWaits: a pattern that must not come is decided at the end of what comes, or when min-recv bytes are there.
func TestNegationWaits(t *testing.T) {
	px := backend()
	for _, c := range [][2]string{
		{"tcp-check expect ! string foo", `L7TOUT " at step 1 of tcp-check (expect string 'foo')"`},
		{"tcp-check expect min-recv 3 ! string foo", `L7OK 0 "(tcp-check)"`},
	} {
		h, err := health([]string{"option tcp-check", c[0]}, px)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := result(t, h, px, []string{"bar"}, 0, true); found != c[1] {
			t.Errorf("%s: found %s, want %s", c[0], found, c[1])
		}
	}
}

// TestNotFoundOfDown: a server that is down does not become one without new load by a 404.
func TestNotFoundOfDown(t *testing.T) {
	px := backend()
	h, err := health([]string{"option httpchk", "http-check disable-on-404"}, px)
	if err != nil {
		t.Fatal(err)
	}
	for oper, want := range map[proxy.Oper]string{proxy.OperRunning: "L7OKC 404", proxy.OperStopped: `L7STS 404 "No"`} {
		px.Servers[0].State.Oper.Store(uint32(oper))
		if _, found := result(t, h, px, []string{"HTTP/1.0 404 No\r\n\r\n"}, 0, false); found != want {
			t.Errorf("%v: found %s, want %s", oper, found, want)
		}
	}
}

// FuzzRules reads any line of a rule set: it is an error, or a check that can be put together.
func FuzzRules(f *testing.F) {
	for _, file := range []string{"testdata/http.txt", "testdata/tcp.txt"} {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			if strings.Contains(line, "-check") {
				f.Add(strings.TrimSpace(line))
			}
		}
	}
	px := backend()
	lang := language(px)
	f.Fuzz(func(t *testing.T, line string) {
		words := split(line)
		if len(words) == 0 {
			return
		}
		for _, kind := range []string{check.HTTPCheck, check.TCPCheck} {
			r := check.NewRules(kind)
			err := r.Add(words[1:], lang)
			if bad, ok := err.(*check.Error); err != nil && (!ok || bad.Word < 0 || bad.Word > len(words)) {
				t.Fatalf("%q: %v", line, err)
			}
			if h := r.Health(); len(h.Steps) == 0 {
				t.Fatalf("%q: a check without steps", line)
			}
		}
	})
}

// FuzzResponse reads any response of a server, in one piece and from the beginning again with each byte: the head that is
// found is the same, and what is left is never more than what came.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.0 500\n\nabc"))
	f.Add([]byte("HTTP/1.1 204 No\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 4096
		b = b[:min(len(b), most)]
		read := func(step int) (status, size int, ok bool) {
			x := &proxy.CheckRun{Stream: &proxy.Stream{}, In: make([]byte, 0, most)}
			for from := 0; from < len(b) && !x.Parsed; from += step {
				x.In = append(x.In, b[from:min(from+step, len(b))]...)
				if _, valid := check.ParseHead(x); !valid {
					return 0, 0, false
				}
			}
			if !x.Parsed {
				return 0, 0, false
			}
			x.In = append(x.In[:0], b...)
			copy(x.In, b)
			x.EOF = true
			check.Decode(x)
			if len(x.Body) > len(b) {
				t.Fatalf("%q: a body of %d bytes", b, len(x.Body))
			}
			return x.Stream.Res.Status, len(x.Body), true
		}
		s1, n1, ok1 := read(max(len(b), 1))
		s2, n2, ok2 := read(1)
		if ok1 && ok2 && (s1 != s2 || n1 != n2) {
			t.Fatalf("%q: %d with %d bytes at once, %d with %d byte by byte", b, s1, n1, s2, n2)
		}
	})
}
