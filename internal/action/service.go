package action

import (
	"errors"
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// serviceRows are the actions that hand the stream to something else inside the program.
func serviceRows() []rule.Action {
	return []rule.Action{
		{Name: "use-service", Doc: "Lets a service of the program answer.", Sets: rule.TCPContent | rule.HTTPRequest, Final: true, Parse: parseService},
		{Name: "wait-for-handshake", Doc: "Waits until the client's handshake is over.", Sets: rule.HTTPRequest, Parse: parseWaitHandshake},
	}
}

func parseService(p *rule.Parser) (proxy.Action, error) {
	name, ok := p.Next()
	if !ok {
		return nil, errors.New("'use-service' expects a service name.")
	}
	s := p.Reg.Service(p.Set, name)
	if s == nil {
		return nil, fmt.Errorf("'%s' unknown service name.", name)
	}
	return s.Serve, nil
}

// parseWaitHandshake makes a rule that never has to wait: no request is read before the handshake of its connection is
// over, as early data are not accepted.
func parseWaitHandshake(*rule.Parser) (proxy.Action, error) { return decide(proxy.Continue), nil }
