package action

import (
	"errors"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// earlyHint is early-hint: a field of a 103 response (RFC 8297).
type earlyHint struct {
	name  msg.Name
	value *sample.Format
}

// Run adds the field. The response leaves before the next rule of another kind.
func (a *earlyHint) Run(s *proxy.Stream) proxy.Verdict {
	v := render(s, a.value)
	s.Hints.Append(a.name, v, &s.Arena)
	done(s, v)
	return proxy.Continue
}

func parseEarlyHint(p *rule.Parser) (proxy.Action, error) {
	if p.Left() < 2 {
		return nil, errors.New("expects exactly 2 arguments")
	}
	name, _ := p.Next()
	warnName(p, name)
	f, err := p.Format(sample.ForHeader)
	if err != nil {
		return nil, err
	}
	return &earlyHint{msg.NewName(name), f}, nil
}
