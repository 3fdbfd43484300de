package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// globalVar are the keywords that give the process's variables their first values (configuration.txt 3.1).
var globalVar = []Keyword{
	{Name: "set-var", Doc: "A variable of the process and an expression for it.", In: config.InGlobal, Max: -1, Parse: parseGlobalSetVar(false)},
	{Name: "set-var-fmt", Doc: "A variable of the process and a format for it.", In: config.InGlobal, Max: -1, Parse: parseGlobalSetVar(true)},
}

func parseGlobalSetVar(format bool) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) < 2 {
			what := "a sample expression"
			if format {
				what = "a format string"
			}
			l.Errorf(l.End(), "'%s' requires a process-wide variable name ('proc.<name>') and %s.", l.Keyword(), what)
			return
		}
		env := b.sampleEnv(nil, l.Report(), place(l), sample.ConfigParser, "set-var")
		ref, err := env.Var(l.Arg(0).Value)
		switch {
		case err != nil:
			l.Errorf(l.Arg(0), "%v", err)
			return
		case ref.Scope != proxy.ScopeProc:
			l.Errorf(l.Arg(0), "'%s': cannot set variable '%s', only scope 'proc' is permitted in the global section.", l.Keyword(), l.Arg(0).Value)
			return
		}
		v := proxy.SetVar{Pos: place(l), NameID: ref.ID}
		words := l.Args[1:]
		if format {
			f, err := sample.ParseFormat(words[0].Value, sample.ForValue, env)
			if err != nil {
				l.Errorf(words[0], "%v", err)
				return
			}
			v.Format = f
		} else {
			e, _, err := sample.ParseExpr(config.Values(words), env)
			if err == nil {
				err = e.CheckPlaceAs("set-var("+l.Arg(0).Value+")", env.Where)
			}
			if err != nil {
				l.Errorf(at(l, words, err), "%v", err)
				return
			}
			v.Expr = e
		}
		b.global.SetVars = append(b.global.SetVars, v)
	}
}
