package action

import (
	"fmt"
	"net/netip"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// resolveRows are the actions that ask name servers.
func resolveRows() []rule.Action {
	return []rule.Action{
		{Name: "do-resolve", Doc: "Sets a variable to the address of a name.", Sets: rule.TCPContent | rule.HTTPRequest, Arg: true, Number: true, Parse: parseResolve},
	}
}

// resolve is do-resolve.
type resolve struct {
	to     sample.Assign
	expr   *sample.Expr
	prefer proxy.Family
	by     *proxy.Resolvers
}

// Run looks up the name that the expression gives, and has the stream wait when it must be asked for. Without an address the
// variable stays.
func (a *resolve) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	defer s.Return()
	if !a.expr.EvalAs(s, v, value.Str) {
		if v.Flags&value.MayChange != 0 && s.MayWait {
			return proxy.NeedInput
		}
		return proxy.Continue
	}
	if s.Trace != nil {
		s.Trace.Note("do-resolve", string(v.Bytes))
	}
	if a.by == nil || a.by.Lookup == nil {
		return proxy.Continue
	}
	ip, ok := a.by.Lookup.Known(v.Bytes, a.prefer)
	if !ok {
		ip = a.ask(s, string(v.Bytes))
	}
	if ip.IsValid() {
		v.SetIP(ip)
		a.to.Set(s, v)
	}
	return proxy.Continue
}

// ask waits for the answer, away from the loop. The question bounds its own time.
func (a *resolve) ask(s *proxy.Stream, name string) netip.Addr {
	if s.Task == nil || s.Snap.Proc.Offline {
		return netip.Addr{}
	}
	answer := make(chan netip.Addr, 1)
	s.Task.Offload(func() { answer <- a.by.Lookup.Ask(name, a.prefer) }, 0)
	select {
	case ip := <-answer:
		return ip
	default: // the task was cancelled
		return netip.Addr{}
	}
}

const resolveUsage = "Expects 'do-resolve(<varname>,<resolvers>[,<options>]) <expr>'. Available options are 'ipv4' and 'ipv6'"

func parseResolve(p *rule.Parser) (proxy.Action, error) {
	bad := func(word, why string) error {
		if p.Set&rule.TCPRequest != 0 {
			return p.Fail("Can't parse '%s'%s. %s", word, why, resolveUsage)
		}
		return fmt.Errorf("Can't parse '%s'%s. %s", word, why, resolveUsage)
	}
	in, ok := p.Arg()
	words := strings.Split(in, ",")
	if !ok || len(words) < 2 || len(words) > 3 {
		return nil, bad(p.Word, "")
	}
	a := &resolve{prefer: proxy.FamIPv6}
	switch {
	case len(words) == 2 || words[2] == "ipv6":
	case words[2] == "ipv4":
		a.prefer = proxy.FamIPv4
	default:
		return nil, bad(p.Word, "")
	}
	var err error
	if a.to, err = sample.NewAssign(words[:1], p.Env); err != nil {
		return nil, bad(p.Word, ": "+err.Error())
	}
	if !p.More() {
		return nil, bad("", ": missing fetch method")
	}
	word := p.Peek()
	if a.expr, err = p.ExprAs(rule.ExprUse{Where: sample.Anywhere}); err != nil {
		return nil, bad(word, ": "+err.Error())
	}
	if err := a.expr.CheckPlace(p.Env.Where); err != nil {
		return nil, err
	}
	if p.Env.Pending == nil {
		return a, nil
	}
	name, who := words[1], "-"
	if p.Env.Proxy != nil {
		who = p.Env.Proxy.Name
	}
	p.Env.Pending.Add(sample.Reference{Pos: p.Env.Pos, Plain: true, Resolve: func(s *proxy.Snapshot) error {
		for _, r := range s.Resolvers {
			if r.Name == name {
				a.by = r
				return nil
			}
		}
		return fmt.Errorf("Proxy '%s': Can't find resolvers section '%s' for do-resolve action.", who, name)
	}})
	return a, nil
}
