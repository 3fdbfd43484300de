package directive

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// Dynamic reads what the runtime API's "add server" has behind the name of a server: its address and options
// (management.txt 9.3). The server belongs to no list yet. An error is what HAProxy answers. One goroutine at a time may
// call it.
func (b *Builder) Dynamic(p *proxy.Proxy, name string, words []string) (*proxy.Server, error) {
	var d *draft
	for _, x := range b.drafts {
		if x.Proxy == p {
			d = x
		}
	}
	if d == nil {
		return nil, &refusal{"No such backend."}
	}
	if c := permitted(name); c != 0 {
		return nil, &refusal{fmt.Sprintf("character '%c' is not permitted in server name '%s'.", c, name)}
	}
	report := &config.Report{}
	l := config.Command(append([]string{"server", name}, words...), config.InBackend, b.Env, report)
	b.at = d
	defer func() { b.at = nil }()
	what := fmt.Sprintf("'server %s/%s'", d.Name, name)
	x := &serverLine{b: b, what: what, line: serverKind, Server: newServer()}
	x.Pos, x.Proxy = l.Pos, p
	if x.address(l, l.Arg(1)) && x.options(l, l.Args[2:]) {
		b.settleDynamic(d, x, name, report)
	}
	for _, said := range report.Diagnostics() {
		if said.Level == config.Alert {
			b.forgets(x.Server)
			text := said.Text[strings.Index(said.Text, "] : ")+len("] : "):]
			return nil, &refusal{strings.TrimPrefix(strings.TrimLeft(strings.TrimPrefix(text, what), " :"), "'server' : ")}
		}
	}
	return x.Server, nil
}

// forgets takes a server that did not come to be away from those who get the certificates that commands bring.
func (b *Builder) forgets(s *proxy.Server) {
	for _, t := range [...]proxy.Securer{s.TLS, s.Check.TLS} {
		if back, ok := t.(*secure.Back); ok {
			b.tls.store.Forget(back)
		}
	}
}

// Presets returns the names of the default-server lines of a backend that "add server" may begin from; own says whether
// the one without a name says anything.
func (b *Builder) Presets(p *proxy.Proxy) (own bool, names []string) {
	for _, d := range b.drafts {
		if d.Proxy != p {
			continue
		}
		if d.DefaultServer != nil {
			said := *d.DefaultServer
			said.Pos = proxy.Pos{}
			own = !reflect.DeepEqual(&said, newServer())
		}
		names = slices.Sorted(maps.Keys(d.presets))
	}
	return own, names
}

// refusal is an answer in HAProxy's words.
type refusal struct{ text string }

// Error implements error.
func (r *refusal) Error() string { return r.text }

// settleDynamic is for a server of the runtime API what resolver.servers is for one of the configuration. Its name is not
// looked up.
func (b *Builder) settleDynamic(d *draft, x *serverLine, name string, report *config.Report) {
	s := x.Server
	s.Name = name
	for _, o := range d.All() {
		if s.ID != 0 && o.ID == s.ID {
			report.Errorf(s.Pos, "[] : 'id' : custom id %d already used at %v ('server %s').", s.ID, o.Pos, o.Name)
		}
	}
	for _, limit := range [...]struct {
		is   bool
		text string
	}{
		{s.Track != "", "'track' is not supported yet for servers that are added while the process runs."},
		{x.extra.names.given, "'resolvers' is not supported for servers that are added while the process runs."},
		{s.Check.Enabled || s.Check.Agent.Enabled, "checks are not supported yet for servers that are added while the process runs."},
	} {
		if limit.is {
			report.Errorf(s.Pos, "[] : %s", limit.text)
		}
	}
	s.ForcedID = s.ID != 0
	r := &resolver{b: b, report: report, threads: b.global.Threads()}
	r.limits(s)
	x.extra.initAddr = "none"
	if d.extras == nil {
		d.extras = map[*proxy.Server]serverExtra{}
	}
	if x.extra.tls != nil {
		base := b.tls.server
		x.extra.tlsBase = &base
	}
	d.extras[s] = x.extra
	if (s.Proto == "h1") != (d.Mode == proxy.ModeHTTP) && s.Proto == "h1" || s.Proto == "none" && d.Mode == proxy.ModeHTTP {
		report.Errorf(s.Pos, "[] : MUX protocol is not usable for server.")
		return
	}
	r.server(d, s)
}
