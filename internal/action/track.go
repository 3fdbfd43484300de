package action

import (
	"errors"
	"fmt"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// trackRows are the actions that make a stick counter track the entry of a key (configuration.txt 4.2, 4.3).
func trackRows() []rule.Action {
	return []rule.Action{
		{Name: "track-sc", Doc: "Tracks the entry of a key in a stick table.", Sets: rule.TCPRequest | rule.HTTPRequest | rule.HTTPResponse, Number: true, Parse: parseTrack},
	}
}

// track is track-sc0 and its kin.
type track struct {
	counter int
	expr    *sample.Expr
	table   *sticktable.Table
	session bool // the counter is the session's
	reply   bool // the status of the response counts
}

// Run begins to track the key that the expression gives.
func (a *track) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	defer s.Return()
	if !a.expr.Eval(s, v) {
		if s.MayWait && v.Flags&value.MayChange != 0 {
			return proxy.NeedInput
		}
		return proxy.Continue
	}
	var small [16]byte
	key, ok := a.table.Key(&small, v, &s.Arena)
	if !ok {
		return proxy.Continue
	}
	e, ok := s.Begin(a.counter, a.table, key, a.session)
	if !ok {
		return proxy.Continue
	}
	now := s.Now()
	if s.Mode == proxy.ModeHTTP && !a.session && s.Times.Request >= 0 {
		e.Count(sticktable.HTTPReqCnt, sticktable.HTTPReqRate, 1, now)
	}
	if a.reply {
		g := s.Snap.Global
		if g.HTTPErrCodes.Has(s.Res.Status) {
			e.Count(sticktable.HTTPErrCnt, sticktable.HTTPErrRate, 1, now)
		}
		if g.HTTPFailCodes.Has(s.Res.Status) {
			e.Count(sticktable.HTTPFailCnt, sticktable.HTTPFailRate, 1, now)
		}
	}
	if s.Trace != nil {
		s.Trace.Note("track-sc"+strconv.Itoa(a.counter), "table "+a.table.Name)
	}
	return proxy.Continue
}

// counterNumber reads the number of a stick counter, which must be one of those there are.
func counterNumber(p *rule.Parser, word string) (int, error) {
	n := 0
	if word != "" {
		for i, c := range word {
			if c < '0' || c > '9' || i > 8 {
				return 0, fmt.Errorf("Wrong track-sc number '%s'", word)
			}
			n = n*10 + int(c-'0')
		}
	}
	switch most := p.Env.Counters; {
	case most == 0:
		return 0, fmt.Errorf("%d track-sc number not usable, stick-counters are disabled by tune.stick-counters", n)
	case n >= most:
		return 0, fmt.Errorf("%d track-sc number exceeding %d (tune.stick-counters-1) value", n, most-1)
	}
	return n, nil
}

func parseTrack(p *rule.Parser) (proxy.Action, error) {
	n, err := counterNumber(p, p.Word[len("track-sc"):])
	if err != nil {
		return nil, asTCP(p, err)
	}
	a := &track{counter: n, session: p.Set&(rule.TCPConnection|rule.TCPSession) != 0, reply: p.Set == rule.HTTPResponse}
	if !p.More() {
		return nil, asTCP(p, errors.New("missing fetch method"))
	}
	use := rule.ExprUse{}
	if p.Set&rule.TCPRequest != 0 {
		use.What = "tracking rule"
	}
	if a.expr, err = p.ExprAs(use); err != nil {
		return nil, asTCP(p, err)
	}
	name := ""
	if p.Accept("table") {
		if !p.More() {
			return nil, asTCP(p, errors.New("missing table name"))
		}
		name, _ = p.Next()
	}
	wantsDelay(p, a.expr, trackRule)
	home := p.Env.Proxy
	what := fmt.Sprintf("track-sc%d", n)
	p.Env.Pending.Add(sample.Reference{Pos: p.Env.Pos, Plain: true, Resolve: func(s *proxy.Snapshot) error {
		a.table, err = FindTable(s, home, name, a.expr.Out, what)
		return err
	}})
	return a, nil
}

// FindTable finds the stick table that a line of a section names, that of the section itself without a name, for keys of
// a type.
func FindTable(s *proxy.Snapshot, home *proxy.Proxy, name string, from value.Type, what string) (*sticktable.Table, error) {
	if name == "" {
		name = home.Name
	}
	t := s.Table(name)
	switch {
	case t == nil:
		return nil, fmt.Errorf("Proxy '%s': unable to find table '%s' referenced by %s.", home.Name, name, what)
	case !value.Castable(from, t.Type()):
		return nil, fmt.Errorf("Proxy '%s': stick-table '%s' uses a type incompatible with the '%s' rule.", home.Name, name, what)
	}
	return t, nil
}

// asTCP puts an error into the words of the older rule sets.
func asTCP(p *rule.Parser, err error) error {
	if p.Set&rule.TCPRequest == 0 {
		return err
	}
	return p.Fail("'%s' : %s", p.Set.String()+" "+p.Word, err.Error())
}
