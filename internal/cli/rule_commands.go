package cli

import (
	"encoding/json"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// ruleCommands show what rules do. They are ours: HAProxy has nothing like them.
func ruleCommands() []Command {
	return []Command{
		{Name: "show rules", Args: "[<proxy>] [json]", Doc: "Lists the rules with their places and how often they held.", Access: Operator, Run: showRules},
		{Name: "trace requests", Args: "[count <n>] [<filter>...]", Doc: "Shows the next requests: each rule, and why it went where.", Access: Admin, Run: traceRequests},
	}
}

// ruleLine is one rule of show rules json.
type ruleLine struct {
	Proxy string `json:"proxy"`
	Set   string `json:"set"`
	File  string `json:"file"`
	Line  int    `json:"line"`
	Hits  uint64 `json:"hits"`
	Text  string `json:"text"`
}

// showRules prints rules in the order in which they run, proxy by proxy.
func showRules(s *Session, args []string) {
	asJSON := false
	if n := len(args); n > 0 && args[n-1] == "json" {
		asJSON, args = true, args[:n-1]
	}
	name := ""
	if len(args) > 0 {
		if name = args[0]; s.named(name) == nil {
			s.Fail("No such proxy.")
			return
		}
	}
	hits := s.hits()
	lines := []ruleLine{}
	for _, p := range s.srv.snapshot().All() {
		if p.Caps&proxy.CapInternal != 0 || name != "" && p.Name != name {
			continue
		}
		for _, r := range p.Rules.List() {
			line := ruleLine{Proxy: s.anon.Hash(p.Name), Set: r.Set, File: r.Pos.File, Line: r.Pos.Line, Text: r.Text}
			if s.anon != 0 {
				line.Text = s.anon.Hash(line.Text) // names and addresses stand anywhere in it
			}
			if int(r.ID) < len(hits) {
				line.Hits = hits[r.ID]
			}
			lines = append(lines, line)
		}
	}
	if asJSON {
		text, err := json.Marshal(lines)
		if err != nil {
			s.Fail(err.Error())
			return
		}
		s.Printf("%s\n", text)
		return
	}
	s.Printf("# proxy place hits rule\n")
	for _, l := range lines {
		s.Printf("%s %s %d %s\n", l.Proxy, proxy.Pos{File: l.File, Line: l.Line}, l.Hits, l.Text)
	}
}

// hits adds up the counters of the loops, by rule.
func (s *Session) hits() []uint64 {
	snap := s.srv.snapshot()
	sum := make([]uint64, snap.Rules)
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		if l.ID() >= len(snap.Hits) {
			return
		}
		for i, n := range snap.Hits[l.ID()] {
			sum[i] += n
		}
	})
	return sum
}
