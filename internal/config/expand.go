package config

import (
	"fmt"
	"strings"
)

// MaxWords is the number of words that a line may have after expansion, its keyword included.
const MaxWords = 64

// A Word is one word of a line as its keyword sees it: unquoted, unescaped, with its variables replaced. A list variable
// makes several of one RawWord.
type Word struct {
	Value string
	Text  string  // as written; of the whole RawWord for the parts of a list
	Col   int     // byte column of the written word, from 1; 0 when it was not read from a line
	Quote Quoting // of the written word
}

// A SyntaxError is what expansion found wrong in a line. Col is the byte column, 0 for none; a Shown error is followed by
// the line with a mark under that column.
type SyntaxError struct {
	Text  string
	Col   int
	Shown bool
}

// Error returns the text, without the place.
func (e *SyntaxError) Error() string { return e.Text }

// Expand turns the words of a line into what keywords see (configuration.txt 2.2, 2.3). vars looks up the variables of
// weak quotes. The words before an error are returned with it.
func Expand(l *RawLine, vars func(name string) (string, bool)) ([]Word, *SyntaxError) {
	if err := wholeLine(l); err != nil {
		return nil, err
	}
	x := expander{vars: vars, words: make([]Word, 0, len(l.Words))}
	for i := range l.Words {
		raw := &l.Words[i]
		if raw.Quote == 0 && len(x.words) < MaxWords {
			// Most words are as written.
			x.words = append(x.words, Word{Value: raw.Text, Text: raw.Text, Col: raw.Col})
			continue
		}
		if err := x.word(raw); err != nil {
			return x.words, err
		}
	}
	return x.words, nil
}

// wholeLine finds what makes a line unreadable before its words are looked at.
func wholeLine(l *RawLine) *SyntaxError {
	col := 1
	for i := range l.Words {
		w := &l.Words[i]
		if n := strings.IndexByte(w.Text, 0); n >= 0 {
			return strayNUL(w.Col + n)
		}
		col = w.Col + len(w.Text)
	}
	if n := strings.IndexByte(l.Tail, 0); n >= 0 {
		return strayNUL(col + n)
	}
	return nil
}

func strayNUL(col int) *SyntaxError {
	return &SyntaxError{Text: fmt.Sprintf("Stray NUL character at position %d.", col), Col: col}
}

// expander builds the words of one line.
type expander struct {
	vars  func(string) (string, bool)
	words []Word
	buf   []byte
	raw   *RawWord
	split bool // the current word had a list in it, so that nothing left of it is no word
}

func (x *expander) word(raw *RawWord) *SyntaxError {
	x.raw, x.buf, x.split = raw, x.buf[:0], false
	s := raw.Text
	var in Quoting
	quoted := 0 // where the open quote is
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case in == Strong && c == '\'':
			in = 0
		case in == Strong:
			x.buf = append(x.buf, c)
		case c == '"':
			in, quoted = in^Weak, i
		case c == '\'' && in == 0:
			in, quoted = Strong, i
		case c == '\\':
			b, n := escape(s[i:], in)
			if n < 0 {
				return x.wrong("truncated or invalid hexadecimal sequence", i)
			}
			if n == 0 {
				b, n = c, 1
			}
			x.buf = append(x.buf, b)
			i += n - 1
		case c == '$' && in == Weak:
			n, err := x.variable(i)
			if err != nil {
				return err
			}
			i += n - 1
		default:
			x.buf = append(x.buf, c)
		}
	}
	if in != 0 {
		return x.wrong("unmatched quote", quoted)
	}
	if x.split && len(x.buf) == 0 {
		return nil
	}
	return x.flush()
}

func (x *expander) flush() *SyntaxError {
	v := string(x.buf)
	x.buf = x.buf[:0]
	// HAProxy's words are C strings: what follows \x00 is lost.
	if i := strings.IndexByte(v, 0); i >= 0 {
		v = v[:i]
	}
	if len(x.words) == MaxWords {
		last := &x.words[MaxWords-1]
		return &SyntaxError{Col: last.Col, Text: fmt.Sprintf("too many words, truncating after word %d, position %d: <%s>.",
			MaxWords, last.Col, last.Value)}
	}
	x.words = append(x.words, Word{Value: v, Text: x.raw.Text, Col: x.raw.Col, Quote: x.raw.Quote})
	return nil
}

// wrong makes an error at the i-th byte of the current word.
func (x *expander) wrong(what string, i int) *SyntaxError {
	col := x.raw.Col + i
	return &SyntaxError{Text: fmt.Sprintf("%s at position %d:", what, col), Col: col, Shown: true}
}

// variable replaces the reference at the i-th byte of the current word and returns its length.
func (x *expander) variable(i int) (int, *SyntaxError) {
	s := x.raw.Text
	at, brace := i+1, -1
	if at < len(s) && s[at] == '{' {
		brace = at
		at++
	}
	from := at
	if at < len(s) && s[at] == '.' {
		at++
	}
	for at < len(s) && isNameByte(s[at]) {
		at++
	}
	name := s[from:at]
	if !variableName(name) {
		return 0, x.wrong("forbidden first char in environment variable name", from)
	}
	value, set := x.vars(name)
	if brace < 0 {
		x.buf = append(x.buf, value...)
		return at - i, nil
	}
	list := false
	if at < len(s) && s[at] == '[' {
		if !strings.HasPrefix(s[at:], "[*]") {
			return 0, x.wrong("truncated or invalid word expansion sequence", at)
		}
		list = true
		at += len("[*]")
	}
	end := at
	if at < len(s) && s[at] == '-' {
		if end = strings.IndexByte(s[at:], '}'); end < 0 {
			return 0, x.wrong("unmatched brace in environment variable name", brace)
		}
		end += at
		if !set {
			value = s[at+1 : end]
		}
	}
	if end >= len(s) || s[end] != '}' {
		return 0, x.wrong("unmatched brace in environment variable name", brace)
	}
	if !list {
		x.buf = append(x.buf, value...)
		return end + 1 - i, nil
	}
	return end + 1 - i, x.list(value)
}

// list adds a value whose blanks separate words.
func (x *expander) list(value string) *SyntaxError {
	x.split = true
	for i := 0; i < len(value); i++ {
		if !isBlank(value[i]) {
			x.buf = append(x.buf, value[i])
			continue
		}
		if len(x.buf) > 0 {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// variableName says whether name can be looked up: a letter or underscore first, or one of the pseudo-variables.
func variableName(name string) bool {
	switch name {
	case "":
		return false
	case ".FILE", ".LINE", ".SECTION":
		return true
	}
	return isNameByte(name[0]) && (name[0] < '0' || name[0] > '9')
}
