package action

import (
	"errors"

	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// verdictRows are the actions that only decide.
func verdictRows() []rule.Action {
	return []rule.Action{
		{Name: "accept", Doc: "Ends the rule set and lets the traffic pass.", Sets: rule.TCPRequest | rule.TCPResponse, Final: true, Parse: verdict(proxy.Stop)},
		{Name: "allow", Doc: "Ends the rule set and lets the message pass.", Sets: rule.HTTPRequest | rule.HTTPReply, Final: true, Parse: verdict(proxy.Stop)},
		{Name: "expect-netscaler-cip", Doc: "Waits for a NetScaler client IP header before anything else.", Sets: rule.TCPConnection, Parse: expect(proxy.SessExpectCIP)},
		{Name: "expect-proxy", Doc: "Waits for a PROXY protocol header before anything else.", Sets: rule.TCPConnection, Parse: expect(proxy.SessExpect)},
		{Name: "reject", Doc: "Closes the connection without an answer.", Sets: rule.TCPRequest | rule.TCPResponse | rule.HTTPRequest, Parse: verdict(proxy.Abort)},
	}
}

// decide is an action that gives a verdict.
type decide proxy.Verdict

// Run gives the verdict.
func (d decide) Run(*proxy.Stream) proxy.Verdict { return proxy.Verdict(d) }

func verdict(v proxy.Verdict) func(*rule.Parser) (proxy.Action, error) {
	return func(*rule.Parser) (proxy.Action, error) { return decide(v), nil }
}

// expectHeader marks the session as one that begins with a header of another proxy.
type expectHeader proxy.SessionFlags

// Run marks the session.
func (e expectHeader) Run(s *proxy.Stream) proxy.Verdict {
	s.Sess.Flags |= proxy.SessionFlags(e)
	return proxy.Continue
}

func expect(flag proxy.SessionFlags) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if !p.Accept("layer4") {
			return nil, errors.New("expects 'layer4'")
		}
		return expectHeader(flag), nil
	}
}
