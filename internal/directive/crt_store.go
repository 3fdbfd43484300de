package directive

import (
	"cmp"
	"path/filepath"
	"strings"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// storeKeywords are those of a crt-store section (configuration.txt 12.7).
var storeKeywords = []Keyword{
	{Name: "crt-base", Doc: "The folder of the section's certificates with relative names.", In: config.InCrtStore, Max: -1,
		Parse: parseStoreBase(func(s *crtStore) *string { return &s.crtBase })},
	{Name: "key-base", Doc: "The folder of the section's keys with relative names.", In: config.InCrtStore, Max: -1,
		Parse: parseStoreBase(func(s *crtStore) *string { return &s.keyBase })},
	{Name: "load", Doc: "A certificate, with the name that others use it by.", In: config.InCrtStore, Max: -1, Parse: parseStoreLoad},
}

// A crtStore is a crt-store section while it is read.
type crtStore struct {
	name             string
	crtBase, keyBase string
}

func openCrtStore(b *Builder, l *config.Line) {
	b.tls.section = &crtStore{name: l.Arg(0).Value}
	if len(l.Args) > 1 {
		l.Errorf(l.Arg(1), "'%s' section only supports a <name> argument.", l.Section)
	}
}

func closeCrtStore(b *Builder, _ *config.Line) { b.tls.section = nil }

func parseStoreBase(field func(*crtStore) *string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) == 0 {
			l.Errorf(l.End(), "'%s' requires a <path> argument.", l.Keyword())
			return
		}
		*field(b.tls.section) = l.Arg(0).Value
	}
}

// parseStoreLoad reads one certificate. It goes by its alias, else by its path as others would write it; in a section with
// a name that is @name/alias or @name/path.
func parseStoreLoad(b *Builder, l *config.Line) {
	var crt, key, alias, ocsp, issuer, update, jwt *config.Word
	for words := l.Args; len(words) > 0; words = words[min(2, len(words)):] {
		to := map[string]**config.Word{"crt": &crt, "key": &key, "alias": &alias, "ocsp": &ocsp, "issuer": &issuer,
			"ocsp-update": &update, "jwt": &jwt}[words[0].Value]
		switch {
		case to == nil:
			l.Errorf(words[0], "'load %s' in section '%s': unknown keyword '%s'.%s", words[0].Value, l.Section, words[0].Value, storeLacks(words[0].Value))
			return
		case to == &jwt && (len(words) == 1 || words[1].Value != "on" && words[1].Value != "off"):
			word := ""
			if len(words) > 1 {
				word = words[1].Value
			}
			l.Errorf(words[0], "cannot parse 'jwt' value '%s', 'on' or 'off' is expected.", word)
			return
		case len(words) == 1:
			l.Errorf(l.End(), "'load' in section '%s': '%s' expects an argument.", l.Section, words[0].Value)
			return
		}
		*to = &words[1]
	}
	if crt == nil {
		l.Errorf(l.End(), "'load' in section '%s': mandatory 'crt' parameter not found.", l.Section)
		return
	}
	s := b.tls.section
	at := tlsPlace{b: b, file: l.Pos.File}
	crts, keys := cmp.Or(s.crtBase, b.tls.crtBase), cmp.Or(s.keyBase, b.tls.keyBase)
	n := secure.Named{Crt: at.base(crts, crt.Value), Key: at.of(keys, key), OCSP: at.of(crts, ocsp), Issuer: at.of(crts, issuer)}
	if update != nil {
		if n.Update = update.Value; n.Update != "on" && n.Update != "off" {
			l.Errorf(*update, "'load' in section '%s': "+badUpdate, l.Section, n.Update)
			return
		}
	}
	name := n.Crt
	switch {
	case alias != nil:
		name = "@" + s.name + "/" + alias.Value
	case s.name != "":
		name = "@" + s.name + "/" + strings.TrimPrefix(crt.Value, "/")
	}
	if b.tls.store.Has(name) {
		l.Errorf(*crt, "'load' in section '%s': store '%s' was already defined.", l.Section, name)
		return
	}
	if err := b.tls.store.Name(name, n); err != nil {
		l.Errorf(*crt, "%v.", err)
		return
	}
	b.keys.Allow(name, jwt != nil && jwt.Value == "on")
}

// of is base for a word that may be missing.
func (x tlsPlace) of(dir string, w *config.Word) string {
	if w == nil {
		return ""
	}
	return x.base(dir, w.Value)
}

// storeLacks adds to the message about a word that HAProxy knows.
func storeLacks(word string) string {
	switch word {
	case "acme", "domains", "ips", "sctl":
		return " It is a keyword of HAProxy that is not supported yet."
	}
	return ""
}

// crt returns what a certificate is called in the store: a name that begins with '@' is one of a crt-store section, all
// others are paths.
func (x tlsPlace) crt(name string) string {
	if len(name) > 0 && name[0] == '@' {
		return name
	}
	return filepath.Clean(x.base(x.b.tls.crtBase, name))
}
