package trace

import (
	"bytes"
	"strings"
	"testing"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// stream is one at work, without a machine.
func stream() *proxy.Stream {
	front := &proxy.Proxy{Name: "f", Caps: proxy.CapFrontend}
	s := new(proxy.Stream)
	s.Reset()
	s.ID, s.Front, s.Mode = 7, front, proxy.ModeHTTP
	return s
}

func TestLinesAreThoseOfHAProxy(t *testing.T) {
	var out bytes.Buffer
	s := stream()
	f := &Filter{Label: "T/f", Proxy: s.Front, Hexdump: true, Out: &out}
	f.Step(s, proxy.StepEnd) // of a stream that never was
	f.Step(s, proxy.StepClientSession)
	s.Back = &proxy.Proxy{Name: "b", Caps: proxy.CapBackend}
	f.Step(s, proxy.StepBackend)
	s.Req.Method, s.Req.Target, s.Req.VerBytes = []byte("GET"), []byte("/x"), []byte("HTTP/1.1")
	s.Req.Fields = []msg.Field{{Name: []byte("host"), Value: []byte("a")}, {Name: []byte("gone"), Dead: true}}
	f.Request(s)
	if n := f.Watch(s, true).Pass([]byte("0123456789abcdef\n")); n != 17 {
		t.Errorf("%d of 17 bytes pass", n)
	}
	f.Step(s, proxy.StepEnd)
	var got []string
	for line := range strings.Lines(out.String()) {
		if _, after, ok := strings.Cut(line, "] "); ok {
			line = after
		}
		got = append(got, strings.TrimRight(line, "\n"))
	}
	want := []string{
		"filter initialized [quiet=false - fwd random=false - hexdump=true - max fwd=0]",
		"[strm 7] trace_attach             : filter-type=frontend",
		"[strm 7] trace_stream_start       ",
		"[strm 7] trace_chn_start_analyze  : channel=REQUEST    - mode=HTTP  (frontend)",
		"[strm 7] trace_stream_set_backend : backend=b",
		"[strm 7] trace_http_headers       : channel=REQUEST    - mode=HTTP  (backend)\tGET /x HTTP/1.1",
		"[strm 7] \thost: a",
		"[strm 7] trace_http_payload       : channel=RESPONSE   - mode=HTTP  (backend) - len=17 - forward=17",
		"\t0x000000: 30 31 32 33 34 35 36 37   38 39 61 62 63 64 65 66   |0123456789abcdef|",
		"\t0x000010: 0a                                                  |.|",
		"[strm 7] trace_stream_stop        ",
		"[strm 7] trace_detach             : filter-type=frontend",
	}
	for i := range max(len(got), len(want)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("line %d:\n got %q\nwant %q", i, g, w)
		}
	}
}

func TestSomethingAlwaysPasses(t *testing.T) {
	s := stream()
	f := &Filter{Quiet: true, Random: true, MaxFwd: 3}
	w := f.Watch(s, false)
	for range 1000 {
		if n := w.Pass(make([]byte, 10)); n < 1 || n > 3 {
			t.Fatalf("%d bytes pass", n)
		}
	}
	if (&Filter{Quiet: true}).Watch(s, false) != nil {
		t.Error("a filter that does nothing watches")
	}
}
