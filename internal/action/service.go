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
		return nil, fmt.Errorf("'%s' expects a service name.", p.Keyword())
	}
	s := p.Reg.Service(p.Set, name)
	if s == nil {
		if p.Set == rule.TCPContent {
			return nil, errors.New("'content' unknown service name.")
		}
		return nil, fmt.Errorf("'%s' unknown service name.", name)
	}
	return s.Serve, nil
}

// parseWaitHandshake makes a rule that never has to wait: no request is read before the handshake of its connection is
// over, as early data are not accepted.
func parseWaitHandshake(*rule.Parser) (proxy.Action, error) { return decide(proxy.Continue), nil }

// Services are what use-service can name.
func Services() []rule.Service {
	return []rule.Service{
		{Name: "prometheus-exporter", Doc: "The metrics of the program for Prometheus.", Sets: rule.HTTPRequest, Serve: exporter{}},
	}
}

// exporter is the service prometheus-exporter. What it shows belongs to the process.
type exporter struct{}

// Run lets the process's exporter answer.
func (exporter) Run(s *proxy.Stream) proxy.Verdict {
	s.Log.Service = "<PROMEX>"
	s.Answer = proxy.Answer{Service: s.Snap.Proc.Exporter}
	if s.Answer.Service == nil { // nothing is served: requests are explained
		s.Answer.Static = &proxy.StaticReply{Status: 200, Reason: "OK"}
	}
	return proxy.Reply
}
