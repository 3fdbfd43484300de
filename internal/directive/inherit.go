package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// mayTake refuses what a defaults section with rules cannot be used for (configuration.txt 4.2, http-request): the rules
// belong to one side, so the sections that take them must all be frontends or all be backends.
func (d *draft) mayTake(l *config.Line, from *draft) {
	if from.named && from.hasRules() {
		d.mayTakeRules(l, from)
	}
	if d.Caps&proxy.CapFrontend == 0 && len(from.Capture.Request)+len(from.Capture.Response) > 0 {
		l.Tightf(l.Name(), "backend or defaults sections cannot inherit from a defaults section defining captures (defaults section at %v).", from.Pos)
	}
}

func (d *draft) mayTakeRules(l *config.Line, from *draft) {
	r := &from.Rules
	switch {
	case d.Caps&proxy.CapDefaults != 0:
		l.Tightf(l.Name(), "a defaults section cannot inherit from a defaults section defining TCP/HTTP rules (defaults section at %v).", from.Pos)
	case d.Caps&proxy.CapListen == proxy.CapListen:
		l.Tightf(l.Name(), "a listen section cannot inherit from a defaults section defining TCP/HTTP rules.")
	case from.role != 0 && from.role != d.Caps:
		l.Tightf(l.Name(), "frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules (defaults section at %v).", from.Pos)
	case d.IsBack() && len(r.TCPConnection)+len(r.TCPSession) > 0:
		l.Tightf(l.Name(), "a backend section cannot inherit from a defaults section defining 'tcp-request connection' or 'tcp-request session' rules (defaults section at %v).", from.Pos)
	case d.IsFront() && len(r.TCPResponse) > 0:
		l.Tightf(l.Name(), "a frontend section cannot inherit from a defaults section defining 'tcp-response content' rules (defaults section at %v).", from.Pos)
	}
	from.role = d.Caps
}

// hasRules reports whether a defaults section has rules of any set.
func (d *draft) hasRules() bool {
	r := &d.Rules
	n := len(r.TCPConnection) + len(r.TCPSession) + len(r.TCPContent) + len(r.TCPResponse) + len(r.HTTPRequest) + len(r.HTTPResponse) +
		len(r.HTTPAfterResponse) + len(r.QUICInitial)
	return n > 0 || r.TCPInspect != 0 || r.TCPResponseInspect != 0
}
