package check

import "sluice/internal/proxy"

// Interval returns the time from one check of a server to the next (configuration.txt 5.2, inter, fastinter, downinter).
func Interval(srv *proxy.Server, kind Kind) int64 {
	c := &srv.Check
	if kind == Agent {
		if c.Agent.Inter > 0 {
			return c.Agent.Inter
		}
		return c.Inter
	}
	st := srv.State
	health := st.Check.Health.Load()
	switch down := proxy.Oper(st.Oper.Load()) == proxy.OperStopped; {
	case !down && health == int32(c.Rise+c.Fall-1):
		return c.Inter
	case down && health == 0:
		return orElse(c.DownInter, c.Inter)
	}
	return orElse(c.FastInter, c.Inter)
}

func orElse(n, other int64) int64 {
	if n > 0 {
		return n
	}
	return other
}
