package spop

import (
	"net/netip"

	"sluice/internal/value"
)

// The types of values, in the low four bits of their first byte, and the flag of a boolean that is true.
const (
	typeNull = iota
	typeBool
	typeInt32
	typeUint32
	typeInt64
	typeUint64
	typeIPv4
	typeIPv6
	typeString
	typeBinary

	typeMask = 0x0f
	flagTrue = 0x10
)

// AppendValue appends a typed value (SPOE.txt 3.1). A value without a type is NULL, a method its name.
func AppendValue(dst []byte, v *value.Value) []byte {
	switch v.Type {
	case value.Bool:
		if v.True() {
			return append(dst, typeBool|flagTrue)
		}
		return append(dst, typeBool)
	case value.Sint:
		return AppendVarint(append(dst, typeInt64), uint64(v.Int))
	case value.IPv4:
		a := v.IP.Unmap().As4()
		return append(append(dst, typeIPv4), a[:]...)
	case value.IPv6:
		a := v.IP.As16()
		return append(append(dst, typeIPv6), a[:]...)
	case value.Str:
		return AppendString(append(dst, typeString), v.Bytes)
	case value.Bin:
		return AppendString(append(dst, typeBinary), v.Bytes)
	case value.Meth:
		if v.Method != value.OtherMethod {
			return AppendString(append(dst, typeString), v.Method.String())
		}
		return AppendString(append(dst, typeString), v.Bytes)
	}
	return append(dst, typeNull)
}

// ParseValue reads a typed value into v and returns what follows it. NULL is a value without a type. Texts share the
// memory of b.
func ParseValue(b []byte, v *value.Value) (rest []byte, ok bool) {
	*v = value.Value{}
	if len(b) == 0 {
		return nil, false
	}
	kind, rest := b[0], b[1:]
	switch kind & typeMask {
	case typeNull:
		return rest, true
	case typeBool:
		v.SetBool(kind&flagTrue != 0)
		return rest, true
	case typeInt32, typeUint32, typeInt64, typeUint64:
		n, rest, ok := Varint(rest)
		v.SetInt(int64(n))
		return rest, ok
	case typeIPv4:
		if len(rest) < 4 {
			return nil, false
		}
		v.SetIP(netip.AddrFrom4([4]byte(rest)))
		return rest[4:], true
	case typeIPv6:
		if len(rest) < 16 {
			return nil, false
		}
		v.Type, v.IP = value.IPv6, netip.AddrFrom16([16]byte(rest))
		return rest[16:], true
	case typeString, typeBinary:
		s, rest, ok := String(rest)
		if kind&typeMask == typeString {
			v.SetStr(s)
		} else {
			v.SetBin(s)
		}
		return rest, ok
	}
	return nil, false
}
