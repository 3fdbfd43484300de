package pattern

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"sluice/internal/buf"
	"sluice/internal/sample"
)

// handful is the patterns of a state in the form that tests compare them in where they are only a few: it tells whether one of
// them matches, not which. Each begins with 8 bytes under a mask, so that hardly any of those that do not match costs more
// than one comparison; under fold the mask leaves out the bit in which the cases of a letter differ.
type handful struct {
	method Method
	fold   bool
	ready  bool // the patterns are here: the state need not be asked
	texts  []affix
	room   [2]affix     // of most texts
	finds  []buf.Needle // stand anywhere in a text
	spans  []span
	nets   []net4
	res    []*sample.Regex
}

// affix is a pattern that stands at one end of a text, or is all of it. The 8 bytes are those of that end.
type affix struct {
	word, mask uint64
	text       []byte
}

// net4 is a network of IPv4.
type net4 struct{ ip, mask uint32 }

// maxFolded is the longest pattern that is looked for anywhere in a text without regard to case.
const maxFolded = 32

// fill makes it of the patterns of a state; it is not ready when there are many, or when their method has none.
func (f *handful) fill(o *options, st *state) {
	*f = handful{method: o.method, fold: o.fold}
	f.texts = f.room[:0]
	if st.table != nil || st.long != nil || st.ranges != nil || len(st.line) > mostHandful || o.verbs && o.fold {
		return
	}
	f.ready = true
	for i := range st.line {
		f.ready = f.ready && f.take(&st.line[i])
	}
}

// mostHandful is up to how many patterns are one.
const mostHandful = 8

// take adds a pattern; false when it has no such form.
func (f *handful) take(p *pat) bool {
	switch f.method {
	case Str, Beg:
		word := head(p.text)
		f.texts = append(f.texts, affix{word, f.mask(word) & low(len(p.text)), p.text})
	case End:
		word := tail(p.text)
		f.texts = append(f.texts, affix{word, f.mask(word) &^ low(8-len(p.text)), p.text})
	case Sub, Dir, Dom:
		if n := len(p.text); n == 0 || f.fold && n > maxFolded {
			return false
		}
		f.finds = append(f.finds, buf.NewNeedle(p.text, f.fold))
	case Int, Len:
		f.spans = append(f.spans, p.span)
	case IP:
		if p.net.odd || !p.net.prefix.Addr().Is4() {
			return false
		}
		n := net4{word(p.net.prefix.Addr()), ^uint32(0) << (32 - p.net.prefix.Bits())}
		n.ip &= n.mask
		f.nets = append(f.nets, n)
	case Reg:
		f.res = append(f.res, p.re)
	default:
		return false
	}
	return true
}

// mask leaves out the bits in which the cases of the letters among 8 bytes differ.
func (f *handful) mask(word uint64) uint64 {
	m := ^uint64(0)
	if !f.fold {
		return m
	}
	for i := 0; i < 64; i += 8 {
		if c := byte(word >> i); c >= 'a' && c <= 'z' {
			m &^= 0x20 << i
		}
	}
	return m
}

// low is the mask of the first n of 8 bytes.
func low(n int) uint64 {
	switch {
	case n <= 0:
		return 0
	case n >= 8:
		return ^uint64(0)
	}
	return 1<<(8*n) - 1
}

// head returns the first 8 bytes of b, and zeros behind its end.
func head(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return short8(b)
}

// short8 returns fewer than 8 bytes as the first ones of 8.
func short8(b []byte) uint64 {
	n := len(b)
	switch {
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	case n > 0:
		return uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
	}
	return 0
}

// tail returns the last 8 bytes of b, and zeros before its beginning.
func tail(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b[len(b)-8:])
	}
	return short8(b) << (8 * (8 - len(b)))
}

// text reports whether one of the patterns matches b. Those of Int and IP match no text.
func (f *handful) text(b []byte, a *buf.Arena) bool {
	switch f.method {
	case Str:
		return f.whole(b)
	case Beg:
		return f.begins(b)
	case End:
		return f.ends(b)
	case Sub, Dir, Dom:
		for i := range f.finds {
			if f.holds(&f.finds[i], b) {
				return true
			}
		}
	case Len:
		return f.number(int64(len(b)))
	case Reg:
		for _, re := range f.res {
			if re.Match(b, a) {
				return true
			}
		}
	}
	return false
}

func (f *handful) whole(b []byte) bool {
	w := head(b)
	for i := range f.texts {
		p := &f.texts[i]
		if len(p.text) == len(b) && (w^p.word)&p.mask == 0 && (len(b) <= 8 || f.same(b[8:], p.text[8:])) {
			return true
		}
	}
	return false
}

func (f *handful) begins(b []byte) bool {
	w := head(b)
	for i := range f.texts {
		p := &f.texts[i]
		n := len(p.text)
		if (w^p.word)&p.mask == 0 && len(b) >= n && (n <= 8 || f.same(b[8:n], p.text[8:])) {
			return true
		}
	}
	return false
}

func (f *handful) ends(b []byte) bool {
	w := tail(b)
	for i := range f.texts {
		p := &f.texts[i]
		n := len(p.text)
		if (w^p.word)&p.mask == 0 && len(b) >= n && (n <= 8 || f.same(b[len(b)-n:len(b)-8], p.text[:n-8])) {
			return true
		}
	}
	return false
}

// holds reports whether a text stands in b, between delimiters where the method asks for them.
func (f *handful) holds(x *buf.Needle, b []byte) bool {
	for at := 0; ; at++ {
		i := x.Index(b[at:])
		if i < 0 {
			return false
		}
		if at += i; f.method == Sub || stands(b, at, at+x.Len(), f.method) {
			return true
		}
	}
}

// same compares bytes of a text with as many of a pattern.
func (f *handful) same(b, text []byte) bool {
	if f.fold {
		return equalFold(text, b)
	}
	return bytes.Equal(b, text)
}

// number reports whether one of the ranges holds n.
func (f *handful) number(n int64) bool {
	for _, s := range f.spans {
		if s.has(n) {
			return true
		}
	}
	return false
}

// address reports whether one of the networks holds an IPv4 address.
func (f *handful) address(ip netip.Addr) bool {
	w := word(ip)
	for _, n := range f.nets {
		if w&n.mask == n.ip {
			return true
		}
	}
	return false
}
