package action

import (
	"errors"
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// spoeRows are the actions that offer streams to agents (SPOE.txt 2.4).
func spoeRows() []rule.Action {
	return []rule.Action{
		{Name: "send-spoe-group", Doc: "Sends a group of messages to an agent.",
			Sets: rule.TCPContent | rule.TCPResponse | rule.HTTPRequest | rule.HTTPResponse, Parse: parseSendGroup},
	}
}

// sendGroup is send-spoe-group; the filter makes what it runs.
type sendGroup struct{ run proxy.Action }

// Run sends the group.
func (a *sendGroup) Run(s *proxy.Stream) proxy.Verdict { return a.run.Run(s) }

func parseSendGroup(p *rule.Parser) (proxy.Action, error) {
	engine, _ := p.Next()
	group, ok := p.Next()
	if !ok || engine == "if" || engine == "unless" || group == "if" || group == "unless" || p.More() {
		return nil, errors.New("expects 2 arguments: <engine-id> <group-id>")
	}
	a, px := &sendGroup{}, p.Env.Proxy
	if p.Env.Pending == nil || px == nil {
		return a, nil
	}
	p.Env.Pending.Add(sample.Reference{Pos: p.Env.Pos, Plain: true, Resolve: func(*proxy.Snapshot) error {
		for _, f := range px.Rules.Filters.Declared {
			g, is := f.(proxy.Grouper)
			if !is || g.Engine() != engine {
				continue
			}
			if a.run = g.Send(group); a.run == nil {
				return fmt.Errorf("Proxy '%s': unable to find SPOE group '%s' into SPOE engine '%s' configuration.", px.Name, group, engine)
			}
			return nil
		}
		return fmt.Errorf("Proxy '%s': unable to find SPOE engine '%s' used by the send-spoe-group '%s'.", px.Name, engine, group)
	}})
	return a, nil
}
