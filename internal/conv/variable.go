package conv

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// variableRows are the converters that set variables and pass on what came in.
func variableRows() []sample.Conv {
	return []sample.Conv{
		{Name: "set-var", Doc: "Stores the sample in a variable, under conditions.", Args: "string[,string,string,string,string]", In: value.Any, Out: value.Any, Bind: bindSetVar, Keeps: true},
		{Name: "unset-var", Doc: "Removes a variable.", Args: "string", In: value.Any, Out: value.Any, Bind: bindUnsetVar},
	}
}

func bindSetVar(a sample.Args, e *sample.Env) (sample.Func, error) {
	words := make([]string, len(a))
	for i := range a {
		words[i] = string(a[i].Str)
	}
	to, err := sample.NewAssign(words, e)
	if err != nil {
		return nil, err
	}
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return to.Set(s, v) }, nil
}

// bindUnsetVar passes the sample on whether there was such a variable or not.
func bindUnsetVar(a sample.Args, e *sample.Env) (sample.Func, error) {
	to, err := sample.NewAssign([]string{string(a[0].Str)}, e)
	if err != nil {
		return nil, err
	}
	return func(s *proxy.Stream, _ sample.Args, _ *value.Value) bool {
		s.UnsetVar(to.Ref)
		return true
	}, nil
}
