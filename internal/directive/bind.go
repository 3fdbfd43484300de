package directive

import (
	"fmt"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyBind is the keyword that opens a proxy's sockets (configuration.txt 4.2).
var proxyBind = []Keyword{
	{Name: "bind", Doc: "Addresses where a frontend takes connections.", In: config.InFrontend | config.InListen, Max: -1, Parse: parseBind},
}

// A bindLine is a bind line, or a stats socket, while its options are read.
type bindLine struct {
	b    *Builder
	what string // begins the messages of its options
	proxy.Bind
	prefix string // guid-prefix
	tls    *bindSecure
}

func parseBind(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.")
		return
	}
	b.at.Binds = append(b.at.Binds, b.bindLine(l, "'bind'", fmt.Sprintf("'bind %s' in section '%s'", l.Arg(0).Value, l.Section))...)
}

// bindLine reads addresses and options and returns one Bind for every address and port. The first two strings begin the
// messages about the address and about the options.
func (b *Builder) bindLine(l *config.Line, address, options string) []*proxy.Bind {
	p := b.address(config.BindAddress, inheritedSocket)
	addrs, err := p.ParseList(l.Arg(0).Value)
	if err != nil {
		l.Errorf(l.Arg(0), "%s : %v", address, err)
		return nil
	}
	line := &bindLine{b: b, what: options, Bind: proxy.Bind{Pos: place(l), UID: -1, GID: -1, ID: -1}}
	line.Shards = b.global.Tune.DefaultShards
	if !b.bindRows.Walk(line, l, l.Args[1:], options) {
		return nil
	}
	if line.tls != nil {
		line.tls.base = b.tls.bind
	}
	binds := line.expand(addrs)
	if line.ID >= 0 && len(binds) > 1 {
		l.Errorf(l.Name(), "%s : 'id' can only be used with a single socket", options)
		return nil
	}
	if line.ID < 0 {
		for _, x := range binds {
			x.ID = 0 // attributed when everything is known
		}
	}
	return binds
}

// expand makes one Bind for every address and every port of it.
func (x *bindLine) expand(addrs []proxy.Addr) []*proxy.Bind {
	var all []*proxy.Bind
	for _, a := range addrs {
		last := max(a.PortHi, a.Port)
		for port := a.Port; port <= last; port++ {
			one := x.Bind
			one.GUID = x.prefix
			one.Addr = a
			one.Addr.Port, one.Addr.PortHi = port, port
			if a.Family == proxy.FamUnix {
				x.unixDefaults(&one)
			}
			if x.tls != nil && x.tls.on {
				x.b.tls.binds[&one] = x.tls
			}
			if x.b.at != nil {
				one.Proxy = x.b.at.Proxy
			}
			all = append(all, &one)
		}
	}
	return all
}

// unixDefaults fills in what unix-bind says and the line does not.
func (x *bindLine) unixDefaults(one *proxy.Bind) {
	d := &x.b.global.UnixBind
	one.Addr.Path = x.b.global.UnixBindPrefix + one.Addr.Path
	if one.Mode == 0 {
		one.Mode = d.Mode
	}
	if one.UID < 0 {
		one.UID = d.UID
	}
	if one.GID < 0 {
		one.GID = d.GID
	}
}
