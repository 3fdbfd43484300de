package config

import (
	"slices"
	"strconv"
	"strings"

	"sluice/internal/proxy"
)

// Settings are what a parse depends on besides its files.
type Settings struct {
	Env    *Env   // seen by weak quotes and predicates, changed by the rows marked Env; nil is an empty one
	Facts  *Facts // what predicates ask about the program; nil knows nothing
	Report *Report
	// Absent lists, sorted, the keywords of HAProxy that this program lacks, so that an unknown keyword can be told from
	// a missing one. Keywords of several words are joined by a space; "proxy x" is a keyword x of proxies.
	Absent []string
}

// Parse walks the lines of all files in order and hands each to the row of its keyword, with b. Everything found wrong is
// in the report; reading stops only where HAProxy's does and the rest would make no sense: a condition that cannot be
// read, a section that cannot be opened, a row that aborts.
//
// Before that, like HAProxy, it runs the rows marked Env of the global sections once, so that a variable is already set
// above the line that sets it. HAProxy's first walk also looks at how lines are written, at conditions and at the rows
// marked Early, and ends there when something is wrong: such errors are the only ones that a refused configuration shows.
func Parse[B any](reg *Registry[B], b B, files []*File, s Settings) {
	if s.Env == nil {
		s.Env = NewEnv(nil)
	}
	if s.Facts == nil {
		s.Facts = &Facts{}
	}
	if s.Report == nil {
		s.Report = &Report{}
	}
	before := s.Env.Clone()
	early := s
	early.Report = &Report{}
	first := frame[B]{reg: reg, build: b, settings: early, early: true}
	for _, f := range files {
		last := reg.lastEnv(f)
		if first.file(&File{Name: f.Name, Lines: f.Lines[:last]}); early.Report.Aborted() {
			break
		}
	}
	main := frame[B]{reg: reg, build: b, settings: s}
	main.all(files)
	if s.Report.Fatal() {
		early.Env, early.Report = before, &Report{strict: true}
		first = frame[B]{reg: reg, build: b, settings: early, early: true, shown: true}
		if first.all(files); early.Report.Fatal() {
			*s.Report = *early.Report
		}
	}
}

// all walks all files. What is wrong in them is followed by HAProxy's last line, unless the walk was aborted.
func (p *frame[B]) all(files []*File) {
	for _, f := range files {
		if p.file(f); p.settings.Report.Aborted() {
			return
		}
	}
	if p.settings.Report.Fatal() {
		p.settings.Report.Errorf(proxy.Pos{}, "config : Fatal errors found in configuration.")
	}
}

// frame is the state of one walk over the files.
type frame[B any] struct {
	reg      *Registry[B]
	build    B
	settings Settings
	early    bool // the walk before that of the tables
	shown    bool // the early walk whose messages are shown, and that looks at the rows marked Early

	name    string // of the file
	number  int    // of the line
	section *Section[B]
	header  *Line // that opened the section
	missing bool  // in a section that this program lacks
	blocks  blocks
	exposed exposed
	walk    func(*Line) // takes every line instead of the tables (Walk)
}

// mostFatal is how many errors of a file are told: what has more is no configuration.
const mostFatal = 50

// file walks one file. Errors in it end with HAProxy's line that names it.
func (p *frame[B]) file(f *File) {
	p.name, p.blocks = f.Name, blocks{}
	before := p.settings.Report.fatals
	for i := range f.Lines {
		p.number = i + 1
		p.line(&f.Lines[i])
		if p.settings.Report.Aborted() {
			break
		}
		if !p.early && p.settings.Report.fatals-before >= mostFatal && i+1 < len(f.Lines) {
			p.number++
			p.errorf(0, "too many fatal errors (%d), stopping now.", mostFatal)
			break
		}
	}
	if !p.settings.Report.Aborted() {
		p.close()
		if p.blocks.open() && (!p.early || p.shown) {
			p.unterminated()
			p.settings.Report.Abort()
		}
	}
	if p.settings.Report.fatals > before {
		p.settings.Report.Errorf(proxy.Pos{File: f.Name}, "config : Error(s) found in configuration file : %s", f.Name)
	}
}

// unterminated reports a conditional block that is open where the walk ends.
func (p *frame[B]) unterminated() { p.errorf(0, "non-terminated '.if' block.") }

func (p *frame[B]) pos(col int) proxy.Pos { return proxy.Pos{File: p.name, Line: p.number, Col: col} }

// errorf reports an error of the frame itself at a column of the current line.
func (p *frame[B]) errorf(col int, format string, args ...any) {
	p.settings.Report.Errorf(p.pos(col), "config : parsing [%s:%d]: "+format, append([]any{p.name, p.number}, args...)...)
}

// lookup finds a variable, pseudo-variables included.
func (p *frame[B]) lookup(name string) (string, bool) {
	switch name {
	case ".FILE":
		return p.name, true
	case ".LINE":
		return strconv.Itoa(p.number), true
	case ".SECTION":
		switch {
		case p.header == nil:
			return "", true
		case len(p.header.Args) > 0:
			return p.header.Args[0].Value, true
		}
		return p.section.Name, true
	}
	return p.settings.Env.Lookup(name)
}

// line walks one line: expansion, conditional blocks, then its keyword.
func (p *frame[B]) line(raw *RawLine) {
	words, err := Expand(raw, p.lookup)
	if err != nil {
		reportSyntax(p.settings.Report, raw, p.pos(err.Col), err)
	}
	if raw.EOL == "" {
		p.errorf(0, "Missing LF on last line, file might have been truncated at position %d.", len(raw.Text())+1)
	}
	if err != nil || len(words) == 0 || words[0].Value == "" {
		return
	}
	if strings.HasPrefix(words[0].Value, ".") {
		p.directive(raw, words)
		return
	}
	if p.blocks.skipping() {
		return
	}
	for i := range words {
		if words[i].Value == "" {
			if p.shown {
				words = words[:i] // it ends the line, which only the other walk finds wrong
				break
			}
			p.empty(raw, words, i)
			return
		}
	}
	p.keyword(&Line{Pos: p.pos(words[0].Col), Words: words, raw: raw,
		report: p.settings.Report, env: p.settings.Env, exposed: &p.exposed, absent: p.settings.Absent})
}

// reportSyntax reports what expansion found in a line.
func reportSyntax(r *Report, raw *RawLine, pos proxy.Pos, err *SyntaxError) {
	text := err.Text
	if err.Shown {
		text += "\n" + mark(raw.Text(), err.Col)
	}
	r.Errorf(pos, "config : parsing [%s]: %s", pos, text)
}

// empty reports an argument that HAProxy would take for the end of the line.
func (p *frame[B]) empty(raw *RawLine, words []Word, i int) {
	col := words[i].Col
	if words[i].Quote&(Weak|Strong) != 0 && len(words[i].Text) > 1 && words[i].Text[1] != '\\' {
		col++ // between the quotes
	}
	p.errorf(words[i].Col, "argument number %d at position %d is empty and marks the end of the argument list:\n%s\n%s",
		i, col, mark(raw.Text(), col),
		"Aborting to prevent all subsequent arguments from being silently ignored. If this is caused by an environment "+
			"variable expansion, please have a look at section 2.3 of the configuration manual to find solutions to address this.")
}

// keyword takes "no" and "default" away and finds the section or the row.
func (p *frame[B]) keyword(l *Line) {
	switch l.Words[0].Value {
	case "no":
		l.Form = Negated
	case "default":
		l.Form = Default
	}
	if l.Form != Plain {
		if len(l.Words) == 1 {
			p.refuseForm(l)
			return
		}
		l.Words = l.Words[1:]
	}
	l.Args = l.Words[1:]
	name := l.Words[0].Value
	if p.early && l.Form != Plain && !slices.Contains(negatable[:], name) {
		p.refuseForm(l)
		return
	}
	if p.walk != nil {
		p.walk(l)
		return
	}
	if s := p.reg.Section(name); s != nil && l.Form == Plain {
		p.open(s, l)
		return
	}
	if slices.Contains(sectionNames[:], name) && l.Form == Plain {
		p.lack(l)
		return
	}
	if strings.HasPrefix(name, "[") && l.Form == Plain {
		p.scope(l)
		return
	}
	if p.missing {
		return
	}
	if p.section == nil {
		if l.Form != Plain {
			p.refuseForm(l)
		} else if !p.early {
			l.Tightf(l.Name(), "unknown keyword '%s' out of section.%s", name, absent(p.settings.Absent, name))
		}
		return
	}
	l.Place, l.Section, l.Title = p.section.Place, p.section.Name, p.title()
	p.row(l)
}

func (p *frame[B]) title() string {
	if len(p.header.Args) > 0 {
		return p.header.Args[0].Value
	}
	return ""
}

// negatable are the keywords that "no" and "default" may stand before, whatever the section.
var negatable = [...]string{"busy-polling", "insecure-fork-wanted", "log", "numa-cpu-mapping", "option", "set-dumpable", "strict-limits"}

// refuseForm reports a "no" or "default" before what takes none.
func (p *frame[B]) refuseForm(l *Line) {
	l.Tightf(l.Name(), "negation/default currently supported only for options, log, busy-polling, set-dumpable, "+
		"strict-limits, insecure-fork-wanted and numa-cpu-mapping.")
}

// scope takes a line of the form "[name]", by which configuration files of filters separate their parts. In a file of the
// main configuration it separates nothing.
func (p *frame[B]) scope(l *Line) {
	name, ok := strings.CutSuffix(l.Words[0].Value[1:], "]")
	switch {
	case !ok || name == "":
		l.Errorf(l.Name(), "empty scope name is forbidden.")
	case len(l.Args) > 0:
		l.Abortf(l.Arg(0), "character '%c' is not permitted after scope declaration.", l.Arg(0).Value[0])
	default:
		l.Warnf(l.Name(), "the scope '%s' has no effect in this file: remove the line.", l.Words[0].Value)
	}
}

// lack reports a section of HAProxy that this program does not have, once: its lines are passed over.
func (p *frame[B]) lack(l *Line) {
	p.close()
	p.missing = true
	if !p.early {
		l.Tightf(l.Name(), "section '%s' is a section of HAProxy that is not supported yet.", l.Words[0].Value)
	}
}

// open begins a section and ends the one before.
func (p *frame[B]) open(s *Section[B], l *Line) {
	p.close()
	if p.settings.Report.Aborted() {
		return
	}
	if s.Status == Experimental && !p.exposed[Experimental] && !p.early {
		l.Tightf(l.Name(), "section '%s' is experimental, must be allowed via a global 'expose-experimental-directives'", s.Name)
		l.report.Abort()
		return
	}
	p.section, p.header = s, l
	l.Place, l.Section, l.Title = s.Place, s.Name, p.title()
	if s.Open != nil && (!p.early || p.shown && s.Early) {
		s.Open(p.build, l)
	}
}

// close ends the current section.
func (p *frame[B]) close() {
	if s := p.section; s != nil && s.Close != nil && !p.early {
		s.Close(p.build, p.header)
	}
	p.section, p.header, p.missing = nil, nil, false
}

// absent says of a word that is unknown that only this program lacks it, or nothing.
func absent(words []string, name string) string {
	if _, found := slices.BinarySearch(words, name); found {
		return "; it is a keyword of HAProxy that is not supported yet"
	}
	return ""
}
