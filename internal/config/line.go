package config

import (
	"fmt"
	"strings"

	"sluice/internal/proxy"
)

// A Line is one line on its way to the row of its keyword. It is valid during the call; words may be kept.
type Line struct {
	Pos     proxy.Pos // of the keyword, or of the "no" before it
	Words   []Word    // the keyword and everything after it, without "no" or "default"
	Args    []Word    // what follows the keyword, all words of a keyword of several words taken
	Form    Form
	Place   Place  // the section that the line is in
	Section string // its type: "frontend"
	Title   string // its name, "" if it has none

	raw     *RawLine
	report  *Report
	env     *Env
	exposed *exposed
	absent  []string
}

// exposed remembers which of the guarded states the global section has allowed.
type exposed [Deprecated + 1]bool

// Form is the word that may precede a keyword.
type Form uint8

// The forms.
const (
	Plain   Form = iota
	Negated      // no option ...
	Default      // default option ...
)

// Keyword returns the words of the keyword joined by a space: "timeout client".
func (l *Line) Keyword() string {
	var b strings.Builder
	for i := range l.Words[:len(l.Words)-len(l.Args)] {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l.Words[i].Value)
	}
	return b.String()
}

// Name returns the first word of the keyword, where most messages point.
func (l *Line) Name() Word { return l.Words[0] }

// Arg returns the i-th argument, counted from 0, or beyond the last an empty word whose place is the end of the line.
func (l *Line) Arg(i int) Word {
	if i >= 0 && i < len(l.Args) {
		return l.Args[i]
	}
	return l.End()
}

// End returns an empty word that stands for the end of the line, for messages about what is missing there.
func (l *Line) End() Word {
	last := l.Words[len(l.Words)-1]
	if last.Col == 0 {
		return Word{}
	}
	return Word{Col: last.Col + len(last.Text)}
}

// Values returns the values of words.
func Values(words []Word) []string {
	out := make([]string, len(words))
	for i := range words {
		out[i] = words[i].Value
	}
	return out
}

// Raw returns the line as written.
func (l *Line) Raw() *RawLine { return l.raw }

// Env returns the environment that the following lines see.
func (l *Line) Env() *Env { return l.env }

// Expose allows the keywords of a status from the next line on.
func (l *Line) Expose(s Status) { l.exposed[s] = true }

// Report returns the report that the line's diagnostics go to.
func (l *Line) Report() *Report { return l.report }

// At returns the place of a word of this line.
func (l *Line) At(w Word) proxy.Pos {
	p := l.Pos
	if w.Col > 0 {
		p.Col = w.Col
	}
	return p
}

// Errorf reports a fatal error at a word: "parsing [file:line] : " and the text. Parsing goes on with the next line.
func (l *Line) Errorf(w Word, format string, args ...any) {
	l.say(Alert, true, w, loose, fmt.Sprintf(format, args...))
}

// Tightf is Errorf for those of HAProxy's messages that have no space before the colon: "parsing [file:line]: ".
func (l *Line) Tightf(w Word, format string, args ...any) {
	l.say(Alert, true, w, tight, fmt.Sprintf(format, args...))
}

// Bracketf is Errorf for those of HAProxy's messages that begin with the place alone, "[file:line] : ", as those about
// servers do.
func (l *Line) Bracketf(w Word, format string, args ...any) {
	l.say(Alert, true, w, bracket, fmt.Sprintf(format, args...))
}

// Abortf is Errorf, and the files are not read any further.
func (l *Line) Abortf(w Word, format string, args ...any) {
	l.Errorf(w, format, args...)
	l.report.Abort()
}

// Alertf reports an error that does not prevent the start.
func (l *Line) Alertf(w Word, format string, args ...any) {
	l.say(Alert, false, w, loose, fmt.Sprintf(format, args...))
}

// Warnf reports a warning at a word.
func (l *Line) Warnf(w Word, format string, args ...any) {
	l.say(Warning, false, w, loose, fmt.Sprintf(format, args...))
}

// Oldf reports what is honoured though HAProxy no longer knows it; gone is what HAProxy says.
func (l *Line) Oldf(w Word, gone, format string, args ...any) {
	if l.report.strict {
		l.Errorf(w, "%s", gone)
		return
	}
	l.report.Add(Diagnostic{
		Level: Warning, Pos: l.At(w), Text: fmt.Sprintf(loose, l.Pos, fmt.Sprintf(format, args...)), Source: l.raw.Text(), Width: len(w.Text),
		Gone: fmt.Sprintf(loose, l.Pos, gone),
	})
}

// TightWarnf is Warnf for messages without a space before the colon.
func (l *Line) TightWarnf(w Word, format string, args ...any) {
	l.say(Warning, false, w, tight, fmt.Sprintf(format, args...))
}

// Noticef reports a notice at a word.
func (l *Line) Noticef(w Word, format string, args ...any) {
	l.say(Notice, false, w, loose, fmt.Sprintf(format, args...))
}

// Diagf reports what only the diagnostic mode shows (-dD).
func (l *Line) Diagf(w Word, format string, args ...any) {
	l.say(Diag, false, w, loose, fmt.Sprintf(format, args...))
}

// The three ways in which HAProxy's messages begin.
const (
	loose   = "config : parsing [%s] : %s"
	tight   = "config : parsing [%s]: %s"
	bracket = "config : [%s] : %s"
)

func (l *Line) say(level Level, fatal bool, w Word, shape, text string) {
	l.report.Add(Diagnostic{
		Level: level, Fatal: fatal, Pos: l.At(w), Text: fmt.Sprintf(shape, l.Pos, text),
		Source: l.raw.Text(), Width: len(w.Text),
	})
}

// Command makes a line of words that come from the runtime API. Messages about it go to report; their place is empty.
func Command(words []string, in Place, env *Env, report *Report) *Line {
	l := &Line{Place: in, raw: &RawLine{}, report: report, env: env, exposed: &exposed{}}
	for _, w := range words {
		l.Words = append(l.Words, Word{Value: w, Text: w})
	}
	l.Args = l.Words[1:]
	return l
}
