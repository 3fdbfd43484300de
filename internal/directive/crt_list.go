package directive

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// A listOption is a word between the brackets of a line of a list of certificates (configuration.txt 5.1, crt-list).
type listOption struct {
	Name string
	Doc  string // one sentence
	Args int
	Set  tlsSetter
}

// listTable is what may stand between the brackets.
var listTable = []listOption{
	{Name: "allow-0rtt", Doc: "Data may come before the handshake is over.", Set: setNothing},
	{Name: "alpn", Doc: "The protocols offered to clients.", Args: 1, Set: setALPN},
	{Name: "ca-file", Doc: "The authorities that clients' certificates may come from.", Args: 1, Set: setCA},
	{Name: "ca-verify-file", Doc: "Authorities that clients are not told of.", Args: 1, Set: setVerifyCA},
	{Name: "ciphers", Doc: "The ciphers up to TLSv1.2.", Args: 1, Set: setTLSText(func(s *secure.Settings) *string { return &s.Ciphers })},
	{Name: "ciphersuites", Doc: "The ciphers of TLSv1.3.", Args: 1, Set: setTLSText(func(s *secure.Settings) *string { return &s.Suites })},
	{Name: "client-sigalgs", Doc: "The signatures that clients' certificates may prove themselves by.", Args: 1,
		Set: setTLSText(func(s *secure.Settings) *string { return &s.ClientSig })},
	{Name: "crl-file", Doc: "The lists of revoked certificates of clients.", Args: 1, Set: setCRL},
	{Name: "curves", Doc: "The groups that keys are agreed on in.", Args: 1, Set: setTLSText(func(s *secure.Settings) *string { return &s.Curves })},
	{Name: "ecdhe", Doc: "The one group that keys are agreed on in.", Args: 1, Set: setTLSText(func(s *secure.Settings) *string { return &s.ECDHE })},
	{Name: "no-alpn", Doc: "Clients are offered no protocols.", Set: setNoALPN},
	{Name: "no-ca-names", Doc: "Clients are not told which authorities are known.", Set: setTLSFlag(true, func(s *secure.Settings) *bool { return &s.NoCANames })},
	{Name: "npn", Doc: "The protocols offered in the way that was before alpn.", Args: 1, Set: setNothing},
	{Name: "sigalgs", Doc: "The signatures of handshakes.", Args: 1, Set: setTLSText(func(s *secure.Settings) *string { return &s.SigAlgs })},
	{Name: "ssl-max-ver", Doc: "The highest version that clients may speak.", Args: 1, Set: setMaxVer},
	{Name: "ssl-min-ver", Doc: "The lowest version that clients may speak.", Args: 1, Set: setMinVer},
	{Name: "verify", Doc: "What is asked of clients' certificates.", Args: 1, Set: setVerify},
}

// setNothing is for what a notice says of bind lines already: it has no effect.
func setNothing(tlsPlace, *secure.Settings, string, string) string { return "" }

// bindCrtList reads a list of certificates.
func bindCrtList(x *bindLine, l *config.Line, w config.Word, args []config.Word) int {
	path := x.b.path(l.Pos.File, args[0].Value)
	if list := x.b.tls.store.Listed(path); list != nil {
		x.uses(list)
		return 0
	}
	b, err := os.ReadFile(path)
	if err != nil {
		l.Errorf(args[0], "%s : '%s' : cannot open file '%s' : %s", x.what, w.Value, path, reason(err))
		return 0
	}
	lines, err := secure.ParseList(path, b)
	if err != nil {
		l.Errorf(args[0], "%s : '%s' : %v", x.what, w.Value, err)
		return 0
	}
	var entries []*secure.ListEntry
	for i := range lines {
		made, text := x.listLine(l, args[0], &lines[i])
		if text != "" {
			l.Errorf(args[0], "%s : '%s' : %s", x.what, w.Value, text)
			return 0
		}
		entries = append(entries, made...)
	}
	x.uses(x.b.tls.store.Enlist(path, false, bytes.Count(b, []byte{'\n'}), entries))
	return 0
}

// uses adds the certificates of a list to a line.
func (x *bindLine) uses(list *secure.List) {
	t := x.secured()
	t.lists = append(t.lists, list)
	t.uses = append(t.uses, list.Uses()...)
}

// listLine takes one line of a list.
func (x *bindLine) listLine(l *config.Line, w config.Word, line *secure.ListLine) ([]*secure.ListEntry, string) {
	at := tlsPlace{b: x.b, file: l.Pos.File}
	own, key, text := at.listOptions(line)
	if text != "" {
		return nil, "parsing " + line.Place + ": " + text
	}
	if line.Misplaced {
		l.Warnf(w, "%s : 'crt-list' : parsing %s: malformated line, filters can't be between filename and options!", x.what, line.Place)
	}
	if line.Useless() {
		l.Report().Warnf(place(l), "config : parsing [%v]: crt-list: negative filters on crt-list line %q without a positive wildcard filter won't do anything!", l.Pos, line.File)
	}
	path := at.crt(line.File)
	var certs []*secure.Certificate
	var err error
	if key != "" {
		var c *secure.Certificate
		c, err = x.b.tls.store.Pair(path, key)
		certs = append(certs, c)
	} else {
		certs, err = x.b.tls.store.Certificates(path)
	}
	if err != nil {
		return nil, "parsing " + line.Place + ": " + err.Error() + "."
	}
	var made []*secure.ListEntry
	for _, c := range certs {
		warning, err := x.b.tls.store.Serve(c, line.Update)
		if err != nil {
			return nil, "parsing " + line.Place + ": " + err.Error()
		}
		if warning != "" {
			l.Warnf(w, "%s : 'crt-list' : %s", x.what, warning)
		}
		made = append(made, line.Entry(c, own))
	}
	return made, ""
}

// listOptions reads what stands between the brackets of a line. The key's file is named there as well; text is what is
// wrong.
func (x tlsPlace) listOptions(line *secure.ListLine) (own *secure.Settings, key, text string) {
	own = &secure.Settings{}
	for words := line.Options; len(words) > 0; {
		name := words[0]
		o := listOptionOf(name)
		if o == nil && name != "key" && name != "ocsp-update" {
			return nil, "", "unknown ssl keyword " + name
		}
		take := 1
		if o != nil {
			take = o.Args
		}
		if len(words) <= take {
			return nil, "", "ssl args out of '[]' for " + name
		}
		arg := ""
		if take > 0 {
			arg = words[1]
		}
		if name == "ocsp-update" {
			if line.Update = arg; arg != "on" && arg != "off" {
				return nil, "", fmt.Sprintf(badUpdate, arg)
			}
		} else if o == nil {
			key = x.base(x.b.tls.keyBase, arg)
		} else if text := o.Set(x, own, name, arg); text != "" {
			return nil, "", text
		}
		words = words[1+take:]
	}
	return own, key, ""
}

// badUpdate refuses another word than on and off.
const badUpdate = "cannot parse 'ocsp-update' value '%s', 'on' or 'off' is expected."

// addedLine reads a line that a command adds to a list, whose certificate must be known by its name.
func (b *Builder) addedLine(line *secure.ListLine) (own *secure.Settings, name, text string) {
	at := tlsPlace{b: b}
	own, _, text = at.listOptions(line)
	if text != "" && (strings.HasPrefix(text, "unknown") || strings.HasPrefix(text, "ssl args")) {
		text = "parsing " + line.Place + ": " + text
	}
	return own, at.crt(line.File), text
}

// Certificates returns the store of the certificates, from which no file is read any more: the process runs.
func (b *Builder) Certificates() *secure.Store {
	b.tls.store.Seal()
	return b.tls.store
}

func listOptionOf(name string) *listOption {
	for i := range listTable {
		if listTable[i].Name == name {
			return &listTable[i]
		}
	}
	return nil
}

// ListOptions returns what may stand between the brackets of a line of a list of certificates.
func ListOptions() []OptionRow {
	rows := make([]OptionRow, 0, len(listTable))
	for _, o := range listTable {
		rows = append(rows, OptionRow{Name: o.Name, Args: o.Args})
	}
	return rows
}
