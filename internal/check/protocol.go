package check

import (
	"fmt"

	"sluice/internal/proxy"
)

// protocol is a row: how an option checks servers by the words of their protocol (configuration.txt 4.2).
type protocol struct {
	Name string // of the option
	most int    // words behind it
	make func(words []string) ([]proxy.CheckStep, error)
}

var protocols = [...]protocol{
	{"ldap-check", 0, ldapSteps},
	{"mysql-check", 3, mysqlSteps},
	{"pgsql-check", 2, pgsqlSteps},
	{"redis-check", 0, redisSteps},
	{"smtpchk", 2, smtpSteps},
	{"spop-check", 0, spopSteps},
	{"ssl-hello-chk", 0, sslHelloSteps},
}

// ByProtocol returns the check that an option and the words behind it ask for: option ldap-check, mysql-check, pgsql-check,
// redis-check, smtpchk, spop-check or ssl-hello-chk.
func ByProtocol(name string, words []string) (*proxy.HealthCheck, error) {
	for i := range protocols {
		p := &protocols[i]
		if p.Name != name {
			continue
		}
		if len(words) > p.most {
			return nil, &Error{p.most, fmt.Sprintf("'option %s' cannot handle unexpected argument '%s'.", name, words[p.most])}
		}
		steps, err := p.make(words)
		if err != nil {
			return nil, err
		}
		return &proxy.HealthCheck{Kind: name, Steps: append([]proxy.CheckStep{implied()}, steps...)}, nil
	}
	return nil, fmt.Errorf("no protocol of checks is called '%s'", name)
}

// say is a step that sends bytes which are always the same.
type say string

// Run sends. What the check would tell so far stays.
func (s say) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	forget(x)
	return write(x, []byte(s))
}

// hear is a step that waits until an answer can be judged.
type hear struct {
	// judge looks at what came so far: x.In, all of it if x.EOF. It reports done when it needs no more.
	judge func(x *proxy.CheckRun) (v proxy.CheckVerdict, done bool)
	late  proxy.Outcome // of an answer that does not come in time
}

// Run listens.
func (h *hear) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	for {
		if len(x.In) > 0 || x.EOF {
			if v, done := h.judge(x); done {
				return v
			}
			if x.EOF { // for safety: a judge decides at the end
				return x.End(proxy.OutcomeL7Rsp, 0, "")
			}
		}
		if v := more(x, h.late); v != proxy.CheckNext {
			return v
		}
	}
}

// hears makes the step.
func hears(judge func(*proxy.CheckRun) (proxy.CheckVerdict, bool)) *hear {
	return &hear{judge: judge, late: proxy.OutcomeL7Tout}
}

// wait is what a judge returns that needs more.
func wait() (proxy.CheckVerdict, bool) { return proxy.CheckNext, false }

// pass goes on; at the end of the check the server passed with code and text.
func pass(x *proxy.CheckRun, code int, text string) (proxy.CheckVerdict, bool) {
	x.Result = proxy.CheckResult{Outcome: proxy.OutcomeL7OK, Code: code, Text: text}
	return proxy.CheckNext, true
}

// noAnswer ends the check of a server that spoke another protocol, or stopped in the middle.
func noAnswer(x *proxy.CheckRun, text string) (proxy.CheckVerdict, bool) {
	return x.End(proxy.OutcomeL7Rsp, 0, text), true
}

// badAnswer ends the check of a server that said that something is wrong.
func badAnswer(x *proxy.CheckRun, code int, text string) (proxy.CheckVerdict, bool) {
	return x.End(proxy.OutcomeL7Sts, code, text), true
}

// mostShown is how much of an answer results show.
const mostShown = 512

// shown returns bytes of a server as results show them: what does not print as <hexadecimal digits>.
func shown(b []byte) string {
	const digits = "0123456789ABCDEF"
	b = b[:min(len(b), mostShown)]
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c < ' ' || c > '~' {
			out = append(out, '<', digits[c>>4], digits[c&15], '>')
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// firstLine returns b without what begins with its first end of a line.
func firstLine(b []byte) []byte {
	for i, c := range b {
		if c == '\r' || c == '\n' {
			return b[:i]
		}
	}
	return b
}

// upTo returns b without what begins with its first zero.
func upTo(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}
