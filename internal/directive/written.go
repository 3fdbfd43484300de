package directive

import (
	"strings"

	"sluice/internal/config"
)

// written returns a line as it stands in the file, for traces and lists of rules: without its comment and with single
// spaces, but with its quotes and what is in them.
func written(l *config.Line) string { return tidy(l.Raw().Text()) }

func tidy(text string) string {
	var b strings.Builder
	text = strings.TrimSpace(text)
	quote, escaped, space := byte(0), false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case escaped:
			escaped = false
		case quote != 0:
			if c == quote {
				quote = 0
			}
			escaped = c == '\\' && quote == '"'
		case c == '\\':
			escaped = true
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			return b.String()
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteByte(c)
	}
	return b.String()
}
