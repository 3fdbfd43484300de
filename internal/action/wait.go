package action

import (
	"errors"
	"fmt"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// waitRows are the actions that take their time.
func waitRows() []rule.Action {
	return []rule.Action{
		{Name: "pause", Doc: "Lets the message wait for some time.", Sets: rule.HTTPRequest | rule.HTTPResponse, Parse: parsePause},
		{Name: "wait-for-body", Doc: "Waits for the body of the message.", Sets: rule.HTTPRequest | rule.HTTPResponse, Parse: parseWaitBody},
	}
}

// pause sleeps on the stream's task.
type pause struct{ number }

// Run sleeps.
func (a *pause) Run(s *proxy.Stream) proxy.Verdict {
	n, ok := a.value(s)
	if a.expr != nil {
		n *= 1e6
	}
	if s.Trace != nil {
		s.Trace.Note("pause", time.Duration(n).String())
	}
	if ok && n > 0 && s.Task != nil && !s.Snap.Proc.Offline {
		s.Task.SleepUntil(s.Task.Loop().Now() + n)
	}
	return proxy.Continue
}

func parsePause(p *rule.Parser) (proxy.Action, error) {
	if !p.More() {
		return nil, errors.New("expects exactly 1 argument (time value or expression)")
	}
	n, err := parseNumber(p, milliseconds("pause"), rule.ExprUse{Where: sample.Anywhere})
	if err != nil {
		return nil, err
	}
	return &pause{n}, nil
}

// waitBody asks the machine to wait.
type waitBody struct {
	response bool
	limit    int64
	atLeast  int
}

// Run waits for the body.
func (a *waitBody) Run(s *proxy.Stream) proxy.Verdict {
	if s.Waiter == nil {
		return proxy.InternalError
	}
	return s.Waiter.WaitBody(s, a.response, a.limit, a.atLeast)
}

func parseWaitBody(p *rule.Parser) (proxy.Action, error) {
	const usage = "expects time <time> [ at-least <bytes> ]"
	a := &waitBody{response: p.Set == rule.HTTPResponse, limit: -1}
	for p.More() {
		switch {
		case p.Accept("time"):
			word, ok := p.Next()
			if !ok {
				return nil, errors.New("missing argument for 'time'")
			}
			d, bad, over := delay(word)
			switch {
			case over:
				return nil, errors.New("time overflow (maximum value is 2147483647 ms or ~24.8 days)")
			case bad != "":
				return nil, fmt.Errorf("unexpected character '%s'", bad)
			}
			a.limit = d
		case p.Accept("at-least"):
			word, ok := p.Next()
			if !ok {
				return nil, errors.New("missing argument for 'at-least'")
			}
			n, err := config.ParseSize(word)
			if err != nil {
				return nil, fmt.Errorf("unexpected character '%s'", err.Char())
			}
			a.atLeast = int(n)
		default:
			if a.limit < 0 {
				return nil, errors.New(usage)
			}
			return a, nil
		}
	}
	if a.limit < 0 {
		return nil, errors.New(usage)
	}
	return a, nil
}
