package directive

import (
	"os"
	"strings"

	"sluice/internal/config"
)

func parseCaseAdjust(b *Builder, l *config.Line) {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "'h1-case-adjust' expects <from> and <to> as argument.")
		return
	}
	if text := b.adjustCase(l.Arg(0).Value, l.Arg(1).Value); text != "" {
		l.Errorf(l.Arg(0), "%s", text)
	}
}

func parseCaseAdjustFile(b *Builder, l *config.Line) {
	name := l.Arg(0).Value
	text, err := os.ReadFile(b.path(l.Pos.File, name))
	if err != nil {
		l.Report().Errorf(l.At(l.Arg(0)), "h1-headers-case-adjust-file '%s': failed to open file.", name)
		return
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		problem := "expects two names"
		if len(words) == 2 {
			problem = b.adjustCase(words[0], words[1])
		}
		if problem != "" {
			l.Report().Errorf(l.At(l.Arg(0)), "h1-headers-case-adjust-file '%s' at line %d: %s.", name, n, problem)
			return
		}
	}
}

// adjustCase records how a header name is to be written; it returns what is wrong with the pair.
func (b *Builder) adjustCase(from, to string) string {
	low := strings.ToLower(from)
	switch {
	case from == to:
		return "<from> and <to> must not be identical"
	case low != strings.ToLower(to):
		return "<from> and <to> must not differ except the case"
	case b.global.CaseAdjust[low] != "":
		return "duplicate entry '" + from + "'"
	}
	if b.global.CaseAdjust == nil {
		b.global.CaseAdjust = map[string]string{}
	}
	b.global.CaseAdjust[low] = to
	return ""
}
