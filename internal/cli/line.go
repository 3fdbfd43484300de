package cli

import "bytes"

// maxWords is how many words a command may have, and maxPattern how long the mark of a payload's end may be
// (management.txt 9.3).
const (
	maxWords   = 64
	maxPattern = 64
)

// cutPayload takes the mark of a payload off the end of a line: "<<", and the text that ends the payload, "" for an
// empty line. ok says that there was one.
func cutPayload(line []byte) (rest []byte, pattern string, ok bool) {
	i := bytes.LastIndex(line, []byte("<<"))
	if i < 0 || i > 0 && !space(line[i-1]) || len(line)-i-2 > maxPattern || bytes.ContainsAny(line[i:], " \t") {
		return line, "", false
	}
	return line[:i], string(line[i+2:]), true
}

// split takes a line apart into its commands, at semicolons, and these into words, at blanks. A backslash makes the
// character behind it an ordinary one.
func split(line []byte) (commands [][]string) {
	var words []string
	var word []byte
	in := false // a word has begun
	end := func() {
		if in {
			words = append(words, string(word))
			word, in = word[:0], false
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
			word, in = append(word, line[i]), true
		case c == ';':
			end()
			commands = append(commands, words)
			words = nil
		case space(c):
			end()
		default:
			word, in = append(word, c), true
		}
	}
	end()
	return append(commands, words)
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }
