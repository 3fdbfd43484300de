package directive

import (
	"strings"

	"sluice/internal/check"
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// healthKeywords are those of a healthcheck section besides its rules (configuration.txt 12.9).
var healthKeywords = []Keyword{
	{Name: "type", Doc: "How the check is made, with the arguments of the option of that name.", In: config.InHealthcheck, Max: -1, Parse: parseHealthType},
}

// namedCheck is a healthcheck section while it is read.
type namedCheck struct {
	name  string
	pos   proxy.Pos
	kind  string // "" before its type is known
	rules *check.Rules
	from  string             // the kind of the rules, which may come before the type
	other *proxy.HealthCheck // of a type that is not made of rules
	made  *proxy.HealthCheck
}

// healthTypes are the types in the order of messages.
var healthTypes = []string{"tcp-check", "httpchk", "ssl-hello-chk", "smtpchk", "pgsql-check", "redis-check", "mysql-check", "ldap-check", "spop-check"}

func openHealthcheck(b *Builder, l *config.Line) {
	h := &namedCheck{name: l.Arg(0).Value, pos: place(l)}
	b.healthAt = h
	c := permitted(h.name)
	switch old := b.healths[h.name]; {
	case h.name == "":
		l.Abortf(l.End(), "missing name for healthcheck section.")
	case c != 0:
		l.Errorf(l.Arg(0), "character '%c' is not permitted in 'healthcheck' name '%s'.", c, h.name)
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'healthcheck' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
	case old != nil:
		l.Errorf(l.Arg(0), "healthcheck section '%s' already defined at %v.", h.name, old.pos)
	default:
		if b.healths == nil {
			b.healths = map[string]*namedCheck{}
		}
		b.healths[h.name] = h
	}
}

// closeHealthcheck puts the check together.
func closeHealthcheck(b *Builder, l *config.Line) {
	h := b.healthAt
	b.healthAt = nil
	switch {
	case h.kind == "" && h.name != "":
		l.Errorf(l.Name(), "healthcheck section '%s' has no type.", h.name)
	case h.rules != nil:
		h.made = h.rules.Health()
	default:
		h.made = h.other
	}
}

func parseHealthType(b *Builder, l *config.Line) {
	h, w := b.healthAt, l.Arg(0)
	kind := w.Value
	switch {
	case kind == "":
		l.Errorf(w, "'type' expects a healthcheck type.")
		return
	case h.kind != "":
		l.Errorf(w, "healthcheck type already defined.")
		return
	case h.from != "" && h.from != kind:
		l.Errorf(w, "cannot set '%s' type with '%s' rules", kind, ruleWord(h.from))
		return
	}
	words := config.Values(l.Args[1:])
	switch kind {
	case check.TCPCheck:
		if len(words) > 0 {
			l.Errorf(l.Arg(1), "'type tcp-check' cannot handle unexpected argument '%s'.", words[0])
			return
		}
		b.namedRules(kind)
	case check.HTTPCheck:
		b.checkError(l, b.namedRules(kind).Request(words, b.checkLanguage(l, nil)))
	default:
		health, err := check.ByProtocol(kind, words)
		if !strings.Contains(" "+strings.Join(healthTypes, " ")+" ", " "+kind+" ") {
			l.Errorf(w, "unknown healthcheck type '%s' (expects '%s').", kind, strings.Join(healthTypes, "', '"))
			return
		}
		b.checkError(l, err)
		h.other = health
	}
	h.kind = kind
}

// namedRules returns the rules of the section at hand.
func (b *Builder) namedRules(kind string) *check.Rules {
	h := b.healthAt
	if h.rules == nil {
		h.rules, h.from = check.NewRules(kind), kind
	}
	return h.rules
}

// ruleWord is the keyword of the rules of a kind.
func ruleWord(kind string) string {
	if kind == check.HTTPCheck {
		return "http-check"
	}
	return kind
}

// namedRule reads a rule of a healthcheck section.
func (b *Builder) namedRule(l *config.Line, kind string) {
	h := b.healthAt
	if h.kind != "" && h.kind != kind || h.from != "" && h.from != kind {
		what := "TCP"
		if kind == check.TCPCheck {
			what = "HTTP"
		}
		l.Errorf(l.Name(), "unable to configure '%s' rule for '%s' healthcheck", ruleWord(kind), what)
		return
	}
	b.checkError(l, b.namedRules(kind).Add(config.Values(l.Args), b.checkLanguage(l, nil)))
}

// named gives a server the check that its line names.
func (r *resolver) named(d *draft, s *proxy.Server, name string) {
	if name == "" {
		return
	}
	h := r.b.healths[name]
	if h == nil {
		r.report.Errorf(s.Pos, "[%v] : 'server %s/%s' : healthcheck section '%s' not found for server '%s'.", s.Pos, d.Name, s.Name, name, s.Name)
		return
	}
	s.Check.Named = h.made
}
