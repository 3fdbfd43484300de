package conv

import (
	"errors"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// jsonRows are the converters that write and read JSON.
func jsonRows() []sample.Conv {
	return []sample.Conv{
		{Name: "json", Doc: "Text with the escapes of a JSON string.", Args: "string", In: value.Str, Out: value.Str, Check: checkJSON, Eval: jsonEscape},
		{Name: "json_query", Doc: "Value that a path leads to in a JSON text.", Args: "string[,string]", In: value.Str, Out: value.Any, Bind: bindJSONQuery},
	}
}

// How the input of json is decoded, in bits.
const (
	codeUTF8       = 1 << iota // else every byte is a character
	codeSilent                 // leave mistakes out instead of failing
	codePermissive             // take characters that are longer than they need to be
)

// checkJSON puts the decoder into the argument.
func checkJSON(a sample.Args, _ *sample.Env) error {
	switch string(a.Str(0)) {
	case "", "ascii":
		a[0].Int = 0
	case "utf8":
		a[0].Int = codeUTF8
	case "utf8s":
		a[0].Int = codeUTF8 | codeSilent
	case "utf8p":
		a[0].Int = codeUTF8 | codePermissive
	case "utf8ps":
		a[0].Int = codeUTF8 | codeSilent | codePermissive
	default:
		return errors.New("Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'")
	}
	return nil
}

func jsonEscape(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	code, most := a[0].Int, room(s)
	out := s.Arena.Tail(min(2*len(v.Bytes)+8, most))
	for b := v.Bytes; len(b) > 0; {
		r, size, ok := uint32(b[0]), 1, true
		if code&codeUTF8 != 0 {
			r, size, ok = takeChar(b, code&codePermissive != 0)
		}
		b = b[size:]
		switch {
		case ok:
			out = appendEscaped(out, r)
		case code&codeSilent == 0:
			return false
		}
		if len(out) >= most {
			return false
		}
	}
	setOwn(v, value.Str, s.Arena.Keep(out))
	return true
}

// takeChar reads the character that b begins with, up to the six bytes of the first UTF-8 (RFC 2279), and returns the bytes
// to go on behind. It is not ok when bytes are missing, when it is longer than needed unless that is allowed, and when
// \uXXXX cannot write it or it is no character: a surrogate, U+FFFE or U+FFFF.
func takeChar(b []byte, overlong bool) (r uint32, size int, ok bool) {
	c := b[0]
	if c < 0x80 {
		return uint32(c), 1, true
	}
	want := 0
	for want < 8 && c&(0x80>>want) != 0 {
		want++
	}
	if want == 1 || want > 6 {
		return 0, 1, false
	}
	r = uint32(c & (0x7f >> want))
	for size = 1; size < want; size++ {
		if size == len(b) || b[size]&0xc0 != 0x80 {
			return 0, size, false
		}
		r = r<<6 | uint32(b[size]&0x3f)
	}
	// The smallest character that needs so many bytes.
	least := uint32(0x80)
	if want > 2 {
		least = 1 << (5*want - 4)
	}
	return r, size, (r >= least || overlong) && r < 0xfffe && r&0xf800 != 0xd800
}

const lowerHex = "0123456789abcdef"

// appendEscaped appends a character as JSON writes it in ASCII (RFC 8259 7), with the slash escaped as well.
func appendEscaped(out []byte, r uint32) []byte {
	switch r {
	case '"', '\\', '/':
		return append(out, '\\', byte(r))
	case '\b':
		return append(out, '\\', 'b')
	case '\f':
		return append(out, '\\', 'f')
	case '\n':
		return append(out, '\\', 'n')
	case '\r':
		return append(out, '\\', 'r')
	case '\t':
		return append(out, '\\', 't')
	}
	if r >= ' ' && r < 0x7f {
		return append(out, byte(r))
	}
	return append(out, '\\', 'u', lowerHex[r>>12&15], lowerHex[r>>8&15], lowerHex[r>>4&15], lowerHex[r&15])
}
