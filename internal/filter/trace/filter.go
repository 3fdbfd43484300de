package trace

import (
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// Keyword is the name of the filter in configuration files.
const Keyword = "trace"

// Filter is a `filter trace` line.
type Filter struct {
	Label   string // what lines begin with: its name and the proxy's
	Proxy   *proxy.Proxy
	Quiet   bool
	Hexdump bool
	Random  bool // payload is passed on in pieces of random size
	MaxFwd  uint32
	Out     io.Writer

	first sync.Once
}

// Name implements proxy.Filter.
func (f *Filter) Name() string { return Keyword }

// Request implements proxy.Filter: it shows the request that the rules have let pass.
func (f *Filter) Request(s *proxy.Stream) proxy.Transform {
	if f.Quiet {
		return nil
	}
	q := &s.Req
	line := append(append(append(append([]byte{}, q.Method...), ' '), q.Target...), ' ')
	f.headers(s, false, append(line, q.VerBytes...), q.Fields)
	return nil
}

// Received implements proxy.Filter: it shows the response as it came.
func (f *Filter) Received(s *proxy.Stream) {
	if f.Quiet {
		return
	}
	f.say(s, "trace_chn_start_analyze", channel(s, true))
	line := strconv.AppendInt(append(append([]byte{}, s.Res.VerBytes...), ' '), int64(s.Res.Status), 10)
	f.headers(s, true, append(append(line, ' '), s.Res.Reason...), s.Res.Fields)
}

// Response implements proxy.Filter.
func (f *Filter) Response(*proxy.Stream) proxy.Transform { return nil }

// Step implements proxy.Stepper.
func (f *Filter) Step(s *proxy.Stream, at proxy.Step) {
	if f.Quiet {
		return
	}
	switch at {
	case proxy.StepClientSession:
		s.Offloading(f).Frames = 1
		f.say(s, "trace_attach", "filter-type=frontend")
		f.say(s, "trace_stream_start", "")
		f.say(s, "trace_chn_start_analyze", channel(s, false))
	case proxy.StepBackend:
		if f.Proxy == s.Back && s.Back != s.Front {
			s.Offloading(f).Frames = 1
			f.say(s, "trace_attach", "filter-type=backend")
		}
		f.say(s, "trace_stream_set_backend", "backend="+s.Back.Name)
	case proxy.StepFrontHTTPRequest:
		f.analyze(s, false, "AN_REQ_HTTP_PROCESS_FE")
	case proxy.StepBackHTTPRequest:
		f.analyze(s, false, "AN_REQ_HTTP_PROCESS_BE")
	case proxy.StepHTTPResponse:
		f.analyze(s, true, "AN_RES_HTTP_PROCESS_FE/BE")
	case proxy.StepEnd:
		if s.Offloading(f).Frames == 0 {
			return // the client left before there was a stream
		}
		kind := "frontend"
		if f.Proxy == s.Front {
			f.say(s, "trace_stream_stop", "")
		} else {
			kind = "backend"
		}
		f.say(s, "trace_detach", "filter-type="+kind)
	}
}

func (f *Filter) analyze(s *proxy.Stream, response bool, what string) {
	f.say(s, "trace_chn_analyze", channel(s, response)+" - analyzer="+what+" - step=PRE")
}

// Watch implements proxy.Watcher.
func (f *Filter) Watch(s *proxy.Stream, response bool) proxy.Watch {
	if f.Quiet && !f.Random && f.MaxFwd == 0 {
		return nil
	}
	return &watch{f, s, response}
}

// watch looks at the payload of one message.
type watch struct {
	f        *Filter
	s        *proxy.Stream
	response bool
}

// Pass implements proxy.Watch.
func (w *watch) Pass(b []byte) int {
	f, n := w.f, len(b)
	if f.Random {
		n = 1 + rand.IntN(n)
	}
	if f.MaxFwd > 0 {
		n = min(n, int(f.MaxFwd))
	}
	if !f.Quiet {
		what := "trace_http_payload"
		if w.s.Mode != proxy.ModeHTTP {
			what = "trace_tcp_payload"
		}
		line := f.begin(w.s, what, channel(w.s, w.response)+" - len="+strconv.Itoa(len(b))+" - forward="+strconv.Itoa(n))
		if f.Hexdump {
			line = appendDump(line, b[:n])
		}
		f.Out.Write(line)
	}
	return n
}

// channel says which message of a stream a line is about.
func channel(s *proxy.Stream, response bool) string {
	text := "channel=REQUEST   "
	if response {
		text = "channel=RESPONSE  "
	}
	if s.Mode == proxy.ModeHTTP {
		text += " - mode=HTTP "
	} else {
		text += " - mode=TCP  "
	}
	if s.Back == nil {
		return text + " (frontend)"
	}
	return text + " (backend)"
}

// mark is what each line about a stream begins with.
func (f *Filter) mark(b []byte, s *proxy.Stream) []byte {
	now := time.Now()
	b = strconv.AppendInt(b, now.Unix(), 10)
	micros := strconv.Itoa(int(now.Nanosecond()/1e3) + 1e6)
	b = append(append(b, '.'), micros[1:]...)
	b = append(append(b, " ["...), f.Label...)
	for n := len(f.Label); n < 20; n++ {
		b = append(b, ' ')
	}
	b = append(b, "] "...)
	if s != nil {
		b = strconv.AppendUint(append(b, "[strm "...), s.ID, 10)
		b = append(b, "] "...)
	}
	return b
}

// begin returns a line with its end.
func (f *Filter) begin(s *proxy.Stream, what, rest string) []byte {
	f.first.Do(func() {
		b := append(f.mark(nil, nil), "filter initialized [quiet="...)
		b = append(strconv.AppendBool(b, f.Quiet), " - fwd random="...)
		b = append(strconv.AppendBool(b, f.Random), " - hexdump="...)
		b = append(strconv.AppendBool(b, f.Hexdump), " - max fwd="...)
		f.Out.Write(append(strconv.AppendUint(b, uint64(f.MaxFwd), 10), "]\n"...))
	})
	b := append(f.mark(nil, s), what...)
	for n := len(what); n < 25; n++ {
		b = append(b, ' ')
	}
	if rest != "" {
		b = append(append(b, ": "...), rest...)
	}
	return append(b, '\n')
}

func (f *Filter) say(s *proxy.Stream, what, rest string) {
	f.Out.Write(f.begin(s, what, rest))
}

// headers shows the head of a message: its first line, then each field in a line of its own.
func (f *Filter) headers(s *proxy.Stream, response bool, line []byte, fields []msg.Field) {
	b := f.begin(s, "trace_http_headers", channel(s, response)+"\t"+string(line))
	for i := range fields {
		if x := &fields[i]; !x.Dead {
			b = append(append(f.mark(b, s), '\t'), x.Name...)
			b = append(append(append(b, ": "...), x.Value...), '\n')
		}
	}
	f.Out.Write(b)
}

// appendDump appends bytes as lines of sixteen, in hexadecimal digits and as text.
func appendDump(dst, b []byte) []byte {
	const digits, row = "0123456789abcdef", 16
	for at := 0; at < len(b); at += row {
		dst = append(dst, "\t0x"...)
		for shift := 20; shift >= 0; shift -= 4 {
			dst = append(dst, digits[at>>shift&15])
		}
		dst = append(dst, ": "...)
		line := b[at:min(at+row, len(b))]
		for i := range row {
			if i < len(line) {
				dst = append(dst, digits[line[i]>>4], digits[line[i]&15], ' ')
			} else {
				dst = append(dst, "   "...)
			}
			if i == row/2-1 || i == row-1 {
				dst = append(dst, "  "...)
			}
		}
		dst = append(dst, '|')
		for _, c := range line {
			if c < ' ' || c > '~' {
				c = '.'
			}
			dst = append(dst, c)
		}
		dst = append(dst, "|\n"...)
	}
	return dst
}
