package directive

import (
	"strings"

	"sluice/internal/check"
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalExternal is the keyword that allows programs as health checks (configuration.txt 3.1, external-check).
var globalExternal = []Keyword{
	{Name: "external-check", Doc: "Programs may check the health of servers.", In: config.InGlobal, Max: -1, Parse: parseGlobalExternal},
}

// proxyExternal is what programs check servers with (configuration.txt 4.2, external-check).
var proxyExternal = []Keyword{
	{Name: "external-check", Doc: "The program that checks servers.", In: anywhere, Max: -1, Parse: unknownExternal, Sub: []Keyword{
		{Name: "command", Doc: "The program to run.", Max: -1, Parse: externalText("command", func(x *proxy.ExternalCheck) *string { return &x.Command })},
		{Name: "path", Doc: "Its PATH.", Max: -1, Parse: externalText("path", func(x *proxy.ExternalCheck) *string { return &x.Path })},
	}},
}

func parseGlobalExternal(b *Builder, l *config.Line) {
	switch {
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'external-check' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
	case len(l.Args) == 1 && l.Arg(0).Value != "preserve-env":
		l.Errorf(l.Arg(0), "'external-check' only supports 'preserve-env' as an argument, found '%s'.", l.Arg(0).Value)
	default:
		b.global.ExternalCheck = true
		b.global.PreserveEnv = len(l.Args) == 1
	}
}

func unknownExternal(_ *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "missing argument after 'external-check'.")
		return
	}
	l.Errorf(l.Arg(0), "'external-check' only supports 'command' and 'path'. but got '%s'.", l.Arg(0).Value)
}

func externalText(name string, field func(*proxy.ExternalCheck) *string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		switch len(l.Args) {
		case 0:
			l.Errorf(l.End(), "missing argument after '%s'.", name)
		case 1:
			*field(&b.at.External) = l.Arg(0).Value
		default:
			l.Errorf(l.Arg(1), "'external-check' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		}
	}
}

// optionExternalCheck makes the program the check of the backend.
func optionExternalCheck(b *Builder, l *config.Line) {
	if len(l.Args) > 0 {
		l.Errorf(l.Arg(0), "'option external-check' cannot handle unexpected argument '%s'.", l.Arg(0).Value)
		return
	}
	b.setCheck(l, check.External())
}

// setCheck gives the backend another kind of check, or with "no" takes that one away.
func (b *Builder) setCheck(l *config.Line, c *proxy.HealthCheck) {
	if l.Form == config.Plain {
		b.at.Check, b.at.text.check.kind = c, c.Kind
	} else if b.at.text.check.kind == c.Kind {
		b.at.Check, b.at.text.check.kind = nil, ""
	}
}

// external checks that programs may and can be run.
func (r *resolver) external(d *draft) {
	if d.Check != check.External() || !d.IsBack() {
		return
	}
	g := r.b.global
	const wants = "Proxy '%s' : 'option external-check' unable to find required '%s'."
	if !g.ExternalCheck {
		r.report.Errorf(d.Pos, wants, d.Name, "global.external-check")
	}
	switch {
	case d.External.Command == "":
		r.report.Errorf(d.Pos, wants, d.Name, "external-check command")
	case d.External.Path == "" && !strings.HasPrefix(d.External.Command, "/"):
		r.report.Errorf(d.Pos, "Proxy '%s': 'external-check command' does not have a leading '/' and 'external-check path' is not set.", d.Name)
	}
	if !g.InsecureForkWanted {
		r.report.Warnf(d.Pos, "Proxy '%s' : 'insecure-fork-wanted' not enabled in the global section, 'option external-check' will likely fail.", d.Name)
	}
}
