package msg

import (
	"encoding/binary"

	"sluice/internal/buf"
)

// Elements walks over the elements of a comma-separated field value, as req.hdr and its kin see it
// (configuration.txt 7.3.6): commas within double quotes do not separate, a backslash takes the next character's
// meaning there, and blanks around an element do not belong to it. Empty elements count; an empty value is one.
// Every field is split so, also the ones whose values hold commas of another meaning (Date, Set-Cookie, User-Agent).
type Elements struct {
	rest []byte
	more bool
}

// SplitValue returns the elements of value.
func SplitValue(value []byte) Elements { return Elements{value, true} }

// Next returns the next element, a part of the value, and whether there was one.
func (e *Elements) Next() (item []byte, ok bool) {
	if !e.more {
		return nil, false
	}
	end := elementEnd(e.rest)
	item = trimBlanks(e.rest[:end:end])
	if end == len(e.rest) {
		e.more = false
	} else {
		e.rest = e.rest[end+1:]
	}
	return item, true
}

// More reports whether Next will return another element.
func (e *Elements) More() bool { return e.more }

// Rest returns how many bytes of the value are left behind the elements returned so far and their commas.
func (e *Elements) Rest() int {
	if !e.more {
		return 0
	}
	return len(e.rest)
}

// elementEnd is the index of the first comma outside quotes, or the length.
func elementEnd(b []byte) int {
	end := buf.Index(b, ',')
	if end < 0 {
		return len(b)
	}
	quote := buf.Index(b[:end], '"')
	if quote < 0 {
		return end
	}
	quoted := false
	for i := quote; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return i
		case c == '\\' && quoted:
			i++
		}
	}
	return len(b)
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// Values walks over the elements of all fields of a name.
type Values struct {
	fs   Fields
	name Name
	at   int
	in   Elements
}

// Values returns the elements of all fields of that name, in order.
func (fs Fields) Values(n Name) Values { return Values{fs: fs, name: n} }

// Next returns the next element, and whether there was one.
func (v *Values) Next() (item []byte, ok bool) {
	for {
		if item, ok = v.in.Next(); ok {
			return item, true
		}
		i := v.fs.Next(v.name, v.at)
		if i < 0 {
			return nil, false
		}
		v.at = i + 1
		v.in = SplitValue(v.fs[i].Value)
	}
}

// CountValues returns how many elements the fields of that name have together (req.hdr_cnt).
func (fs Fields) CountValues(n Name) int {
	c := 0
	for i := fs.Next(n, 0); i >= 0; i = fs.Next(n, i+1) {
		c += countElements(fs[i].Value)
	}
	return c
}

func countElements(value []byte) int {
	commas, quotes := 0, uint64(0)
	rest := value
	for ; len(rest) >= 8; rest = rest[8:] {
		x := binary.LittleEndian.Uint64(rest)
		commas += buf.CountZeros(x ^ buf.Repeat(','))
		quotes |= buf.Zeros(x ^ buf.Repeat('"'))
	}
	for _, c := range rest {
		switch c {
		case ',':
			commas++
		case '"':
			quotes = 1
		}
	}
	if commas == 0 || quotes == 0 {
		return 1 + commas
	}
	c := 0
	for in := SplitValue(value); ; c++ {
		if _, ok := in.Next(); !ok {
			return c
		}
	}
}

// NthValue returns an element over all fields of that name: 1 is the first, -1 the last (req.hdr). ok is false when
// there are not as many.
func (fs Fields) NthValue(n Name, occurrence int) (item []byte, ok bool) {
	if occurrence < 0 {
		if occurrence += fs.CountValues(n) + 1; occurrence <= 0 {
			return nil, false
		}
	}
	v := fs.Values(n)
	for {
		if item, ok = v.Next(); !ok {
			return nil, false
		}
		if occurrence--; occurrence == 0 {
			return item, true
		}
	}
}
