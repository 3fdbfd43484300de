package check

import "sluice/internal/proxy"

// connect is a step that opens a connection, in place of the one before.
type connect struct {
	how proxy.CheckConnect
}

// Run connects.
func (c *connect) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	return x.Dialer.Connect(x, &c.how)
}

// Plain is the check of a backend that asks for none in particular: a connection can be made.
var plain = proxy.HealthCheck{Steps: []proxy.CheckStep{&connect{how: proxy.CheckConnect{Default: true}}}}

// Of returns how the servers of a backend are checked.
func Of(p *proxy.Proxy) *proxy.HealthCheck {
	if p.Check != nil {
		return p.Check
	}
	return &plain
}
