package value

import (
	"net/netip"

	"sluice/internal/buf"
)

// castable says which types cast into which (configuration.txt 7.3), by from and to. Addr stands for an address of
// either family, so what it may become is only what both can.
var castable = [NTypes]uint16{
	Any:  ^uint16(0),
	Same: ^uint16(0),
	Bool: 1<<Bool | 1<<Sint | 1<<Str | 1<<Bin,
	Sint: 1<<Bool | 1<<Sint | 1<<Addr | 1<<IPv4 | 1<<IPv6 | 1<<Str | 1<<Bin,
	Addr: 1<<Addr | 1<<IPv4 | 1<<IPv6 | 1<<Str | 1<<Bin,
	IPv4: 1<<Bool | 1<<Sint | 1<<Addr | 1<<IPv4 | 1<<IPv6 | 1<<Str | 1<<Bin,
	IPv6: 1<<Addr | 1<<IPv4 | 1<<IPv6 | 1<<Str | 1<<Bin,
	Str:  1<<Bool | 1<<Sint | 1<<Addr | 1<<IPv4 | 1<<IPv6 | 1<<Str | 1<<Bin | 1<<Meth,
	Bin:  1<<Str | 1<<Bin | 1<<Meth,
	Meth: 1<<Str | 1<<Bin | 1<<Meth,
}

// Castable reports whether a value of type from may be given where to is wanted. The cast itself can still fail, when a
// string is not an address for instance.
func Castable(from, to Type) bool {
	return to == Any || to == Same || castable[from]&(1<<to) != 0
}

// Cast turns v into a value of type to, with bytes that it makes up in a. It reports false when that is impossible; v is
// undefined then. A cast into Any, Same or the type that v has changes nothing.
func (v *Value) Cast(to Type, a *buf.Arena) bool {
	if v.Type == to || to == Any || to == Same {
		return true
	}
	switch to {
	case Bool, Sint:
		return v.toInt(to)
	case Addr:
		if v.Type == IPv4 || v.Type == IPv6 {
			return true
		}
		return v.toIP(Addr)
	case IPv4, IPv6:
		return v.toIP(to)
	case Str:
		return v.toStr(a)
	case Bin:
		return v.toBin(a)
	case Meth:
		return v.toMeth()
	}
	return false
}

func (v *Value) toInt(to Type) bool {
	switch v.Type {
	case Bool, Sint:
	case IPv4:
		b := v.IP.As4()
		v.Int = int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
	case Str:
		if len(v.Bytes) == 0 {
			return false
		}
		v.Int, _ = LeadingInt(v.Bytes)
	default:
		return false
	}
	v.Type = to
	return true
}

func (v *Value) toIP(to Type) bool {
	switch v.Type {
	case Sint:
		n := uint32(v.Int)
		v.SetIP(netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}))
	case Str:
		ip, ok := ParseIP(v.Bytes)
		if !ok {
			return false
		}
		v.SetIP(ip)
	case IPv4, IPv6:
	default:
		return false
	}
	switch {
	case to == IPv6 && v.Type == IPv4:
		v.Type, v.IP = IPv6, netip.AddrFrom16(v.IP.As16())
	case to == IPv4 && v.Type == IPv6:
		ip, ok := Embedded4(v.IP)
		if !ok {
			return false
		}
		v.Type, v.IP = IPv4, ip
	}
	return true
}

func (v *Value) toStr(a *buf.Arena) bool {
	switch v.Type {
	case Bin: // text ends at the first NUL, as everywhere where strings are C's
		for i, c := range v.Bytes {
			if c == 0 {
				v.Bytes = v.Bytes[:i:i]
				break
			}
		}
	case Any, Same:
		return false
	default:
		v.Bytes = a.Keep(v.Append(a.Tail(64)))
		v.Flags &^= Const
	}
	v.Type = Str
	return true
}

func (v *Value) toBin(a *buf.Arena) bool {
	switch v.Type {
	case Bool, Sint:
		b := a.Alloc(8)
		for i := range b {
			b[i] = byte(v.Int >> (56 - 8*i))
		}
		v.Bytes = b
	case IPv4:
		b := v.IP.As4()
		v.Bytes = a.Copy(b[:])
	case IPv6:
		b := v.IP.As16()
		v.Bytes = a.Copy(b[:])
	case Str:
	case Meth:
		v.Bytes = a.Keep(v.Append(a.Tail(16)))
	default:
		return false
	}
	if v.Type != Str {
		v.Flags &^= Const
	}
	v.Type = Bin
	return true
}

func (v *Value) toMeth() bool {
	if v.Type != Str && v.Type != Bin {
		return false
	}
	v.Type, v.Method = Meth, LookupMethod(v.Bytes)
	return true
}
