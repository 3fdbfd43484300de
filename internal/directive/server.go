package directive

import (
	"fmt"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// proxyServer are the keywords that declare servers (configuration.txt 4.2).
var proxyServer = []Keyword{
	{Name: "default-server", Doc: "Options that the next server lines begin with.", In: config.InBack, Max: -1,
		Misplaced: config.Refused, Parse: parseDefaultServer},
	{Name: "dispatch", Doc: "One address for all connections.", In: config.InBack, Max: -1, Parse: parseDispatch},
	{Name: "server", Doc: "A server of a backend.", In: config.InListen | config.InBackend, Max: -1,
		Misplaced: config.Refused, Parse: parseServer},
	{Name: "server-template", Doc: "Several servers that differ in their number.", In: config.InListen | config.InBackend, Max: -1,
		Misplaced: config.Refused, Parse: parseServerTemplate},
	{Name: "transparent", Doc: "Connections went to the address that clients asked for.", In: config.InBack, Max: -1, Parse: oldTransparent},
}

// A serverLine is a server, server-template or default-server line while its options are read.
type serverLine struct {
	b    *Builder
	what string // begins the messages of its options
	*proxy.Server
	extra serverExtra
	line  lineKind
	tls   *serverSecure // what extra.tls points at once the line has changed it
}

// lineKind tells which keyword the options follow.
type lineKind uint8

const (
	serverKind lineKind = iota
	templateKind
	defaultKind
)

// serverExtra is what options say that is looked at when everything is known.
type serverExtra struct {
	initAddr string // methods, as written
	names    serverNames
	poolName phrase
	tlvs     []tlvText
	tls      *serverSecure
	tlsBase  *secure.Settings // the defaults that hold where the line stands

	initGiven  bool   // init-state
	dynamic    bool   // added by the runtime API
	checkPlain bool   // no-check-ssl
	checkProto string // check-proto
	checkNamed string // healthcheck
}

// tlvText is a set-proxy-v2-tlv-fmt before its format is compiled.
type tlvText struct {
	kind uint8
	text phrase
}

// newServer returns a server with the documented defaults.
func newServer() *proxy.Server {
	return &proxy.Server{Weight: 1, PoolMaxConn: -1, MaxReuse: -1, PoolPurgeDelay: 5e9,
		Check: proxy.CheckConf{Inter: 2e9, Rise: 2, Fall: 3, ErrorLimit: 10}}
}

// copyServer returns a server with the settings of another, for default-server and `from`.
func copyServer(from *proxy.Server) *proxy.Server {
	s := *from
	s.Name, s.ID, s.Index, s.GUID, s.Template, s.State, s.Pinned, s.NoTLS = "", 0, 0, "", nil, nil, false, false
	s.TLS, s.SNI, s.Check.TLS, s.Trackers, s.Tracked, s.ProxyTLVs, s.Resolution, s.NoAddress = nil, nil, nil, nil, nil, nil, nil, false
	return &s
}

func parseServer(b *Builder, l *config.Line) {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "'server' expects <name> and <addr>[:<port>] as arguments.")
		return
	}
	name := l.Arg(0)
	if c := permitted(name.Value); c != 0 {
		l.Errorf(name, "character '%c' is not permitted in server name '%s'.", c, name.Value)
		return
	}
	x := b.beginServer(l, serverKind, fmt.Sprintf("'server %s/%s'", b.at.Name, name.Value))
	if !x.address(l, l.Arg(1)) || !x.options(l, l.Args[2:]) {
		return
	}
	b.at.addServer(l, x, name.Value)
}

// beginServer starts from the proxy's default-server.
func (b *Builder) beginServer(l *config.Line, kind lineKind, what string) *serverLine {
	x := &serverLine{b: b, what: what, line: kind, Server: copyServer(b.at.defaultServer()), extra: b.at.defaultExtra}
	x.Pos, x.Proxy = place(l), b.at.Proxy
	return x
}

// address reads the address of a server line. A name is resolved when everything is read, since init-addr may
// follow; the servers of a ring have none.
func (x *serverLine) address(l *config.Line, w config.Word) bool {
	parser := x.b.address(config.ServerAddress, inheritedSocket)
	if l.Place != config.InRing {
		parser.Resolve = nil // init-addr says whether the system is asked
	}
	a, err := parser.Parse(w.Value)
	if err != nil {
		l.Errorf(w, "%s : %v", x.what, err)
		return false
	}
	x.Addr = a
	return true
}

// options reads `from` and the options.
func (x *serverLine) options(l *config.Line, words []config.Word) bool {
	if len(words) > 1 && words[0].Value == "from" {
		if !x.from(l, words[1]) {
			return false
		}
		words = words[2:]
	}
	return x.b.serverRows.Walk(x, l, words, x.what)
}

// from copies the settings of another server or default-server (configuration.txt 5.2).
func (x *serverLine) from(l *config.Line, w config.Word) bool {
	kind, name, _ := strings.Cut(w.Value, ":")
	var source *proxy.Server
	var extra serverExtra
	switch kind {
	case "none":
		source = newServer()
	case "be":
		if d := x.b.backNamed(name); d != nil {
			source, extra = d.defaultServer(), d.defaultExtra
		}
	case "srv":
		back, server, two := strings.Cut(name, "/")
		if !two {
			back, server = "", name
		}
		if d := x.b.backNamed(back); d != nil {
			source, extra = d.serverNamed(server)
		}
	default:
		l.Errorf(w, "%s : invalid '%s' value for 'from' keyword.", x.what, w.Value)
		return false
	}
	if source == nil {
		l.Errorf(w, "%s : 'from' names '%s', which is not known here.", x.what, w.Value)
		return false
	}
	addr, pos, owner := x.Addr, x.Pos, x.Proxy
	*x.Server = *copyServer(source)
	extra.initGiven, extra.dynamic = false, false
	x.Addr, x.Pos, x.Proxy, x.extra, x.tls = addr, pos, owner, extra, nil
	return true
}

// backNamed finds a proxy by name, or the current one for "".
func (b *Builder) backNamed(name string) *draft {
	if name == "" {
		return b.at
	}
	for _, d := range b.drafts {
		if d.Name == name && d.IsBack() {
			return d
		}
	}
	return nil
}

// serverNamed finds a server or a named default-server.
func (d *draft) serverNamed(name string) (*proxy.Server, serverExtra) {
	if s := d.presets[name]; s != nil {
		return s.Server, s.extra
	}
	if s := d.ByName[name]; s != nil {
		return s, d.extras[s]
	}
	return nil, serverExtra{}
}

func parseDefaultServer(b *Builder, l *config.Line) {
	words := l.Args
	x := &serverLine{b: b, what: "'default-server'", line: defaultKind}
	name := ""
	if len(words) > 1 && words[0].Value == "name" {
		name, words = words[1].Value, words[2:]
	}
	x.Server, x.extra = copyServer(b.at.defaultServer()), b.at.defaultExtra
	if p := b.at.presets[name]; p != nil {
		x.Server, x.extra = p.Server, p.extra
	} else if name != "" {
		x.Server, x.extra = newServer(), serverExtra{}
	}
	x.Pos = place(l)
	if !x.options(l, words) {
		return
	}
	if name == "" {
		b.at.DefaultServer, b.at.defaultExtra = x.Server, x.extra
		return
	}
	if b.at.presets == nil {
		b.at.presets = map[string]*serverLine{}
	}
	b.at.presets[name] = x
}

func (d *draft) defaultServer() *proxy.Server {
	if d.DefaultServer == nil {
		d.DefaultServer = newServer()
	}
	return d.DefaultServer
}

func parseServerTemplate(b *Builder, l *config.Line) {
	if len(l.Args) < 3 {
		l.Errorf(l.End(), "'server-template' expects <prefix> <nb | range> <addr>[:<port>] as arguments.")
		return
	}
	prefix, count := l.Arg(0), l.Arg(1)
	if c := permitted(prefix.Value); c != 0 {
		l.Errorf(prefix, "character '%c' is not permitted in server-template prefix '%s'.", c, prefix.Value)
		return
	}
	low, high, ok := config.ParseRange(count.Value)
	if ok && !strings.Contains(count.Value, "-") {
		low = 1
	}
	if !ok || high < 1 || low > high || high-low >= maxTemplate {
		l.Errorf(count, "Wrong server-template number or range arg '%s'.", count.Value)
		return
	}
	x := b.beginServer(l, templateKind, fmt.Sprintf("'server-template %s/%s'", b.at.Name, prefix.Value))
	if !x.address(l, l.Arg(2)) || !x.options(l, l.Args[3:]) {
		return
	}
	x.Template = &proxy.Template{Prefix: prefix.Value, Low: low, High: high}
	for n := low; n <= high; n++ {
		one := *x
		s := *x.Server
		one.Server = &s
		if n > low {
			s.ID, s.GUID = 0, ""
		}
		if !b.at.addServer(l, &one, prefix.Value+strconv.Itoa(n)) {
			return
		}
	}
}

// maxTemplate bounds the servers that one line makes.
const maxTemplate = 100000

// addServer gives a server its name and place.
func (d *draft) addServer(l *config.Line, x *serverLine, name string) bool {
	s := x.Server
	if old := d.ByName[name]; old != nil {
		l.Errorf(l.Arg(0), "%s : another server named '%s' was already defined at line %d, please use a distinct name.", x.what, name, old.Pos.Line)
		return false
	}
	if d.ByName == nil {
		d.ByName = make(map[string]*proxy.Server)
	}
	s.Name, s.Index = name, len(d.Servers)
	if s.GUID != "" {
		if owner, taken := x.b.guids[s.GUID]; taken {
			l.Errorf(l.Name(), "%s : 'guid': duplicate entry with %s.", x.what, owner)
			return false
		}
		x.b.guids[s.GUID] = "server " + d.Name + "/" + name
	}
	d.ByName[name] = s
	d.Servers = append(d.Servers, s)
	if x.extra.initAddr != "" || x.extra.names.given || x.extra.poolName.text != "" || x.extra.tlvs != nil || x.extra.tls != nil || x.extra.checkPlain || x.extra.checkProto != "" || x.extra.checkNamed != "" {
		if d.extras == nil {
			d.extras = map[*proxy.Server]serverExtra{}
		}
		if x.extra.tls != nil {
			base := x.b.tls.server
			x.extra.tlsBase = &base
		}
		d.extras[s] = x.extra
	}
	return true
}

// parseDispatch honours what 3.5 removed as its own message advises: by a server of that name, next to which others
// take no new load.
func parseDispatch(b *Builder, l *config.Line) {
	if len(l.Args) == 0 || b.at.Caps&proxy.CapDefaults != 0 {
		l.Tightf(l.Name(), "'dispatch' was removed in HAProxy 3.5: write 'server dispatch <address>:<port>' in each backend.")
		return
	}
	addr := join(l.Args)
	l.Oldf(l.Name(), "support for 'dispatch' was removed in version 3.5. The modern way to do the same is to create a server with the same address, and possibly to assign any extra server a weight of zero if any.",
		"'dispatch' was removed in HAProxy 3.5: a server of that name does the same, write 'server dispatch %s'.", addr)
	x := b.beginServer(l, serverKind, fmt.Sprintf("'server %s/dispatch'", b.at.Name))
	if x.address(l, l.Arg(0)) && x.options(l, l.Args[1:]) && b.at.addServer(l, x, "dispatch") {
		b.at.dispatch = x.Server
	}
}
