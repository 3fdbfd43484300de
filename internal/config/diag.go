package config

import (
	"fmt"
	"slices"

	"sluice/internal/proxy"
)

// A Level is how much a diagnostic matters.
type Level uint8

// The levels, in HAProxy's words.
const (
	Alert   Level = iota // an error, usually fatal
	Warning              // counted: with zero-warning or -dW it prevents the start
	Notice               // a remark
	Diag                 // a remark shown in diagnostic mode (-dD) only
)

// String returns the word between the brackets of a message.
func (l Level) String() string { return [...]string{"ALERT", "WARNING", "NOTICE", "DIAG"}[l] }

// A Diagnostic is one remark about the configuration.
type Diagnostic struct {
	Level Level
	Fatal bool      // prevents the start; only an Alert can be fatal
	Pos   proxy.Pos // Line 0: about no line in particular
	Text  string    // the whole text after "[LEVEL] (pid) : "
	// Source is the line as written when Pos.Col points into it, and Width the length of the word there in bytes. Both
	// are for people in front of a terminal. They are empty where Text shows the line itself.
	Source string
	Width  int
	// Gone is set on a warning about what HAProxy no longer knows, to what HAProxy says of it, without prefix. Where the
	// configuration is refused for another reason, it is an error in those words: see Settled.
	Gone string
}

// Settled returns the diagnostic as it is to be shown when everything is read: in a configuration that is refused anyway,
// what was kept for old files counts among the errors, so that one edit mends all, and the first line named is HAProxy's.
func (r *Report) Settled(d Diagnostic) Diagnostic {
	if d.Gone != "" && r.Fatal() {
		d.Level, d.Fatal, d.Text = Alert, true, d.Gone
	}
	return d
}

// A Report collects diagnostics. The zero value is ready. It is not safe for concurrent use.
type Report struct {
	list    []Diagnostic
	counts  [Diag + 1]int
	fatals  int
	aborted bool
	strict  bool // what is kept for old files is an error
}

// Add appends a diagnostic.
func (r *Report) Add(d Diagnostic) {
	r.list = append(r.list, d)
	r.counts[d.Level]++
	if d.Fatal {
		r.fatals++
	}
}

// Diagnostics returns what was collected, in order. The caller owns the slice.
func (r *Report) Diagnostics() []Diagnostic { return slices.Clone(r.list) }

// Count returns the number of diagnostics of a level.
func (r *Report) Count(l Level) int { return r.counts[l] }

// Fatal says whether something prevents the start.
func (r *Report) Fatal() bool { return r.fatals > 0 }

// Aborted says whether reading stopped at a line after which the rest makes no sense.
func (r *Report) Aborted() bool { return r.aborted }

// Abort stops reading after the current line; what was reported must be fatal already.
func (r *Report) Abort() { r.aborted = true }

// Errorf adds a fatal alert about a place, whose text is the given one without any prefix. It is for checks after
// parsing; a keyword's function reports at its Line.
func (r *Report) Errorf(pos proxy.Pos, format string, args ...any) {
	r.Add(Diagnostic{Level: Alert, Fatal: true, Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// Warnf adds a warning about a place, without prefix.
func (r *Report) Warnf(pos proxy.Pos, format string, args ...any) {
	r.Add(Diagnostic{Level: Warning, Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// Noticef adds a notice about a place, without prefix.
func (r *Report) Noticef(pos proxy.Pos, format string, args ...any) {
	r.Add(Diagnostic{Level: Notice, Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// Diagf adds a diagnostic-mode remark about a place, without prefix.
func (r *Report) Diagf(pos proxy.Pos, format string, args ...any) {
	r.Add(Diagnostic{Level: Diag, Pos: pos, Text: fmt.Sprintf(format, args...)})
}
