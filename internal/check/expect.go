package check

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// match is what an expect step looks for.
type match interface {
	// describe names it in messages behind "expect", wanted where the content is meant.
	describe() string
	wanted() string
}

// content is a match of bytes: of what was received, or of the body of a response.
type content interface {
	match
	// in reports whether b has it. trouble is a message when that cannot be told.
	in(x *proxy.CheckRun, b []byte) (found bool, trouble string)
}

// expect is a step that looks at what the server sent (configuration.txt 4.2, tcp-check expect, http-check expect).
type expect struct {
	noted
	match
	not     bool
	minRecv int // -1: not given

	ok, bad, late proxy.Outcome // ok-status, error-status, tout-status
	onSuccess     *sample.Format
	onError       *sample.Format
	code          *sample.Expr // status-code
}

func (e *expect) describe() string { return "expect " + e.match.describe() }

// Run waits until what was received decides.
func (e *expect) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	for {
		if v, done := e.look(x); done {
			return v
		}
		if v := more(x, e.late); v != proxy.CheckNext {
			return v
		}
	}
}

// look matches what is there; done is false when more is needed first.
func (e *expect) look(x *proxy.CheckRun) (v proxy.CheckVerdict, done bool) {
	if len(x.In) == 0 {
		if x.EOF {
			return e.failed(x, "TCPCHK got an empty response at step "+strconv.Itoa(e.number)), true
		}
		return 0, false
	}
	if len(x.In) < e.minRecv && !x.EOF {
		return 0, false
	}
	c, ok := e.match.(content)
	if !ok { // expect custom: whatever comes
		return e.passed(x, 0), true
	}
	found, trouble := c.in(x, x.In)
	switch {
	case trouble != "":
		return e.failed(x, trouble), true
	case !found && e.minRecv < 0 && !x.EOF:
		return 0, false
	case found != e.not:
		return e.passed(x, 0), true
	}
	return e.failed(x, e.mismatch(found)), true
}

// mismatch says that the content is not as it should be.
func (e *expect) mismatch(found bool) string {
	text := "TCPCHK did not match content"
	if found {
		text = "TCPCHK matched unwanted content"
	}
	return text + e.wanted() + " at step " + strconv.Itoa(e.number)
}

// passed goes on, after it has noted what a success at the end says.
func (e *expect) passed(x *proxy.CheckRun, code int) proxy.CheckVerdict {
	x.Result = proxy.CheckResult{Outcome: e.ok, Code: e.codeOf(x, code)}
	if e.onSuccess != nil {
		x.Result.Text = string(render(x, e.onSuccess))
	}
	return proxy.CheckNext
}

// failed ends the check.
func (e *expect) failed(x *proxy.CheckRun, text string) proxy.CheckVerdict {
	return e.fail(x, e.bad, 0, text)
}

func (e *expect) fail(x *proxy.CheckRun, o proxy.Outcome, code int, text string) proxy.CheckVerdict {
	if e.onError != nil {
		text = string(render(x, e.onError))
	} else if e.comment != "" {
		text += " comment: " + e.comment
	}
	return x.End(o, e.codeOf(x, code), text)
}

// codeOf is the code of the result: what status-code says, or that of the protocol.
func (e *expect) codeOf(x *proxy.CheckRun, code int) int {
	if e.code == nil {
		return code
	}
	show(x)
	v := x.Stream.Borrow()
	defer x.Stream.Return()
	if !e.code.Eval(x.Stream, v) {
		return code
	}
	if v.Type == value.Bin {
		v.SetStr(v.Bytes) // bytes of the answer are digits here
	}
	if v.Cast(value.Sint, &x.Stream.Arena) {
		return int(v.Int)
	}
	return code
}

// text is a string, or bytes given as digits.
type text struct {
	bytes  []byte
	digits string // as written, "" for a string
}

func (t *text) describe() string {
	if t.digits != "" {
		return "binary '" + t.digits + "'"
	}
	return "string '" + string(t.bytes) + "'"
}

func (t *text) wanted() string {
	if t.digits != "" {
		return " (binary)"
	}
	return " '" + string(t.bytes) + "'"
}

func (t *text) in(_ *proxy.CheckRun, b []byte) (bool, string) { return bytes.Contains(b, t.bytes), "" }

// pattern is a regular expression, over the bytes or over their digits.
type pattern struct {
	regex  *sample.Regex
	digits bool
}

func (p *pattern) describe() string {
	if p.digits {
		return "binary regex"
	}
	return "regex"
}

func (p *pattern) wanted() string { return " (" + p.describe() + ")" }

func (p *pattern) in(x *proxy.CheckRun, b []byte) (bool, string) {
	a := &x.Stream.Arena
	if p.digits {
		const most = 2 // bytes of digits for one byte
		mark := a.Mark()
		defer a.Release(mark)
		b = upperHex(a.Alloc(most*len(b)), b)
	}
	return p.regex.Match(b, a), ""
}

func upperHex(dst, b []byte) []byte {
	const digits = "0123456789ABCDEF"
	for i, c := range b {
		dst[2*i], dst[2*i+1] = digits[c>>4], digits[c&15]
	}
	return dst
}

// made is what a format makes: a string, or bytes given as digits.
type made struct {
	format *sample.Format
	digits bool
}

func (m *made) describe() string {
	if m.digits {
		return "log-format binary"
	}
	return "log-format string"
}

func (m *made) wanted() string { return " (" + m.describe() + ")" }

func (m *made) in(x *proxy.CheckRun, b []byte) (bool, string) {
	what := render(x, m.format)
	if m.digits {
		raw := make([]byte, hex.DecodedLen(len(what)))
		if _, err := hex.Decode(raw, what); err != nil {
			return false, "Failed to parse hexastring resulting of eval of a log-format string"
		}
		what = raw
	}
	if len(what) == 0 {
		return false, emptyFormat
	}
	return bytes.Contains(b, what), ""
}

const emptyFormat = "log-format string evaluated to an empty string"

// anything is `expect custom`, which a protocol's own check would fill in: whatever the server sends is good.
type anything struct{}

func (anything) describe() string { return "custom function" }
func (anything) wanted() string   { return " (custom function)" }
