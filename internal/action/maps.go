package action

import (
	"errors"
	"strings"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// mapRows are the actions that change ACLs and maps.
func mapRows() []rule.Action {
	return []rule.Action{
		{Name: "add-acl", Doc: "Adds a pattern to a list of patterns unless it is there.", Sets: rule.HTTPRequest | rule.HTTPResponse, Arg: true, Parse: parseChange(addACL, 1)},
		{Name: "del-acl", Doc: "Removes a pattern from a list of patterns.", Sets: rule.HTTPRequest | rule.HTTPReply, Arg: true, Parse: parseChange(deleteKey, 1)},
		{Name: "del-map", Doc: "Removes a key from a map.", Sets: rule.HTTPRequest | rule.HTTPReply, Arg: true, Parse: parseChange(deleteKey, 1)},
		{Name: "set-map", Doc: "Gives a key of a map a value and adds it when it is not there.", Sets: rule.HTTPRequest | rule.HTTPReply, Arg: true, Parse: parseChange(setKey, 2)},
	}
}

// changeList is an action that changes a list.
type changeList struct {
	list       *pattern.List // nil when nothing of the configuration reads that list
	change     func(l *pattern.List, key, value []byte) error
	key, value *sample.Format
}

// Run changes the list. What a list cannot take, such as a word in a list of addresses, it is spared.
func (a *changeList) Run(s *proxy.Stream) proxy.Verdict {
	if a.list == nil {
		return proxy.Continue
	}
	m := s.Arena.Mark()
	text := render(s, a.key)
	key := s.Arena.Copy(text)
	done(s, text)
	var value []byte
	if a.value != nil {
		value = render(s, a.value)
	}
	a.change(a.list, key, value)
	if a.value != nil {
		done(s, value)
	}
	s.Arena.Release(m)
	return proxy.Continue
}

func addACL(l *pattern.List, key, _ []byte) error { return l.AddOnce(key) }

func deleteKey(l *pattern.List, key, _ []byte) error { return l.Delete(key) }

func setKey(l *pattern.List, key, value []byte) error { return l.Put(key, value) }

// parseChange reads the name of the list and the formats. The list itself is known once the configuration is read.
func parseChange(change func(l *pattern.List, key, value []byte) error, formats int) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		name, _, _ := strings.Cut(strings.TrimPrefix(p.Paren, "("), ")")
		a := &changeList{change: change}
		if p.Left() < formats {
			if formats == 1 {
				return nil, errors.New("expects exactly 1 arguments")
			}
			return nil, errors.New("expects exactly 2 arguments")
		}
		for _, to := range []**sample.Format{&a.key, &a.value}[:formats] {
			p.Env.HTTP = false
			f, err := p.Format(sample.ForHeader)
			if err != nil {
				return nil, err
			}
			*to = f
		}
		lists := p.Scope.Lists
		p.Env.Pending.Add(sample.Reference{Pos: p.Env.Pos, Resolve: func(*proxy.Snapshot) error {
			if a.list = lists.Named(name); a.list != nil {
				a.list.Changeable()
			}
			return nil
		}})
		return a, nil
	}
}
