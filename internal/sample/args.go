package sample

import (
	"net/netip"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sticktable"
)

// ArgType is the type of an argument, with the words of messages and of the list of keywords.
type ArgType uint8

// The types.
const (
	ArgString ArgType = iota
	ArgInt
	ArgTime
	ArgSize
	ArgFrontend
	ArgBackend
	ArgServer
	ArgTable
	ArgUserlist
	ArgIPv4
	ArgIPv6
	ArgMask4
	ArgMask6
	ArgRegex
	ArgProtobuf
	nArgTypes
)

var argTypeNames = [nArgTypes]string{"string", "integer", "delay", "size", "frontend", "backend", "server", "table",
	"user list", "IPv4 address", "IPv6 address", "IPv4 mask", "IPv6 mask", "regex", "Protocol buffers field number"}

// String returns the type as messages write it.
func (t ArgType) String() string { return argTypeNames[t] }

// implied says whether an argument of this type may be left out where it is mandatory: the proxy at hand is meant, or an
// empty string.
func (t ArgType) implied() bool {
	return t == ArgString || t == ArgFrontend || t == ArgBackend || t == ArgServer || t == ArgTable || t == ArgUserlist ||
		t == ArgRegex
}

// Arg is one argument. Which fields count depends on its type; a row's Check may fill others.
type Arg struct {
	Str     []byte   // the text, unquoted, whatever the type
	Field   msg.Name // name of a header field
	Type    ArgType
	Int     int64
	IP      netip.Addr
	Mask    int // prefix length
	Proxy   *proxy.Proxy
	Server  *proxy.Server
	Users   *proxy.Userlist
	Table   *sticktable.Table
	Regex   *Regex
	Var     proxy.VarRef
	IsVar   bool // Var counts
	Offset  int  // where it began in the text of the expression
	Numbers []uint32
}

// Args are the arguments of one use of a keyword. Arguments left out at the end are not there.
type Args []Arg

// Has reports whether argument i was given and is not empty.
func (a Args) Has(i int) bool { return i < len(a) && len(a[i].Str) > 0 }

// Str returns the text of argument i, nil when it was not given.
func (a Args) Str(i int) []byte {
	if i < len(a) {
		return a[i].Str
	}
	return nil
}

// Int returns argument i, 0 when it was not given.
func (a Args) Int(i int) int64 {
	if i < len(a) {
		return a[i].Int
	}
	return 0
}

// argSpec is a parsed Args column.
type argSpec struct {
	types []ArgType
	min   int
}

// parseSpec reads a column such as "string[,integer]". It panics on a mistake, since the columns are part of the
// program.
func parseSpec(keyword, text string) argSpec {
	var spec argSpec
	optional := false
	word := 0
	add := func(end int) {
		if end == word {
			return
		}
		name := text[word:end]
		for t, n := range argTypeNames {
			if n == name {
				spec.types = append(spec.types, ArgType(t))
				if !optional {
					spec.min++
				}
				return
			}
		}
		panic("sample: " + keyword + " has an argument of unknown type " + name)
	}
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ',' || text[i] == '[' || text[i] == ']' {
			add(i)
			word = i + 1
			if i < len(text) && text[i] == '[' {
				optional = true
			}
		}
	}
	return spec
}
