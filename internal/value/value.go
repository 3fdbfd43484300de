// Package value is the typed data that sample fetches produce and converters change (configuration.txt 7.3): seven
// types, how they cast into each other, and how they print.
package value

import "net/netip"

// Type is the type of a Value.
type Type uint8

// The types of configuration.txt 7.3. Any and Same only describe what a keyword accepts or returns; Addr stands for
// IPv4 or IPv6 there.
const (
	Any Type = iota
	Same
	Bool
	Sint
	Addr
	IPv4
	IPv6
	Str
	Bin
	Meth
	NTypes
)

var typeNames = [NTypes]string{"any", "same", "bool", "sint", "addr", "ipv4", "ipv6", "str", "bin", "meth"}

// String returns the type's name as HAProxy prints it.
func (t Type) String() string { return typeNames[t] }

// Flags describe how long a Value stays true and who owns its bytes.
type Flags uint8

// The flags.
const (
	Const     Flags = 1 << iota // Bytes belong to somebody else: copy before changing them
	MayChange                   // more input may change it: not final yet (inspection may wait)
	Volatile                    // another evaluation may give another result (never cache)
	NotLast                     // the fetch has further occurrences for an ACL to try
	Iterate                     // asked for by the caller: give one occurrence after the other, from Cursor on
)

// Value is one sample. Which fields count depends on Type: Int for Bool (0 or 1), Sint; IP for IPv4 and IPv6;
// Bytes for Str and Bin, and the name of a Meth whose Method is OtherMethod.
type Value struct {
	Type   Type
	Flags  Flags
	Method Method
	Cursor int64 // where a fetch goes on when it is called again with Iterate; it belongs to the fetch
	Int    int64
	IP     netip.Addr
	Bytes  []byte
}

// SetBool makes v a Bool.
func (v *Value) SetBool(b bool) {
	v.Type, v.Int = Bool, 0
	if b {
		v.Int = 1
	}
}

// SetInt makes v a Sint.
func (v *Value) SetInt(n int64) { v.Type, v.Int = Sint, n }

// SetStr makes v a Str of bytes that belong to somebody else and live as long as the stream.
func (v *Value) SetStr(b []byte) {
	v.Type, v.Bytes = Str, b
	v.Flags |= Const
}

// SetBin makes v a Bin of bytes that belong to somebody else and live as long as the stream.
func (v *Value) SetBin(b []byte) {
	v.Type, v.Bytes = Bin, b
	v.Flags |= Const
}

// SetIP makes v an IPv4 or IPv6, as the form of ip says; an IPv4 address mapped to IPv6 stays as it is.
func (v *Value) SetIP(ip netip.Addr) {
	v.Type, v.IP = IPv6, ip
	if ip.Is4() {
		v.Type = IPv4
	}
}

// SetMethod makes v a Meth of a name.
func (v *Value) SetMethod(m Method, name []byte) {
	v.Type, v.Method, v.Bytes = Meth, m, name
	v.Flags |= Const
}

// True reports whether a Bool or Sint is not zero.
func (v *Value) True() bool { return v.Int != 0 }

// Method is an HTTP method, for fast comparison.
type Method uint8

// The methods that HAProxy numbers; every other is OtherMethod.
const (
	OtherMethod Method = iota
	OPTIONS
	GET
	HEAD
	POST
	PUT
	DELETE
	TRACE
	CONNECT
	NMethods
)

var methodNames = [NMethods]string{"", "OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"}

// String returns the method's name, "" for OtherMethod.
func (m Method) String() string { return methodNames[m] }

// LookupMethod returns the number of a method. Methods are case sensitive (RFC 9110 9.1).
func LookupMethod(b []byte) Method {
	switch string(b) {
	case "GET":
		return GET
	case "POST":
		return POST
	case "HEAD":
		return HEAD
	case "PUT":
		return PUT
	case "DELETE":
		return DELETE
	case "OPTIONS":
		return OPTIONS
	case "TRACE":
		return TRACE
	case "CONNECT":
		return CONNECT
	}
	return OtherMethod
}
