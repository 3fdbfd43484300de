package stats

import (
	"bytes"
	"strconv"
)

// Field is one value: absent, a number or a text.
type Field struct {
	kind kind
	n    int64
	f    float64
	s    string
}

type kind uint8

const (
	absent kind = iota
	u32
	u64
	s32
	flt
	text
)

var kindNames = [...]string{"", "u32", "u64", "s32", "flt", "str"}

func num(n int64) Field     { return Field{kind: u32, n: n} }
func num64(n uint64) Field  { return Field{kind: u64, n: int64(n)} }
func signed(n int64) Field  { return Field{kind: s32, n: n} }
func float(f float64) Field { return Field{kind: flt, f: f} }
func str(s string) Field    { return Field{kind: text, s: s} }
func maybe(s string) Field {
	if s == "" {
		return Field{}
	}
	return str(s)
}

// Valid reports whether there is a value.
func (f Field) Valid() bool { return f.kind != absent }

// append appends the value as text.
func (f Field) append(b []byte) []byte {
	switch f.kind {
	case absent:
		return b
	case text:
		return append(b, f.s...)
	case flt:
		return appendFloat(b, f.f)
	}
	return strconv.AppendInt(b, f.n, 10)
}

// appendFloat appends a number with at most six digits behind the point and without zeros at the end.
func appendFloat(b []byte, f float64) []byte {
	b = strconv.AppendFloat(b, f, 'f', 6, 64)
	return bytes.TrimSuffix(bytes.TrimRight(b, "0"), []byte("."))
}

// appendCSV appends the value, in quotes when it holds a separator.
func (f Field) appendCSV(b []byte) []byte {
	if f.kind != text {
		return f.append(b)
	}
	for i := range len(f.s) {
		if c := f.s[i]; c == ',' || c == '"' || c == '\n' || c == '\r' {
			b = append(b, '"')
			for i := range len(f.s) {
				if f.s[i] == '"' {
					b = append(b, '"')
				}
				b = append(b, f.s[i])
			}
			return append(b, '"')
		}
	}
	return append(b, f.s...)
}

// appendJSON appends the value as a JSON value.
func (f Field) appendJSON(b []byte) []byte {
	if f.kind != text {
		return f.append(b)
	}
	return appendQuoted(b, f.s)
}

// appendQuoted appends s as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
