package config

import "strings"

// EnvKeywords are the keywords that change the environment of the following lines (configuration.txt 3.1). They belong
// to the language: Parse runs them before all others.
func EnvKeywords[B any]() []Keyword[B] {
	return []Keyword[B]{
		{Name: "presetenv", Doc: "Sets an environment variable unless it exists.", In: InGlobal, Max: 2, Env: true, Parse: presetenv[B]},
		{Name: "resetenv", Doc: "Removes all environment variables but the named ones.", In: InGlobal, Max: -1, Env: true, Parse: resetenv[B]},
		{Name: "setenv", Doc: "Sets an environment variable.", In: InGlobal, Max: 2, Env: true, Parse: setenv[B]},
		{Name: "unsetenv", Doc: "Removes environment variables.", In: InGlobal, Max: -1, Env: true, Parse: unsetenv[B]},
	}
}

// variable checks the arguments of setenv and presetenv.
func variable(l *Line) bool {
	name := l.Arg(0)
	switch {
	case len(l.Args) == 0:
		l.Errorf(name, "'%s' expects environment variable name.", l.Keyword())
	case len(l.Args) == 1:
		l.Errorf(l.End(), "'%s' expects environment variable value for '%s'.", l.Keyword(), name.Value)
	case strings.Contains(name.Value, "="):
		l.Errorf(name, "'%s' failed on variable '%s' : Invalid argument.", l.Keyword(), name.Value)
	default:
		return true
	}
	return false
}

func setenv[B any](_ B, l *Line) {
	if variable(l) {
		l.Env().Set(l.Arg(0).Value, l.Arg(1).Value)
	}
}

func presetenv[B any](_ B, l *Line) {
	if variable(l) {
		if _, set := l.Env().Lookup(l.Arg(0).Value); !set {
			l.Env().Set(l.Arg(0).Value, l.Arg(1).Value)
		}
	}
}

func unsetenv[B any](_ B, l *Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects at least one variable name.", l.Keyword())
	}
	for _, w := range l.Args {
		l.Env().Unset(w.Value)
	}
}

func resetenv[B any](_ B, l *Line) { l.Env().Keep(Values(l.Args)) }
