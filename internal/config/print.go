package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// A Printer writes diagnostics for people, in HAProxy's form: "[ALERT]    (pid) : text". It is not safe for concurrent use.
type Printer struct {
	W   io.Writer
	PID int
	// Preamble are notices that precede the first alert or warning, such as the version.
	Preamble []string
	// Diag shows the diagnostics of level Diag (-dD); they are dropped otherwise.
	Diag bool
	// Terminal says that W is one: then the word at fault is shown with a caret under it. Color adds colours there; leave
	// it unset when NO_COLOR is in the environment.
	Terminal bool
	Color    bool

	started bool
}

// Print writes one diagnostic, in one write.
func (p *Printer) Print(d Diagnostic) {
	if d.Level == Diag && !p.Diag {
		return
	}
	var b bytes.Buffer
	if d.Level <= Warning && !p.started {
		p.started = true
		for _, line := range p.Preamble {
			p.head(&b, Notice)
			fmt.Fprintf(&b, "%s\n", line)
		}
	}
	p.head(&b, d.Level)
	b.WriteString(strings.TrimRight(d.Text, "\n"))
	b.WriteByte('\n')
	if p.Terminal && d.Source != "" && d.Pos.Col > 0 {
		p.caret(&b, d)
	}
	p.W.Write(b.Bytes()) // nobody is left to tell that the message could not be written
}

func (p *Printer) head(b *bytes.Buffer, l Level) {
	label := "[" + l.String() + "]"
	pad := strings.Repeat(" ", max(1, 11-len(label)))
	if c := p.color(l); c != "" {
		label = c + label + reset
	}
	fmt.Fprintf(b, "%s%s(%d) : ", label, pad, p.PID)
}

// The colours of a terminal.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

func (p *Printer) color(l Level) string {
	if !p.Color || !p.Terminal {
		return ""
	}
	return [...]string{red, yellow, cyan, cyan}[l]
}

// caret shows the line with its word underlined.
func (p *Printer) caret(b *bytes.Buffer, d Diagnostic) {
	shown := mark(d.Source, d.Pos.Col)
	if c := p.color(d.Level); c != "" {
		at := strings.LastIndexByte(shown, '^')
		shown = shown[:at] + c + "^" + strings.Repeat("~", d.under(shown)) + reset
	} else {
		shown += strings.Repeat("~", d.under(shown))
	}
	b.WriteString(shown)
	b.WriteByte('\n')
}

// under counts the columns after the caret that belong to the word and are on the shown line.
func (d *Diagnostic) under(shown string) int {
	line, below, _ := strings.Cut(shown, "\n")
	return max(0, min(d.Width-1, len(line)-len(below)))
}
