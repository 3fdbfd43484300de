package value

import (
	"math"
	"net/netip"
	"strconv"
)

// Append appends the text form of v to dst: a decimal number for Bool and Sint, an address, the name of a method, the
// bytes themselves for Str and Bin.
func (v *Value) Append(dst []byte) []byte {
	switch v.Type {
	case Bool, Sint:
		return strconv.AppendInt(dst, v.Int, 10)
	case IPv4, IPv6:
		return AppendIP(dst, v.IP)
	case Str, Bin:
		return append(dst, v.Bytes...)
	case Meth:
		if v.Method != OtherMethod {
			return append(dst, methodNames[v.Method]...)
		}
		return append(dst, v.Bytes...)
	}
	return dst
}

// AppendIP appends an address as inet_ntop prints it, which writes the last 32 bits of ::a.b.c.d in dots.
func AppendIP(dst []byte, ip netip.Addr) []byte {
	if ip.Is6() && !ip.Is4In6() {
		b := ip.As16()
		if zero(b[:12]) && (b[12] != 0 || b[13] != 0) {
			return netip.AddrFrom4([4]byte(b[12:])).AppendTo(append(dst, "::"...))
		}
	}
	if !ip.IsValid() {
		return dst
	}
	return ip.WithZone("").AppendTo(dst)
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// ParseIP reads an IPv4 or IPv6 address in its full text form, without zone.
func ParseIP(b []byte) (netip.Addr, bool) {
	if len(b) == 0 || len(b) > 45 {
		return netip.Addr{}, false
	}
	if ip, ok := parse4(b); ok {
		return ip, true
	}
	colon := false
	for _, c := range b {
		switch {
		case c == ':':
			colon = true
		case c == '%':
			return netip.Addr{}, false
		}
	}
	if !colon {
		return netip.Addr{}, false
	}
	return parse6(b)
}

// parse4 reads a.b.c.d without leading zeros.
func parse4(b []byte) (netip.Addr, bool) {
	var out [4]byte
	part, digits, n := 0, 0, 0
	for i := 0; i <= len(b); i++ {
		if i == len(b) || b[i] == '.' {
			if digits == 0 || part > 3 {
				return netip.Addr{}, false
			}
			out[part] = byte(n)
			part, digits, n = part+1, 0, 0
			continue
		}
		c := b[i]
		if c < '0' || c > '9' || digits > 0 && n == 0 {
			return netip.Addr{}, false
		}
		n = n*10 + int(c-'0')
		digits++
		if n > 255 {
			return netip.Addr{}, false
		}
	}
	return netip.AddrFrom4(out), part == 4
}

// parse6 reads the text form of an IPv6 address (RFC 4291 2.2) without allocating.
func parse6(b []byte) (netip.Addr, bool) {
	var out [16]byte
	at, gap := 0, -1
	if len(b) >= 2 && b[0] == ':' {
		if b[1] != ':' {
			return netip.Addr{}, false
		}
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if at == 16 {
			return netip.Addr{}, false
		}
		n, digits := 0, 0
		for digits < len(b) && HexDigit(b[digits]) >= 0 {
			if digits == 4 {
				return netip.Addr{}, false
			}
			n = n<<4 | HexDigit(b[digits])
			digits++
		}
		if digits < len(b) && b[digits] == '.' {
			ip, ok := parse4(b)
			if !ok || at > 12 {
				return netip.Addr{}, false
			}
			v4 := ip.As4()
			copy(out[at:], v4[:])
			at, b = at+4, nil
			break
		}
		if digits == 0 {
			return netip.Addr{}, false
		}
		out[at], out[at+1] = byte(n>>8), byte(n)
		at, b = at+2, b[digits:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return netip.Addr{}, false
		}
		b = b[1:]
		if b[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap, b = at, b[1:]
		}
	}
	return fill(out, at, gap)
}

// fill moves what follows a "::" at gap to the end.
func fill(out [16]byte, at, gap int) (netip.Addr, bool) {
	if gap < 0 {
		return netip.AddrFrom16(out), at == 16
	}
	if at == 16 {
		return netip.Addr{}, false
	}
	n := copy(out[16-(at-gap):], out[gap:at])
	clear(out[gap : 16-n])
	return netip.AddrFrom16(out), true
}

// HexDigit is the value of a hexadecimal digit, -1 for any other character.
func HexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// LeadingInt reads the decimal number, with an optional sign, that b begins with, and returns how many bytes it takes:
// 0 when there is none. A number out of range becomes the nearest that fits, as in HAProxy's casts.
func LeadingInt(b []byte) (n int64, length int) {
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg, i = b[0] == '-', 1
	}
	start := i
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		d := int64(b[i] - '0')
		switch {
		case neg && n < (math.MinInt64+d)/10:
			n = math.MinInt64
		case !neg && n > (math.MaxInt64-d)/10:
			n = math.MaxInt64
		case neg:
			n = n*10 - d
		default:
			n = n*10 + d
		}
	}
	if i == start {
		return 0, 0
	}
	return n, i
}

// Embedded4 returns the IPv4 address inside of ::ffff:a.b.c.d, ::a.b.c.d and 2002:a.b.c.d::/48 (configuration.txt
// 7.1.6).
func Embedded4(ip netip.Addr) (netip.Addr, bool) {
	if ip.Is4() {
		return ip, true
	}
	b := ip.As16()
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case zero(b[:10]) && (b[10] == 0xff && b[11] == 0xff || b[10] == 0 && b[11] == 0):
		return netip.AddrFrom4([4]byte(b[12:])), true
	}
	return netip.Addr{}, false
}

// Folds compares with a word in lower case, whatever the case of the letters in b. Letters beyond ASCII have none.
func Folds(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
