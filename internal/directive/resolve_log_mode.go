package directive

import (
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// logBackend has a logger use a `mode log` backend, which may be declared further down.
func (b *Builder) logBackend(g *proxy.Logger, name string) {
	b.pending.Add(sample.Reference{Pos: g.Pos, Resolve: func(s *proxy.Snapshot) error {
		p := s.Back(name)
		if p == nil || p.Mode != proxy.ModeLog {
			return fmt.Errorf("log : there is no backend '%s' in 'mode log'", name)
		}
		g.Backend = p
		return nil
	}})
}

// logMode tells what a backend for log lines has no use for, and takes it away (configuration.txt 4.2, mode).
func (r *resolver) logMode(d *draft) {
	if d.Mode != proxy.ModeLog {
		return
	}
	if d.IsFront() {
		r.report.Errorf(d.Pos, "config : %s '%s' : 'mode log' is for backends, which 'log backend@%s' sends to; a 'log-forward' section takes log messages from elsewhere.", noun(d.Caps), d.Name, d.Name)
		return
	}
	ignored := func(what string) {
		r.report.Warnf(d.Pos, "Cannot use %s with 'mode log' in %s '%s'. It will be ignored.", what, noun(d.Caps), d.Name)
	}
	rules := func(what string, list *[]*proxy.Rule) {
		if len(*list) > 0 {
			r.report.Warnf(d.Pos, "Cannot use %s rules with 'mode log' in %s '%s'. They will be ignored.", what, noun(d.Caps), d.Name)
			*list = nil
		}
	}
	if len(d.Rules.UseServer) > 0 {
		r.report.Warnf(d.Pos, "Cannot use \"use-server\" rules with 'mode log' in %s '%s'. They will be ignored.", noun(d.Caps), d.Name)
		d.Rules.UseServer = nil
	}
	rules("tcp-request", &d.Rules.TCPContent)
	rules("tcp-response", &d.Rules.TCPResponse)
	if d.Capture.CookieLen > 0 {
		ignored("'capture cookie'")
		d.Capture.Cookie, d.Capture.CookieLen = nil, 0
	}
}

// logBalance settles how a backend for log lines chooses: the converters of log-hash make the key of a line's text.
func (r *resolver) logBalance(d *draft) {
	s := &d.Balance
	switch s.Algo {
	case proxy.AlgoNone, proxy.AlgoRoundRobin, proxy.AlgoRandom, proxy.AlgoSticky:
		return
	case proxy.AlgoLogHash:
	default:
		r.report.Errorf(d.Pos, "in %s '%s': \"balance\" only supports 'roundrobin', 'random', 'sticky' and 'log-hash'.", noun(d.Caps), d.Name)
		return
	}
	if s.Type == proxy.HashConsistent {
		r.report.Errorf(d.Pos, "log backend '%s': failed to initialize: unsupported hash method (from \"hash-type\").", d.Name)
		return
	}
	env := r.b.sampleEnv(d, r.report, s.Pos, sample.BackServer, "balance log-hash")
	expr, err := r.b.expression([]string{"str()," + s.ExprText}, env)
	if err != nil {
		r.report.Errorf(d.Pos, "log backend '%s': failed to initialize: %v (from converter list argument in \"balance log-hash\").", d.Name, err)
		return
	}
	s.Expr = expr
}

// logServer checks the address of a log server: datagrams, or a stream to an IP address.
func (r *resolver) logServer(s *proxy.Server) {
	if s.Addr.IsUnix() && !s.Addr.Dgram {
		r.report.Errorf(s.Pos, "[%v] : log server address family not supported for log backend server.", s.Pos)
		return
	}
	if s.Addr.IP.IsValid() && (s.Addr.Port == 0 || s.Addr.PortRel) {
		s.Addr.Port, s.Addr.PortHi, s.Addr.PortRel = defaultSyslogPort, defaultSyslogPort, false
	}
}
