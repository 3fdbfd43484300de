package config

import "strings"

// Excerpt shows the line of a diagnostic and marks the word at fault, in two rows, for a person in front of a terminal. It
// is empty where there is no such word, or where the text shows the line itself. With color the mark has the colour of
// the level; give it up when NO_COLOR is in the environment.
func (d *Diagnostic) Excerpt(color bool) string {
	if d.Source == "" || d.Pos.Col == 0 {
		return ""
	}
	line, below, _ := strings.Cut(mark(d.Source, d.Pos.Col), "\n")
	blanks := below[:len(below)-1]
	// The mark ends with the word, or with what is shown of the line.
	sign := "^" + strings.Repeat("~", max(0, min(d.Width-1, len(line)-len(below))))
	if color {
		sign = d.Level.Color() + sign + ColorOff
	}
	return line + "\n" + blanks + sign
}

// ColorOff ends what Color begins.
const ColorOff = "\x1b[0m"

// Color returns the sequence that switches a terminal to the colour of the level.
func (l Level) Color() string {
	return [...]string{"\x1b[1;31m", "\x1b[1;33m", "\x1b[36m", "\x1b[36m"}[l]
}
