package action

import (
	"fmt"
	"strconv"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
)

// counterRows are the actions that change what a tracked entry stores (configuration.txt 4.3).
func counterRows() []rule.Action {
	sets := rule.TCPRequest | rule.TCPResponse | rule.HTTPRequest | rule.HTTPReply
	return []rule.Action{
		{Name: "sc-add-gpc", Doc: "Adds to a general purpose counter of a tracked entry.", Sets: sets, Arg: true, Parse: parseCounter(sticktable.Add, sticktable.GPC, true)},
		{Name: "sc-inc-gpc", Doc: "Adds one to a general purpose counter of a tracked entry.", Sets: sets, Arg: true, Parse: parseIncrement(sticktable.GPC, true)},
		{Name: "sc-inc-gpc0", Doc: "Adds one to the first general purpose counter of a tracked entry.", Sets: sets, Arg: true, Parse: parseIncrement(sticktable.GPC0, false)},
		{Name: "sc-inc-gpc1", Doc: "Adds one to the second general purpose counter of a tracked entry.", Sets: sets, Arg: true, Parse: parseIncrement(sticktable.GPC1, false)},
		{Name: "sc-set-gpt", Doc: "Sets a general purpose tag of a tracked entry.", Sets: sets, Arg: true, Parse: parseCounter(sticktable.Set, sticktable.GPT, true)},
		{Name: "sc-set-gpt0", Doc: "Sets the first general purpose tag of a tracked entry.", Sets: sets, Arg: true, Parse: parseCounter(sticktable.Set, sticktable.GPT0, false)},
	}
}

// change does something with an element of what a stick counter tracks.
type change struct {
	number
	op      sticktable.Op
	field   sticktable.Field
	element int
	counter int
}

// Run changes the entry, if there is one.
func (a *change) Run(s *proxy.Stream) proxy.Verdict {
	e := s.Tracked(a.counter)
	if e.Table() == nil {
		return proxy.Continue
	}
	if n, ok := a.value(s); ok {
		e.Change(a.op, a.field, a.element, uint64(uint32(n)), s.Now())
	}
	return proxy.Continue
}

// target reads the parentheses: the element where there are several, and the stick counter. HAProxy's messages name the
// word and the usage in a way of their own for nearly each action.
func (a *change) target(p *rule.Parser, indexed bool) error {
	in, closed := p.Arg()
	name, shown, what, limit := p.Row.Name, " '"+p.Word+"'", "gpc", " (tune.stick-counters)"
	if a.field == sticktable.GPT || a.field == sticktable.GPT0 {
		what, limit = "gpt", ""
	} else if !indexed {
		name, shown = p.Word, ""
	}
	wants := fmt.Sprintf("Expects %s(<Track ID>)", name)
	if indexed {
		adds := p.Row.Name == "sc-add-gpc"
		if adds {
			name = p.Word
		}
		wants = fmt.Sprintf("Expects %s(<%s ID>,<Track ID>)", name, strings.ToUpper(what))
		word, rest, two := strings.Cut(in, ",")
		n, err := strconv.ParseUint(word, 10, 31)
		switch {
		case p.Paren == "" && adds:
			return fmt.Errorf("Missing or invalid arguments for '%s'. %s", p.Word, wants)
		case p.Paren == "":
			return fmt.Errorf("invalid %s ID%s. %s", what, shown, wants)
		case (err != nil || !two) && adds:
			return fmt.Errorf("Missing %s ID. %s", what, wants)
		case err != nil || !two:
			return fmt.Errorf("Missing %s ID%s. %s", what, shown, wants)
		case n >= sticktable.MaxElements:
			return fmt.Errorf("invalid %s ID%s. The max allowed ID is %d", what, shown, sticktable.MaxElements-1)
		}
		if a.element, in = int(n), rest; adds {
			shown = " '" + strings.TrimPrefix(p.Paren, "("+word+",") + "'"
		}
	}
	n, err := strconv.ParseUint(in, 10, 31)
	switch {
	case p.Paren == "" && !indexed:
		n = 0
	case err != nil || !closed:
		return fmt.Errorf("invalid stick table track ID%s. %s", shown, wants)
	}
	if most := p.Env.Counters; int(n) >= most {
		if indexed {
			shown = " '" + p.Word + "'"
		}
		return fmt.Errorf("invalid stick table track ID%s. The max allowed ID is %d%s", shown, most-1, limit)
	}
	a.counter = int(n)
	return nil
}

// older gives an error of the older rule sets, whose messages do not name the rule.
func older(p *rule.Parser, err error) error {
	if p.Set&(rule.TCPRequest|rule.TCPResponse) == 0 {
		return err
	}
	return p.Fail("%s", err.Error())
}

func parseIncrement(d sticktable.Field, indexed bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		a := &change{op: sticktable.Add, field: d, number: number{fixed: 1}}
		if err := a.target(p, indexed); err != nil {
			return nil, older(p, err)
		}
		return a, nil
	}
}

func parseCounter(op sticktable.Op, d sticktable.Field, indexed bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		a := &change{op: op, field: d}
		err := a.target(p, indexed)
		if err == nil && !p.More() {
			err = fmt.Errorf("missing integer or expression")
		}
		if err == nil {
			a.number, err = parseNumber(p, tag, rule.ExprUse{Where: p.FrontPlaces()})
		}
		if err != nil {
			return nil, older(p, err)
		}
		return a, nil
	}
}

// tag reads a number of 32 bits.
func tag(word string) (int64, error) {
	n, err := strconv.ParseUint(word, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("unknown fetch method '%s'", sample.Keyword(word))
	}
	return int64(n), nil
}
