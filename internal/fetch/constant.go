package fetch

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// constantRows are the fetches of 7.3.2 whose value is written in the configuration, and the variables.
func constantRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "always_false", Doc: "Always false.", Out: value.Bool, Uses: sample.Constant, Eval: no},
		{Name: "always_true", Doc: "Always true.", Out: value.Bool, Uses: sample.Constant, Eval: yes},
		{Name: "bin", Doc: "Bytes given in hexadecimal digits.", Args: "string", Out: value.Bin, Uses: sample.Constant, Eval: constBin, Check: checkHex},
		{Name: "bool", Doc: "A boolean given as true, false, 1 or 0.", Args: "string", Out: value.Bool, Uses: sample.Constant, Eval: constBool, Check: checkBool},
		{Name: "int", Doc: "An integer.", Args: "integer", Out: value.Sint, Uses: sample.Constant, Eval: constInt},
		{Name: "ipv4", Doc: "An IPv4 address.", Args: "IPv4 address", Out: value.IPv4, Uses: sample.Constant, Eval: constIP},
		{Name: "ipv6", Doc: "An IPv6 address.", Args: "IPv6 address", Out: value.IPv6, Uses: sample.Constant, Eval: constIP},
		{Name: "meth", Doc: "An HTTP method.", Args: "string", Out: value.Meth, Uses: sample.Constant, Eval: constMeth},
		{Name: "str", Doc: "A string.", Args: "string", Out: value.Str, Uses: sample.Constant, Eval: constStr},
		{Name: "var", Doc: "A variable, or the second argument while it is not set.", Args: "string[,string]", Out: value.Any, Uses: sample.Constant, Eval: variable, Check: checkVar},
	}
}

func yes(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(true)
	return true
}

func no(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(false)
	return true
}

func constBin(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetBin(a[0].Str)
	return true
}

// checkHex turns the digits into the bytes they stand for.
func checkHex(a sample.Args, _ *sample.Env) error {
	b, err := sample.ParseHex(a[0].Str)
	a[0].Str = b
	return err
}

func constBool(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetBool(a[0].Int != 0)
	return true
}

func checkBool(a sample.Args, _ *sample.Env) error {
	switch strings.ToLower(string(a[0].Str)) {
	case "true", "1":
		a[0].Int = 1
	case "false", "0":
	default:
		return errors.New("Expects 'true', 'false', '0' or '1'")
	}
	return nil
}

func constInt(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetInt(a[0].Int)
	return true
}

func constIP(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetIP(a[0].IP)
	return true
}

func constMeth(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetMethod(value.LookupMethod(a[0].Str), a[0].Str)
	return true
}

func constStr(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetStr(a[0].Str)
	return true
}

func variable(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if s.GetVar(a[0].Var, v) {
		v.Flags |= value.Const
		return true
	}
	if len(a) > 1 {
		v.SetStr(a[1].Str)
		return true
	}
	return false
}

func checkVar(a sample.Args, e *sample.Env) error {
	ref, err := e.Var(string(a[0].Str))
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	a[0].Var = ref
	return nil
}
