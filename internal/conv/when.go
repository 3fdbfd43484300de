package conv

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// whenRows are the condition in the middle of an expression.
func whenRows() []sample.Conv {
	return []sample.Conv{
		{Name: "when", Doc: "Passes the sample on while a condition holds.", Args: "string[,string,string]", In: value.Any, Out: value.Any, Bind: bindWhen},
	}
}

func bindWhen(a sample.Args, e *sample.Env) (sample.Func, error) {
	word, negated := strings.CutPrefix(string(a[0].Str), "!")
	holds, err := condition(word, a, e)
	if err != nil {
		return nil, err
	}
	return func(s *proxy.Stream, _ sample.Args, _ *value.Value) bool { return holds(s) != negated }, nil
}

// condition returns the test of a condition's name.
func condition(word string, a sample.Args, e *sample.Env) (func(*proxy.Stream) bool, error) {
	switch word {
	case "error":
		return (*proxy.Stream).Failed, nil
	case "normal":
		return func(s *proxy.Stream) bool { return !s.Failed() }, nil
	case "forwarded":
		return forwarded, nil
	case "toapplet":
		return answered, nil
	case "processed":
		return func(s *proxy.Stream) bool { return forwarded(s) || answered(s) }, nil
	case "stopping":
		return func(s *proxy.Stream) bool { return s.Snap != nil && s.Snap.Proc != nil && s.Snap.Proc.Stopping.Load() }, nil
	case "acl":
		return named(a, e)
	}
	return nil, fmt.Errorf("expects a supported keyword among {stopping,normal,error,forwarded,toapplet,processed,acl} but got '%s'", word)
}

// forwarded reports whether the stream went to a server.
func forwarded(s *proxy.Stream) bool { return s.Server != nil && s.Times.Connect >= 0 }

// answered reports whether a service of the proxy itself took the stream.
func answered(s *proxy.Stream) bool { return s.Log.Service != "" }

// named looks up the ACL of the second argument.
func named(a sample.Args, e *sample.Env) (func(*proxy.Stream) bool, error) {
	if !a.Has(1) {
		return nil, errors.New("'acl' selector requires an extra argument with the ACL name")
	}
	name := string(a[1].Str)
	if e.Condition == nil || strings.HasPrefix(name, "!") {
		return nil, fmt.Errorf("ACL '%s' not found", name)
	}
	cond, err := e.Condition([]string{name})
	if err != nil {
		return nil, fmt.Errorf("ACL '%s' not found", name)
	}
	return cond.Match, nil
}
