package stats

import "sluice/internal/proxy"

func (o *Object) checked() bool { return o.Role == Server && o.Server.Check.Enabled }

func (o *Object) checkFails() Field {
	if !o.checked() {
		return Field{}
	}
	return num64(uint64(o.Server.State.CheckFails.Load()))
}

func (o *Object) check(get func(*proxy.CheckStatus) Field) Field {
	if !o.checked() {
		return Field{}
	}
	if c := o.Server.State.CheckState.Load(); c != nil {
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
	if !o.checked() {
		return Field{}
	}
	return num(int64(n))
}

func (o *Object) checkHealth() Field {
	if !o.checked() {
		return Field{}
	}
	return num(int64(o.Server.State.Health.Load()))
}

func (o *Object) checkCode() Field {
	return o.check(func(c *proxy.CheckStatus) Field {
		if c.Code <= 0 {
			return Field{}
		}
		return num(int64(c.Code))
	})
}

// aggregate is 0 here as in HAProxy: only an exporter that adds up servers fills these columns.
func (o *Object) aggregate() Field {
	if o.Role != Back {
		return Field{}
	}
	return num(0)
}
