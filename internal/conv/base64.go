package conv

import (
	"encoding/base64"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// base64Rows are the converters from and to base64 (RFC 4648).
func base64Rows() []sample.Conv {
	return []sample.Conv{
		{Name: "b64dec", Doc: "Decodes base64.", In: value.Str, Out: value.Bin, Eval: fromBase64},
		{Name: "base64", Doc: "Encodes in base64.", In: value.Bin, Out: value.Str, Eval: toBase64},
		{Name: "ub64dec", Doc: "Decodes base64 in its form for URLs, without padding.", In: value.Str, Out: value.Bin, Eval: fromBase64URL},
		{Name: "ub64enc", Doc: "Encodes in base64 in its form for URLs, without padding.", In: value.Bin, Out: value.Str, Eval: toBase64URL},
	}
}

func toBase64(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return encode64(s, v, base64.StdEncoding)
}

func toBase64URL(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return encode64(s, v, base64.RawURLEncoding)
}

// encode64 needs room for the padding in either form.
func encode64(s *proxy.Stream, v *value.Value, enc *base64.Encoding) bool {
	if (len(v.Bytes)+2)/3*4 >= room(s) {
		return false
	}
	out := s.Arena.Alloc(enc.EncodedLen(len(v.Bytes)))
	enc.Encode(out, v.Bytes)
	setOwn(v, value.Str, out)
	return true
}

// digit64 returns the value of a digit of base64, 64 for what is none.
func digit64(c, last1, last2 byte) uint32 {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A')
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52
	case c == last1:
		return 62
	case c == last2:
		return 63
	}
	return 64
}

// DecodeBase64 decodes padded base64 into dst, which has room for three bytes for each four, and returns the result. The
// padding may come after any four digits; whatever else is no digit makes the text invalid.
func DecodeBase64(dst, text []byte) (out []byte, ok bool) {
	if len(text)%4 != 0 {
		return nil, false
	}
	out = dst[:0]
	for ; len(text) > 0; text = text[4:] {
		bits, pad := uint32(0), 0
		for i, c := range text[:4] {
			if c == '=' && i > 0 {
				pad++
				bits <<= 6
				continue
			}
			d := digit64(c, '+', '/')
			if d == 64 || pad > 0 {
				return nil, false
			}
			bits = bits<<6 | d
		}
		block := [3]byte{byte(bits >> 16), byte(bits >> 8), byte(bits)}
		out = append(out, block[:3-pad]...)
	}
	return out, true
}

func fromBase64(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	out, ok := DecodeBase64(s.Arena.Alloc(len(v.Bytes)/4*3), v.Bytes)
	if ok {
		setOwn(v, value.Bin, out)
	}
	return ok
}

// fromBase64URL decodes digits without padding. An equals sign counts as a digit of ones, as in HAProxy.
func fromBase64URL(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if len(v.Bytes)%4 == 1 {
		return false
	}
	out := s.Arena.Alloc(len(v.Bytes)*3/4 + 3)[:0]
	bits, n := uint32(0), 0
	for _, c := range v.Bytes {
		d := digit64(c, '-', '_')
		if c == '=' {
			d = 63
		}
		if d == 64 {
			return false
		}
		bits = bits<<6 | d
		if n++; n == 4 {
			out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
			n = 0
		}
	}
	switch n {
	case 2:
		out = append(out, byte(bits>>4))
	case 3:
		out = append(out, byte(bits>>10), byte(bits>>2))
	}
	setOwn(v, value.Bin, out)
	return true
}
