package config

import (
	"strings"

	"sluice/internal/value"
)

// Scan cuts the text of a file into lines and words (configuration.txt 2.1, 2.2). It is total: any bytes make a tree that
// prints as those bytes, and what is wrong with them (an open quote, a NUL, a missing last line feed) is said when the
// line is expanded. The tree shares the memory of one copy of text.
func Scan(name string, text []byte) *File {
	f := &File{Name: name}
	s := string(text)
	f.Lines = make([]RawLine, 0, strings.Count(s, "\n")+1)
	for len(s) > 0 {
		line, eol := s, ""
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			line, eol, s = s[:i], s[i:i+1], s[i+1:]
		} else {
			s = ""
		}
		f.Lines = append(f.Lines, scanLine(line, eol, '#'))
	}
	return f
}

// scanLine cuts one line. Comments begin with the byte comment; 0 is none.
func scanLine(line, eol string, comment byte) RawLine {
	l := RawLine{EOL: eol}
	at := 0
	for {
		start := at
		for start < len(line) && isBlank(line[start]) {
			start++
		}
		if start == len(line) || line[start] == comment {
			l.Tail = line[at:]
			return l
		}
		end, quote := wordEnd(line, start, comment)
		l.Words = append(l.Words, RawWord{Gap: line[at:start], Text: line[start:end], Col: start + 1, Quote: quote})
		at = end
		if at < len(line) && line[at] == '\r' {
			l.Tail = line[at:]
			return l
		}
	}
}

// wordEnd finds the end of the word that begins at i. A carriage return that touches a word ends the line, even within
// quotes; one among blanks is a blank.
func wordEnd(line string, i int, comment byte) (int, Quoting) {
	var used, in Quoting
	for ; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\r':
			return i, used | open(in)
		case in == Strong:
			if c == '\'' {
				in = 0
			}
		case c == '\\':
			used |= Escaped
			if _, n := escape(line[i:], in); n > 0 {
				i += n - 1
			}
		case c == '"':
			in ^= Weak
			used |= Weak
		case in == Weak:
			if c == '$' {
				i += reference(line[i:]) - 1
			}
		case c == '\'':
			in = Strong
			used |= in
		case c == comment || isBlank(c):
			return i, used
		}
	}
	return i, used | open(in)
}

func open(in Quoting) Quoting {
	if in != 0 {
		return Open
	}
	return 0
}

// reference measures the text of a reference to a variable at the start of s, the dollar included. Only a default value
// matters here: it extends to the closing brace whatever it contains.
func reference(s string) int {
	if !strings.HasPrefix(s, "${") {
		return 1
	}
	i := 2
	for i < len(s) && (isNameByte(s[i]) || s[i] == '.') {
		i++
	}
	if strings.HasPrefix(s[i:], "[*]") {
		i += len("[*]")
	}
	if i < len(s) && s[i] == '-' {
		if end := strings.IndexByte(s[i:], '}'); end >= 0 {
			return i + end + 1
		}
	}
	return 1
}

// escape reads the escape sequence at the start of s: the byte that it stands for and its length. The length is 0 for a
// backslash that is just a backslash, and -1 for a bad hexadecimal sequence.
func escape(s string, in Quoting) (byte, int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch c := s[1]; c {
	case ' ', '\\', '#', '\'', '"':
		return c, 2
	case '$':
		if in == Weak {
			return c, 2
		}
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'x':
		if len(s) < 4 {
			return 0, -1
		}
		hi, lo := value.HexDigit(s[2]), value.HexDigit(s[3])
		if hi < 0 || lo < 0 {
			return 0, -1
		}
		return byte(hi<<4 | lo), 4
	}
	return 0, 0
}

// isBlank says what separates words: HAProxy takes every white space character of C, not only space and tab.
func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// isNameByte says what the name of an environment variable may contain.
func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
