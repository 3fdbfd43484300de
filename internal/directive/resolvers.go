package directive

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// resolversKeywords are those of a resolvers section (configuration.txt 5.3.2).
var resolversKeywords = []Keyword{
	{Name: "accepted_payload_size", Doc: "The largest answer that name servers may send.", In: config.InResolvers, Max: -1, Parse: parsePayloadSize},
	{Name: "hold", Doc: "How long addresses stay without a good answer.", In: config.InResolvers, Max: -1, Parse: parseHold},
	{Name: "nameserver", Doc: "A name server.", In: config.InResolvers, Max: -1, Parse: parseNameserver},
	{Name: "parse-resolv-conf", Doc: "The name servers of the system.", In: config.InResolvers, Max: -1, Parse: parseResolvConf},
	{Name: "resolve_retries", Doc: "How often a question is asked in vain.", In: config.InResolvers, Max: -1, Parse: parseResolveRetries},
	{Name: "timeout", Doc: "The times between questions.", In: config.InResolvers, Max: -1, Parse: parseResolversTimeout},
}

// newResolvers returns a section with the documented settings.
func newResolvers(name string, pos proxy.Pos) *proxy.Resolvers {
	const second = 1e9
	return &proxy.Resolvers{Name: name, Pos: pos, HoldNX: 30 * second, HoldRefused: 30 * second, HoldTimeout: 30 * second,
		HoldOther: 30 * second, HoldValid: 10 * second, Every: second, Retry: second, Retries: 3, Payload: 512}
}

func openResolvers(b *Builder, l *config.Line) {
	b.resolvers = newResolvers(l.Arg(0).Value, place(l))
	name := b.resolvers.Name
	if len(l.Args) == 0 {
		l.Abortf(l.End(), "missing name for resolvers section.")
		return
	}
	if c := permitted(name); c != 0 {
		l.Abortf(l.Arg(0), "character '%c' is not permitted in 'resolvers' name '%s'.", c, name)
		return
	}
	if len(l.Args) > 1 {
		l.Warnf(l.Arg(1), "'resolvers' passes over the argument '%s'.", l.Arg(1).Value)
	}
	if old := b.resolversNamed(name); old != nil {
		l.Report().Errorf(place(l), "config : Parsing [%v]: resolvers '%s' has same name as another resolvers (declared at %v).", b.resolvers.Pos, name, old.Pos)
		return
	}
	b.snap.Resolvers = append(b.snap.Resolvers, b.resolvers)
}

func closeResolvers(b *Builder, _ *config.Line) { b.resolvers = nil }

func (b *Builder) resolversNamed(name string) *proxy.Resolvers {
	for _, r := range b.snap.Resolvers {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func parsePayloadSize(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects <nb> as argument.", l.Name().Value)
		return
	}
	const low, high = 12, 65535 // a header, and what a length over TCP can tell
	n, err := strconv.Atoi(l.Arg(0).Value)
	if err != nil || n < low || n > high {
		l.Errorf(l.Arg(0), "'%s' must be between %d and %d inclusive (was %s).", l.Name().Value, low, high, l.Arg(0).Value)
		return
	}
	b.resolvers.Payload = n
}

func parseHold(b *Builder, l *config.Line) {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "'hold' expects an <event> and a <time> as arguments.")
		l.Report().Errorf(place(l), "config : <event> can be either 'valid', 'nx', 'refused', 'timeout', or 'other'")
		return
	}
	r := b.resolvers
	field := map[string]*int64{"nx": &r.HoldNX, "obsolete": &r.HoldObsolete, "other": &r.HoldOther, "refused": &r.HoldRefused,
		"timeout": &r.HoldTimeout, "valid": &r.HoldValid}[l.Arg(0).Value]
	if field == nil {
		l.Errorf(l.Arg(0), "'hold' unknown <event>: '%s', expects either 'nx', 'timeout', 'valid', 'obsolete' or 'other'.", l.Arg(0).Value)
		return
	}
	if d, ok := duration(l, l.Arg(1), "hold"); ok {
		*field = d
	}
}

func parseResolveRetries(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects <nb> as argument.", l.Name().Value)
		return
	}
	if n, ok := atLeast(l, l.Arg(0), 0); ok {
		b.resolvers.Retries = n
	}
}

func parseResolversTimeout(b *Builder, l *config.Line) {
	field := map[string]*int64{"resolve": &b.resolvers.Every, "retry": &b.resolvers.Retry}[l.Arg(0).Value]
	switch {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'timeout' expects 'retry' or 'resolve' and <time> as arguments.")
	case field == nil:
		l.Errorf(l.Arg(0), "'timeout' expects 'retry' or 'resolve' and <time> as arguments got '%s'.", l.Arg(0).Value)
	case len(l.Args) < 2:
		l.Errorf(l.End(), "'timeout %s' expects <time> as argument.", l.Arg(0).Value)
	default:
		if d, ok := duration(l, l.Arg(1), "timeout "+l.Arg(0).Value); ok {
			*field = d
		}
	}
}

func parseNameserver(b *Builder, l *config.Line) {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "'nameserver' expects <name> and <addr>[:<port>] as arguments.")
		return
	}
	name := l.Arg(0)
	if c := permitted(name.Value); c != 0 {
		l.Errorf(name, "character '%c' is not permitted in server name '%s'.", c, name.Value)
		return
	}
	a, err := b.address(config.NameserverAddress, inheritedSocket).Parse(l.Arg(1).Value)
	switch {
	case err != nil:
		l.Errorf(l.Arg(1), "'nameserver %s' : %v", name.Value, err)
		return
	case a.Family != proxy.FamIPv4 && a.Family != proxy.FamIPv6 || a.Proto != "":
		l.Errorf(l.Arg(1), "'nameserver %s' : an address of UDP or TCP is expected, not '%s'.", name.Value, l.Arg(1).Value)
		return
	}
	for _, old := range b.resolvers.Nameservers {
		if old.Name == name.Value {
			l.Report().Errorf(place(l), "config : Parsing [%v]: nameserver '%s' has same name as another nameserver (declared at %v).", place(l), name.Value, old.Pos)
			return
		}
	}
	ns := &proxy.Nameserver{Name: name.Value, Pos: place(l), Addr: a}
	nameserverOptions(l, ns)
	b.resolvers.Nameservers = append(b.resolvers.Nameservers, ns)
}

// nameserverOptions reads what follows the address of a name server. HAProxy passes over anything behind one of UDP.
func nameserverOptions(l *config.Line, ns *proxy.Nameserver) {
	rest := l.Args[2:]
	if ns.Addr.Dgram {
		if len(rest) > 0 {
			l.Warnf(rest[0], "'nameserver %s' : '%s' has no effect on a name server of UDP.", ns.Name, rest[0].Value)
		}
		return
	}
	for len(rest) > 0 {
		if rest[0].Value != "maxconn" || len(rest) < 2 {
			l.Errorf(rest[0], "'nameserver %s' : unknown keyword '%s'; 'maxconn <nb>' is the only one here yet.", ns.Name, rest[0].Value)
			return
		}
		n, err := strconv.Atoi(rest[1].Value)
		if err != nil || n < 0 {
			l.Errorf(rest[1], "'nameserver %s' : 'maxconn' expects an integer argument, not '%s'.", ns.Name, rest[1].Value)
			return
		}
		ns.MaxConn, rest = n, rest[2:]
	}
}

// resolvConf is where the system keeps its name servers, and maxResolvConf how much of it is read.
const (
	resolvConf    = "/etc/resolv.conf"
	maxResolvConf = 64
)

func parseResolvConf(b *Builder, l *config.Line) {
	if !b.systemNameservers(b.resolvers, place(l)) {
		l.Warnf(l.Name(), "no name server was found in '%s'.", resolvConf)
	}
}

// systemNameservers adds the name servers of the system that the section does not have yet, named by their addresses.
func (b *Builder) systemNameservers(r *proxy.Resolvers, pos proxy.Pos) (found bool) {
	file, err := os.Open(resolvConf)
	if err != nil {
		return false
	}
	defer file.Close()
	parser := b.address(config.NameserverAddress, nil)
	parser.Resolve = nil
lines:
	for in := bufio.NewScanner(file); in.Scan() && len(r.Nameservers) < maxResolvConf; {
		words := strings.Fields(in.Text())
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		const port = ":53"
		a, err := parser.Parse("udp@" + words[1] + port)
		if err != nil {
			continue
		}
		found = true
		for _, old := range r.Nameservers {
			if old.Name == words[1] {
				continue lines
			}
		}
		r.Nameservers = append(r.Nameservers, &proxy.Nameserver{Name: words[1], Pos: pos, Addr: a})
	}
	return found
}

// nameservers completes the sections: one of the name "default" exists if the system has name servers.
func (r *resolver) nameservers() {
	b := r.b
	for _, s := range b.snap.Resolvers {
		if len(s.Nameservers) == 0 {
			r.report.Warnf(s.Pos, "resolvers '%s' [%v] has no nameservers configured!", s.Name, s.Pos)
		}
	}
	if b.resolversNamed("default") != nil {
		return
	}
	if s := newResolvers("default", proxy.Pos{}); b.systemNameservers(s, proxy.Pos{}) {
		b.snap.Resolvers = append(b.snap.Resolvers, s)
	}
}
