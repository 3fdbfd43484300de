package config

import "strings"

// markWidth is how many columns of a line are shown.
const markWidth = 80

// mark shows a line and a caret under its byte column col, in two rows indented by two, as HAProxy does: leading blanks
// are dropped, what does not print is a question mark or a space, and of a long line only the part around the column is
// shown.
func mark(line string, col int) string {
	at := col - 1
	from := 0
	for from < len(line) && isBlank(line[from]) {
		from++
	}
	line, at = line[from:], max(at-from, 0)
	dots := ""
	if len(line) > markWidth && at > markWidth/2 {
		cut := at - markWidth/2
		line, at = line[cut:], markWidth/2
		dots = "..."
	}
	tail := ""
	if len(dots)+len(line) > markWidth {
		line = line[:markWidth-len(dots)-len("...")]
		tail = "..."
	}
	return "  " + dots + printable(line) + tail + "\n" + strings.Repeat(" ", 2+len(dots)+at) + "^"
}

// printable replaces what would disturb a terminal.
func printable(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case isBlank(c):
			b[i] = ' '
		case c < ' ' || c >= 0x7f:
			b[i] = '?'
		}
	}
	return string(b)
}
