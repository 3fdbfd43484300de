package conv

import (
	"errors"
	"math"
	"math/bits"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// numberRows are the operators and tests of integers. Sums and products stop at the ends of what 64 bits hold.
func numberRows() []sample.Conv {
	return []sample.Conv{
		{Name: "add", Doc: "Adds a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(add), Check: checkOperand},
		{Name: "and", Doc: "Bits that are set in a number too.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(and), Check: checkOperand},
		{Name: "bool", Doc: "Whether a number is not zero.", In: value.Sint, Out: value.Bool, Eval: test(func(n int64) bool { return n != 0 })},
		{Name: "cpl", Doc: "Inverts all bits.", In: value.Sint, Out: value.Sint, Eval: unary(func(n int64) int64 { return ^n })},
		{Name: "div", Doc: "Divides by a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(div), Check: checkOperand},
		{Name: "even", Doc: "Whether a number is even.", In: value.Sint, Out: value.Bool, Eval: test(func(n int64) bool { return n&1 == 0 })},
		{Name: "mod", Doc: "Remainder of the division by a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(mod), Check: checkOperand},
		{Name: "mul", Doc: "Multiplies by a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(mul), Check: checkOperand},
		{Name: "neg", Doc: "Changes the sign.", In: value.Sint, Out: value.Sint, Eval: unary(neg)},
		{Name: "not", Doc: "Whether a number is zero.", In: value.Sint, Out: value.Bool, Eval: test(func(n int64) bool { return n == 0 })},
		{Name: "odd", Doc: "Whether a number is odd.", In: value.Sint, Out: value.Bool, Eval: test(func(n int64) bool { return n&1 != 0 })},
		{Name: "or", Doc: "Sets the bits of a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(or), Check: checkOperand},
		{Name: "sub", Doc: "Subtracts a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(sub), Check: checkOperand},
		{Name: "xor", Doc: "Inverts the bits of a number.", Args: "string", In: value.Sint, Out: value.Sint, Eval: binary(xor), Check: checkOperand},
	}
}

// checkOperand reads the operand: a number, nothing for 0, or the name of a variable.
func checkOperand(a sample.Args, e *sample.Env) error {
	if asVar(&a[0], e) {
		return nil
	}
	n, used := value.LeadingInt(a[0].Str)
	if used == 0 && len(a[0].Str) > 0 || used != len(a[0].Str) {
		return errors.New("expects an integer or a variable name")
	}
	a[0].Int = n
	return nil
}

// binary makes a converter of an operator.
func binary(op func(a, b int64) int64) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		n, ok := number(s, &a[0])
		if ok {
			v.SetInt(op(v.Int, n))
		}
		return ok
	}
}

func unary(op func(int64) int64) sample.Func {
	return func(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetInt(op(v.Int))
		return true
	}
}

func test(is func(int64) bool) sample.Func {
	return func(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetBool(is(v.Int))
		return true
	}
}

func and(a, b int64) int64 { return a & b }
func or(a, b int64) int64  { return a | b }
func xor(a, b int64) int64 { return a ^ b }

func add(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

func sub(a, b int64) int64 {
	diff := a - b
	switch {
	case a >= 0 && b < 0 && diff < 0:
		return math.MaxInt64
	case a < 0 && b > 0 && diff >= 0:
		return math.MinInt64
	}
	return diff
}

func mul(a, b int64) int64 {
	negative := a < 0 != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	switch {
	case negative && (hi != 0 || lo > 1<<63):
		return math.MinInt64
	case !negative && (hi != 0 || lo > math.MaxInt64):
		return math.MaxInt64
	case negative:
		return int64(-lo)
	}
	return int64(lo)
}

// magnitude returns the absolute value, which of the smallest number needs the 64th bit.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// div gives the largest number for a division by zero, and for the one quotient that 63 bits do not hold.
func div(a, b int64) int64 {
	if b == 0 || a == math.MinInt64 && b == -1 {
		return math.MaxInt64
	}
	return a / b
}

func mod(a, b int64) int64 {
	if b == 0 || b == -1 {
		return 0
	}
	return a % b
}

func neg(n int64) int64 {
	if n == math.MinInt64 {
		return math.MaxInt64
	}
	return -n
}
