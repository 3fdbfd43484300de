package stats

import "sluice/internal/proxy"

func (o *Object) checked() bool { return o.Role == Server && o.Server.HealthChecked() }

// examined reports whether checks are made now: not in maintenance.
func (o *Object) examined() bool {
	return o.checked() && proxy.Admin(o.Server.State.Admin.Load())&proxy.AdminMaint == 0
}

func (o *Object) checkFails() Field {
	if !o.checked() {
		return Field{}
	}
	return num64(uint64(o.Server.State.Check.Fails.Load()))
}

func (o *Object) agented() bool { return o.Role == Server && o.Server.AgentChecked() }

// checkStatus is the word of the last outcome, with a star while a check is under way.
func checkStatus(st *proxy.CheckState, c *proxy.CheckStatus) Field {
	if st.Running.Load() && c.Outcome != proxy.OutcomeInit {
		return str("* " + c.Outcome.String())
	}
	return str(c.Outcome.String())
}

// duration is how long a check took, nothing when none has ended.
func duration(c *proxy.CheckStatus) Field {
	if c.Duration < 0 {
		return Field{}
	}
	return num64(uint64(c.Duration))
}

func code(c *proxy.CheckStatus) Field {
	if !c.Outcome.HasCode() {
		return Field{}
	}
	return num(int64(c.Code))
}

func (o *Object) agent(get func(*proxy.CheckStatus) Field) Field {
	if !o.agented() {
		return Field{}
	}
	if c := o.Server.State.Agent.Last.Load(); c != nil {
		return get(c)
	}
	return Field{}
}

func (o *Object) agentNumber(n int64) Field {
	if !o.agented() {
		return Field{}
	}
	return num(n)
}

func (o *Object) agentHealth() Field {
	if !o.agented() {
		return Field{}
	}
	return num(int64(o.Server.State.Agent.Health.Load()))
}

func (o *Object) hanaFails() Field {
	if !o.checked() || o.Server.Check.Observe == proxy.ObserveNone {
		return Field{}
	}
	return num64(uint64(o.Server.State.Observed.Fails.Load()))
}

func (o *Object) check(get func(*proxy.CheckStatus) Field) Field {
	if !o.examined() {
		return Field{}
	}
	if c := o.Server.State.Check.Last.Load(); c != nil {
		return get(c)
	}
	return Field{}
}

func (o *Object) downs() Field {
	switch {
	case o.checked():
		return num64(uint64(o.Server.State.Downs.Load()))
	case o.Role == Back:
		return num64(uint64(o.Proxy.State.Downs.Load()))
	}
	return Field{}
}

func (o *Object) checkConf() *proxy.CheckConf {
	if o.Role != Server {
		return &proxy.CheckConf{}
	}
	return &o.Server.Check
}

func (o *Object) checkNumber(n int) Field {
	if !o.examined() {
		return Field{}
	}
	return num(int64(n))
}

func (o *Object) checkHealth() Field {
	if !o.examined() {
		return Field{}
	}
	return num(int64(o.Server.State.Check.Health.Load()))
}

// aggregate is 0 here as in HAProxy: only an exporter that adds up servers fills these columns.
func (o *Object) aggregate() Field {
	if o.Role != Back {
		return Field{}
	}
	return num(0)
}
