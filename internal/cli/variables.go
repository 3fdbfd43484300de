package cli

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// variableCommands show and change the variables of the process (configuration.txt 2.8; management.txt 9.3).
func variableCommands() []Command {
	return []Command{
		{Name: "get var", Args: "<name>", Doc: "Retrieve contents of a process-wide variable.", Run: getVar},
		{Name: "set var", Args: "<name> [fmt|expr] {<fmt>|<expr>}", Doc: "Set variable from an expression or a format.", Access: Admin, Experimental: true, Run: setVar},
	}
}

const noVarName = "Missing process-wide variable identifier."

func getVar(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail(noVarName)
		return
	}
	ref, err := s.srv.Proc.VarNames.ParseVar(args[0])
	var v value.Value
	if err != nil || ref.Scope != proxy.ScopeProc || !s.srv.Proc.Vars.Get(ref.ID, &v) {
		s.Fail("Variable not found.")
		return
	}
	kind := v.Type
	if v.Type == value.Bool { // shown as a number
		v.Type = value.Sint
	}
	s.Printf("%s: type=%s value=<", args[0], kind)
	s.out.Write(v.Append(nil))
	s.Printf(">\n")
}

func setVar(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail(noVarName)
		return
	}
	env := &sample.Env{Reg: s.srv.Samples, Names: s.srv.Proc.VarNames, Where: sample.CLI, What: "set-var(" + args[0] + ")"}
	ref, err := env.Var(args[0])
	words := args[1:]
	switch {
	case err != nil:
		s.Fail(err.Error())
		return
	case ref.Scope != proxy.ScopeProc:
		s.Fail("'set var': cannot set variable '" + printable(args[0]) + "', only scope 'proc' is permitted here.")
		return
	case len(words) == 0:
		s.Fail("Missing either 'expr', 'fmt' or expression.")
		return
	}
	snap := s.srv.snapshot()
	x := new(proxy.Stream)
	x.Reset()
	x.Snap = snap
	var v value.Value
	if words[0] == "fmt" && len(words) > 1 {
		f, err := sample.ParseFormat(words[1], sample.ForValue, env)
		if err != nil {
			s.Fail(err.Error())
			return
		}
		v.SetStr(f.Append(nil, x))
	} else {
		if words[0] == "expr" && len(words) > 1 {
			words = words[1:]
		}
		e, _, err := sample.ParseExpr(words, env)
		if err == nil {
			err = e.CheckPlace(env.Where)
		}
		if err != nil {
			s.Fail(err.Error())
			return
		}
		if !e.Eval(x, &v) {
			return
		}
	}
	if !s.srv.Proc.Vars.Set(ref.ID, &v, snap.Global.Tune.VarsProcMax) {
		s.Fail("The variable is too large (tune.vars.proc-max-size).")
	}
}
