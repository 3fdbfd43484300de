package pattern

import (
	"slices"

	"sluice/internal/value"
)

// Method is a matching method, the word after -m.
type Method uint8

// The methods.
const (
	Found Method = iota
	Bool
	Int
	IP
	Bin
	Len
	Str
	Beg
	Sub
	Dir
	Dom
	End
	Reg
	NMethods
)

var methodNames = [NMethods]string{"found", "bool", "int", "ip", "bin", "len", "str", "beg", "sub", "dir", "dom", "end", "reg"}

// String returns the method as the configuration spells it.
func (m Method) String() string { return methodNames[m] }

// LookupMethod returns the method of a name.
func LookupMethod(name string) (Method, bool) {
	i := slices.Index(methodNames[:], name)
	return Method(max(i, 0)), i >= 0
}

// input is the type that each method looks at.
var input = [NMethods]value.Type{
	Found: value.Any, Bool: value.Bool, Int: value.Sint, IP: value.Addr, Bin: value.Bin, Len: value.Str,
	Str: value.Str, Beg: value.Str, Sub: value.Str, Dir: value.Str, Dom: value.Str, End: value.Str, Reg: value.Str,
}

// Accepts reports whether the method can look at samples of a type.
func (m Method) Accepts(t value.Type) bool { return value.Castable(t, input[m]) }

// patterns says whether the method compares with patterns at all.
func (m Method) patterns() bool { return m != Found && m != Bool }

// methodOf returns the method that a type implies, false when one must be named.
func methodOf(t value.Type) (Method, bool) {
	switch t {
	case value.Bool:
		return Bool, true
	case value.Sint:
		return Int, true
	case value.Addr, value.IPv4, value.IPv6:
		return IP, true
	case value.Str:
		return Str, true
	}
	return Found, false
}
