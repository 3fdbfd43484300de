package sample

import (
	"bytes"
	"regexp/syntax"
)

// chain is an expression whose parts simply follow each other: texts, choices of texts, runs of bytes of a set, and groups
// around them, as most expressions of a configuration are. It finds what the linear engine finds, in a fraction of the time and
// without allocating; it goes back where a run may be shorter, and gives up before that takes long.
type chain struct {
	links  []link
	places int  // two for the whole and for each group
	begins bool // it only matches at the beginning
	prefix link // the text that it begins with there; without text when that is not known
	bare   bool // it is that text alone
	first  int  // the byte that a match begins with, -1 when that is not known
}

// link is one part.
type link struct {
	kind linkKind
	lazy bool // a run takes as little as it can
	fold bool // the case of the text's letters, which is lower case, does not count
	slot int  // of a mark
	text []byte

	texts [][]byte // of a choice, the preferred first

	set      [4]uint64
	except   int // the only byte that is not in set, -1 when there are more or fewer
	min, max int // of a run; max is noLimit without

	next int  // the byte that follows the run, -1 when that is not known
	ends bool // the end of the text follows the run
}

type linkKind uint8

const (
	linkText linkKind = iota
	linkChoice
	linkRun
	linkMark // a place to report
	linkBegin
	linkEnd
)

const (
	noLimit   = int(^uint(0) >> 1)
	maxGroups = 9
)

// chainOf returns the chain of an expression in the dialect of the linear engine, nil when it is none.
func chainOf(pattern string) *chain {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || tree.MaxCap() > maxGroups {
		return nil
	}
	c := &chain{places: 2 * (tree.MaxCap() + 1), first: -1}
	if !c.take(tree) {
		return nil
	}
	c.connect()
	return c
}

// take appends the links of a tree; false when it is no chain.
func (c *chain) take(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpEmptyMatch:
		return true
	case syntax.OpLiteral:
		l, ok := textLink(tree)
		c.links = append(c.links, l)
		return ok
	case syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		return c.run(tree, 1, 1, false)
	case syntax.OpStar:
		return c.run(tree.Sub[0], 0, noLimit, tree.Flags&syntax.NonGreedy != 0)
	case syntax.OpPlus:
		return c.run(tree.Sub[0], 1, noLimit, tree.Flags&syntax.NonGreedy != 0)
	case syntax.OpQuest:
		return c.run(tree.Sub[0], 0, 1, tree.Flags&syntax.NonGreedy != 0)
	case syntax.OpRepeat:
		most := tree.Max
		if most < 0 {
			most = noLimit
		}
		return c.run(tree.Sub[0], tree.Min, most, tree.Flags&syntax.NonGreedy != 0)
	case syntax.OpBeginText:
		c.links = append(c.links, link{kind: linkBegin})
		return true
	case syntax.OpEndText:
		c.links = append(c.links, link{kind: linkEnd})
		return true
	case syntax.OpCapture:
		c.links = append(c.links, link{kind: linkMark, slot: 2 * tree.Cap})
		ok := c.take(tree.Sub[0])
		c.links = append(c.links, link{kind: linkMark, slot: 2*tree.Cap + 1})
		return ok
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			if !c.take(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		return c.choice(tree)
	}
	return false
}

// textLink makes the link of a literal.
func textLink(tree *syntax.Regexp) (link, bool) {
	l := link{kind: linkText, fold: tree.Flags&syntax.FoldCase != 0}
	for _, r := range tree.Rune {
		if r > 0xff || l.fold && r > 0x7f {
			return l, false
		}
		b := byte(r)
		if l.fold && b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		l.text = append(l.text, b)
	}
	return l, true
}

// choice appends a choice between texts.
func (c *chain) choice(tree *syntax.Regexp) bool {
	l := link{kind: linkChoice}
	for i, sub := range tree.Sub {
		switch sub.Op {
		case syntax.OpEmptyMatch:
			l.texts = append(l.texts, nil)
			continue
		case syntax.OpLiteral:
			one, ok := textLink(sub)
			if !ok || i > 0 && one.fold != l.fold {
				return false
			}
			l.fold = one.fold
			l.texts = append(l.texts, one.text)
			continue
		}
		return false
	}
	c.links = append(c.links, l)
	return true
}

// run appends a run of what one character matches.
func (c *chain) run(tree *syntax.Regexp, least, most int, lazy bool) bool {
	l := link{kind: linkRun, lazy: lazy, min: least, max: most}
	switch {
	case tree.Op == syntax.OpAnyChar:
		l.add(0, 0xff)
	case tree.Op == syntax.OpAnyCharNotNL:
		l.add(0, '\n'-1)
		l.add('\n'+1, 0xff)
	case tree.Op == syntax.OpCharClass:
		for i := 0; i < len(tree.Rune); i += 2 {
			l.add(tree.Rune[i], tree.Rune[i+1])
		}
	case tree.Op == syntax.OpLiteral && len(tree.Rune) == 1:
		text, ok := textLink(tree)
		if !ok {
			return false
		}
		b := rune(text.text[0])
		l.add(b, b)
		if text.fold && b >= 'a' && b <= 'z' {
			l.add(b-'a'+'A', b-'a'+'A')
		}
	default:
		return false
	}
	c.links = append(c.links, l)
	return true
}

func (l *link) add(from, to rune) {
	for r := from; r <= min(to, 0xff); r++ {
		l.set[r>>6] |= 1 << (r & 63)
	}
}

func (l *link) has(b byte) bool { return l.set[b>>6]>>(b&63)&1 != 0 }

// connect tells each run what follows it, and the chain what it begins with.
func (c *chain) connect() {
	for i := range c.links {
		if l := &c.links[i]; l.kind == linkRun {
			l.next, l.ends = c.follows(i + 1)
			l.except = -1
			n := 0
			for b := range 256 {
				if !l.has(byte(b)) {
					l.except = b
					n++
				}
			}
			if n != 1 {
				l.except = -1
			}
		}
	}
	c.first, _ = c.follows(0)
	for i := range c.links {
		if k := c.links[i].kind; k != linkMark {
			c.begins = k == linkBegin
			if i++; c.begins && i < len(c.links) && c.links[i].kind == linkText {
				c.prefix, c.bare = c.links[i], i+1 == len(c.links)
			}
			break
		}
	}
}

// follows returns the byte that what matches from link i on begins with, -1 when it is not known, and whether that is the end.
func (c *chain) follows(i int) (next int, ends bool) {
	for ; i < len(c.links); i++ {
		switch l := &c.links[i]; l.kind {
		case linkMark:
			continue
		case linkText:
			if b := l.text[0]; !l.fold || b < 'a' || b > 'z' {
				return int(b), false
			}
		case linkEnd:
			return -1, true
		}
		return -1, false
	}
	return -1, false
}

// walk is one search.
type walk struct {
	links []link
	b     []byte
	at    *Found // where to report places, nil for nowhere
	left  int    // steps until it gives up
}

// steps is how many steps a search of n bytes may take: more than any expression needs that does not go back over and over.
func steps(n int) int { return 64 + 8*n }

// find searches b. It reports whether there is a match, whose places are then in at, unless that is nil; known is false when it
// gave up.
func (c *chain) find(at *Found, b []byte) (found, known bool) {
	if len(c.prefix.text) > 0 {
		if !hasText(b, c.prefix.text, c.prefix.fold) {
			return false, true
		}
		if c.bare && at == nil {
			return true, true
		}
	}
	w := walk{c.links, b, at, steps(len(b))}
	if at != nil {
		at[0] = 0
	}
	if c.begins {
		found = w.from(0, 0)
		return found, w.left >= 0
	}
	for start := 0; start <= len(b); start++ {
		if c.first >= 0 {
			i := bytes.IndexByte(b[start:], byte(c.first))
			if i < 0 {
				return false, true
			}
			start += i
		}
		if at != nil {
			at[0] = start
		}
		if w.from(0, start) {
			return true, w.left >= 0
		}
		if w.left < 0 {
			return false, false
		}
	}
	return false, true
}

// from matches the links from i on at pos.
func (w *walk) from(i, pos int) bool {
	if w.left--; w.left < 0 {
		return false
	}
	for ; i < len(w.links); i++ {
		switch l := &w.links[i]; l.kind {
		case linkText:
			if !hasText(w.b[pos:], l.text, l.fold) {
				return false
			}
			pos += len(l.text)
		case linkRun:
			return w.run(l, i+1, pos)
		case linkMark:
			if w.at != nil {
				w.at[l.slot] = pos // every match passes here, so what a wrong way leaves is overwritten
			}
		case linkChoice:
			for _, t := range l.texts {
				if hasText(w.b[pos:], t, l.fold) && w.from(i+1, pos+len(t)) {
					return true
				}
			}
			return false
		case linkBegin:
			if pos != 0 {
				return false
			}
		case linkEnd:
			if pos != len(w.b) {
				return false
			}
		}
	}
	if w.at != nil {
		w.at[1] = pos
	}
	return true
}

func hasText(b, text []byte, fold bool) bool {
	if len(b) < len(text) {
		return false
	}
	if !fold {
		return string(b[:len(text)]) == string(text)
	}
	for i, c := range text {
		have := b[i]
		if have >= 'A' && have <= 'Z' {
			have += 'a' - 'A'
		}
		if have != c {
			return false
		}
	}
	return true
}

// run matches a run at pos and the links from i on behind it.
func (w *walk) run(l *link, i, pos int) bool {
	longest := w.longest(l, pos)
	w.left -= longest / 8
	if longest < l.min {
		return false
	}
	if l.ends { // what follows the end takes nothing: only a run up to it will do
		rest := len(w.b) - pos
		return rest <= longest && rest >= l.min && w.from(i, pos+rest)
	}
	if l.lazy {
		for n := l.min; n <= longest && w.left >= 0; n++ {
			if w.from(i, pos+n) {
				return true
			}
		}
		return false
	}
	for n := longest; n >= l.min && w.left >= 0; n-- {
		if l.next >= 0 {
			end := min(pos+n+1, len(w.b))
			last := bytes.LastIndexByte(w.b[pos+l.min:end], byte(l.next))
			if last < 0 {
				return false
			}
			n = l.min + last
		}
		if w.from(i, pos+n) {
			return true
		}
	}
	return false
}

// longest returns how many bytes at pos the set of l holds, up to its limit.
func (w *walk) longest(l *link, pos int) int {
	rest := w.b[pos:]
	if len(rest) > l.max {
		rest = rest[:l.max]
	}
	if l.except >= 0 {
		if n := bytes.IndexByte(rest, byte(l.except)); n >= 0 {
			return n
		}
		return len(rest)
	}
	for n, b := range rest {
		if !l.has(b) {
			return n
		}
	}
	return len(rest)
}
