package action

import (
	"errors"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// targetRows are the actions on the first line of the request.
func targetRows() []rule.Action {
	return []rule.Action{
		{Name: "normalize-uri", Doc: "Rewrites the target into one of its many equal forms.", Sets: rule.HTTPRequest, Experimental: true, Parse: parseNormalize},
		{Name: "replace-path", Doc: "Rewrites the path.", Sets: rule.HTTPRequest, Parse: parseReplaceTarget(targetPath)},
		{Name: "replace-pathq", Doc: "Rewrites path and query string.", Sets: rule.HTTPRequest, Parse: parseReplaceTarget(targetPathq)},
		{Name: "replace-uri", Doc: "Rewrites the whole target.", Sets: rule.HTTPRequest, Parse: parseReplaceTarget(targetWhole)},
		{Name: "set-method", Doc: "Replaces the method.", Sets: rule.HTTPRequest, Parse: parseTarget(targetMethod)},
		{Name: "set-path", Doc: "Replaces the path.", Sets: rule.HTTPRequest, Parse: parseTarget(targetPath)},
		{Name: "set-pathq", Doc: "Replaces path and query string.", Sets: rule.HTTPRequest, Parse: parseTarget(targetPathq)},
		{Name: "set-query", Doc: "Replaces the query string.", Sets: rule.HTTPRequest, Parse: parseTarget(targetQuery)},
		{Name: "set-uri", Doc: "Replaces the whole target.", Sets: rule.HTTPRequest, Parse: parseTarget(targetWhole)},
	}
}

// part is a part of the request's first line.
type part uint8

const (
	targetMethod part = iota
	targetPath
	targetPathq
	targetQuery
	targetWhole
)

var partNames = [...]string{"method", "path", "pathq", "query", "uri"}

func (t part) get(s *proxy.Stream) []byte {
	switch t {
	case targetMethod:
		return s.Req.Method
	case targetPath:
		return s.Req.Path()
	case targetPathq:
		return s.Req.PathQuery()
	case targetQuery:
		return s.Req.Query()
	}
	return s.Req.Target
}

// put replaces the part; it reports false when the result would be no first line any more.
func (t part) put(s *proxy.Stream, v []byte) bool {
	if len(v) == 0 && t != targetQuery {
		return false
	}
	before := t.get(s)
	if !s.Grow(proxy.SideRequest, len(v)-len(before)) {
		return false
	}
	switch t {
	case targetMethod:
		s.Req.SetMethod(v, &s.Arena)
	case targetPath:
		s.Req.SetPath(v, &s.Arena)
	case targetPathq:
		s.Req.SetPathQuery(v, &s.Arena)
	case targetQuery:
		s.Req.SetQuery(v, &s.Arena)
	case targetWhole:
		s.Req.SetTarget(v, &s.Arena)
	}
	if s.Trace != nil {
		s.Trace.Rewrite(partNames[t], before, v)
	}
	return true
}

// failed is the verdict of a rewrite that cannot be done (strict-mode).
func failed(s *proxy.Stream) proxy.Verdict {
	s.FailedRewrites++
	if s.Tune.StrictOff {
		return proxy.Continue
	}
	return proxy.InternalError
}

// setTarget is set-path and its kin.
type setTarget struct {
	part  part
	value *sample.Format
}

// Run writes the part.
func (a *setTarget) Run(s *proxy.Stream) proxy.Verdict {
	v := render(s, a.value)
	ok := a.part.put(s, v)
	done(s, v)
	if !ok {
		return failed(s)
	}
	return proxy.Continue
}

func parseTarget(t part) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if !p.Just(1) {
			return nil, errors.New("expects exactly 1 argument <format>")
		}
		f, err := p.Format(sample.ForHeader)
		if err != nil {
			return nil, err
		}
		return &setTarget{t, f}, nil
	}
}

// replaceTarget is replace-path and its kin.
type replaceTarget struct {
	part part
	sub  substitution
}

// Run rewrites the part when it matches.
func (a *replaceTarget) Run(s *proxy.Stream) proxy.Verdict {
	after, ok := a.sub.apply(s, a.part.get(s))
	if ok && !a.part.put(s, after) {
		return failed(s)
	}
	return proxy.Continue
}

func parseReplaceTarget(t part) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if !p.Just(2) {
			return nil, errors.New("expects exactly 2 arguments <match-regex> and <replace-format>")
		}
		sub, err := parseSubstitution(p, "failed to parse the regex : ")
		if err != nil {
			return nil, err
		}
		return &replaceTarget{t, sub}, nil
	}
}
