package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// httpErrorsKeywords are those of an http-errors section (configuration.txt 12.4).
var httpErrorsKeywords = []Keyword{
	{Name: "errorfile", Doc: "A file with the whole answer of a status.", In: config.InHTTPErrors, Max: -1, Parse: func(b *Builder, l *config.Line) {
		if f := b.errorFile(l, "errorfile:"); f != nil && b.errors != nil {
			b.errors.Files[f.Status] = f
		}
	}},
}

func openHTTPErrors(b *Builder, l *config.Line) {
	e := &proxy.HTTPErrors{Name: l.Arg(0).Value, Files: map[int]*proxy.ErrorFile{}, Pos: place(l)}
	b.errors = e
	switch c := permitted(e.Name); {
	case len(l.Args) == 0:
		l.Abortf(l.End(), "missing name for http-errors section.")
		return
	case c != 0:
		l.Errorf(l.Arg(0), "character '%c' is not permitted in 'http-errors' name '%s'.", c, e.Name)
		return
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'http-errors' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	}
	if old := b.snap.Errors(e.Name); old != nil {
		l.Tightf(l.Arg(0), "http-errors section '%s' already exists (declared at %v).", e.Name, old.Pos)
		return
	}
	b.snap.HTTPErrors = append(b.snap.HTTPErrors, e)
}

func closeHTTPErrors(b *Builder, _ *config.Line) { b.errors = nil }

// errorLine is one line about answers, in the order of the configuration: later ones win. What it names may be declared
// further down.
type errorLine struct {
	pos   proxy.Pos
	code  int
	file  *proxy.ErrorFile // nil takes back what was said before
	group string           // an http-errors section, "" for none
	codes []int            // of the section; all without any
}

// errors settles the answers of a proxy.
func (r *resolver) errors(d *draft) {
	for _, e := range d.text.errors {
		if e.group == "" {
			d.setError(e.code, e.file)
			continue
		}
		group := r.b.snap.Errors(e.group)
		if group == nil {
			r.report.Errorf(e.pos, "proxy '%s': unknown http-errors section '%s' (at %v).", d.Name, e.group, e.pos)
			continue
		}
		if len(e.codes) == 0 {
			for code, f := range group.Files {
				d.setError(code, f)
			}
		}
		for _, code := range e.codes {
			if f := group.Files[code]; f != nil {
				d.setError(code, f)
			}
		}
	}
}

func (d *draft) setError(code int, f *proxy.ErrorFile) {
	if f == nil {
		delete(d.ErrorFiles, code)
		return
	}
	if d.ErrorFiles == nil {
		d.ErrorFiles = map[int]*proxy.ErrorFile{}
	}
	d.ErrorFiles[code] = f
}

// says adds a line about answers.
func (t *inherited) says(e errorLine) {
	t.errors = append(t.errors[:len(t.errors):len(t.errors)], e) // a defaults section may share the rest
}
