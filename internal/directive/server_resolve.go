package directive

import (
	"net/netip"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// serverResolveTable are the options of servers about names that are resolved at run time (configuration.txt 5.2).
var serverResolveTable = []config.Option[*serverLine]{
	{Name: "resolve-net", Doc: "The networks whose addresses are preferred.", Args: 1, Parse: serverResolveNet},
	{Name: "resolve-opts", Doc: "Which addresses and weights are taken.", Args: 1, Parse: serverResolveOpts},
	{Name: "resolve-prefer", Doc: "The family of addresses that is preferred.", Args: 1, Expects: "either ipv4 or ipv6 as argument.", Parse: serverResolvePrefer},
	{Name: "resolvers", Doc: "Who resolves the server's name at run time.", Args: 1, Parse: serverResolvers},
}

// serverNames is what options say about the resolution of a server's name.
type serverNames struct {
	given        bool
	id           string
	prefer       proxy.Family
	nets         []netip.Prefix
	allowDup     bool
	ignoreWeight bool
}

func serverResolvers(x *serverLine, _ *config.Line, _ config.Word, args []config.Word) int {
	x.extra.names.given, x.extra.names.id = true, args[0].Value
	return 0
}

func serverResolvePrefer(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	switch args[0].Value {
	case "ipv4":
		x.extra.names.prefer = proxy.FamIPv4
	case "ipv6":
		x.extra.names.prefer = proxy.FamIPv6
	default:
		l.Errorf(args[0], "%s : 'resolve-prefer' expects either ipv4 or ipv6 as argument.", x.what)
	}
	return 0
}

// maxResolveNets is how many networks a server may prefer.
const maxResolveNets = 5

func serverResolveNet(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	var nets []netip.Prefix
	for text := range strings.SplitSeq(args[0].Value, ",") {
		if len(nets) == maxResolveNets {
			l.Errorf(args[0], "%s : 'resolve-net' exceed %d networks.", x.what, maxResolveNets)
			return 0
		}
		net, err := netip.ParsePrefix(text)
		if ip, ipErr := netip.ParseAddr(text); ipErr == nil {
			net, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			l.Errorf(args[0], "%s : 'resolve-net' invalid network '%s'.", x.what, text)
			return 0
		}
		nets = append(nets, net.Masked())
	}
	x.extra.names.nets = nets
	return 0
}

func serverResolveOpts(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	for text := range strings.SplitSeq(args[0].Value, ",") {
		switch text {
		case "allow-dup-ip":
			x.extra.names.allowDup = true
		case "ignore-weight":
			x.extra.names.ignoreWeight = true
		case "prevent-dup-ip":
			x.extra.names.allowDup = false
		default:
			l.Errorf(args[0], "%s : 'resolve-opts' : unknown resolve-opts option '%s', supported methods are 'allow-dup-ip', 'ignore-weight', and 'prevent-dup-ip'.", x.what, text)
			return 0
		}
	}
	return 0
}

// names finds the resolvers section of a server, and says whether the server has a chance of an address.
func (r *resolver) names(d *draft, s *proxy.Server, n *serverNames) bool {
	if !n.given {
		return true
	}
	of := r.b.resolversNamed(n.id)
	if of == nil {
		r.report.Errorf(s.Pos, "%s '%s', server '%s': unable to find required resolvers '%s'", noun(d.Caps), d.Name, s.Name, n.id)
		return false
	}
	s.Resolution = &proxy.Resolution{Resolvers: of, Prefer: n.prefer, Nets: n.nets, AllowDup: n.allowDup, IgnoreWeight: n.ignoreWeight}
	if s.Resolution.Prefer == proxy.FamUnset {
		s.Resolution.Prefer = proxy.FamIPv6
	}
	if strings.HasPrefix(s.Addr.Host, "_") {
		s.Resolution.SRV = strings.TrimSuffix(s.Addr.Host, ".")
		s.Addr.Host, s.Addr.IP, s.NoAddress = "", netip.Addr{}, true
	}
	return true
}

// globalResolvers is what the global section says about names (3.1).
var globalResolvers = []Keyword{
	{Name: "dns-accept-family", Doc: "The kinds of addresses that resolvers ask for and take.", In: config.InGlobal, Max: 1, Parse: parseDNSFamily},
}

func parseDNSFamily(b *Builder, l *config.Line) {
	var f proxy.DNSFamilies
	for text := range strings.SplitSeq(l.Arg(0).Value, ",") {
		switch text {
		case "auto":
			f.IPv4, f.Auto = true, true
		case "ipv4":
			f.IPv4 = true
		case "ipv6":
			f.IPv6 = true
		default:
			l.Errorf(l.Arg(0), "'%s' expects a comma-delimited list of 'ipv4' and 'ipv6' but got '%s'.", l.Keyword(), l.Arg(0).Value)
			return
		}
	}
	b.global.DNS = f
}
