package sample

import (
	"regexp/syntax"
	"slices"

	"sluice/internal/buf"
)

// literals are texts of which every match of an expression holds at least one. Most expressions are searched in texts without a
// match, and looking for a few texts is many times faster than the search.
type literals struct {
	texts []buf.Needle
	whole bool // each of them is a match by itself
	plain bool // they are ASCII, so that they are the same in a text that is widened
}

// fewLiterals is up to how many texts are looked for.
const fewLiterals = 8

// literalsOf returns the literals of an expression in the dialect of the linear engine, nil when it has none.
func literalsOf(pattern string) *literals {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	texts, whole := required(tree)
	if shortest(texts) == 0 {
		return nil
	}
	l := &literals{whole: whole, plain: true}
	for _, t := range texts {
		l.texts = append(l.texts, buf.NewNeedle([]byte(t), false))
		l.plain = l.plain && ascii(t)
	}
	return l
}

// in reports whether b holds one of the texts.
func (l *literals) in(b []byte) bool {
	for i := range l.texts {
		if l.texts[i].Index(b) >= 0 {
			return true
		}
	}
	return false
}

// required returns texts of which every match of a tree holds one, none when there is no such list. whole says that the tree
// matches these texts and nothing else.
func required(tree *syntax.Regexp) (texts []string, whole bool) {
	switch tree.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		if tree.Flags&syntax.FoldCase != 0 {
			return nil, false
		}
		return []string{string(tree.Rune)}, true
	case syntax.OpCharClass:
		return members(tree.Rune)
	case syntax.OpCapture:
		return required(tree.Sub[0])
	case syntax.OpPlus:
		texts, _ = required(tree.Sub[0])
	case syntax.OpRepeat:
		if tree.Min > 0 {
			texts, _ = required(tree.Sub[0])
		}
	case syntax.OpAlternate:
		return alternatives(tree.Sub)
	case syntax.OpConcat:
		return sequence(tree.Sub)
	}
	return texts, false
}

// members are the characters of a small class.
func members(ranges []rune) (texts []string, whole bool) {
	for i := 0; i < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i])+len(texts) >= fewLiterals {
			return nil, false
		}
		for c := ranges[i]; c <= ranges[i+1]; c++ {
			texts = append(texts, string(c))
		}
	}
	return texts, true
}

func alternatives(subs []*syntax.Regexp) (texts []string, whole bool) {
	whole = true
	for _, sub := range subs {
		more, all := required(sub)
		if len(more) == 0 || len(texts)+len(more) > fewLiterals {
			return nil, false
		}
		texts, whole = append(texts, more...), whole && all
	}
	return texts, whole
}

// sequence joins neighbours whose texts are known, and takes the part that tells most.
func sequence(subs []*syntax.Regexp) (texts []string, whole bool) {
	var best []string
	run, whole := []string{""}, true
	take := func(part []string) {
		if shortest(part) > shortest(best) {
			best = part
		}
	}
	for _, sub := range subs {
		next, all := required(sub)
		switch {
		case all && len(run)*len(next) <= fewLiterals:
			run = product(run, next)
			continue
		case all:
			take(run)
			run, whole = next, false
			continue
		}
		whole = false
		take(run)
		take(next)
		run = []string{""}
	}
	if whole {
		return run, true
	}
	take(run)
	return best, false
}

func product(a, b []string) (out []string) {
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// shortest is the length of the shortest text, 0 when there is none.
func shortest(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	return len(slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) }))
}
