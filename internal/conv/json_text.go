package conv

import (
	"bytes"

	"sluice/internal/value"
)

// jsonDepth is how deep arrays and objects may lie in each other, as in HAProxy.
const jsonDepth = 20

// jsonKind is what a value of a JSON text is (RFC 8259 3).
type jsonKind uint8

const (
	jsonBad jsonKind = iota // no value
	jsonNull
	jsonTrue
	jsonFalse
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

// jsonText is a text that is read from one end to the other, once, without recursion into what is skipped.
type jsonText struct {
	b     []byte
	at    int
	depth int
}

// space skips blanks.
func (t *jsonText) space() {
	for t.at < len(t.b) {
		switch t.b[t.at] {
		case ' ', '\t', '\n', '\r':
			t.at++
		default:
			return
		}
	}
}

// next skips blanks and reports whether c follows, which it then passes.
func (t *jsonText) next(c byte) bool {
	t.space()
	if t.at < len(t.b) && t.b[t.at] == c {
		t.at++
		return true
	}
	return false
}

// find goes to the value that a path leads to. Where a name is there twice the first one counts.
func (t *jsonText) find(path []jsonStep) bool {
	for i := range path {
		t.depth++
		if path[i].member != nil {
			if !t.member(path[i].member) {
				return false
			}
		} else if !t.element(path[i].element) {
			return false
		}
	}
	t.space()
	return t.at < len(t.b)
}

// member goes to the value of a member of the object that follows.
func (t *jsonText) member(name []byte) bool {
	if !t.next('{') || t.next('}') {
		return false
	}
	for {
		t.space()
		from := t.at
		if t.skipString() == jsonBad {
			return false
		}
		found := bytes.Equal(t.b[from+1:t.at-1], name)
		if !t.next(':') {
			return false
		}
		if found {
			return true
		}
		if t.skip() == jsonBad || !t.next(',') {
			return false
		}
	}
}

// element goes to an element of the array that follows.
func (t *jsonText) element(n int) bool {
	if !t.next('[') {
		return false
	}
	t.space()
	if t.at < len(t.b) && t.b[t.at] == ']' {
		return false
	}
	for range n {
		if t.skip() == jsonBad || !t.next(',') {
			return false
		}
	}
	return true
}

// skip passes the value that follows and says what it is.
func (t *jsonText) skip() jsonKind {
	t.space()
	if t.at == len(t.b) {
		return jsonBad
	}
	switch c := t.b[t.at]; c {
	case '{', '[':
		return t.skipNested()
	case '"':
		return t.skipString()
	case 't':
		return t.skipWord("true", jsonTrue)
	case 'f':
		return t.skipWord("false", jsonFalse)
	case 'n':
		return t.skipWord("null", jsonNull)
	default:
		return t.skipNumber()
	}
}

// skipNested passes an array or an object with all that is in it. What is open is a bit each, set for an object.
func (t *jsonText) skipNested() jsonKind {
	kind := jsonArray
	if t.b[t.at] == '{' {
		kind = jsonObject
	}
	open, n := uint32(0), 0
	for {
		t.space()
		if t.at == len(t.b) {
			return jsonBad
		}
		if c := t.b[t.at]; c == '{' || c == '[' {
			if n++; n+t.depth > jsonDepth {
				return jsonBad
			}
			t.at++
			open <<= 1
			if c == '{' {
				open |= 1
				if !t.next('}') {
					if !t.name() {
						return jsonBad
					}
					continue
				}
			} else if !t.next(']') {
				continue
			}
			open, n = open>>1, n-1
		} else if t.skip() == jsonBad {
			return jsonBad
		}
		for { // behind a value
			if n == 0 {
				return kind
			}
			if t.next(',') {
				if open&1 != 0 && !t.name() {
					return jsonBad
				}
				break
			}
			if open&1 != 0 && !t.next('}') || open&1 == 0 && !t.next(']') {
				return jsonBad
			}
			open, n = open>>1, n-1
		}
	}
}

// name passes the name of a member and the colon.
func (t *jsonText) name() bool {
	t.space()
	return t.skipString() != jsonBad && t.next(':')
}

// skipString passes a string.
func (t *jsonText) skipString() jsonKind {
	if t.at == len(t.b) || t.b[t.at] != '"' {
		return jsonBad
	}
	for i := t.at + 1; i < len(t.b); i++ {
		switch c := t.b[i]; {
		case c == '"':
			t.at = i + 1
			return jsonString
		case c == '\\':
			if i++; i == len(t.b) {
				return jsonBad
			}
			if t.b[i] == 'u' {
				for range 4 {
					if i++; i == len(t.b) || value.HexDigit(t.b[i]) < 0 {
						return jsonBad
					}
				}
			}
		}
	}
	return jsonBad
}

func (t *jsonText) skipWord(word string, kind jsonKind) jsonKind {
	if !bytes.HasPrefix(t.b[t.at:], []byte(word)) {
		return jsonBad
	}
	t.at += len(word)
	return t.ended(kind)
}

// skipNumber passes a number of the form that RFC 8259 6 gives it.
func (t *jsonText) skipNumber() jsonKind {
	b, i := t.b, t.at
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	if i = digits(b, i); i == first || b[first] == '0' && i > first+1 {
		return jsonBad
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = digits(b, from); i == from {
			return jsonBad
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		if i = digits(b, from); i == from {
			return jsonBad
		}
	}
	t.at = i
	return t.ended(jsonNumber)
}

// digits returns the end of the decimal digits from i on.
func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// ended returns kind when no letter or digit follows immediately.
func (t *jsonText) ended(kind jsonKind) jsonKind {
	if t.at < len(t.b) {
		switch t.b[t.at] {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
		default:
			return jsonBad
		}
	}
	return kind
}
