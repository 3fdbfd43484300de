package directive

import (
	"sluice/internal/proxy"
)

// switching resolves the backends that a frontend's lines name.
func (r *resolver) switching(d *draft) {
	if !d.IsFront() {
		return
	}
	if d.DefaultBackend != "" {
		d.DefaultBackendPtr = r.backend(d, d.DefaultBackend, "default_backend", "as its default backend")
		if d.DefaultBackendPtr != nil && len(d.Servers) > 0 {
			r.report.Warnf(d.Pos, "In %s '%s', the 'default_backend' rule always has precedence over the servers, which will never be used.", noun(d.Caps), d.Name)
		}
	}
	for _, rule := range d.Rules.Switching {
		if rule.Format == nil {
			rule.Backend = r.backend(d, rule.Name, "use_backend", "in a 'use_backend' rule")
		}
	}
}

// backend finds the backend that a line of d names and checks that it can serve d's streams.
func (r *resolver) backend(d *draft, name, keyword, how string) *proxy.Proxy {
	p := r.b.snap.Back(name)
	switch {
	case p == nil:
		r.report.Errorf(d.Pos, "Proxy '%s': unable to find required %s: '%s'.", d.Name, keyword, name)
		return nil
	case p == d.Proxy:
		r.report.Errorf(d.Pos, "Proxy '%s': loop detected for %s: '%s'.", d.Name, keyword, name)
		return nil
	case d.Mode != p.Mode && !(d.Mode == proxy.ModeTCP && p.Mode == proxy.ModeHTTP):
		r.report.Errorf(d.Pos, "%v %s '%s' (%v) tries to use incompatible %v %s '%s' (%v) %s (see 'mode').",
			d.Mode, noun(d.Caps), d.Name, d.Pos, p.Mode, noun(p.Caps), p.Name, p.Pos, how)
		return nil
	}
	if !p.Pinned {
		p.Pinned = true
	}
	return p
}

// useServer resolves the servers that use-server rules name.
func (r *resolver) useServer(d *draft) {
	for _, rule := range d.Rules.UseServer {
		if rule.Format != nil {
			continue
		}
		if rule.Server = d.ByName[rule.Name]; rule.Server == nil {
			r.report.Errorf(rule.Pos, "%s '%s' : unable to find server '%s' referenced in a 'use-server' rule.", noun(d.Caps), d.Name, rule.Name)
		} else {
			rule.Server.Pinned = true
		}
	}
}
