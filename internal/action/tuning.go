package action

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// tuningRows are the actions that change how the stream is treated.
func tuningRows() []rule.Action {
	return []rule.Action{
		{Name: "disable-l7-retry", Doc: "Forbids to send the request again after a failure.", Sets: rule.HTTPRequest, Parse: parseNoRetry},
		{Name: "set-nice", Doc: "Decides how readily the stream lets others go first.", Sets: rule.TCPContent | rule.TCPResponse | rule.HTTPRequest | rule.HTTPResponse, Parse: parseNice},
		{Name: "set-priority-class", Doc: "Sets the class of the stream in queues.", Sets: rule.TCPContent | rule.HTTPRequest, Parse: parsePriority("priority class", setClass)},
		{Name: "set-priority-offset", Doc: "Moves the stream in queues by some time.", Sets: rule.TCPContent | rule.HTTPRequest, Parse: parsePriority("priority offset", setOffset)},
		{Name: "set-retries", Doc: "Changes the number of connection retries.", Sets: rule.TCPContent | rule.HTTPRequest, Parse: parseRetries},
		{Name: "set-timeout", Doc: "Changes a timeout of the stream.", Sets: rule.HTTPRequest | rule.HTTPResponse, Parse: parseTimeout},
		{Name: "strict-mode", Doc: "Decides whether a rewrite that fails ends the request.", Sets: rule.HTTPRequest | rule.HTTPReply, Parse: parseStrict},
	}
}

// tune is an action without any data of its own.
type tune func(s *proxy.Stream)

// Run changes the stream.
func (t tune) Run(s *proxy.Stream) proxy.Verdict {
	t(s)
	return proxy.Continue
}

func parseNoRetry(*rule.Parser) (proxy.Action, error) {
	return tune(func(s *proxy.Stream) { s.Tune.NoL7Retry = true }), nil
}

func parseStrict(p *rule.Parser) (proxy.Action, error) {
	word, ok := p.Next()
	switch {
	case !ok:
		return nil, errors.New("expects exactly 1 arguments")
	case word == "on":
		return tune(func(s *proxy.Stream) { s.Tune.StrictOff = false }), nil
	case word == "off":
		return tune(func(s *proxy.Stream) { s.Tune.StrictOff = true }), nil
	}
	return nil, fmt.Errorf("Unexpected value '%s'. Only 'on' and 'off' are supported", word)
}

var levelNames = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", "silent"}

// setLevel is set-log-level.
type setLevel proxy.LogLevel

// Run sets the level.
func (a setLevel) Run(s *proxy.Stream) proxy.Verdict {
	s.Log.Level = proxy.LogLevel(a)
	return proxy.Continue
}

func parseLogLevel(p *rule.Parser) (proxy.Action, error) {
	word, _ := p.Next()
	i := slices.Index(levelNames[:], word)
	if i < 0 {
		return nil, errors.New("expects exactly 1 argument (log level name or 'silent')")
	}
	return setLevel(i), nil
}

// setNumber stores the integer of an expression.
type setNumber struct {
	number
	what string // for traces, empty when set tells them
	set  func(s *proxy.Stream, n int64)
}

// Run evaluates the expression and stores the result.
func (a *setNumber) Run(s *proxy.Stream) proxy.Verdict {
	if n, ok := a.value(s); ok {
		a.set(s, n)
		if s.Trace != nil && a.what != "" {
			s.Trace.Rewrite(a.what, nil, strconv.AppendInt(nil, n, 10))
		}
	}
	return proxy.Continue
}

func setClass(s *proxy.Stream, n int64) { s.LB.Priority = int32(min(max(n, -2047), 2047)) }

func setOffset(s *proxy.Stream, n int64) { s.LB.Offset = int32(min(max(n, -524287), 524287)) }

func parsePriority(what string, set func(*proxy.Stream, int64)) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		e, err := p.ExprNamed()
		if err != nil {
			return nil, err
		}
		return &setNumber{number{expr: e}, what, set}, nil
	}
}

func parseRetries(p *rule.Parser) (proxy.Action, error) {
	if !p.More() {
		return nil, errors.New("expects exactly 1 argument (an expression or an integer between 1 and 100)")
	}
	if px := p.Env.Proxy; px != nil {
		switch {
		case px.Caps&proxy.CapDefaults != 0:
			return nil, fmt.Errorf("'%s' is not allowed in 'defaults' sections", p.Keyword())
		case !px.IsBack():
			return nil, fmt.Errorf("'%s' only available in backend or listen section", p.Keyword())
		}
	}
	n, err := parseNumber(p, retries, rule.ExprUse{})
	if err != nil {
		return nil, err
	}
	return &setNumber{n, "retries", func(s *proxy.Stream, n int64) {
		if n >= 0 && n <= 100 {
			s.Tune.Retries = int(n)
		}
	}}, nil
}

func retries(word string) (int64, error) {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("unknown fetch method '%s'", sample.Keyword(word))
	}
	if n < 0 || n > 100 {
		return 0, errors.New("expects an expression or an integer between 1 and 100")
	}
	return n, nil
}

// setNice is set-nice.
type setNice int

// Run tells the stream's task.
func (a setNice) Run(s *proxy.Stream) proxy.Verdict {
	if s.Task != nil {
		s.Task.Nice(int(a))
	}
	return proxy.Continue
}

// niceMost bounds what set-nice may say, on either side of zero.
const niceMost = 1024

func parseNice(p *rule.Parser) (proxy.Action, error) {
	word, ok := p.Next()
	if !ok {
		return nil, errors.New("expects exactly 1 argument (integer value)")
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		return nil, fmt.Errorf("expects exactly 1 argument (integer value), not '%s'", word)
	}
	return setNice(min(max(n, -niceMost), niceMost)), nil
}

// timeout is one of those that set-timeout knows.
type timeout struct {
	front, back bool // the sides it belongs to
	field       func(t *proxy.Tuning) *int64
}

func lookupTimeout(name string) (timeout, bool) {
	switch name {
	case "client":
		return timeout{true, false, func(t *proxy.Tuning) *int64 { return &t.TimeoutClient }}, true
	case "connect":
		return timeout{false, true, func(t *proxy.Tuning) *int64 { return &t.TimeoutConnect }}, true
	case "queue":
		return timeout{false, true, func(t *proxy.Tuning) *int64 { return &t.TimeoutQueue }}, true
	case "server":
		return timeout{false, true, func(t *proxy.Tuning) *int64 { return &t.TimeoutServer }}, true
	case "tarpit":
		return timeout{true, true, func(t *proxy.Tuning) *int64 { return &t.TimeoutTarpit }}, true
	case "tunnel":
		return timeout{false, true, func(t *proxy.Tuning) *int64 { return &t.TimeoutTunnel }}, true
	}
	return timeout{}, false
}

func parseTimeout(p *rule.Parser) (proxy.Action, error) {
	if p.Left() < 2 {
		return nil, errors.New("expects exactly 2 arguments")
	}
	name, _ := p.Next()
	t, ok := lookupTimeout(name)
	if !ok {
		return nil, fmt.Errorf("'set-timeout' rule supports 'client'/'connect'/'queue'/'server'/'tarpit'/'tunnel' (got '%s')", name)
	}
	if px := p.Env.Proxy; px != nil && px.Caps&proxy.CapDefaults == 0 {
		if !(t.front && px.IsFront() || t.back && px.IsBack()) {
			side := "backend"
			if !t.back {
				side = "frontend"
			}
			return nil, fmt.Errorf("'%s' has no %s capability", px.Name, side)
		}
	}
	n, err := parseNumber(p, milliseconds("set-timeout "+name), rule.ExprUse{Where: sample.Anywhere})
	if err != nil {
		return nil, err
	}
	dynamic := n.expr != nil
	if !dynamic && n.fixed == 0 {
		return nil, fmt.Errorf("null value is not valid for a 'set-timeout %s' rule", name)
	}
	return &setNumber{n, "", func(s *proxy.Stream, n int64) {
		if dynamic {
			n *= 1e6
		}
		if n > 0 {
			*t.field(&s.Tune) = n
			if s.Trace != nil {
				s.Trace.Rewrite("timeout "+name, nil, []byte(time.Duration(n).String()))
			}
		}
	}}, nil
}
