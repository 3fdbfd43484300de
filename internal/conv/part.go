package conv

import (
	"bytes"
	"errors"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// partRows are the converters that take a part of a string, which stays where it is.
func partRows() []sample.Conv {
	return []sample.Conv{
		{Name: "cut_crlf", Doc: "What comes before the first end of line.", In: value.Str, Out: value.Str, Eval: cutLine},
		{Name: "field", Doc: "Field between delimiters, by its number from the beginning or the end.", Args: "integer,string[,integer]", In: value.Str, Out: value.Str, Eval: field, Check: checkIndex},
		{Name: "ltrim", Doc: "What comes behind certain characters at the beginning.", Args: "string", In: value.Str, Out: value.Str, Eval: trimLeft},
		{Name: "param", Doc: "Value of a parameter of a query string.", Args: "string[,string]", In: value.Str, Out: value.Str, Eval: param, Check: checkParam},
		{Name: "rtrim", Doc: "What comes before certain characters at the end.", Args: "string", In: value.Str, Out: value.Str, Eval: trimRight},
		{Name: "word", Doc: "Word between delimiters, by its number from the beginning or the end.", Args: "integer,string[,integer]", In: value.Str, Out: value.Str, Eval: word, Check: checkIndex},
	}
}

func cutLine(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	for i, c := range v.Bytes {
		if c == '\r' || c == '\n' {
			v.Bytes = v.Bytes[:i]
			break
		}
	}
	return true
}

func trimLeft(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	n := 0
	for n < len(v.Bytes) && bytes.IndexByte(a[0].Str, v.Bytes[n]) >= 0 {
		n++
	}
	v.Bytes = v.Bytes[n:]
	return true
}

func trimRight(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	n := len(v.Bytes)
	for n > 0 && bytes.IndexByte(a[0].Str, v.Bytes[n-1]) >= 0 {
		n--
	}
	v.Bytes = v.Bytes[:n]
	return true
}

// checkIndex wants a number of a field, which count from 1 and -1, and delimiters.
func checkIndex(a sample.Args, _ *sample.Env) error {
	if a[0].Int == 0 {
		return errors.New("Unexpected value 0 for index")
	}
	if len(a[1].Str) == 0 {
		return errors.New("Empty separators list")
	}
	return nil
}

// field takes a field, or as many as the third argument says: 0 for all that follow. Delimiters side by side have an
// empty field between them.
func field(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	index, delims, count := a[0].Int, a[1].Str, int64(1)
	if len(a) > 2 {
		count = a[2].Int
	}
	if index > 0 {
		from, ok := skipFields(v.Bytes, delims, index-1)
		if !ok {
			return false
		}
		v.Bytes = firstFields(v.Bytes[from:], delims, count)
		return true
	}
	to, ok := skipFieldsBack(v.Bytes, delims, -(index + 1))
	if !ok {
		return false
	}
	v.Bytes = lastFields(v.Bytes[:to], delims, count)
	return true
}

// skipFields returns where the field behind n others begins.
func skipFields(b, delims []byte, n int64) (at int, ok bool) {
	for i := 0; n > 0; i++ {
		if i == len(b) {
			return 0, false
		}
		if bytes.IndexByte(delims, b[i]) >= 0 {
			n--
			at = i + 1
		}
	}
	return at, true
}

// skipFieldsBack returns where the field before n others, counted from the end, ends.
func skipFieldsBack(b, delims []byte, n int64) (at int, ok bool) {
	at = len(b)
	for i := len(b) - 1; n > 0; i-- {
		if i < 0 {
			return 0, false
		}
		if bytes.IndexByte(delims, b[i]) >= 0 {
			n--
			at = i
		}
	}
	return at, true
}

func firstFields(b, delims []byte, count int64) []byte {
	if count == 0 {
		return b
	}
	for i, c := range b {
		if bytes.IndexByte(delims, c) >= 0 {
			if count--; count == 0 {
				return b[:i]
			}
		}
	}
	return b
}

func lastFields(b, delims []byte, count int64) []byte {
	if count == 0 {
		return b
	}
	for i := len(b) - 1; i >= 0; i-- {
		if bytes.IndexByte(delims, b[i]) >= 0 {
			if count--; count == 0 {
				return b[i+1:]
			}
		}
	}
	return b
}

// word takes a word, or as many as the third argument says: 0 for all that follow. Delimiters side by side count as one,
// those around the text do not count.
func word(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	index, delims, count := a[0].Int, a[1].Str, int64(1)
	if len(a) > 2 {
		count = a[2].Int
	}
	b := v.Bytes
	step, at := 1, 0
	if index < 0 {
		step, at, index = -1, len(b)-1, -index
	}
	first, last := -1, -1 // first byte of the word asked for, last one of the last word, in the order of reading
	for n := int64(0); at >= 0 && at < len(b); {
		if bytes.IndexByte(delims, b[at]) >= 0 {
			at += step
			continue
		}
		n++
		begin := at
		for at >= 0 && at < len(b) && bytes.IndexByte(delims, b[at]) < 0 {
			at += step
		}
		if n == index {
			first = begin
		}
		if first >= 0 && count > 0 && n == index+count-1 {
			last = at - step
			break
		}
	}
	if first < 0 {
		return false
	}
	if last < 0 && step > 0 { // there were not so many: to the very end
		last = len(b) - 1
	}
	last = max(last, 0)
	v.Bytes = b[min(first, last) : max(first, last)+1]
	return true
}

// checkParam reads the delimiter: one character, or its code in hexadecimal.
func checkParam(a sample.Args, _ *sample.Env) error {
	if len(a) < 2 {
		return nil
	}
	switch d := a[1].Str; {
	case len(d) == 1:
		a[1].Int = int64(d[0])
	case len(d) == 4 && d[0] == '0' && d[1] == 'x' && value.HexDigit(d[2]) >= 0 && value.HexDigit(d[3]) >= 0:
		a[1].Int = int64(value.HexDigit(d[2])<<4 | value.HexDigit(d[3]))
	default:
		return errors.New("Delimiter must be either exactly 1 character, or 0xHH for an ASCII code .")
	}
	return nil
}

// param takes the value of the first parameter of that name; one without an equals sign has an empty value.
func param(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	name, delim := a[0].Str, byte('&')
	if a.Has(1) {
		delim = byte(a[1].Int)
	}
	for b := v.Bytes; len(b) > 0; {
		end := bytes.IndexByte(b, delim)
		segment := b
		if end >= 0 {
			segment = b[:end]
		}
		if bytes.HasPrefix(segment, name) {
			switch rest := segment[len(name):]; {
			case len(rest) == 0:
				v.Bytes = rest
				return true
			case rest[0] == '=':
				v.Bytes = rest[1:]
				return true
			}
		}
		if end < 0 {
			return false
		}
		b = b[end+1:]
	}
	return false
}
