package check

import (
	"bytes"
	"strconv"
	"strings"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// AgentCheck returns how an agent is asked (configuration.txt 5.2, agent-check): it may be sent a text, and answers with
// one line of words.
func AgentCheck() *proxy.HealthCheck { return &agentCheck }

var agentCheck = proxy.HealthCheck{Kind: "agent-check", Steps: []proxy.CheckStep{
	&connect{how: proxy.CheckConnect{Default: true}}, askAgent{}}}

// askAgent sends agent-send and reads the answer into x.Body.
type askAgent struct{}

// Run talks to the agent.
func (askAgent) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	text := x.Server.Check.Agent.Send
	if t := x.Server.State.Agent.Target.Load(); t != nil && t.Sends {
		text = t.Send
	}
	if text != "" {
		if v := write(x, []byte(text)); v != proxy.CheckNext {
			return v
		}
	}
	for {
		if i := bytes.IndexAny(x.In, "\r\n"); i >= 0 || x.EOF {
			if i < 0 {
				i = len(x.In)
			}
			x.Body = x.In[:i]
			if len(bytes.TrimSpace(x.Body)) == 0 && len(x.In) == 0 {
				return x.End(proxy.OutcomeL7Rsp, 0, "")
			}
			return judgeAgent(x)
		}
		if v := more(x, proxy.OutcomeL7Tout); v != proxy.CheckNext {
			return v
		}
	}
}

// answer is what an agent's line says.
type answer struct {
	up, down string // the word that said so
	admin    string
	weight   string
	maxConn  string
	text     string // behind '#'
	wrong    string // the first word that is none
}

// parseAnswer reads an agent's line: words between blanks and commas, then perhaps a remark behind '#' or behind a word
// that says that the server is down.
func parseAnswer(line []byte) (a answer) {
	words, text, _ := strings.Cut(string(line), "#")
	a.text = strings.TrimSpace(text)
	for _, w := range strings.FieldsFunc(words, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }) {
		switch low := strings.ToLower(w); {
		case low == "up":
			a.up = low
		case low == "down" || low == "stopped" || low == "fail" || low == "failed":
			a.down = low
		case low == "ready" || low == "drain" || low == "maint":
			a.admin = low
		case strings.HasPrefix(low, "maxconn:"):
			a.maxConn = w[len("maxconn:"):]
		case strings.HasPrefix(low, "weight:"):
			a.weight = low[len("weight:"):]
		case strings.HasSuffix(low, "%"):
			a.weight = low
		case a.wrong == "":
			a.wrong = w
		}
	}
	return a
}

// judgeAgent ends an agent check with what the line says of the server's health.
func judgeAgent(x *proxy.CheckRun) proxy.CheckVerdict {
	a := parseAnswer(x.Body)
	switch {
	case a.down != "":
		return x.End(proxy.OutcomeL7Sts, 0, join(a.down, a.text))
	case a.up != "":
		return x.End(proxy.OutcomeL7OK, 0, join(a.up, a.text))
	case a.wrong != "" && a.admin == "" && a.weight == "" && a.maxConn == "":
		return x.End(proxy.OutcomeL7Rsp, 0, string(x.Body))
	}
	return x.End(proxy.OutcomeChecked, 0, a.text)
}

// join is how logs and statistics tell of an agent's word and its remark.
func join(word, text string) string {
	word = "via agent : " + word
	if text == "" {
		return word
	}
	return word + " (" + text + ")"
}

// ConcludeAgent takes what an agent said. Administrative words and weights count at once; a failure to reach the agent
// changes nothing.
func ConcludeAgent(srv *proxy.Server, found *proxy.CheckStatus, line []byte, now balance.Moment) {
	if found.Outcome.Finding() == proxy.FoundBad && !found.Outcome.HasCode() {
		last := srv.State.Agent.Last.Swap(found)
		if (last == nil || last.Outcome != found.Outcome) && srv.Proxy.Options.Has(proxy.OptLogHealthChecks) {
			logCheck(srv, Agent, found, now)
		}
		return
	}
	a := parseAnswer(line)
	switch a.admin {
	case "ready":
		balance.SetAdmin(srv, proxy.AdminForcedMaint|proxy.AdminConfigMaint|proxy.AdminForcedDrain, false, now)
	case "drain":
		balance.SetDrain(srv, now)
	case "maint":
		balance.SetMaint(srv, now)
	}
	if a.weight != "" {
		if n, err := balance.ParseWeight(srv, a.weight); err == nil {
			balance.SetWeight(srv, n, now)
		}
	}
	if n, err := strconv.Atoi(a.maxConn); err == nil && n >= 0 {
		balance.SetMaxConn(srv, n)
	}
	if found.Outcome == proxy.OutcomeChecked {
		srv.State.Agent.Last.Store(found)
		return
	}
	Conclude(srv, Agent, found, now)
}
