package sample

import (
	"regexp"
	"regexp/syntax"
)

// Inside returns the expression for text that does not begin where the whole text begins, as behind a first match: what
// is anchored at the beginning never matches there.
func (r *Regex) Inside() (*Regex, error) {
	if r.re == nil {
		in := *r
		in.inside = true
		return &in, nil
	}
	tree, err := syntax.Parse(r.re.String(), syntax.Perl)
	if err != nil {
		return nil, err
	}
	if !dropBegin(tree) {
		return r, nil
	}
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return nil, err
	}
	return &Regex{re: re, chain: chainOf(tree.String()), Text: r.Text, back: r.back, keep: r.keep, last: r.last, wide: r.wide, inside: true}, nil
}

// notBegin goes before text that is not the beginning of all, for the engine that goes back. No byte is that rune.
const notBegin = 0xffff

// dropBegin makes the beginning of the text in a tree match nothing, and reports whether it found any.
func dropBegin(tree *syntax.Regexp) bool {
	if tree.Op == syntax.OpBeginText {
		tree.Op = syntax.OpNoMatch
		return true
	}
	found := false
	for _, sub := range tree.Sub {
		found = dropBegin(sub) || found
	}
	return found
}
