package check

import (
	"bytes"
	"strconv"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// httpExpect is a step that looks at the response to the last request (configuration.txt 4.2, http-check expect).
type httpExpect struct{ expect }

// head is a match of the head of a response.
type head interface {
	match
	of(x *proxy.CheckRun) (found bool, trouble string)
}

// Run reads what of the response is needed, and judges it.
func (e *httpExpect) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	if v := readHead(x, e.late); v != proxy.CheckNext {
		return v
	}
	status := x.Stream.Res.Status
	if x.Health.Disable404 && status == 404 && proxy.Oper(x.Server.State.Oper.Load()) != proxy.OperStopped {
		return x.End(proxy.OutcomeL7OKC, status, "")
	}
	switch m := e.match.(type) {
	case head:
		found, trouble := m.of(x)
		switch {
		case trouble != "":
			return e.fail(x, orOutcome(e.bad, proxy.OutcomeL7Rsp), status, trouble)
		case found != e.not:
			return e.passed(x, status)
		}
		text := string(bytes.TrimSpace(x.Stream.Res.Reason))
		if text == "" {
			text = e.mismatch(false)
		}
		return e.fail(x, orOutcome(e.bad, proxy.OutcomeL7Sts), status, text)
	case content:
		return e.body(x, m, status)
	}
	return proxy.CheckNext
}

// orOutcome is the outcome that a rule asks for, or another where it asks for none.
func orOutcome(o, other proxy.Outcome) proxy.Outcome {
	if o == proxy.OutcomeUnknown {
		return other
	}
	return o
}

// body judges the body of the response.
func (e *httpExpect) body(x *proxy.CheckRun, m content, status int) proxy.CheckVerdict {
	bad := orOutcome(e.bad, proxy.OutcomeL7Rsp)
	for {
		whole, valid := decode(x)
		switch {
		case !valid:
			return e.fail(x, bad, status, e.mismatch(false))
		case whole && len(x.Body) == 0:
			return e.fail(x, bad, status, "HTTP content check could not find a response body")
		}
		if whole || len(x.Body) > 0 && len(x.Body) >= e.minRecv {
			found, trouble := m.in(x, x.Body)
			switch {
			case trouble != "":
				return e.fail(x, bad, status, trouble)
			case !found && e.minRecv < 0 && !whole: // the rest may have it
			case found != e.not:
				return e.passed(x, status)
			case found:
				return e.fail(x, bad, status, "HTTP check matched unwanted content")
			default:
				return e.fail(x, bad, status, "HTTP content check did not match")
			}
		}
		if v := more(x, e.late); v != proxy.CheckNext {
			return v
		}
	}
}

// statuses is a list of codes and of ranges of them.
type statuses []statusRange

type statusRange struct{ from, to int }

func (statuses) describe() string { return "HTTP status codes" }
func (statuses) wanted() string   { return "(status codes)" }

func (s statuses) of(x *proxy.CheckRun) (bool, string) {
	n := x.Stream.Res.Status
	for _, r := range s {
		if n >= r.from && n <= r.to {
			return true, ""
		}
	}
	return false, ""
}

// good are the codes that a check accepts when nobody says otherwise.
var good = statuses{{200, 399}}

// statusPattern is a regular expression for the code.
type statusPattern struct{ regex *sample.Regex }

func (*statusPattern) describe() string { return "HTTP status regex" }
func (*statusPattern) wanted() string   { return " (regex)" }

func (p *statusPattern) of(x *proxy.CheckRun) (bool, string) {
	return p.regex.Match(strconv.AppendInt(nil, int64(x.Stream.Res.Status), 10), &x.Stream.Arena), ""
}

// field is a match of header fields: one with such a name has such a value.
type field struct {
	name, value side
	full        bool // fhdr: commas do not separate values
}

// how a name or a value is compared.
type how uint8

const (
	isEqual how = iota
	hasPrefix
	hasSuffix
	hasInside
	hasMatch
)

// side is what a name or a value is compared with.
type side struct {
	given  bool
	how    how
	text   []byte
	format *sample.Format
	regex  *sample.Regex
}

func (*field) describe() string { return "HTTP header pattern" }
func (*field) wanted() string   { return " (header pattern)" }

func (f *field) of(x *proxy.CheckRun) (bool, string) {
	name, ok := f.name.made(x)
	if !ok {
		return false, emptyFormat
	}
	val, ok := f.value.made(x)
	if !ok {
		return false, emptyFormat
	}
	fields := x.Stream.Res.Fields
	for i := range fields {
		h := &fields[i]
		if h.Dead || !f.name.matches(x, h.Name, name, true) {
			continue
		}
		if !f.value.given {
			return true, ""
		}
		if f.full {
			if f.value.matches(x, h.Value, val, false) {
				return true, ""
			}
			continue
		}
		parts := msg.SplitValue(h.Value)
		for part, more := parts.Next(); more; part, more = parts.Next() {
			if f.value.matches(x, part, val, false) {
				return true, ""
			}
		}
	}
	return false, ""
}

// made returns the text to compare with; ok is false when a format made none.
func (s *side) made(x *proxy.CheckRun) (text []byte, ok bool) {
	if s.format == nil {
		return s.text, true
	}
	text = render(x, s.format)
	return text, len(text) > 0
}

// matches compares b with text; fold ignores the case of letters.
func (s *side) matches(x *proxy.CheckRun, b, text []byte, fold bool) bool {
	if fold && s.how != hasMatch {
		b, text = bytes.ToLower(b), bytes.ToLower(text)
	}
	switch s.how {
	case hasPrefix:
		return bytes.HasPrefix(b, text)
	case hasSuffix:
		return bytes.HasSuffix(b, text)
	case hasInside:
		return bytes.Contains(b, text)
	case hasMatch:
		return s.regex.Match(b, &x.Stream.Arena)
	}
	return bytes.Equal(b, text)
}
