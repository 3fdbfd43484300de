package directive

import (
	"errors"
	"os"
	"strings"

	"sluice/internal/config"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// Language is what lines may say in the language of samples: the fetches, converters and actions of the program, and
// the numbers of its variables' names, which outlive a configuration.
type Language struct {
	Samples *sample.Registry
	Actions *rule.Registry
	Names   *proxy.Names
}

// wordings of an environment of a line.
func (b *Builder) sampleEnv(d *draft, report *config.Report, pos proxy.Pos, where sample.Places, what string) *sample.Env {
	e := &sample.Env{
		Reg: b.lang.Samples, Names: b.lang.Names, Pending: &b.pending, Keys: &b.keys, Wants: &b.tls.wants, Maps: b.lists,
		Pos: pos, Where: where, What: what,
		ReadAnswer: func(name string) ([]byte, error) { return b.readAnswer(pos.File, name) },
		ReadFile:   func(name string) ([]byte, error) { return os.ReadFile(b.path(pos.File, name)) },
		Warn: func(text string) {
			text = strings.TrimSuffix(text, "\n")
			if !strings.HasPrefix(text, "parsing ") {
				text = "parsing [" + pos.String() + "] : " + text + "."
			}
			report.Warnf(pos, "config : %s", text)
		},
		Getenv: b.Env.Lookup, Experimental: b.global.ExposeExperimental, Counters: b.global.Tune.StickCounters,
	}
	if d != nil {
		e.Proxy = d.Proxy
		e.Condition = func(names []string) (proxy.Cond, error) { return d.scope(b).Named(names, e) }
	}
	return e
}

// scope is the proxy's named ACLs, made at their first use.
func (d *draft) scope(b *Builder) *pattern.Scope {
	if d.acls == nil {
		d.acls = pattern.NewScope(b.lists)
	}
	return d.acls
}

// expression compiles the words of one expression, all of them; the error is without place.
func (b *Builder) expression(words []string, env *sample.Env) (*sample.Expr, error) {
	e, used, err := sample.ParseExpr(words, env)
	if err != nil {
		return nil, err
	}
	if used < len(words) {
		return nil, &sample.Error{Word: used, Text: "unexpected '" + words[used] + "' behind the expression"}
	}
	return e, nil
}

// at finds the word that an error of the language points at.
func at(l *config.Line, words []config.Word, err error) config.Word {
	var bad *sample.Error
	if errors.As(err, &bad) && bad.Word < len(words) {
		return words[bad.Word]
	}
	return l.End()
}

// proxyACL is the keyword that names tests (configuration.txt 7.1).
var proxyACL = []Keyword{
	{Name: "acl", Doc: "A named test for conditions.", In: config.InProxy, Max: -1, Parse: parseACL},
}

func parseACL(b *Builder, l *config.Line) {
	if l.Place == config.InDefaults && !b.at.named {
		l.Errorf(l.Name(), "'acl' not allowed in anonymous 'defaults' section.")
		return
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), 0, "ACL expression")
	if err := b.at.scope(b).Define(config.Values(l.Args), env); err != nil {
		l.Errorf(at(l, l.Args, err), "%v.", err)
	}
}

// condition compiles the "if" or "unless" that must follow a keyword; what and rule name it in messages.
func (b *Builder) condition(l *config.Line, words []config.Word, what, rule string, where sample.Places) (proxy.Cond, bool) {
	if len(words) == 0 || words[0].Value != "if" && words[0].Value != "unless" {
		w := l.End()
		if len(words) > 0 {
			w = words[0]
		}
		l.Errorf(w, "%s requires either 'if' or 'unless' followed by a condition.", what)
		return nil, false
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), where, "condition")
	cond, err := b.at.scope(b).ParseCond(config.Values(words[1:]), words[0].Value == "unless", env)
	if err != nil {
		l.Errorf(at(l, words[1:], err), "error detected while parsing %s : %v.", rule, err)
		return nil, false
	}
	return cond, true
}

// reversed is the side of a proxy on which the rules of a request run.
func requestPlaces(p *proxy.Proxy) sample.Places {
	var where sample.Places
	if p.Caps&(proxy.CapFrontend|proxy.CapDefaults) != 0 {
		where |= sample.FrontHTTPReq
	}
	if p.Caps&(proxy.CapBackend|proxy.CapDefaults) != 0 {
		where |= sample.BackHTTPReq
	}
	return where
}
