package sample

import (
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Func is what runs for a keyword. A fetch fills v, which comes zeroed but for Iterate and Cursor; a converter changes
// v, which has the type of the row's In. It reports false when there is no such sample; with v.Flags holding MayChange
// that may still become true. What it makes up lives in the stream's arena.
type Func func(s *proxy.Stream, a Args, v *value.Value) bool

// Fetch is the row of one sample fetch.
type Fetch struct {
	Name string
	Doc  string     // one sentence
	Args string     // as the list of keywords prints it between the parentheses, e.g. "string[,integer]"
	Out  value.Type // type of the sample; Any when it is known at run time only
	Uses Source     // the data it draws on, which decides where it may be used
	Says Source     // what messages about a wrong place name instead, where HAProxy's do; 0 for Uses
	Eval Func
	// Text, when not nil, gives the same as texts in memory, and takes the place of Eval where that is nil. Reply, when not
	// nil, is Text where the expression is used on a response.
	Text, Reply Text
	// Check, when not nil, looks at the arguments after they were parsed and may convert them. Its error is shown behind
	// "invalid args in fetch method".
	Check func(a Args, e *Env) error
	// Bind, when not nil, replaces Eval by a function made for the arguments.
	Bind func(a Args, e *Env) (Func, error)
}

// Conv is the row of one converter.
type Conv struct {
	Name  string
	Doc   string // one sentence
	Args  string
	In    value.Type
	Out   value.Type // Same: what came in
	Eval  Func
	Check func(a Args, e *Env) error
	Bind  func(a Args, e *Env) (Func, error)
	// Keeps says that the converter stores something that outlives the expression (set-var, capture-req), so that the
	// memory of an evaluation whose result is thrown away must not be taken back.
	Keeps bool
}

// ACLKeyword is an ACL-specific name for a fetch and a matching method, such as path_beg.
type ACLKeyword struct {
	Name  string
	Doc   string // one sentence
	Fetch string // name of the sample fetch
	Match string // name of the matching method, as after -m
	// Dotted says that patterns may be versions, "3.1", which stand for the major number times 65536 plus the minor one.
	Dotted bool
	// Each, when not nil, replaces the fetch where the keyword's own method is used: it gives what patterns are compared
	// with, one after the other.
	Each Func
	// Verify, when not nil, looks at the patterns once the arguments of the fetch are resolved.
	Verify func(a Args, patterns []string) error
}
