package pattern

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"sluice/internal/buf"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// Entry is one pattern as it was written. Maps give it a value.
type Entry struct {
	Text  string
	Value string // second column of a map
	Line  int    // in its file, 0 for a word of the configuration
}

// Index is a set of patterns of one method, in the form they are searched in. It is immutable: whoever changes a list
// makes a new one. Looking something up allocates nothing.
type Index struct {
	method Method
	fold   bool // ignore the case of ASCII letters
	dotted bool // integers may be versions, "3.1"
	n      int

	exact   map[string]*Entry // Str, Bin, Beg, End: by text, in lower case under fold
	lengths []int             // Beg, End: the lengths of the texts, longest first
	ints    map[int64]*Entry  // Int, Len: single values
	spans   []spanEntry       // Int, Len: ranges, in order
	nets    *bart.Table[*Entry]
	odd     []oddEntry  // IP: networks with a mask that is no prefix
	texts   []textEntry // Sub, Dir, Dom, in order
	regexes []regexEntry
}

type spanEntry struct {
	span
	*Entry
}

type oddEntry struct {
	network
	*Entry
}

type textEntry struct {
	text []byte
	*Entry
}

type regexEntry struct {
	re *sample.Regex
	*Entry
}

// options are the flags that a pattern was written under.
type options struct {
	method  Method
	fold    bool
	op      operator
	dotted  bool
	resolve func(string) (netip.Addr, error)
}

// newIndex returns an empty index.
func newIndex(o options) *Index { return &Index{method: o.method, fold: o.fold, dotted: o.dotted} }

// Len returns the number of patterns.
func (x *Index) Len() int { return x.n }

// add takes a pattern in while the index is made.
func (x *Index) add(e *Entry, o options) error {
	x.n++
	switch x.method {
	case Int, Len:
		s, err := parseSpan(e.Text, o.op, o.dotted)
		if err != nil {
			return err
		}
		if s.low != s.high {
			x.spans = append(x.spans, spanEntry{s, e})
			return nil
		}
		if x.ints == nil {
			x.ints = make(map[int64]*Entry)
		}
		if x.ints[s.low] == nil {
			x.ints[s.low] = e
		}
	case IP:
		return x.addNet(e, o)
	case Bin:
		b, err := sample.ParseHex([]byte(e.Text))
		if err != nil {
			return err
		}
		x.addExact(string(b), e)
	case Str:
		x.addExact(x.folded(e.Text), e)
	case Beg, End:
		x.addExact(x.folded(e.Text), e)
		x.addLength(len(e.Text))
	case Sub:
		x.texts = append(x.texts, textEntry{[]byte(x.folded(e.Text)), e})
	case Dir, Dom:
		x.texts = append(x.texts, textEntry{trimDelimiters([]byte(x.folded(e.Text)), x.method), e})
	case Reg:
		re, err := sample.CompileRegex(e.Text, o.fold)
		if err != nil {
			return err
		}
		x.regexes = append(x.regexes, regexEntry{re, e})
	}
	return nil
}

func (x *Index) addNet(e *Entry, o options) error {
	n, err := parseNetwork(e.Text, o.resolve)
	if err != nil {
		return err
	}
	if n.odd {
		x.odd = append(x.odd, oddEntry{n, e})
		return nil
	}
	if x.nets == nil {
		x.nets = new(bart.Table[*Entry])
	}
	if _, dup := x.nets.Get(n.prefix); !dup {
		x.nets.Insert(n.prefix, e)
	}
	return nil
}

func (x *Index) addExact(key string, e *Entry) {
	if x.exact == nil {
		x.exact = make(map[string]*Entry)
	}
	if x.exact[key] == nil {
		x.exact[key] = e
	}
}

// addLength keeps the lengths sorted, longest first.
func (x *Index) addLength(n int) {
	at := 0
	for at < len(x.lengths) && x.lengths[at] > n {
		at++
	}
	if at < len(x.lengths) && x.lengths[at] == n {
		return
	}
	x.lengths = append(x.lengths, 0)
	copy(x.lengths[at+1:], x.lengths[at:])
	x.lengths[at] = n
}

func (x *Index) folded(text string) string {
	if x.fold {
		return strings.ToLower(text)
	}
	return text
}

// Find returns the pattern that matches v, which has the type that the method looks at; nil when none does. Where the
// order of a file counts it is the first one, for addresses and beginnings the longest.
func (x *Index) Find(v *value.Value, a *buf.Arena) *Entry {
	switch x.method {
	case Int:
		return x.findInt(v.Int)
	case Len:
		return x.findInt(int64(len(v.Bytes)))
	case IP:
		return x.findIP(v.IP)
	case Bin:
		return x.exact[string(v.Bytes)]
	case Reg:
		for i := range x.regexes {
			if x.regexes[i].re.Match(v.Bytes, a) {
				return x.regexes[i].Entry
			}
		}
		return nil
	}
	b := v.Bytes
	if x.fold {
		b = lower(b, a)
	}
	return x.findText(b)
}

func (x *Index) findInt(n int64) *Entry {
	if e := x.ints[n]; e != nil {
		return e
	}
	for i := range x.spans {
		if x.spans[i].has(n) {
			return x.spans[i].Entry
		}
	}
	return nil
}

// findIP looks an address up in its own family, and then in the other one where it has a form there.
func (x *Index) findIP(ip netip.Addr) *Entry {
	if x.nets != nil {
		if e, ok := x.nets.Lookup(ip); ok {
			return e
		}
	}
	v4, is4 := value.Embedded4(ip)
	if x.nets != nil {
		if ip.Is4() {
			if e, ok := x.nets.Lookup(netip.AddrFrom16(ip.As16())); ok {
				return e
			}
		} else if is4 {
			if e, ok := x.nets.Lookup(v4); ok {
				return e
			}
		}
	}
	if is4 {
		for i := range x.odd {
			if x.odd[i].network.has(v4) {
				return x.odd[i].Entry
			}
		}
	}
	return nil
}

func (x *Index) findText(b []byte) *Entry {
	switch x.method {
	case Str:
		return x.exact[string(b)]
	case Beg:
		for _, n := range x.lengths {
			if n <= len(b) {
				if e := x.exact[string(b[:n])]; e != nil {
					return e
				}
			}
		}
	case End:
		for _, n := range x.lengths {
			if n <= len(b) {
				if e := x.exact[string(b[len(b)-n:])]; e != nil {
					return e
				}
			}
		}
	case Sub:
		for i := range x.texts {
			if bytes.Contains(b, x.texts[i].text) {
				return x.texts[i].Entry
			}
		}
	case Dir, Dom:
		for i := range x.texts {
			if hasWord(b, x.texts[i].text, x.method) {
				return x.texts[i].Entry
			}
		}
	}
	return nil
}

// lower returns b in lower case, b itself when it has no upper case letters.
func lower(b []byte, a *buf.Arena) []byte {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			out := a.Copy(b)
			for ; i < len(out); i++ {
				if c := out[i]; c >= 'A' && c <= 'Z' {
					out[i] = c + 'a' - 'A'
				}
			}
			return out
		}
	}
	return b
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
		begin, end := at+i, at+i+len(word)
		if (begin == 0 || delimiter(b[begin-1], m)) && (end == len(b) || delimiter(b[end], m)) {
			return true
		}
		at = begin + 1
	}
}
