package conv

import (
	"errors"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// urlRows are the converters from and to the encoding of URLs (RFC 3986 2.1).
func urlRows() []sample.Conv {
	return []sample.Conv{
		{Name: "url_dec", Doc: "Decodes what is encoded for a URL.", Args: "[integer]", In: value.Str, Out: value.Str, Eval: urlDecode},
		{Name: "url_enc", Doc: "Encodes for the query string of a URL.", Args: "string", In: value.Str, Out: value.Str, Eval: urlEncode, Check: checkEncoding},
	}
}

// urlDecode takes a plus sign for a space behind a question mark, or everywhere in a form.
func urlDecode(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	form := a.Int(0) != 0
	out := s.Arena.Alloc(len(v.Bytes))[:0]
	for i := 0; i < len(v.Bytes); i++ {
		c := v.Bytes[i]
		switch c {
		case '+':
			if form {
				c = ' '
			}
		case '?':
			form = true
		case '%':
			if i+2 >= len(v.Bytes) {
				return false
			}
			hi, lo := value.HexDigit(v.Bytes[i+1]), value.HexDigit(v.Bytes[i+2])
			if hi < 0 || lo < 0 {
				return false
			}
			c = byte(hi<<4 | lo)
			i += 2
		}
		out = append(out, c)
	}
	setOwn(v, value.Str, out)
	return true
}

func checkEncoding(a sample.Args, _ *sample.Env) error {
	if a.Has(0) && string(a[0].Str) != "query" {
		return errors.New("Unexpected encode type. Allowed value is 'query'")
	}
	return nil
}

// urlEncode leaves the unreserved characters of RFC 3986 2.3 as they are.
func urlEncode(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n := 0
	for _, c := range v.Bytes {
		if unreserved(c) {
			n++
		} else {
			n += 3
		}
	}
	if n >= room(s) {
		return false
	}
	out := s.Arena.Alloc(n)[:0]
	for _, c := range v.Bytes {
		if unreserved(c) {
			out = append(out, c)
		} else {
			out = append(out, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	setOwn(v, value.Str, out)
	return true
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
