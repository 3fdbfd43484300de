package action

import (
	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// verdictRows are the actions that only decide.
func verdictRows() []rule.Action {
	return []rule.Action{
		{Name: "accept", Doc: "Ends the rule set and lets the traffic pass.", Sets: rule.QUICInitial | rule.TCPRequest | rule.TCPResponse, Final: true, Parse: verdict(proxy.Stop)},
		{Name: "allow", Doc: "Ends the rule set and lets the message pass.", Sets: rule.HTTPRequest | rule.HTTPReply, Final: true, Parse: verdict(proxy.Stop)},
		{Name: "close", Doc: "Closes the connection to the server.", Sets: rule.TCPResponse, Final: true, Parse: verdict(proxy.CloseServer)},
		{Name: "dgram-drop", Doc: "Ignores the packet.", Sets: rule.QUICInitial, Final: true, Parse: verdict(proxy.Abort)},
		{Name: "expect-netscaler-cip", Doc: "Waits for a NetScaler client IP header before anything else.", Sets: rule.TCPConnection, Parse: expect(proxy.SessExpectCIP)},
		{Name: "expect-proxy", Doc: "Waits for a PROXY protocol header before anything else.", Sets: rule.TCPConnection, Parse: expect(proxy.SessExpect)},
		{Name: "redirect", Doc: "Sends the client elsewhere, to a place as it is written.", Sets: rule.Redirect, Final: true, Parse: parseOldRedirect},
		{Name: "reject", Doc: "Closes the connection without an answer.", Sets: rule.QUICInitial | rule.TCPRequest | rule.TCPResponse | rule.HTTPRequest, Parse: verdict(proxy.Abort)},
		{Name: "send-retry", Doc: "Has the client prove its address first.", Sets: rule.QUICInitial, Final: true, Parse: verdict(proxy.Abort)},
		{Name: "switch-mode", Doc: "Makes a TCP connection one of HTTP.", Sets: rule.TCPContent, Final: true, Parse: parseSwitchMode},
	}
}

// decide is an action that gives a verdict.
type decide proxy.Verdict

// Run gives the verdict.
func (d decide) Run(*proxy.Stream) proxy.Verdict { return proxy.Verdict(d) }

func verdict(v proxy.Verdict) func(*rule.Parser) (proxy.Action, error) {
	return func(*rule.Parser) (proxy.Action, error) { return decide(v), nil }
}

// parseSwitchMode reads the mode. Its messages have a form of their own.
func parseSwitchMode(p *rule.Parser) (proxy.Action, error) {
	word, ok := p.Next()
	px := p.Env.Proxy
	switch {
	case !ok:
		return nil, p.Fail("'tcp-request switch-mode' expects a mode as argument.")
	case word != "http":
		return nil, p.Fail("'tcp-request switch-mode' expects a valid mode (got '%s').", word)
	case px != nil && px.Caps&(proxy.CapFrontend|proxy.CapDefaults) == 0:
		return nil, p.Fail("'tcp-request switch-mode' not allowed because backend '%s' has no frontend capability", px.Name)
	}
	if p.Accept("proto") {
		if name, ok := p.Next(); !ok {
			return nil, p.Fail("'tcp-request switch-mode': 'proto' expects a protocol as argument.")
		} else if name != "h1" {
			return nil, p.Fail("'tcp-request switch-mode': 'proto' expects a valid MUX protocol, if specified (got '%s')", name)
		}
	}
	return decide(proxy.SwitchHTTP), nil
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
			word, _ := p.Next()
			return nil, p.Fail("'%s %s' only supports 'layer4'%s (got '%s')", p.Set.String(), p.Word, p.Section(), word)
		}
		return expectHeader(flag), nil
	}
}
