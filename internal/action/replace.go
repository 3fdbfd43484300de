package action

import (
	"errors"
	"fmt"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// substitution is a regular expression and the format whose result replaces what it looked at, with back-references.
type substitution struct {
	re       *sample.Regex
	to       *sample.Format
	template *sample.Template // to, when it is the same for every stream
}

func parseSubstitution(p *rule.Parser, mistake string) (substitution, error) {
	var sub substitution
	var err error
	if sub.re, err = p.Regex(); err != nil {
		return sub, fmt.Errorf("%s%w", mistake, err)
	}
	if sub.to, err = p.Format(sample.ForHeader); err != nil {
		return sub, err
	}
	if text, same := sub.to.Constant(); same {
		sub.template = sample.NewTemplate(text)
	}
	return sub, nil
}

// apply returns what becomes of text, in the arena, and false when the expression does not match.
func (sub *substitution) apply(s *proxy.Stream, text []byte) ([]byte, bool) {
	var found sample.Found
	places := sub.re.Find(text, &found, &s.Arena)
	if places == nil {
		return nil, false
	}
	if t := sub.template; t != nil {
		return t.Append(s.Arena.Alloc(t.Len(places))[:0], text, places), true
	}
	to := render(s, sub.to)
	n := sample.ExpandLen(to, text, places)
	out := sample.Expand(s.Arena.Alloc(n)[:0], to, text, places)
	done(s, to)
	return out, true
}

// replaceField is replace-header and replace-value.
type replaceField struct {
	side  side
	name  msg.Name
	parts bool // each value between commas by itself
	sub   substitution
}

func parseReplaceField(parts bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if p.Left() < 3 {
			return nil, errors.New("expects exactly 3 arguments")
		}
		name, _ := p.Next()
		sub, err := parseSubstitution(p, "")
		if err != nil {
			return nil, err
		}
		return &replaceField{sideOf(p), msg.NewName(name), parts, sub}, nil
	}
}

// Run rewrites the values that match.
func (a *replaceField) Run(s *proxy.Stream) proxy.Verdict {
	for i := a.side.fields(s).Next(a.name, 0); i >= 0; i = a.side.fields(s).Next(a.name, i+1) {
		before := (*a.side.fields(s))[i].Value
		var after []byte
		var changed bool
		if a.parts {
			after, changed = a.each(s, before)
		} else {
			after, changed = a.sub.apply(s, before)
		}
		if changed {
			if !a.side.putValue(s, i, after) {
				return failed(s)
			}
			if s.Trace != nil {
				s.Trace.Rewrite("header "+a.name.String(), before, after)
			}
		}
	}
	return proxy.Continue
}

// each rewrites the values between commas. Blanks around one that changes go away with it; others stay.
func (a *replaceField) each(s *proxy.Stream, whole []byte) ([]byte, bool) {
	var out []byte
	kept, changed := 0, false // how much of whole is in out
	for elements := msg.SplitValue(whole); ; {
		before := len(whole) - elements.Rest()
		item, ok := elements.Next()
		if !ok {
			break
		}
		after, match := a.sub.apply(s, item)
		if !match {
			continue
		}
		joined := s.Arena.Alloc(len(out) + before - kept + len(after))
		n := copy(joined, out)
		n += copy(joined[n:], whole[kept:before])
		copy(joined[n:], after)
		out, kept, changed = joined, len(whole), true
		if elements.More() {
			kept -= elements.Rest() + 1 // the comma stays
		}
	}
	if !changed {
		return nil, false
	}
	joined := s.Arena.Alloc(len(out) + len(whole) - kept)
	copy(joined[copy(joined, out):], whole[kept:])
	return joined, true
}
