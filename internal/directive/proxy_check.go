package directive

import (
	"errors"
	"slices"
	"strings"

	"sluice/internal/check"
	"sluice/internal/config"
	"sluice/internal/sample"
	"sluice/internal/secure"
)

// proxyChecks are the keywords of the rules of health checks (configuration.txt 4.2, http-check, tcp-check).
var proxyChecks = []Keyword{
	{Name: "http-check", Doc: "A step of health checks by HTTP, or a setting of them.", In: config.InBack | config.InHealthcheck, Max: -1, Parse: parseCheckRule(check.HTTPCheck)},
	{Name: "tcp-check", Doc: "A step of health checks that send and expect bytes.", In: config.InBack | config.InHealthcheck, Max: -1, Parse: parseCheckRule(check.TCPCheck)},
}

// checkOptions are the options that choose how servers are checked (configuration.txt 4.2).
var checkOptions = []Keyword{
	{Name: "httpchk", Doc: "Servers are checked by HTTP requests.", In: inBack, Max: -1, Leaf: true, Parse: parseHTTPCheck},
	{Name: "tcp-check", Doc: "Servers are checked by sending and expecting bytes.", In: inBack, Max: -1, Leaf: true, Parse: parseTCPCheck},
}

// checkText is what a section says about the checks of its servers, or has from its defaults.
type checkText struct {
	kind      string // what the last option said, "" for none
	tcp, http *check.Rules
}

// of returns the place of the rules of a kind.
func (t *checkText) of(kind string) **check.Rules {
	if kind == check.HTTPCheck {
		return &t.http
	}
	return &t.tcp
}

// checkRules returns the section's own rules of a kind. The first line that adds a step, and the option itself, begin anew:
// nothing is inherited then but settings that this section made before.
func (d *draft) checkRules(kind string, setting bool) *check.Rules {
	at := d.text.check.of(kind)
	inherited := *at != nil && d.from != nil && *at == *d.from.text.check.of(kind)
	switch {
	case *at == nil:
		*at = check.NewRules(kind)
	case inherited && setting:
		*at = (*at).Clone()
		return *at
	case inherited:
		*at = check.NewRules(kind)
	case !setting && !slices.Contains(d.begun, kind):
		*at = (*at).Begin()
	}
	if !setting && !slices.Contains(d.begun, kind) {
		d.begun = append(d.begun, kind)
	}
	return *at
}

// checkLanguage is what the lines of a rule set may say.
func (b *Builder) checkLanguage(l *config.Line, d *draft) check.Language {
	env := b.sampleEnv(d, l.Report(), place(l), sample.TCPCheck, "tcp-check expression")
	env.ACL = !strings.Contains(l.Arg(0).Value, "set-var")
	return check.Language{
		Env:  env,
		Addr: b.address(config.StreamAddress, inheritedSocket).Parse,
		ALPN: secure.ParseALPN,
	}
}

func parseCheckRule(kind string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if l.Place == config.InHealthcheck {
			b.namedRule(l, kind)
			return
		}
		rules := b.at.checkRules(kind, kind == check.HTTPCheck && check.Settings(l.Arg(0).Value))
		b.checkError(l, rules.Add(config.Values(l.Args), b.checkLanguage(l, b.at)))
	}
}

// checkError reports what is wrong with a line about checks.
func (b *Builder) checkError(l *config.Line, err error) {
	var bad *check.Error
	switch {
	case err == nil:
	case errors.As(err, &bad):
		l.Errorf(l.Arg(bad.Word), "%s", bad.Text)
	default:
		l.Errorf(l.Name(), "%v", err)
	}
}

func parseTCPCheck(b *Builder, l *config.Line) {
	if len(l.Args) > 0 {
		l.Errorf(l.Arg(0), "'option tcp-check' cannot handle unexpected argument '%s'.", l.Arg(0).Value)
		return
	}
	b.at.checkRules(check.TCPCheck, false)
	b.at.text.check.kind = check.TCPCheck
}

func parseHTTPCheck(b *Builder, l *config.Line) {
	rules := b.at.checkRules(check.HTTPCheck, false)
	lang, words := b.checkLanguage(l, b.at), config.Values(l.Args)
	hidden := b.hiddenRequest(l, words)
	err := rules.Request(words, lang)
	if err == nil && hidden != nil {
		err = rules.Add(hidden, lang)
	}
	b.checkError(l, err)
	b.at.text.check.kind = check.HTTPCheck
}

// health settles how the servers of a backend are checked.
func (r *resolver) health(d *draft) {
	if !d.IsBack() {
		return
	}
	t := &d.text.check
	for _, kind := range [...]string{check.TCPCheck, check.HTTPCheck} {
		if !(*t.of(kind)).Empty() && t.kind != kind && slices.Contains(d.begun, kind) {
			rules := "tcp-check"
			if kind == check.HTTPCheck {
				rules = "http-check"
			}
			r.report.Warnf(d.Pos, "%s '%s' uses %s rules without 'option %s', so the rules are ignored.", noun(d.Caps), d.Name, rules, kind)
		}
	}
	if t.kind == check.TCPCheck || t.kind == check.HTTPCheck {
		d.Check = (*t.of(t.kind)).Health() // that of another kind is there since its line
	}
}
