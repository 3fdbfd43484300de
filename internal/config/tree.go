package config

import (
	"bytes"
	"io"
)

// A File is one configuration file as written. Print gives back its bytes.
type File struct {
	Name  string // as given on the command line; what messages and $.FILE show
	Lines []RawLine
}

// A RawLine is one physical line. Nothing of it is lost: every word carries the blanks before it, Tail is what follows
// the last word (blanks, a comment), EOL the line feed, empty on a last line that has none.
type RawLine struct {
	Words []RawWord
	Tail  string
	EOL   string
}

// A RawWord is one word as written, quotes and backslashes included.
type RawWord struct {
	Gap   string  // blanks before the word
	Text  string  // the word, never empty
	Col   int     // byte column of its first character, from 1
	Quote Quoting // how it is protected
}

// Quoting says which protections a word uses.
type Quoting uint8

// The protections, a set.
const (
	Escaped Quoting = 1 << iota // a backslash outside strong quotes
	Weak                        // "..."
	Strong                      // '...'
	Open                        // a quote that the line does not close
)

// Comment returns the comment of the line with its hash, or "".
func (l *RawLine) Comment() string {
	for i := 0; i < len(l.Tail); i++ {
		if l.Tail[i] == '#' {
			return l.Tail[i:]
		}
	}
	return ""
}

// Text returns the line without its line feed.
func (l *RawLine) Text() string {
	n := len(l.Tail)
	for i := range l.Words {
		n += len(l.Words[i].Gap) + len(l.Words[i].Text)
	}
	b := make([]byte, 0, n)
	return string(l.append(b))
}

func (l *RawLine) append(b []byte) []byte {
	for i := range l.Words {
		b = append(b, l.Words[i].Gap...)
		b = append(b, l.Words[i].Text...)
	}
	return append(b, l.Tail...)
}

// Bytes returns the file as written.
func (f *File) Bytes() []byte {
	var b []byte
	for i := range f.Lines {
		b = append(f.Lines[i].append(b), f.Lines[i].EOL...)
	}
	return b
}

// WriteTo prints the file.
func (f *File) WriteTo(w io.Writer) (int64, error) { return bytes.NewReader(f.Bytes()).WriteTo(w) }
