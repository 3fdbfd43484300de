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
	if err := b.mayBeDynamic(l.Args[2:]); err != nil {
		return nil, err
	}
	if x.address(l, l.Arg(1)) && x.options(l, l.Args[2:]) {
		b.settleDynamic(d, x, name, report)
	}
	b.settlePending(report)
	if text := firstAlert(report); text != "" {
		b.forgets(x.Server)
		delete(d.extras, x.Server)
		return nil, &refusal{strings.TrimPrefix(strings.TrimLeft(strings.TrimPrefix(text, what), " :"), "'server' : ")}
	}
	return x.Server, nil
}

// settlePending looks up what expressions that came while the process runs name.
func (b *Builder) settlePending(report *config.Report) {
	for _, u := range b.pending.Resolve(b.snap) {
		report.Errorf(u.Pos, "[] : %s", u.Text)
	}
}

// firstAlert is the first error of a report without its place, "" without any.
func firstAlert(report *config.Report) string {
	for _, said := range report.Diagnostics() {
		if said.Level == config.Alert {
			if _, behind, ok := strings.Cut(said.Text, "] : "); ok {
				return behind
			}
			return said.Text
		}
	}
	return ""
}

// DynamicOptions are the words that may follow the address of a server that is added while the process runs.
func (b *Builder) DynamicOptions() (names []string) {
	for _, name := range b.serverRows.Names() {
		if !fixed[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// fixed are the options that only servers of the configuration may have, as in HAProxy: those that another part of the
// configuration would have to know of, and those whose opposite is what such a server begins with.
var fixed = map[string]bool{
	"cc": true, "check-sni-auto": true, "enabled": true, "init-addr": true, "log-bufsize": true, "log-proto": true, "max-reuse": true, "namespace": true,
	"no-agent-check": true, "no-check": true, "no-check-reuse-pool": true, "no-check-send-proxy": true, "no-check-ssl": true,
	"no-send-proxy-v2-ssl": true, "no-send-proxy-v2-ssl-cn": true, "no-ssl": true, "non-stick": true, "redir": true, "resolve-net": true,
	"resolve-opts": true, "resolve-prefer": true, "resolvers": true, "sni-auto": true, "socks4": true, "ssl-reuse": true, "stick": true, "tcp-md5sig": true, "tcp-ut": true,
}

// mayBeDynamic refuses the options that only servers of the configuration may have. The argument of an option is none of
// them, whatever it looks like; what is no option at all, the walk over them says.
func (b *Builder) mayBeDynamic(words []config.Word) error {
	for len(words) > 0 {
		take := 1
		if row := b.serverRows.Find(words[0].Value); row != nil {
			if fixed[row.Name] {
				return &refusal{"'" + row.Name + "' option is not accepted for dynamic server"}
			}
			take += row.Args
		}
		words = words[min(take, len(words)):]
	}
	return nil
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
// looked up, and its checks use TLS and the PROXY header only where that is said of them.
func (b *Builder) settleDynamic(d *draft, x *serverLine, name string, report *config.Report) {
	s := x.Server
	s.Name = name
	for _, o := range d.All() {
		if s.ID != 0 && o.ID == s.ID {
			report.Errorf(s.Pos, "[] : 'id' : custom id %d already used at %v ('server %s').", s.ID, o.Pos, o.NameNow())
		}
	}
	if owner, taken := b.guids[s.GUID]; taken && s.GUID != "" {
		report.Errorf(s.Pos, "[] : 'guid': duplicate entry with %s.", owner)
	}
	s.ForcedID = s.ID != 0
	r := &resolver{b: b, report: report, threads: b.global.Threads()}
	r.limits(s)
	x.extra.initAddr, x.extra.names, x.extra.dynamic = "none", serverNames{}, true
	if d.extras == nil {
		d.extras = map[*proxy.Server]serverExtra{}
	}
	if x.extra.tls != nil {
		base := b.tls.server
		x.extra.tlsBase = &base
	}
	d.extras[s] = x.extra
	r.checked(d, s)
	if s.Track != "" {
		r.trackDynamic(d, s)
	}
	if (s.Proto == "h1") != (d.Mode == proxy.ModeHTTP) && s.Proto == "h1" || s.Proto == "none" && d.Mode == proxy.ModeHTTP {
		report.Errorf(s.Pos, "[] : MUX protocol is not usable for server.")
		return
	}
	r.server(d, s)
}

// trackDynamic finds the server whose state s is to have. It must be one of the configuration, which nobody deletes as
// long as it is tracked.
func (r *resolver) trackDynamic(d *draft, s *proxy.Server) {
	back, name, two := strings.Cut(s.Track, "/")
	if !two {
		back, name = d.Name, s.Track
	}
	refuse := func(format string, args ...any) { r.report.Errorf(s.Pos, "[] : "+format, args...) }
	of := r.b.backNamed(back)
	if of == nil {
		refuse("unable to find required proxy '%s' for tracking.", back)
		return
	}
	to := of.Named(name)
	if to == nil {
		refuse("unable to find required server '%s' for tracking.", name)
		return
	}
	last := to.Checked()
	switch {
	case r.b.backNamed(back).extras[to].dynamic:
		refuse("unable to use %s/%s for tracking as it is a dynamic server.", of.Name, name)
	case !last.Check.Enabled && !last.Check.Agent.Enabled:
		refuse("unable to use %s/%s for tracking as it does not have any check nor agent enabled.", of.Name, name)
	case s.Check.Enabled:
		refuse("unable to enable checks and tracking at the same time!")
	case d.extras[s].initGiven:
		refuse("unable to set init-state and tracking at the same time!")
	default:
		s.Tracked, s.Track = to, of.Name+"/"+name
	}
}

// Admit keeps what a server that was read by Dynamic took, once it is part of its backend.
func (b *Builder) Admit(srv *proxy.Server) {
	if srv.GUID != "" {
		b.guids[srv.GUID] = "server " + srv.Proxy.Name + "/" + srv.Name
	}
}

// Forget gives back what a server took: one that was deleted, or that did not become part of its backend.
func (b *Builder) Forget(srv *proxy.Server) {
	for _, d := range b.drafts {
		if d.Proxy == srv.Proxy {
			delete(d.extras, srv)
		}
	}
	if srv.GUID != "" {
		delete(b.guids, srv.GUID)
	}
}
