package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// programKeywords are those of a program section (configuration.txt 3.7 of HAProxy 2.6), which HAProxy 3.3 has removed.
var programKeywords = []Keyword{
	{Name: "command", Doc: "The program and its arguments.", In: config.InProgram, Max: -1, Parse: parseCommand},
	{Name: "group", Doc: "The group that the program belongs to.", In: config.InProgram, Max: 1, Parse: parseProgramID("group", groupID, func(p *proxy.Program) *int { return &p.GID })},
	{Name: "option", Doc: "A switch.", In: config.InProgram, Max: -1, No: true, Parse: unknownProgramOption, Sub: []Keyword{
		{Name: "start-on-reload", Doc: "A reload starts the program anew.", No: true, Parse: func(b *Builder, l *config.Line) {
			b.program.Once = l.Form == config.Negated
		}},
	}},
	{Name: "user", Doc: "The user that the program runs as.", In: config.InProgram, Max: 1, Parse: parseProgramID("user", userID, func(p *proxy.Program) *int { return &p.UID })},
}

func openProgram(b *Builder, l *config.Line) {
	b.program = &proxy.Program{Pos: place(l), UID: -1, GID: -1}
	switch {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'program' expects an <id> argument")
		return
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'program' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	}
	b.program.Name = l.Arg(0).Value
	for _, p := range b.snap.Programs {
		if p.Name == b.program.Name {
			l.Tightf(l.Arg(0), "'%s' program section already exists in the configuration.", p.Name)
			return
		}
	}
	b.snap.Programs = append(b.snap.Programs, b.program)
	l.Oldf(l.Name(), "unknown keyword 'program' out of section.",
		"'program' was removed in HAProxy 3.3 and still works here: let the service manager of the system start '%s'.", b.program.Name)
}

func closeProgram(b *Builder, l *config.Line) {
	if len(b.program.Args) == 0 {
		l.Report().Errorf(place(l), "config : The program section '%s' lacks a command to launch.", b.program.Name)
	}
	b.program = nil
}

func parseCommand(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'command' expects a command with optional arguments separated in words.")
		return
	}
	b.program.Args = config.Values(l.Args)
}

// parseProgramID makes the function of the keyword what, the name of a user or a group that the program gets.
func parseProgramID(what string, find func(string) (int, bool), field func(*proxy.Program) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		id, ok := find(l.Arg(0).Value)
		switch {
		case len(l.Args) == 0:
			l.Tightf(l.End(), "'%s' expects a %s name.", what, what)
		case !ok:
			l.Errorf(l.Arg(0), "cannot find %s id for '%s' (0:Success)", what, l.Arg(0).Value)
		default:
			*field(b.program) = id
		}
	}
}

func unknownProgramOption(_ *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'option' expects an option name.")
		return
	}
	l.Errorf(l.Arg(0), "unknown option '%s'.", l.Arg(0).Value)
}
