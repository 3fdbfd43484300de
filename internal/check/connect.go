package check

import (
	"strconv"

	"sluice/internal/proxy"
)

// connect is a step that opens a connection, in place of the one before (configuration.txt 4.2, tcp-check connect).
type connect struct {
	noted
	how proxy.CheckConnect
}

// Run connects.
func (c *connect) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	forget(x)
	if v := x.Dialer.Connect(x, &c.how); v != proxy.CheckNext {
		return v
	}
	x.Result = proxy.CheckResult{Outcome: proxy.OutcomeL4OK}
	if x.Secured {
		x.Result.Outcome = proxy.OutcomeL6OK
	}
	return proxy.CheckNext
}

func (c *connect) describe() string {
	if c.how.Port > 0 {
		return "connect port " + strconv.Itoa(c.how.Port)
	}
	return "connect"
}

// placed reports whether the step says itself where it connects to.
func (c *connect) placed() bool {
	return c.how.Port > 0 || c.how.PortExpr != nil || c.how.Addr != nil && c.how.Addr.Port > 0
}

// implied is the connection that a check begins with unless its rules say otherwise: everything is as on the server line.
func implied() *connect { return &connect{how: proxy.CheckConnect{Default: true}} }

// plain is the check of a backend that asks for none in particular: a connection can be made.
var plain = proxy.HealthCheck{Steps: []proxy.CheckStep{&connect{how: proxy.CheckConnect{Default: true, Quiet: true}}}}

// Of returns how a server is checked.
func Of(srv *proxy.Server) *proxy.HealthCheck {
	switch p := srv.Proxy; {
	case srv.Check.Named != nil:
		return srv.Check.Named
	case p.Check != nil:
		return p.Check
	}
	return &plain
}
