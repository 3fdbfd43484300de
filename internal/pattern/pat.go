package pattern

import (
	"bytes"
	"fmt"
	"net/netip"

	"sluice/internal/buf"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// options are the flags that a pattern was written under.
type options struct {
	method  Method
	fold    bool // ignore the case of ASCII letters
	regm    bool // Reg whose groups are wanted (map_regm)
	verbs   bool // Str of HTTP methods: fold leaves those with a number as they are
	resolve func(string) (netip.Addr, error)
}

// same reports whether one index serves both.
func (o *options) same(p *options) bool {
	return o.method == p.method && o.fold == p.fold && o.regm == p.regm && o.verbs == p.verbs
}

// pat is one pattern in the form it is compared in. Which fields count depends on the method.
type pat struct {
	at   uint32 // its entry
	text []byte // in lower case under fold; without delimiters for Dir and Dom; the bytes for Bin
	span span
	net  network
	re   *sample.Regex
	kept bool // IP: found by its name, so that the text alone does not tell it
}

// parse reads the text of a pattern.
func (o *options) parse(at uint32, text []byte) (p pat, err error) {
	p.at = at
	switch o.method {
	case Int, Len:
		p.span, err = parseSpan(text)
	case IP:
		var ok bool
		if p.net, ok = parseNet(text); ok {
			return p, nil
		}
		p.kept = true
		p.net, err = resolveNet(string(text), o.resolve)
	case Bin:
		p.text, err = sample.ParseHex(text)
	case Str, Beg, End, Sub:
		p.text = o.folded(text, nil)
	case Dir, Dom:
		p.text = trimDelimiters(o.folded(text, nil), o.method)
	case Reg:
		p.re, err = sample.CompileRegex(string(text), o.fold)
	}
	return p, err
}

// folded returns text as it is compared. A copy is made in a, without it by the heap.
func (o *options) folded(text []byte, a *buf.Arena) []byte {
	if !o.fold || o.verbs && value.LookupMethod(text) != value.OtherMethod {
		return text
	}
	return lower(text, a)
}

// matches compares a sample, already in lower case under fold, with one pattern. Addresses have a way of their own.
func (o *options) matches(p *pat, v *value.Value, b []byte, a *buf.Arena) bool {
	switch o.method {
	case Int:
		return p.span.has(v.Int)
	case Len:
		return p.span.has(int64(len(v.Bytes)))
	case Str, Bin:
		return string(b) == string(p.text)
	case Beg:
		return bytes.HasPrefix(b, p.text)
	case End:
		return bytes.HasSuffix(b, p.text)
	case Sub:
		return bytes.Contains(b, p.text)
	case Dir, Dom:
		return hasWord(b, p.text, o.method)
	case Reg:
		return p.re.Match(b, a)
	}
	return false
}

// lower returns b in lower case, b itself when it has no upper case letters. Without an arena the copy is the heap's.
func lower(b []byte, a *buf.Arena) []byte {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			var out []byte
			if a != nil {
				out = a.Copy(b)
			} else {
				out = bytes.Clone(b)
			}
			for ; i < len(out); i++ {
				out[i] = lowerByte(out[i])
			}
			return out
		}
	}
	return b
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold compares a text in lower case with one as it was written.
func equalFold(low, text []byte) bool {
	if len(low) != len(text) {
		return false
	}
	for i, c := range text {
		if lowerByte(c) != low[i] {
			return false
		}
	}
	return true
}

// delimiter says what separates the words of Dir and Dom.
func delimiter(c byte, m Method) bool {
	return c == '/' || c == '?' || m == Dom && (c == '.' || c == ':')
}

func trimDelimiters(b []byte, m Method) []byte {
	for len(b) > 0 && delimiter(b[0], m) {
		b = b[1:]
	}
	for len(b) > 0 && delimiter(b[len(b)-1], m) {
		b = b[:len(b)-1]
	}
	return b
}

// hasWord reports whether word stands in b between delimiters or the ends. An empty word only matches an empty b.
func hasWord(b, word []byte, m Method) bool {
	if len(word) == 0 {
		return len(b) == 0
	}
	for at := 0; ; {
		i := bytes.Index(b[at:], word)
		if i < 0 {
			return false
		}
		if at += i; stands(b, at, at+len(word), m) {
			return true
		}
		at++
	}
}

// stands reports whether b[begin:end] is between delimiters or the ends.
func stands(b []byte, begin, end int, m Method) bool {
	return (begin == 0 || delimiter(b[begin-1], m)) && (end == len(b) || delimiter(b[end], m))
}

func notAnAddress(text string) error {
	return fmt.Errorf("'%s' is not a valid IPv4 or IPv6 address", text)
}
