package check

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// setVar is a step that sets a variable, by an expression or by a format (configuration.txt 4.2, tcp-check set-var).
type setVar struct {
	noted
	to     sample.Assign
	expr   *sample.Expr
	format *sample.Format // nil: expr
}

// Run sets the variable. Without a sample it stays as it is.
func (a *setVar) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	show(x)
	v := x.Stream.Borrow()
	defer x.Stream.Return()
	if a.format != nil {
		v.SetStr(x.Stream.Render(a.format))
		a.to.Set(x.Stream, v)
	} else if a.expr.Eval(x.Stream, v) {
		a.to.Set(x.Stream, v)
	}
	return proxy.CheckNext
}

func (a *setVar) describe() string { return "action" }

// unsetVar is a step that removes a variable.
type unsetVar struct {
	noted
	of sample.Assign
}

// Run removes the variable.
func (a *unsetVar) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	a.of.Unset(x.Stream)
	return proxy.CheckNext
}

func (a *unsetVar) describe() string { return "action" }
