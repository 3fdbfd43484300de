package directive

import (
	"net/netip"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// servers settles the servers of a backend: numbers, addresses, limits, expressions.
func (r *resolver) servers(d *draft) {
	next := 1
	for _, s := range d.Servers {
		s.ForcedID = s.ID != 0
		if s.ID == 0 {
			for d.serverIDs[next].text != "" {
				next++
			}
			s.ID = next
		}
		next++ // HAProxy counts those that have a number as well
		if d.dispatch != nil && s != d.dispatch {
			s.Weight = 0
		}
		r.limits(s)
		r.checked(d, s)
		r.server(d, s)
	}
}

// limits settles minconn and maxconn: a minimum that is not below the maximum is the limit.
func (r *resolver) limits(s *proxy.Server) {
	if s.MinConn >= s.MaxConn && s.MinConn > 0 {
		s.MaxConn, s.MinConn = s.MinConn, 0
	}
}

func (r *resolver) server(d *draft, s *proxy.Server) {
	extra := d.extras[s]
	if d.Mode == proxy.ModeLog {
		r.logServer(s)
	} else if s.Addr.Dgram {
		r.report.Errorf(s.Pos, "[%v] : unsupported transport for server address in '%v' backend.", s.Pos, d.Mode)
		return
	}
	if !r.names(d, s, &extra.names) || s.Addr.Host != "" && !r.initialAddress(d, s, extra.initAddr) {
		return
	}
	if s.Proto == "h1" && d.Mode != proxy.ModeHTTP || s.Proto == "none" && d.Mode == proxy.ModeHTTP {
		r.report.Errorf(s.Pos, "proxy '%s' : MUX protocol '%s' is not usable for server '%s' at [%v].", d.Name, s.Proto, s.Name, s.Pos)
	}
	if d.Mode != proxy.ModeHTTP {
		r.httpOnly(d, s)
	}
	const early = proxy.RetryConnFailure | proxy.RetryEmptyResponse | proxy.RetryResponseTimeout
	if s.TFO && d.RetryOn&early != early {
		r.report.Warnf(s.Pos, "[%v] : 'server %s/%s' : server has tfo activated, the backend should be configured with at least 'conn-failure', 'empty-response' and 'response-timeout' or we wouldn't be able to retry the connection on failure.", s.Pos, d.Name, s.Name)
	}
	r.secureServer(d, s, extra.tls, extra.tlsBase)
	env := r.b.sampleEnv(d, r.report, s.Pos, sample.BackServer|sample.ServerSource, "server directive")
	if text := extra.poolName.text; text != "" {
		expr, err := r.b.expression([]string{text}, env)
		if err == nil {
			err = dotted(expr.CheckPlace(env.Where))
		}
		if err != nil {
			r.report.Errorf(extra.poolName.pos, "config : [%v] : 'server %s/%s' : error detected while parsing sni or pool-conn-name expressions : %v.", s.Pos, d.Name, s.Name, err)
		} else {
			s.PoolConnName = expr
		}
	}
	for _, t := range extra.tlvs {
		f, err := sample.ParseFormat(t.text.text, sample.ForValue, env)
		if err != nil {
			r.report.Errorf(t.text.pos, "config : [%v] : 'server %s/%s' : %v", s.Pos, d.Name, s.Name, err)
			continue
		}
		s.ProxyTLVs = append(s.ProxyTLVs[:len(s.ProxyTLVs):len(s.ProxyTLVs)], proxy.ProxyTLV{Type: t.kind, Format: f})
	}
}

// httpOnly refuses or takes away what only means something in HTTP.
func (r *resolver) httpOnly(d *draft, s *proxy.Server) {
	if s.Redir != "" {
		r.report.Errorf(s.Pos, "proxy '%s' : server cannot have cookie or redirect prefix in non-HTTP mode.", d.Name)
	}
	if s.Cookie != "" {
		r.report.Warnf(s.Pos, "proxy '%s' : ignoring cookie for server '%s' as HTTP mode is disabled.", d.Name, s.Name)
		s.Cookie = ""
	}
}

// initialAddress gives a server with a name the address that the first of its init-addr methods finds (configuration.txt
// 5.2). A state file, which would know the last address, cannot be named. A server whose name is resolved at run time can
// begin without one.
func (r *resolver) initialAddress(d *draft, s *proxy.Server, methods string) bool {
	if methods == "" {
		methods = "last,libc"
		if s.Resolution != nil {
			methods = "last,libc,none"
		}
	}
	text := "no method found to resolve address '%s'."
	for method := range strings.SplitSeq(methods, ",") {
		switch method {
		case "last":
		case "libc":
			if strings.HasPrefix(s.Addr.Host, "_") {
				continue // no name of a host
			}
			text = "could not resolve address '%s'."
			if ip, err := r.b.lookup(s.Addr.Host, s.Addr.Family); err == nil {
				return initially(s, ip)
			}
		case "none":
			s.Addr.IP, s.NoAddress = netip.Addr{}, true
			return true
		default:
			if ip, ok := parseIP(method); ok {
				return initially(s, ip)
			}
		}
	}
	if r.b.IgnoreResolve {
		s.Addr.IP, s.NoAddress = netip.Addr{}, true
		return true
	}
	r.report.Errorf(s.Pos, "[%v] : 'server %s/%s' : "+text, s.Pos, d.Name, s.Name, s.Addr.Host)
	return false
}

// initially gives a server its first address.
func initially(s *proxy.Server, ip netip.Addr) bool {
	s.Addr.IP, s.Addr.Family = ip, proxy.FamIPv4
	if ip.Is6() {
		s.Addr.Family = proxy.FamIPv6
	}
	return true
}
