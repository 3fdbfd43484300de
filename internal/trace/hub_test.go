package trace

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// incoming is a stream whose head is there.
func incoming(path string) *proxy.Stream {
	s := new(proxy.Stream)
	s.Reset()
	s.Front = &proxy.Proxy{Name: "fe", Caps: proxy.CapFrontend}
	s.Front.Mode = proxy.ModeHTTP
	s.Mode = proxy.ModeHTTP
	s.Sess = &proxy.Session{Src: netip.MustParseAddrPort("10.0.0.7:1"), Bind: &proxy.Bind{}, Front: s.Front, Flags: proxy.SessDstKnown}
	s.Req.Method, s.Req.Target, s.Req.VerBytes = []byte("GET"), []byte(path), []byte("HTTP/1.1")
	s.Req.Fields = append(s.Req.Fields, msg.Field{Name: []byte("x"), Value: []byte("one two")})
	return s
}

type fixed bool

func (f fixed) Match(s *proxy.Stream) bool {
	if s.Trace != nil {
		s.Trace.Term(proxy.TraceTerm{Test: "of the filter"})
	}
	return bool(f)
}

func TestFilter(t *testing.T) {
	be := &proxy.Proxy{Name: "be", Caps: proxy.CapBackend}
	for _, c := range []struct {
		name string
		f    Filter
		want int
	}{
		{"all", Filter{}, 1},
		{"frontend", Filter{Frontend: "fe"}, 1},
		{"other frontend", Filter{Frontend: "fe2"}, 0},
		{"backend", Filter{Backend: "be"}, 1},
		{"other backend", Filter{Backend: "be2"}, 0},
		{"path", Filter{Path: []byte("/a")}, 1},
		{"other path", Filter{Path: []byte("/b")}, 0},
		{"source", Filter{Src: netip.MustParsePrefix("10.0.0.0/8")}, 1},
		{"other source", Filter{Src: netip.MustParsePrefix("10.0.0.8/32")}, 0},
		{"header", Filter{Header: []byte("x")}, 1},
		{"other header", Filter{Header: []byte("y")}, 0},
		{"text", Filter{Header: []byte("x"), Text: []byte("two")}, 1},
		{"other text", Filter{Header: []byte("x"), Text: []byte("three")}, 0},
		{"condition", Filter{Cond: fixed(true)}, 1},
		{"other condition", Filter{Cond: fixed(false)}, 0},
	} {
		h := Hub{Switch: func(bool) {}}
		tap := h.Open(c.f, 5)
		s := incoming("/a/b")
		s.Trace = h.Stream(s)
		if s.Trace.Head(s) {
			s.Back = be
			s.Trace.End(s, "----")
		}
		if len(tap.Records) != c.want {
			t.Errorf("%s: %d records, want %d", c.name, len(tap.Records), c.want)
			continue
		}
		if c.want > 0 {
			if rec := <-tap.Records; len(rec.Steps) != 0 || rec.Target != "/a/b" || rec.Backend != be {
				t.Errorf("%s: %+v", c.name, rec)
			}
		}
	}
}

// TestHubIsBounded lets a reader sleep: what it asked for is counted, what finds no room too.
func TestHubIsBounded(t *testing.T) {
	on := 0
	h := Hub{Switch: func(b bool) {
		if b {
			on++
		} else {
			on--
		}
	}}
	tap, few := h.Open(Filter{}, waiting+10), h.Open(Filter{}, 2)
	for range waiting + 50 {
		s := incoming("/")
		if s.Trace = h.Stream(s); s.Trace.Head(s) {
			s.Trace.End(s, "----")
		}
	}
	if len(tap.Records) != waiting || tap.Dropped.Load() != 10 || tap.Left() != 0 || len(few.Records) != 2 || few.Dropped.Load() != 0 {
		t.Errorf("%d waiting, %d dropped, %d left; %d waiting", len(tap.Records), tap.Dropped.Load(), tap.Left(), len(few.Records))
	}
	h.Close(few)
	if on != 1 {
		t.Error("off too early")
	}
	h.Close(tap)
	if on != 0 || h.Stream(incoming("/")) != nil {
		t.Error("still on")
	}
}

// TestUnread shows a request that no parser took only to those who ask for nothing of it.
func TestUnread(t *testing.T) {
	h := Hub{Switch: func(bool) {}}
	all, some := h.Open(Filter{}, 1), h.Open(Filter{Path: []byte("/")}, 1)
	s := incoming("")
	s.Trace = h.Stream(s)
	s.Trace.Note("bad request", "nonsense")
	s.Log.Status = 400
	s.Trace.End(s, "PR--")
	if len(all.Records) != 1 || len(some.Records) != 0 {
		t.Error(len(all.Records), len(some.Records))
	}
	s = incoming("")
	s.Trace = h.Stream(s)
	s.Trace.End(s, "----") // an idle client that left
	if len(all.Records) != 1 {
		t.Error("a client without a request is recorded")
	}
}

// TestLimits fills a record beyond its limits.
func TestLimits(t *testing.T) {
	var got *Record
	r := &Recorder{Limits: Limits{Steps: 10, Value: 4, Head: 8}, Done: func(rec *Record) { got = rec }}
	s := incoming("/long/path")
	r.Head(s)
	rule := &proxy.Rule{Text: "http-request set-header x y", Action: nil}
	for range 20 {
		v := value.Value{}
		v.SetStr([]byte("longer than four"))
		r.Term(proxy.TraceTerm{Test: "path", Value: &v, Matched: true})
		r.Rewrite("header x", nil, []byte("longer than four"))
		r.Rule(rule, true, proxy.Continue)
	}
	r.Sent(&proxy.Server{Proxy: s.Front}, []byte("longer than eight"))
	r.End(s, "----")
	if !got.Cut || len(got.Steps) == 0 || len(got.Steps) > 10 || got.Target != "/lon..." {
		t.Errorf("%+v", got)
	}
	if st := got.Steps[0]; st.Text != "http-request set-header x y" || st.Terms[0].Value != "long..." || *st.Changes[0].After != "long..." {
		t.Errorf("%+v", st)
	}
	line, err := got.AppendJSON(nil)
	if err != nil || !json.Valid(line) {
		t.Errorf("%s, %v", line, err)
	}
}

// TestTextIsClean prints hostile bytes without letting a terminal act on them.
func TestTextIsClean(t *testing.T) {
	var got *Record
	r := &Recorder{Limits: Offline(), Done: func(rec *Record) { got = rec }}
	s := incoming("/\x1b[31m\xff")
	r.Head(s)
	r.Answer([]byte("HTTP/1.1 200 OK\r\na: \x07\r\n\r\n"), []byte("x\n\ny\x00"))
	r.End(s, "----")
	text := string(got.AppendText(nil, Style{Tight: true}))
	for _, c := range text {
		if c < ' ' && c != '\n' {
			t.Fatalf("%q", text)
		}
	}
	if strings.Contains(text, "\n\n") || !strings.Contains(text, `/\x1b[31m\xff`) {
		t.Errorf("%q", text)
	}
	if colored := string(got.AppendText(nil, Style{Color: true})); !strings.Contains(colored, colorBold) {
		t.Errorf("%q", colored)
	}
	line, err := got.AppendJSON(nil)
	if err != nil || !json.Valid(line) {
		t.Errorf("%s, %v", line, err)
	}
}

func TestReason(t *testing.T) {
	for state, want := range map[string]string{
		"":     "",
		"----": "complete",
		"PR--": "ended by a rule, a limit or an error at the request",
		"sQ--": "the server was too slow in the queue",
		"SC":   "no server, or it failed while it was connected to",
	} {
		if got := Reason(state); got != want {
			t.Errorf("%s: %s", state, got)
		}
	}
}
