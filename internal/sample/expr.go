package sample

import (
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Expr is a compiled expression: a fetch and its converters. It is immutable and runs on any loop.
type Expr struct {
	fetch Func
	args  Args
	text  Text // nil for none
	reply bool // text is the response's
	convs []step

	row   *Fetch
	Text  string // as written
	Out   value.Type
	keeps bool
}

// step is one converter of an expression, with the cast before it.
type step struct {
	run  Func
	args Args
	in   value.Type
	row  *Conv
}

// Eval computes the expression for s into v and reports whether there is a sample. Of v only Iterate and Cursor are
// read. False with MayChange in v.Flags means that more input may bring one.
func (e *Expr) Eval(s *proxy.Stream, v *value.Value) bool {
	*v = value.Value{Flags: v.Flags & value.Iterate, Cursor: v.Cursor}
	if !e.fetch(s, e.args, v) {
		return false
	}
	for i := range e.convs {
		c := &e.convs[i]
		if v.Type != c.in && !v.Cast(c.in, &s.Arena) || !c.run(s, c.args, v) {
			v.Flags &= value.MayChange
			return false
		}
	}
	return true
}

// Convert applies the converters alone to what v holds, in place of the fetch.
func (e *Expr) Convert(s *proxy.Stream, v *value.Value) bool {
	for i := range e.convs {
		c := &e.convs[i]
		if !v.Cast(c.in, &s.Arena) || !c.run(s, c.args, v) {
			return false
		}
	}
	return true
}

// EvalAs computes the expression and casts the result to a type.
func (e *Expr) EvalAs(s *proxy.Stream, v *value.Value, to value.Type) bool {
	return e.Eval(s, v) && v.Cast(to, &s.Arena)
}

// Replace makes fn run instead of the fetch; for the compilation of ACLs only.
func (e *Expr) Replace(fn Func) { e.fetch, e.text = fn, nil }

// Args returns the arguments of the fetch.
func (e *Expr) Args() Args { return e.args }

// Row returns the row of the fetch.
func (e *Expr) Row() *Fetch { return e.row }

// Uses returns the data that the expression draws on.
func (e *Expr) Uses() Source { return e.row.Uses }

// Lacks is what messages about a wrong place say that there is none of.
func (e *Expr) Lacks() Source {
	if e.row.Says != 0 {
		return e.row.Says
	}
	return e.row.Uses
}

// Converted reports whether the expression has converters.
func (e *Expr) Converted() bool { return len(e.convs) > 0 }

// Keeps reports whether an evaluation stores something that outlives it, such as a variable.
func (e *Expr) Keeps() bool { return e.keeps }

// As evaluates any expression and casts the result to a type.
func As(e proxy.Expr, s *proxy.Stream, v *value.Value, to value.Type) bool {
	return e.Eval(s, v) && v.Cast(to, &s.Arena)
}
