package config

import (
	"fmt"
	"slices"
	"strings"
)

// An Option is a row: one word of those that may follow the main arguments of a line such as bind or server, with
// arguments of its own. T is what the options fill in.
type Option[T any] struct {
	Name string // "maxconn"
	Doc  string // one sentence
	Args int    // words that the option takes after its name, each of them required
	// More allows further words: the option takes as many as Parse returns. Parse sees everything that follows, and at
	// least Args words.
	More bool
	// Paren allows an argument in parentheses right behind the name; it is part of the word that Parse sees.
	Paren bool
	// Expects follows "'name' expects " when words are missing; empty means an argument. Missing, when set, is the whole
	// message behind "'name' : " instead.
	Expects, Missing string
	// Parse fills in t. word is the option's name, args its arguments; what it reports goes through l. With More it
	// returns how many words of args it took, otherwise anything.
	Parse  func(t T, l *Line, word Word, args []Word) int
	Status Status
}

// Options is a table of options that can be looked up.
type Options[T any] struct {
	rows  map[string]*Option[T]
	names []string
}

// NewOptions joins tables; it panics when two rows have the same name or a row has no function.
func NewOptions[T any](tables ...[]Option[T]) *Options[T] {
	o := &Options[T]{rows: map[string]*Option[T]{}}
	for _, t := range tables {
		for i := range t {
			row := &t[i]
			if o.rows[row.Name] != nil || row.Parse == nil {
				panic("config: option " + row.Name + " twice, or without function")
			}
			o.rows[row.Name] = row
			o.names = append(o.names, row.Name)
		}
	}
	return o
}

// Names returns the names of the options in the order of their tables, for -dKall.
func (o *Options[T]) Names() []string { return append([]string(nil), o.names...) }

// Rows returns the rows sorted by name.
func (o *Options[T]) Rows() []*Option[T] {
	rows := make([]*Option[T], 0, len(o.rows))
	for _, name := range slices.Sorted(slices.Values(o.names)) {
		rows = append(rows, o.rows[name])
	}
	return rows
}

// Find returns the row of a name, nil when there is none.
func (o *Options[T]) Find(name string) *Option[T] { return o.rows[name] }

// Walk gives each option among the words of a line its arguments, from the first word on. It stops at the first word that
// is no option, or lacks its arguments, and reports it: what, such as "'bind :80' in section 'listen'", begins the
// message. It says whether it reached the end.
func (o *Options[T]) Walk(t T, l *Line, words []Word, what string) bool {
	for len(words) > 0 {
		w := words[0]
		row := o.row(w.Value)
		if row == nil {
			l.Errorf(w, "%s: unknown keyword '%s'%s", what, w.Value, o.guess(l, w.Value))
			return false
		}
		if row.Status == Experimental && !l.exposed[Experimental] {
			l.Errorf(w, "%s : '%s' is experimental, must be allowed via a global 'expose-experimental-directives'", what, w.Value)
			return false
		}
		args := words[1:]
		if len(args) < row.Args && row.Missing != "" {
			l.Errorf(l.End(), "%s : '%s' : %s", what, w.Value, row.Missing)
			return false
		}
		if len(args) < row.Args {
			expects := row.Expects
			if expects == "" {
				expects = "an argument"
			}
			l.Errorf(l.End(), "%s : '%s' expects %s.", what, w.Value, expects)
			return false
		}
		take := row.Args
		if row.More {
			if n := row.Parse(t, l, w, args); n > take {
				take = min(n, len(args))
			}
		} else {
			row.Parse(t, l, w, args[:take])
		}
		words = args[take:]
	}
	return true
}

// row finds the option that a word names, alone or with an argument in parentheses.
func (o *Options[T]) row(word string) *Option[T] {
	if row := o.rows[word]; row != nil {
		return row
	}
	if i := strings.IndexByte(word, '('); i > 0 {
		if row := o.rows[word[:i]]; row != nil && row.Paren {
			return row
		}
	}
	return nil
}

func (o *Options[T]) guess(l *Line, name string) string {
	if s := absent(l.absent, l.Words[0].Value+" "+name); s != "" {
		return s
	}
	best := newSuggestion(name)
	for _, n := range o.names {
		best.offer(n)
	}
	return best.text()
}

// Suggest returns HAProxy's question after an unknown word, "; did you mean 'x' maybe ?", or nothing when no known word
// is near. It is for keywords that find their own words.
func Suggest(word string, known []string) string {
	best := newSuggestion(word)
	for _, k := range known {
		best.offer(k)
	}
	return best.text()
}

// Absent returns the end of a message about an unknown word when it is a keyword of HAProxy that this program lacks, or
// nothing. name is the whole keyword: "http-request lua.x". It is for keywords that find their own words.
func (l *Line) Absent(name string) string { return absent(l.absent, name) }

// OneOf lists words for a message: "'a', 'b' or 'c'".
func OneOf(words []string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "'%s'", w)
	}
	return b.String()
}
