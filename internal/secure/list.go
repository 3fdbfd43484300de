package secure

import (
	"fmt"
	"strings"
)

// A ListLine is one line of a list of certificates: <crtfile> [\[<option> ...\]] [[!]<snifilter> ...]
// (configuration.txt 5.1, crt-list).
type ListLine struct {
	Place   string // [file:line]
	Line    int
	File    string
	Options []string // the words between the brackets
	Filters []string
	Update  string // on or off, where the brackets say so (ocsp-update)
	// Misplaced says that names stood between the file and the brackets.
	Misplaced bool
}

// mostWords bounds the words of a line.
const mostWords = 1 << 16

// ParseList reads a list of certificates. The error names the file and the line.
func ParseList(name string, text []byte) ([]ListLine, error) {
	var lines []ListLine
	n := 0
	for raw := range strings.Lines(string(text)) {
		n++
		place := fmt.Sprintf("[%s:%d]", name, n)
		line, ended := strings.CutSuffix(raw, "\n")
		if !ended {
			return nil, fmt.Errorf("parsing %s: Missing LF on last line, file might have been truncated at position %d.", place, len(raw)+1)
		}
		one, ok, err := parseListLine(place, strings.TrimSuffix(line, "\r"))
		if err != nil {
			return nil, err
		}
		if ok {
			one.Line = n
			lines = append(lines, one)
		}
	}
	return lines, nil
}

// ParseListCommand reads a line that a command brings.
func ParseListCommand(text string) (ListLine, bool, error) {
	return parseListLine("[CLI:1]", text)
}

// parseListLine reads one line; ok is false for an empty one.
func parseListLine(place, text string) (line ListLine, ok bool, err error) {
	words := listWords(text)
	if len(words) == 0 {
		return line, false, nil
	}
	if len(words) > mostWords {
		return line, false, fmt.Errorf("parsing %s: line too long", place)
	}
	line.Place, line.File = place, words[0]
	if line.File == "[" || line.File == "]" {
		return line, false, fmt.Errorf("parsing %s: file name can't be empty!", place)
	}
	inside, seen := false, false
	for _, w := range words[1:] {
		switch {
		case w == "[" && seen:
			return line, false, fmt.Errorf("parsing %s: too many '['", place)
		case w == "[":
			inside, seen = true, true
			line.Misplaced = len(line.Filters) > 0
		case w == "]" && !inside:
			return line, false, fmt.Errorf("parsing %s: too many ']'", place)
		case w == "]":
			inside = false
		case inside:
			line.Options = append(line.Options, w)
		default:
			line.Filters = append(line.Filters, w)
		}
	}
	if inside {
		return line, false, fmt.Errorf("parsing %s: unclosed '['", place)
	}
	return line, true, nil
}

// listWords splits a line at blanks; brackets are words of their own at the edges of a word, and a word that begins with a
// hash ends the line.
func listWords(text string) []string {
	var words []string
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if w[0] == '#' {
			break
		}
		rest, open := strings.CutPrefix(w, "[")
		if open {
			words = append(words, "[")
		}
		rest, closed := strings.CutSuffix(rest, "]")
		if rest != "" {
			words = append(words, rest)
		}
		if closed {
			words = append(words, "]")
		}
	}
	return words
}

// Useless reports whether a line only says which names it is not for, without a wildcard that they could be taken from.
func (l *ListLine) Useless() bool {
	negated, wild := false, false
	for _, f := range l.Filters {
		negated = negated || strings.HasPrefix(f, "!")
		wild = wild || strings.HasPrefix(f, "*") || f == "!*"
	}
	return negated && !wild
}
