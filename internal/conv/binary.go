package conv

import (
	"errors"
	"fmt"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// binaryRows are the converters of bytes.
func binaryRows() []sample.Conv {
	return []sample.Conv{
		{Name: "base2", Doc: "Bytes in binary digits.", In: value.Bin, Out: value.Str, Eval: base2},
		{Name: "be2hex", Doc: "Bytes in hexadecimal digits, in groups with a separator.", Args: "string[,integer,integer]", In: value.Bin, Out: value.Str, Eval: groupedHex, Check: checkHexGroups},
		{Name: "bytes", Doc: "Part of the bytes.", Args: "string[,string]", In: value.Bin, Out: value.Bin, Eval: cutBytes, Check: checkBytes},
		{Name: "has_ctl", Doc: "Whether there are control characters.", Args: "[string]", In: value.Bin, Out: value.Bool, Eval: hasControl, Check: checkMask},
		{Name: "hex", Doc: "Bytes in hexadecimal digits.", In: value.Bin, Out: value.Str, Eval: hex},
		{Name: "hex2i", Doc: "Number written in hexadecimal digits.", In: value.Str, Out: value.Sint, Eval: hexToInt},
		{Name: "htonl", Doc: "Number as four bytes, the highest first.", In: value.Sint, Out: value.Bin, Eval: htonl},
	}
}

const hexDigits = "0123456789ABCDEF"

func base2(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if 8*len(v.Bytes) > room(s) {
		return false
	}
	out := s.Arena.Alloc(8 * len(v.Bytes))[:0]
	for _, c := range v.Bytes {
		for bit := 7; bit >= 0; bit-- {
			out = append(out, '0'+c>>bit&1)
		}
	}
	setOwn(v, value.Str, out)
	return true
}

func hex(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if 2*len(v.Bytes) > room(s) {
		return false
	}
	out := s.Arena.Alloc(2 * len(v.Bytes))[:0]
	for _, c := range v.Bytes {
		out = append(out, hexDigits[c>>4], hexDigits[c&15])
	}
	setOwn(v, value.Str, out)
	return true
}

// checkHexGroups wants a size of groups where there is a separator between them, or where incomplete groups are to be
// left out.
func checkHexGroups(a sample.Args, _ *sample.Env) error {
	if (a.Has(0) || a.Int(2) != 0) && a.Int(1) <= 0 {
		return fmt.Errorf("chunk_size needs to be positive (%d)", a.Int(1))
	}
	return checkTruncate(a)
}

func checkTruncate(a sample.Args) error {
	if n := a.Int(2); n != 0 && n != 1 {
		return fmt.Errorf("Unsupported truncate value (%d)", n)
	}
	return nil
}

// groupedHex stops before the group that would not fit any more.
func groupedHex(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	sep, size, whole := a.Str(0), int(a.Int(1)), a.Int(2) == 1
	if size <= 0 || len(sep) == 0 && !whole {
		return hex(s, a, v)
	}
	size = min(size, len(v.Bytes)+1)
	groups := (len(v.Bytes) + size - 1) / size
	out := s.Arena.Alloc(min(room(s), 2*len(v.Bytes)+groups*len(sep)))[:0]
	for b := v.Bytes; len(b) > 0; {
		group := b[:min(size, len(b))]
		if whole && len(group) < size {
			break
		}
		if len(out) > 0 {
			if len(out)+len(sep)+2*len(group) > room(s) {
				break
			}
			out = append(out, sep...)
		} else if 2*len(group) > room(s) {
			return false
		}
		for _, c := range group {
			out = append(out, hexDigits[c>>4], hexDigits[c&15])
		}
		b = b[len(group):]
	}
	setOwn(v, value.Str, out)
	return true
}

// checkBytes reads the offset and the length: numbers or names of variables.
func checkBytes(a sample.Args, e *sample.Env) error {
	if err := checkOperand(a[:1], e); err != nil {
		return err
	}
	if a[0].Int < 0 {
		return errors.New("expects a non-negative integer")
	}
	if len(a) < 2 {
		return nil
	}
	if err := checkOperand(a[1:], e); err != nil {
		return err
	}
	if !a[1].IsVar && a[1].Int <= 0 {
		return errors.New("expects a positive integer")
	}
	return nil
}

// cutBytes gives nothing at all for numbers that make no sense, and no bytes for an offset behind the end.
func cutBytes(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	from, ok := number(s, &a[0])
	if !ok || from < 0 {
		return false
	}
	length := int64(len(v.Bytes))
	if len(a) > 1 {
		if length, ok = number(s, &a[1]); !ok || length < 0 {
			return false
		}
	}
	from = min(from, int64(len(v.Bytes)))
	length = min(length, int64(len(v.Bytes))-from)
	v.Bytes = v.Bytes[from : from+length]
	return true
}

// Masks of control characters: one bit for each of the first 32, bit 32 for DEL.
const (
	anyControl  = 1<<33 - 1
	textControl = anyControl &^ (1 << '\t')
	httpControl = 1<<'\r' | 1<<'\n' | 1<<0
)

// checkMask reads the set of control characters, in the notations of C.
func checkMask(a sample.Args, _ *sample.Env) error {
	if len(a) == 0 || len(a[0].Str) == 0 {
		return nil
	}
	switch word := string(a[0].Str); word {
	case "any":
		a[0].Int = anyControl
	case "http":
		a[0].Int = httpControl
	default:
		n, used := cNumber(word)
		if used != len(word) {
			return fmt.Errorf("cannot parse value '%s', problem at position %d; expecting an integer value (decimal or hex with '0x' prefix)", word, used)
		}
		if excess := uint64(n) &^ anyControl; excess != 0 {
			return fmt.Errorf("unsupported excess bits %#x in argument value %s", excess, word)
		}
		a[0].Int = n
	}
	return nil
}

// cNumber reads a number in decimal, octal behind 0 or hexadecimal digits behind 0x, and returns how far it goes.
func cNumber(word string) (n int64, used int) {
	sign := 0
	if word != "" && (word[0] == '-' || word[0] == '+') {
		sign = 1
	}
	base, start := int64(10), sign
	switch digits := word[sign:]; {
	case len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X"):
		base, start = 16, sign+2
	case len(digits) > 1 && digits[0] == '0':
		base = 8
	}
	end := start
	for end < len(word) && value.HexDigit(word[end]) >= 0 && int64(value.HexDigit(word[end])) < base {
		end++
	}
	n, err := strconv.ParseInt(word[:sign]+word[start:end], int(base), 64)
	if err != nil && n == 0 {
		return 0, 0
	}
	return n, end
}

func hasControl(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	mask := int64(textControl)
	if a.Has(0) {
		mask = a[0].Int
	}
	found := false
	for _, c := range v.Bytes {
		if c < ' ' && mask>>c&1 != 0 || c == 127 && mask>>32&1 != 0 {
			found = true
			break
		}
	}
	v.SetBool(found)
	return true
}

// hexToInt keeps the low 64 bits of a number that is longer.
func hexToInt(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n := int64(0)
	for _, c := range v.Bytes {
		d := value.HexDigit(c)
		if d < 0 {
			return false
		}
		n = n<<4 | int64(d)
	}
	v.SetInt(n)
	return true
}

func htonl(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n := uint32(v.Int)
	out := s.Arena.Alloc(4)
	out[0], out[1], out[2], out[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	setOwn(v, value.Bin, out)
	return true
}
