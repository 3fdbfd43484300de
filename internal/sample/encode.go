package sample

import (
	"encoding/binary"

	"sluice/internal/buf"
)

// escape is a set of bytes that are replaced while text is printed.
type escape [4]uint64

func (e escape) has(c byte) bool { return e[c>>6]>>(c&63)&1 != 0 }

// escapes returns the set of all bytes that cannot be printed and those of more.
func escapes(control func(c int) bool, more string) (e escape) {
	for c := range 256 {
		if control(c) {
			e[c>>6] |= 1 << (c & 63)
		}
	}
	for i := range len(more) {
		e[more[i]>>6] |= 1 << (more[i] & 63)
	}
	return e
}

// The sets of configuration.txt 8.6 and 8.2.6.
var (
	// escapeURI is for the request line: what is not printable, the escape itself and the quote.
	escapeURI = escapes(func(c int) bool { return c < 32 || c > 126 }, "#\"")
	// escapeCapture is for captured headers, which are shown between braces and bars.
	escapeCapture = escapes(func(c int) bool { return c < 32 || c > 126 }, "#\"{|}")
	// escapeHeader is for the value of a header field: the control characters but the tab.
	escapeHeader = escapes(func(c int) bool { return c < 32 && c != '\t' || c == 127 }, "")
	// escapeBrackets is for the values of structured elements (RFC 5424 6.3.3).
	escapeBrackets = escapes(func(int) bool { return false }, "\"\\]")
	// escapeJSON is for strings of JSON, whose other control characters are left as they are.
	escapeJSON = escapes(func(int) bool { return false }, "\"\\")
)

const upperHex = "0123456789ABCDEF"

// appendHexed appends b with the bytes of set as mark and two hexadecimal digits.
func appendHexed(dst, b []byte, set escape, mark byte) []byte {
	from := 0
	for i, c := range b {
		if set.has(c) {
			dst = append(append(dst, b[from:i]...), mark, upperHex[c>>4], upperHex[c&15])
			from = i + 1
		}
	}
	return append(dst, b[from:]...)
}

// printable reports whether b holds no control character, so that nothing of it is encoded in a header field.
func printable(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if x := binary.LittleEndian.Uint64(b); buf.Below(x, ' ')|buf.Zeros(x^buf.Repeat(127)) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < ' ' || c == 127 {
			return false
		}
	}
	return true
}

// appendSlashed appends b with a backslash before the bytes of set.
func appendSlashed(dst, b []byte, set escape) []byte {
	for _, c := range b {
		if set.has(c) {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// appendHex appends b in hexadecimal digits.
func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, upperHex[c>>4], upperHex[c&15])
	}
	return dst
}
