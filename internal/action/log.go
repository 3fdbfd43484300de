package action

import (
	"errors"
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// logRows are the actions on the stream's log.
func logRows() []rule.Action {
	return []rule.Action{
		{Name: "do-log", Doc: "Writes a log line at once.", Sets: rule.QUICInitial | rule.TCPRequest | rule.TCPResponse | rule.HTTPRequest | rule.HTTPReply, Parse: parseDoLog},
		{Name: "set-log-level", Doc: "Changes the level that the stream is logged at.", Sets: rule.TCPContent | rule.TCPResponse | rule.HTTPRequest | rule.HTTPReply, Parse: parseLogLevel},
	}
}

// doLog is do-log.
type doLog struct {
	origin  proxy.LogOrigin
	profile *proxy.LogProfile // nil: those of the loggers
}

// Run writes the line.
func (a *doLog) Run(s *proxy.Stream) proxy.Verdict {
	if s.Logger != nil {
		s.Logger.LogStep(s, a.origin, a.profile)
	}
	return proxy.Continue
}

func parseDoLog(p *rule.Parser) (proxy.Action, error) {
	a := &doLog{origin: originOf(p.Set)}
	if !p.Accept("profile") {
		return a, nil
	}
	name, ok := p.Next()
	if !ok {
		return nil, errors.New("action 'do-log': 'profile' expects argument.")
	}
	env, who := p.Env, "-"
	if env.Proxy != nil {
		who = env.Proxy.Name
	}
	if env.Pending != nil {
		env.Pending.Add(sample.Reference{Pos: env.Pos, Plain: true, Resolve: func(s *proxy.Snapshot) error {
			if a.profile = s.Profile(name); a.profile == nil {
				return fmt.Errorf("Proxy '%s': do-log action: profile '%s' is invalid.", who, name)
			}
			return nil
		}})
	}
	return a, nil
}

// originOf is what %OG calls a rule set.
func originOf(set rule.Set) proxy.LogOrigin {
	switch set {
	case rule.QUICInitial:
		return proxy.OriginQUICInit
	case rule.TCPConnection:
		return proxy.OriginTCPReqConn
	case rule.TCPSession:
		return proxy.OriginTCPReqSess
	case rule.TCPContent:
		return proxy.OriginTCPReqCont
	case rule.TCPResponse:
		return proxy.OriginTCPResCont
	case rule.HTTPRequest:
		return proxy.OriginHTTPReq
	case rule.HTTPResponse:
		return proxy.OriginHTTPRes
	}
	return proxy.OriginHTTPAfterRes
}
