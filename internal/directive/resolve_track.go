package directive

import (
	"strings"

	"sluice/internal/check"
	"sluice/internal/proxy"
)

// tracking finds the servers that `track` names (configuration.txt 5.2), once all are known.
func (r *resolver) tracking() {
	for _, d := range r.b.drafts {
		for _, s := range d.Servers {
			if s.Track != "" {
				r.track(d, s)
			}
		}
	}
	for _, d := range r.b.drafts {
		for _, s := range d.Servers {
			r.chain(d, s)
		}
	}
}

func (r *resolver) track(d *draft, s *proxy.Server) {
	back, name, two := strings.Cut(s.Track, "/")
	if !two {
		back, name = d.Name, s.Track
	}
	of := r.b.backNamed(back)
	if of == nil {
		r.report.Errorf(s.Pos, "[%v] : 'server %s/%s' : unable to find required proxy '%s' for tracking.", s.Pos, d.Name, s.Name, back)
		return
	}
	to := of.ByName[name]
	switch {
	case to == nil:
		r.report.Errorf(s.Pos, "[%v] : 'server %s/%s' : unable to find required server '%s' for tracking.", s.Pos, d.Name, s.Name, s.Track)
	case s.Check.Enabled:
		r.report.Errorf(s.Pos, "config : [%v] : 'server %s/%s' : unable to enable checks and tracking at the same time!", s.Pos, d.Name, s.Name)
	case s.InitState != proxy.InitUp:
		r.report.Errorf(s.Pos, "config : [%v] : 'server %s/%s' : unable to set init-state and tracking at the same time!", s.Pos, d.Name, s.Name)
	default:
		s.Tracked, s.Track = to, of.Name+"/"+to.Name
		to.Trackers = append(to.Trackers, s)
	}
}

// chain refuses a server that tracks nothing but what tracks it, or what is never checked.
func (r *resolver) chain(d *draft, s *proxy.Server) {
	if s.Tracked == nil {
		return
	}
	at := s
	for range 1 << 20 {
		if at = at.Tracked; at == s || at == nil || at.Tracked == nil {
			break
		}
	}
	switch {
	case at == s || at.Tracked != nil:
		r.report.Errorf(s.Pos, "[%v] : 'server %s/%s' : unable to track %s as it belongs to a tracking chain looping back to %s/%s.", s.Pos, d.Name, s.Name, s.Track, d.Name, s.Name)
	case !at.Check.Enabled && !at.Check.Agent.Enabled:
		r.report.Errorf(s.Pos, "[%v] : 'server %s/%s' : unable to use %s for tracking as it does not have any check nor agent enabled.", s.Pos, d.Name, s.Name, s.Track)
	}
}

// checked settles what a server's checks need: a port, unless there is no address either, and the PROXY header that its streams begin with when checks go
// to the same place.
func (r *resolver) checked(d *draft, s *proxy.Server) {
	c := &s.Check
	at := &s.Addr
	if c.Addr != nil {
		at = c.Addr
	}
	extra := d.extras[s]
	r.named(d, s, extra.checkNamed)
	how := check.Of(s)
	if c.Enabled && at.Port == 0 && s.Addr.Port == 0 && c.Port == 0 && at.IP.IsValid() && !at.IP.IsUnspecified() && !check.Placed(how) {
		more := ""
		if check.Connects(how) {
			more = " nor tcp_check rule 'connect' with port information"
		}
		r.report.Errorf(s.Pos, "config: %s '%s': server '%s' has neither service port nor check port%s.", noun(d.Caps), d.Name, s.Name, more)
	}
	if c.Enabled && c.Addr == nil && c.Port == 0 && !d.extras[s].dynamic {
		c.SendProxy = c.SendProxy || s.SendProxy != proxy.SendProxyNone
		if t := extra.tls; t != nil && t.on && !extra.checkPlain {
			c.SSL = true
		}
	}
	if http := how.Kind == check.HTTPCheck; c.Enabled && (extra.checkProto == "h1" && !http || extra.checkProto == "none" && http) {
		r.report.Errorf(s.Pos, "config: %s '%s': server '%s' uses an incompatible MUX protocol for the selected check type", noun(d.Caps), d.Name, s.Name)
	}
	if c.Agent.Addr == nil {
		c.Agent.Addr = c.Addr
	}
	if c.Agent.Port == 0 {
		c.Agent.Port = c.Port
	}
	if c.Agent.Enabled && c.Agent.Port == 0 {
		r.report.Errorf(s.Pos, "config : [%v] : 'server %s/%s' : server %s does not have agent port. Agent check has been disabled.", s.Pos, d.Name, s.Name, s.Name)
	}
}
