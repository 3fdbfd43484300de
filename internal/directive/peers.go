package directive

import (
	"os"
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sticktable"
)

// peersKeywords are those of a peers section (configuration.txt 11.2). Tables are not shared between processes yet: the
// section may name the process itself, which has the tables, and nobody else.
var peersKeywords = []Keyword{
	{Name: "bind", Doc: "Where the process listens for its peers.", In: config.InPeers, Max: -1, Parse: parsePeersBind},
	{Name: "default-bind", Doc: "What its socket begins with.", In: config.InPeers, Max: -1, Parse: moot(alone)},
	{Name: "default-server", Doc: "What the peers begin with.", In: config.InPeers, Max: -1, Parse: moot(alone)},
	{Name: "disabled", Doc: "The section shares nothing.", In: config.InPeers, Max: -1, Parse: func(b *Builder, _ *config.Line) { b.peers.Disabled = true }},
	{Name: "enabled", Doc: "The section shares its tables, which is the default.", In: config.InPeers, Max: -1, Parse: func(b *Builder, _ *config.Line) { b.peers.Disabled = false }},
	{Name: "log", Doc: "Where the section writes lines.", In: config.InPeers, Max: -1, Parse: moot(alone)},
	{Name: "peer", Doc: "A process that has the same tables, with its address.", In: config.InPeers, Max: -1, Parse: parsePeer},
	{Name: "server", Doc: "A process that has the same tables.", In: config.InPeers, Max: -1, Parse: parsePeerServer},
	{Name: "shards", Doc: "Over how many peers the tables are spread.", In: config.InPeers, Max: -1, Parse: parseShards},
	{Name: "table", Doc: "A stick table of the section.", In: config.InPeers, Max: -1, Parse: parsePeersTable},
}

// alone is why the keywords about connections between peers do nothing.
const alone = "tables are not shared between processes yet, so that nobody connects to another"

// peersDraft is a peers section while it is read.
type peersDraft struct {
	*proxy.Peers
	bound  proxy.Pos // of the bind line
	list   []peerLine
	tables []*draft // one for each, which has nothing else
}

// peerLine is a line about one process.
type peerLine struct {
	name    string
	address string
	pos     proxy.Pos
	young   bool // a server line
}

func openPeers(b *Builder, l *config.Line) {
	name := l.Arg(0).Value
	b.peers = &peersDraft{Peers: &proxy.Peers{Name: name, Pos: place(l)}}
	c := permitted(name)
	switch old := b.peersNamed(name); {
	case name == "":
		l.Abortf(l.End(), "missing name for peers section.")
	case len(l.Args) > 1:
		l.Abortf(l.Arg(1), "'peers' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
	case c != 0:
		l.Abortf(l.Arg(0), "character '%c' is not permitted in 'peers' name '%s'.", c, name)
	case old != nil:
		l.Report().Errorf(place(l), "config : Parsing [%v]: peers section '%s' has the same name as another peers section declared at %v.", place(l), name, old.Pos)
	default:
		b.peerings = append(b.peerings, b.peers)
	}
}

func closePeers(b *Builder, _ *config.Line) { b.peers = nil }

func (b *Builder) peersNamed(name string) *peersDraft {
	for _, p := range b.peerings {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func parsePeersBind(b *Builder, l *config.Line) {
	w := l.Arg(0)
	switch {
	case w.Value == "":
		l.Errorf(l.End(), "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.")
		return
	case b.peers.bound != (proxy.Pos{}):
		l.Errorf(w, "One listener per \"peers\" section is authorized but another is already configured at [%v].", b.peers.bound)
		return
	}
	addrs, err := b.address(config.BindAddress, inheritedSocket).ParseList(w.Value)
	switch {
	case err != nil:
		l.Errorf(w, "'bind' : %v", err)
		return
	case len(addrs) > 1:
		l.Errorf(w, "Only one listener per \"peers\" section is authorized. Multiple listening addresses or port range are not supported.")
		return
	}
	b.peers.bound, b.peers.Addr = place(l), w.Value
	moot(alone)(b, l)
}

func parsePeer(b *Builder, l *config.Line) {
	if len(l.Args) < 2 {
		l.Warnf(l.End(), "'peer %s' : ignoring invalid peer definition (missing address:port)", l.Arg(0).Value)
		return
	}
	x := &serverLine{b: b, what: "'peer " + l.Arg(0).Value + "'", Server: newServer()}
	if x.address(l, l.Arg(1)) {
		b.peers.list = append(b.peers.list, peerLine{name: l.Arg(0).Value, address: l.Arg(1).Value, pos: place(l)})
		b.peerOptions(l, l.Args[2:])
	}
}

// parsePeerServer reads the younger form: the process itself has no address there, since it has a bind line.
func parsePeerServer(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		return
	}
	name, rest := l.Arg(0).Value, l.Args[1:]
	line := peerLine{name: name, pos: place(l), young: true}
	if len(rest) > 0 && b.serverRows.Find(rest[0].Value) == nil {
		line.address, rest = rest[0].Value, rest[1:]
	}
	b.peers.list = append(b.peers.list, line)
	b.peerOptions(l, rest)
}

// peerOptions says that options of peers have no effect.
func (b *Builder) peerOptions(l *config.Line, words []config.Word) {
	if len(words) == 0 {
		return
	}
	if b.serverRows.Find(words[0].Value) == nil {
		l.Errorf(words[0], "'%s %s' : unknown keyword '%s'.", l.Keyword(), l.Arg(0).Value, words[0].Value)
		return
	}
	l.Noticef(words[0], "the options of '%s %s' have no effect: %s.", l.Keyword(), l.Arg(0).Value, alone)
}

func parseShards(b *Builder, l *config.Line) {
	w := l.Arg(0)
	n, err := strconv.Atoi(w.Value)
	switch {
	case w.Value == "":
		l.Errorf(l.End(), "'shards' : missing value")
	case err != nil:
		l.Errorf(w, "'shards' : expects an integer argument, found '%s'", w.Value)
	case n <= 0:
		l.Errorf(w, "'shards' : expects a strictly positive integer argument")
	default:
		moot(alone)(b, l)
	}
}

func parsePeersTable(b *Builder, l *config.Line) {
	name := l.Arg(0).Value
	for _, d := range b.peers.tables {
		if d.Name == b.peers.Name+"/"+name {
			l.Errorf(l.Name(), "stick-table name '%s' conflicts with table declared in peers '%s' at %v.", name, b.peers.Name, d.tablePos)
			return
		}
	}
	t := &tableLine{b: b, l: l, at: min(1, len(l.Args)), what: "table"}
	t.c.Name = b.peers.Name + "/" + name
	if t.read() {
		c := t.c
		b.peers.tables = append(b.peers.tables, &draft{Proxy: &proxy.Proxy{Name: c.Name}, table: &c, tablePos: place(l)})
	}
}

// peerings settles the peers sections, once it is known what this process is called, and says who shares what.
func (r *resolver) peerings() {
	for _, p := range r.b.peerings {
		r.local(p)
		for _, d := range p.tables {
			p.Tables = append(p.Tables, d.Table)
		}
		r.b.snap.Peers = append(r.b.snap.Peers, p.Peers)
	}
	for _, d := range r.b.drafts {
		if d.tablePeers == "" {
			continue
		}
		p := r.b.peersNamed(d.tablePeers)
		switch {
		case p == nil:
			r.report.Errorf(d.tablePos, "Proxy '%s': unable to find sync peers '%s'.", d.Name, d.tablePeers)
		case len(p.list) == 0 && !p.Disabled:
			r.report.Errorf(d.tablePos, "Proxy '%s': unable to find local peer '%s' in peers section '%s'.", d.Name, r.b.localPeer(), p.Name)
		default:
			p.Shared = append(p.Shared, d.Table)
		}
	}
}

// local finds this process in a peers section, and refuses the others in one that would have to share its tables.
func (r *resolver) local(p *peersDraft) {
	name := r.b.localPeer()
	var first *peerLine
	for i := range p.list {
		switch x := &p.list[i]; {
		case x.name != name:
		case x.young && x.address != "":
			r.report.Errorf(x.pos, "config : [%v] : 'server %s/%s' : unknown keyword '%s'. Hint: no address was expected for this server", x.pos, p.Name, name, x.address)
		case first != nil:
			r.report.Errorf(x.pos, "config : parsing [%v] : 'server %s' : local peer name already referenced at %v. %s", x.pos, name, first.pos, name)
		default:
			first = x
			p.Local = name
			if p.Addr == "" {
				p.Addr = x.address
			}
		}
	}
	if p.Disabled {
		return
	}
	if first == nil {
		r.report.Warnf(p.Pos, "Removing incomplete section 'peers %s' (no peer named '%s').", p.Name, name)
		return
	}
	for _, x := range p.list {
		if x.name != name {
			r.report.Errorf(x.pos, "config : parsing [%v] : peers '%s' : tables cannot be shared with '%s' yet: write 'disabled' in the section, and each process has tables of its own.", x.pos, p.Name, x.name)
		}
	}
}

// peerTables are the tables of peers sections, as those of proxies.
func (b *Builder) peerTables() (list []*draft) {
	for _, p := range b.peerings {
		list = append(list, p.tables...)
	}
	return list
}

// localPeer is the name of this process among its peers (configuration.txt 3.1, localpeer).
func (b *Builder) localPeer() string {
	name := b.LocalPeer
	if name == "" {
		name = b.global.LocalPeer
	}
	if name == "" {
		name, _ = os.Hostname()
	}
	return name
}

// newTables makes the tables of drafts.
func newTables(list []*draft) {
	for _, d := range list {
		if d.table != nil {
			d.Table = sticktable.New(*d.table)
		}
	}
}
