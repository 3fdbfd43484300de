package directive

import (
	"slices"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// proxyTLS are the keywords of proxies about TLS (configuration.txt 4.2).
var proxyTLS = []Keyword{
	{Name: "ssl-f-use", Doc: "A certificate of all bind lines of the section that speak TLS.", In: config.InFrontend | config.InListen, Max: -1, Parse: parseFrontUse},
}

// frontUse is an ssl-f-use line while it is read: the words of crt-store's load and those of a list's brackets, mixed.
type frontUse struct {
	named secure.Named
	own   *secure.Settings
	line  secure.ListLine
}

// parseFrontUse adds a certificate to the list that all bind lines of the section use. As in HAProxy the last line comes
// first there, so that its certificate is the default of lines that name none.
func parseFrontUse(b *Builder, l *config.Line) {
	u := &frontUse{own: &secure.Settings{}}
	at := tlsPlace{b: b, file: l.Pos.File}
	for words := l.Args; len(words) > 0; {
		n, ok := u.word(at, l, words)
		if !ok {
			return
		}
		words = words[n:]
	}
	if u.named.Crt == "" {
		l.Errorf(l.End(), "Trying to load a certificate but no 'crt' keyword specified.")
		return
	}
	c, err := u.load(b.tls.store)
	if err != nil {
		l.Errorf(l.Name(), "%v.", err)
		return
	}
	warning, err := b.tls.store.Serve(c, u.named.Update)
	if err != nil {
		l.Errorf(l.Name(), "%v", err)
		return
	}
	if warning != "" {
		l.Warnf(l.Name(), "%s", warning)
	}
	b.at.frontUses = slices.Insert(b.at.frontUses, 0, u.line.Entry(c, u.own))
}

// word reads one option with its argument, and returns how many words it took.
func (u *frontUse) word(at tlsPlace, l *config.Line, words []config.Word) (int, bool) {
	name, arg := words[0].Value, ""
	if len(words) > 1 {
		arg = words[1].Value
	}
	file := map[string]*string{"crt": &u.named.Crt, "key": &u.named.Key, "ocsp": &u.named.OCSP, "issuer": &u.named.Issuer, "ocsp-update": &u.named.Update}[name]
	o := listOptionOf(name)
	switch {
	case file == nil && o == nil:
		l.Errorf(words[0], "unknown crt keyword '%s'", name)
		return 0, false
	case arg == "" && (file != nil || o.Args > 0):
		l.Errorf(l.End(), "'%s' : missing argument", name)
		return 0, false
	case file == nil:
		if text := o.Set(at, u.own, name, arg); text != "" {
			l.Errorf(words[0], "%s", text)
			return 0, false
		}
		u.line.Options = append(u.line.Options, config.Values(words[:1+o.Args])...)
		return 1 + o.Args, true
	}
	switch name {
	case "crt":
		*file = at.crt(arg)
	case "key":
		*file = at.base(at.b.tls.keyBase, arg)
	case "ocsp-update":
		if arg != "on" && arg != "off" {
			l.Errorf(words[1], badUpdate, arg)
			return 0, false
		}
		*file, u.line.Update = arg, arg
		u.line.Options = append(u.line.Options, name, arg)
	default:
		*file = at.base(at.b.tls.crtBase, arg)
	}
	return 2, true
}

// load reads the certificate, or finds it.
func (u *frontUse) load(store *secure.Store) (*secure.Certificate, error) {
	n := u.named
	n.Update = "" // the line's, not the file's
	if (n.Key != "" || n.OCSP != "" || n.Issuer != "") && !store.Has(n.Crt) {
		if err := store.Name(n.Crt, n); err != nil {
			return nil, err
		}
	}
	return store.Certificate(n.Crt)
}

// frontUses gives the certificates of ssl-f-use lines to the bind lines of their section.
func (r *resolver) frontUses(d *draft) {
	if len(d.frontUses) == 0 {
		return
	}
	list := r.b.tls.store.Enlist("@"+d.Name, true, 0, d.frontUses)
	var done []*bindSecure
	for _, x := range d.Binds {
		if t := r.b.tls.binds[x]; t != nil && !slices.Contains(done, t) {
			t.uses, t.lists = append(t.uses, list.Uses()...), append(t.lists, list)
			done = append(done, t)
		}
	}
}
