package action

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// variableRows are the actions on variables.
func variableRows() []rule.Action {
	all := rule.TCPRequest | rule.TCPResponse | rule.HTTPRequest | rule.HTTPReply
	return []rule.Action{
		{Name: "set-var", Doc: "Sets a variable to the result of an expression.", Sets: all, Arg: true, Parse: parseSetVar},
		{Name: "set-var-fmt", Doc: "Sets a variable to the result of a format.", Sets: all, Arg: true, Parse: parseSetVarFmt},
		{Name: "unset-var", Doc: "Removes a variable.", Sets: all, Arg: true, Parse: parseUnsetVar},
	}
}

const varUsage = "Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'"

// names reads the words between the parentheses.
func names(p *rule.Parser) ([]string, error) {
	if p.Paren == "" {
		return nil, fmt.Errorf("invalid or incomplete action '%s'. %s", p.Word, varUsage)
	}
	in, ok := p.Arg()
	if !ok {
		return nil, fmt.Errorf("incomplete argument after action '%s'. %s", p.Word, varUsage)
	}
	return strings.Split(in, ","), nil
}

func assign(p *rule.Parser) (sample.Assign, error) {
	words, err := names(p)
	if err != nil {
		return sample.Assign{}, err
	}
	return sample.NewAssign(words, p.Env)
}

// setVar is set-var.
type setVar struct {
	to   sample.Assign
	expr *sample.Expr
}

// Run evaluates the expression and stores the result; without one the variable stays.
func (a *setVar) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	defer s.Return()
	if a.expr.Eval(s, v) {
		a.to.Set(s, v)
		return proxy.Continue
	}
	if v.Flags&value.MayChange != 0 && s.MayWait {
		return proxy.NeedInput
	}
	if s.Trace != nil {
		s.Trace.Rewrite("var "+a.to.Name, nil, nil)
	}
	return proxy.Continue
}

func parseSetVar(p *rule.Parser) (proxy.Action, error) {
	to, err := assign(p)
	if err != nil {
		return nil, err
	}
	e, err := p.ExprAs(rule.ExprUse{Name: p.Word, What: p.Env.What})
	if err != nil {
		return nil, err
	}
	return &setVar{to, e}, nil
}

// setVarFmt is set-var-fmt.
type setVarFmt struct {
	to     sample.Assign
	format *sample.Format
}

// Run stores the text that the format makes.
func (a *setVarFmt) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	text := render(s, a.format)
	v.SetStr(text)
	a.to.Set(s, v)
	done(s, text)
	s.Return()
	return proxy.Continue
}

func parseSetVarFmt(p *rule.Parser) (proxy.Action, error) {
	to, err := assign(p)
	if err != nil {
		return nil, err
	}
	if !p.More() {
		return nil, errors.New("missing log-format string")
	}
	f, err := p.Format(sample.ForValue)
	if err != nil {
		return nil, err
	}
	return &setVarFmt{to, f}, nil
}

// unsetVar is unset-var.
type unsetVar sample.Assign

// Run removes the variable.
func (a unsetVar) Run(s *proxy.Stream) proxy.Verdict {
	sample.Assign(a).Unset(s)
	return proxy.Continue
}

func parseUnsetVar(p *rule.Parser) (proxy.Action, error) {
	words, err := names(p)
	if err != nil {
		return nil, err
	}
	if len(words) > 1 {
		return nil, errors.New("unset-var does not expect parameters after the variable name. Only \"set-var\" and \"set-var-fmt\" manage conditions")
	}
	to, err := sample.NewAssign(words, p.Env)
	return unsetVar(to), err
}
