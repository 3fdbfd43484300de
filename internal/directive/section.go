package directive

import (
	"fmt"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// Sections returns the kinds of sections that this program knows (configuration.txt 2.1).
func Sections() []Section { return append([]Section(nil), sections...) }

var sections = []Section{
	{Name: "backend", Doc: "Servers, and how load is spread over them.", Place: config.InBackend, Open: openProxy(proxy.CapBackend), Close: closeProxy},
	{Name: "crt-store", Doc: "Certificates with names that others use them by.", Place: config.InCrtStore, Open: openCrtStore, Close: closeCrtStore},
	{Name: "defaults", Doc: "Settings for the sections that follow.", Place: config.InDefaults, Open: openDefaults, Close: closeProxy},
	{Name: "frontend", Doc: "Sockets, and which backend their connections go to.", Place: config.InFrontend, Open: openProxy(proxy.CapFrontend), Close: closeProxy},
	{Name: "global", Doc: "What concerns the whole process.", Place: config.InGlobal, Open: openGlobal, Early: true},
	{Name: "healthcheck", Doc: "A way to check servers, by name.", Place: config.InHealthcheck, Open: openHealthcheck, Close: closeHealthcheck},
	{Name: "http-errors", Doc: "Answers that proxies may share.", Place: config.InHTTPErrors, Open: openHTTPErrors, Close: closeHTTPErrors},
	{Name: "listen", Doc: "A frontend and a backend in one.", Place: config.InListen, Open: openProxy(proxy.CapListen), Close: closeProxy},
	{Name: "log-forward", Doc: "Takes log messages from elsewhere and passes them on.", Place: config.InLogForward, Open: openLogForward, Close: closeLogForward},
	{Name: "log-profile", Doc: "What log lines look like at the steps of a stream.", Place: config.InLogProfile, Open: openLogProfile, Close: closeLogProfile},
	{Name: "peers", Doc: "Processes that share stick tables, and tables of theirs.", Place: config.InPeers, Open: openPeers, Close: closePeers},
	{Name: "program", Doc: "A command that the master runs.", Place: config.InProgram, Open: openProgram, Close: closeProgram},
	{Name: "resolvers", Doc: "Name servers, and how they are asked.", Place: config.InResolvers, Open: openResolvers, Close: closeResolvers},
	{Name: "ring", Doc: "A buffer in memory for logs.", Place: config.InRing, Open: openRing, Close: closeRing},
	{Name: "userlist", Doc: "Users and their passwords.", Place: config.InUserlist, Open: openUserlist, Close: closeUserlist},
}

func openGlobal(b *Builder, l *config.Line) {
	if len(l.Args) > 0 {
		l.Errorf(l.Arg(0), "'global' cannot handle unexpected argument '%s'.", l.Arg(0).Value)
	}
	b.global.Pos = place(l)
}

// noun is what messages call a proxy: HAProxy calls a listen section a proxy.
func noun(caps proxy.Caps) string {
	switch {
	case caps&proxy.CapDefaults != 0:
		return "defaults"
	case caps&proxy.CapListen == proxy.CapListen:
		return "proxy"
	case caps&proxy.CapFrontend != 0:
		return "frontend"
	}
	return "backend"
}

func openProxy(caps proxy.Caps) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		d := b.newDraft(l, caps)
		b.at = d
		if len(l.Args) == 0 {
			l.Abortf(l.End(), "'%s' expects an <id> argument", l.Section)
			return
		}
		d.Name = l.Arg(0).Value
		if c := permitted(d.Name); c != 0 {
			l.Alertf(l.Arg(0), "character '%c' is not permitted in '%s' name '%s'.", c, l.Section, d.Name)
		}
		b.nameProxy(l, d)
		rest := l.Args[1:]
		if len(rest) > 1 && rest[0].Value == "from" {
			if !b.inherit(l, d, rest[1]) {
				return
			}
			rest = rest[2:]
		} else {
			b.inheritLast(l, d)
		}
		b.drafts = append(b.drafts, d)
		b.snap.Proxies = append(b.snap.Proxies, d.Proxy)
		if len(rest) > 0 {
			b.headerAddress(l, d, rest)
		}
	}
}

// headerAddress takes an address behind the name of a section, which old files have, as a bind line.
func (b *Builder) headerAddress(l *config.Line, d *draft, rest []config.Word) {
	if !d.IsFront() || len(rest) > 1 || !strings.Contains(rest[0].Value, ":") {
		l.Errorf(rest[0], "please use the 'bind' keyword for listening addresses.")
		return
	}
	l.Oldf(rest[0], "please use the 'bind' keyword for listening addresses.", "please use the 'bind' keyword for listening addresses: write 'bind %s' in the section.", rest[0].Value)
	bind := *l
	bind.Args = rest
	d.Binds = append(d.Binds, b.bindLine(&bind, "'bind'", "'bind "+rest[0].Value+"' in section '"+l.Section+"'")...)
}

func (b *Builder) newDraft(l *config.Line, caps proxy.Caps) *draft {
	p := &proxy.Proxy{Pos: place(l), Caps: caps}
	return &draft{Proxy: p}
}

// nameProxy refuses names that another proxy of the same role has. A frontend and a backend may share one, as they
// could until 3.3, with a warning.
func (b *Builder) nameProxy(l *config.Line, d *draft) {
	old := b.names[d.Name]
	for ; old != nil; old = old.sameName {
		switch {
		case old.Caps&d.Caps != 0:
			l.Report().Errorf(place(l), "config : Parsing [%v]: %s '%s' has the same name as %s '%s' declared at %v.",
				d.Pos, noun(d.Caps), d.Name, noun(old.Caps), old.Name, old.Pos)
			return
		default:
			gone := fmt.Sprintf("config : Parsing [%v]: %s '%s' has the same name as %s '%s' declared at %v.",
				d.Pos, noun(d.Caps), d.Name, noun(old.Caps), old.Name, old.Pos)
			l.Report().Add(config.Diagnostic{Level: config.Warning, Pos: place(l), Gone: gone,
				Text: gone + " HAProxy 3.3 and later refuse this: rename one or the other."})
		}
	}
	d.sameName = b.names[d.Name]
	b.names[d.Name] = d
}

func openDefaults(b *Builder, l *config.Line) {
	d := b.newDraft(l, proxy.CapDefaults)
	d.Name = l.Arg(0).Value
	d.named = d.Name != ""
	b.at = d
	if len(l.Args) > 1 && l.Arg(1).Value == "from" {
		if !b.inherit(l, d, l.Arg(2)) {
			return
		}
	} else {
		d.Settings = newSettings()
		if len(l.Args) > 1 {
			l.Errorf(l.Arg(1), "'defaults' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		}
	}
	if old := b.defaults[d.Name]; old != nil {
		d.shadows = old
	}
	b.defaults[d.Name] = d
	b.last = d
	b.snap.Defaults = append(b.snap.Defaults, d.Proxy)
}

// inherit takes the settings of a named defaults section.
func (b *Builder) inherit(l *config.Line, d *draft, name config.Word) bool {
	from := b.defaults[name.Value]
	switch {
	case from == nil || name.Value == "":
		l.Errorf(name, "defaults section '%s' not found for %s '%s'.%s", name.Value, noun(d.Caps), d.Name, b.suggestDefaults(name.Value))
		l.Report().Abort()
		return false
	case from.shadows != nil:
		l.Alertf(name, "ambiguous defaults section name '%s' referenced by %s '%s' exists at least at %v and %v.",
			name.Value, noun(d.Caps), d.Name, from.Pos, from.shadows.Pos)
	}
	if d.Caps&proxy.CapDefaults == 0 {
		d.mixed(l, from, &from.explicit, from.implicit)
	}
	d.mayTake(l, from)
	d.take(from)
	return true
}

func (b *Builder) suggestDefaults(name string) string {
	names := make([]string, 0, len(b.defaults))
	for n := range b.defaults {
		names = append(names, n)
	}
	return config.Suggest(name, names)
}

// inheritLast takes the settings of the last defaults section, or the documented ones without any.
func (b *Builder) inheritLast(l *config.Line, d *draft) {
	if b.last == nil {
		d.Settings = newSettings()
		return
	}
	d.mixed(l, b.last, &b.last.implicit, b.last.explicit)
	d.mayTake(l, b.last)
	d.take(b.last)
}

// mixed marks how a named defaults section is used, and warns when it is used in both ways.
func (d *draft) mixed(l *config.Line, from *draft, this *bool, other bool) {
	*this = true
	if from.named && other {
		l.Warnf(l.Name(), "defaults section '%s' (declared at %v) is explicitly referenced by another proxy and implicitly used here. "+
			"To avoid any ambiguity don't mix both usage. Add a last defaults section not explicitly used or always use explicit references.", from.Name, from.Pos)
	}
}

func (d *draft) take(from *draft) {
	d.from, d.From = from, from.Proxy
	d.Settings = from.Settings.Clone()
	d.text = from.text
	d.Disabled, d.moded = from.Disabled, from.moded
	d.defaultExtra = from.defaultExtra
	d.presets = from.presets
	if from.DefaultServer != nil {
		d.DefaultServer = from.DefaultServer // replaced, never changed, by default-server lines
	}
}

func closeProxy(b *Builder, l *config.Line) {
	b.transparent(l)
	b.at = nil
}

// newSettings returns the documented settings of a proxy.
func newSettings() proxy.Settings {
	return proxy.Settings{
		Retries:    3,
		RetryOn:    proxy.RetryConnFailure,
		MaxKAQueue: -1,
		HTTPReuse:  proxy.ReuseSafe,
	}
}
