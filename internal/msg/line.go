package msg

import (
	"bytes"
	"strconv"
)

// AppendLine appends the first line of the request, as it stands now, without its end.
func (q *Request) AppendLine(dst []byte) []byte {
	dst = append(append(dst, q.Method...), ' ')
	dst = append(append(dst, q.Target...), ' ')
	return append(dst, q.VerBytes...)
}

// AppendLine appends the first line of the response, as it stands now, without its end.
func (r *Response) AppendLine(dst []byte) []byte {
	dst = append(append(dst, r.VerBytes...), ' ')
	dst = append(strconv.AppendInt(dst, int64(r.Status), 10), ' ')
	return append(dst, r.Reason...)
}

// AppendLine appends "Name: value" with the name's letters in the case in which they came.
func (f *Field) AppendLine(dst []byte) []byte {
	at := len(dst)
	dst = append(append(append(dst, f.Name...), ": "...), f.Value...)
	for i, upper := 0, f.Upper; upper != 0 && i < len(f.Name); i, upper = i+1, upper>>1 {
		if upper&1 != 0 {
			dst[at+i] = capital(dst[at+i])
		}
	}
	return dst
}

// Capitalize writes the name in a line of n bytes of name as people do: every word with a capital.
func Capitalize(line []byte, n int) {
	for i := range line[:n] {
		if i == 0 || line[i-1] == '-' {
			line[i] = capital(line[i])
		}
	}
}

func capital(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// CutLine splits "Name: value" at its colon and takes the blanks around the value away; ok is false where no name of a
// field stands before the colon (RFC 9110 5.6.2).
func CutLine(line []byte) (name, value []byte, ok bool) {
	name, value, ok = bytes.Cut(line, []byte{':'})
	if !ok || len(name) == 0 {
		return nil, nil, false
	}
	for _, c := range name {
		if !IsToken(c) {
			return nil, nil, false
		}
	}
	return name, bytes.Trim(value, " \t"), true
}

// IsToken says whether a byte may stand in the name of a field (RFC 9110 5.6.2).
func IsToken(c byte) bool {
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9':
		return true
	}
	return bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0
}
