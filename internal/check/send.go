package check

import (
	"encoding/hex"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// send is a step that sends bytes: a text, or what a format makes (configuration.txt 4.2, tcp-check send and its kin).
type send struct {
	noted
	text   []byte
	format *sample.Format // nil: text
	digits bool           // the format makes hexadecimal digits
}

// Run sends. What was received before is forgotten.
func (s *send) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	b := s.text
	if s.format != nil {
		var ok bool
		if b, ok = s.render(x); !ok {
			return x.End(proxy.OutcomeL7Rsp, 0, "tcp-check send : failed to build log-format string at step "+strconv.Itoa(s.number))
		}
	}
	forget(x)
	if v := write(x, b); v != proxy.CheckNext {
		return v
	}
	x.Result = proxy.CheckResult{Outcome: proxy.OutcomeL7OK}
	return proxy.CheckNext
}

// render makes the bytes of a format; ok is false when they are no digits.
func (s *send) render(x *proxy.CheckRun) (b []byte, ok bool) {
	b = render(x, s.format)
	if !s.digits {
		return b, true
	}
	raw := make([]byte, hex.DecodedLen(len(b)))
	if _, err := hex.Decode(raw, b); err != nil {
		return nil, false
	}
	return raw, true
}

func (s *send) describe() string { return "send" }

// render returns what a format makes of the check as far as it has come.
func render(x *proxy.CheckRun, f *sample.Format) []byte {
	show(x)
	return x.Stream.Render(f)
}

// show lets expressions see what was received.
func show(x *proxy.CheckRun) {
	s := x.Stream
	s.Out = proxy.InputView{Bytes: x.In, EOF: x.EOF}
	s.ResBody = proxy.BodyView{Bytes: x.Body, Done: x.EOF, Size: int64(len(x.Body))}
}
