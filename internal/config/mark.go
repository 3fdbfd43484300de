package config

import "strings"

// markWidth is how many columns of a line are shown.
const markWidth = 80

// mark shows a line and a caret under its byte column col, in two rows indented by two, as HAProxy does: leading blanks
// are dropped, what does not print is a question mark or a space, and where the column is far out only its surroundings
// are shown.
func mark(line string, col int) string {
	at := col - 1
	from := 0
	for from < len(line) && isBlank(line[from]) {
		from++
	}
	line, at = line[from:], max(at-from, 0)
	if at < markWidth {
		line = line[:min(len(line), markWidth)]
	} else {
		start := at - markWidth/2
		line = line[start:min(len(line), start+markWidth-len(dots))]
		line = dots + line[len(dots):] + dots
		at = markWidth / 2
	}
	return "  " + printable(line) + "\n" + strings.Repeat(" ", 2+at) + "^"
}

const dots = "..."

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
