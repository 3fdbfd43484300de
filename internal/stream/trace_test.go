package stream_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sluice/internal/proxy"
)

// notes is a trace that keeps what it hears as lines.
type notes struct {
	mu    sync.Mutex
	lines []string
	ended chan struct{}
}

func (n *notes) say(format string, args ...any) {
	n.mu.Lock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
	n.mu.Unlock()
}

func (n *notes) Head(s *proxy.Stream) bool { n.say("head %s", s.Req.Target); return true }
func (n *notes) Section(set string, p *proxy.Proxy) {
	n.say("section %s %s", set, p.Name)
}
func (n *notes) Term(t proxy.TraceTerm) { n.say("term %s", t.Test) }
func (n *notes) Rule(r *proxy.Rule, matched bool, v proxy.Verdict) {
	n.say("rule %s %v %d", r.Text, matched, v)
}
func (n *notes) Choice(_ proxy.Pos, text string, matched bool, out string) {
	n.say("choice %s %v %s", text, matched, out)
}
func (n *notes) Rewrite(what string, before, after []byte) {
	n.say("rewrite %s %q %q", what, before, after)
}
func (n *notes) Backend(p *proxy.Proxy, _ proxy.Pos, why string) {
	n.say("backend %s %s", p.Name, why)
}
func (n *notes) Balance(algorithm string, srv *proxy.Server, why string) {
	n.say("balance %s %s %s", algorithm, srv.Name, why)
}
func (n *notes) Note(kind, text string)              { n.say("note %s %s", kind, text) }
func (n *notes) Sent(srv *proxy.Server, head []byte) { n.say("sent %s %q", srv.Name, head) }
func (n *notes) Answer(head, body []byte)            { n.say("answer %q %q", head, body) }
func (n *notes) End(_ *proxy.Stream, state string)   { n.say("end %s", state); n.ended <- struct{}{} }
func (n *notes) Session(*proxy.Session) proxy.Trace  { return n }
func (n *notes) Stream(*proxy.Stream) proxy.Trace    { return n }

type verdict proxy.Verdict

func (v verdict) Run(*proxy.Stream) proxy.Verdict { return proxy.Verdict(v) }

type onPath string

func (p onPath) Match(s *proxy.Stream) bool { return string(s.Req.Path()) == string(p) }

// TestTrace follows a request through every stage that has something to tell.
func TestTrace(t *testing.T) {
	n := &notes{ended: make(chan struct{}, 10)}
	b := start(t, proxy.ModeHTTP, []string{origin(t, hello)}, func(b *bench) {
		b.front.DefaultBackend = "be"
		b.front.Rules.TCPConnection = []*proxy.Rule{{Text: "connection", Action: verdict(proxy.Continue)}}
		b.front.Rules.TCPContent = []*proxy.Rule{{Text: "content", Action: verdict(proxy.Stop)}}
		b.front.Rules.HTTPRequest = []*proxy.Rule{{Text: "deny", Cond: onPath("/no"), Action: verdict(proxy.Deny)}}
		b.front.Rules.Switching = []*proxy.SwitchRule{{Text: "switch", Cond: onPath("/other")}}
		b.back.Rules.UseServer = []*proxy.UseServerRule{{Text: "use", Cond: onPath("/other")}}
		b.back.Rules.HTTPResponse = []*proxy.Rule{{Text: "response", Action: verdict(proxy.Continue)}}
		b.front.Rules.HTTPAfterResponse = []*proxy.Rule{{Text: "after", Action: verdict(proxy.Continue)}}
	})
	b.eng.SetTracer(n)
	c := b.dial()
	for _, path := range []string{"/yes", "/no"} {
		c.send(get(path))
		c.response(http.MethodGet)
		<-n.ended
	}
	b.eng.SetTracer(nil)
	c.send(get("/untraced"))
	c.response(http.MethodGet)
	n.mu.Lock()
	defer n.mu.Unlock()
	got := strings.Join(n.lines, "\n")
	want := `section tcp-request connection fe
rule connection true 0
head /yes
section tcp-request content fe
rule content true 1
section http-request fe
rule deny false 0
section use_backend fe
choice switch false 
backend be default_backend be
section use-server be
choice use false 
section options be
balance roundrobin s1 the only usable server
sent s1 "GET /yes HTTP/1.1\r\nhost: a\r\n\r\n"
section http-response be
rule response true 0
section http-after-response fe
rule after true 0
answer "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n" ""
end ----
head /no
section tcp-request content fe
rule content true 1
section http-request fe
rule deny true 2
section http-after-response fe
rule after true 0
`
	if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "\nend PR--") {
		t.Errorf("%s", got)
	}
}
