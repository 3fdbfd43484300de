package sample

import "sluice/internal/value"

// Expand appends to dst the text to with its back-references replaced: \0 is the whole match, \1 to \9 are its groups as
// places tells them in text, \xHH is the byte of that number, \\ is one backslash. Groups that took no part are empty.
func Expand(dst, to, text []byte, places []int) []byte {
	for i := 0; i < len(to); i++ {
		if to[i] != '\\' || i+1 == len(to) {
			dst = append(dst, to[i])
			continue
		}
		i++
		if to[i] == 'x' && i+2 < len(to) {
			if hi, lo := value.HexDigit(to[i+1]), value.HexDigit(to[i+2]); hi >= 0 && lo >= 0 {
				dst = append(dst, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		if to[i] < '0' || to[i] > '9' {
			dst = append(dst, to[i])
			continue
		}
		if g := int(to[i] - '0'); 2*g+1 < len(places) && places[2*g] >= 0 {
			dst = append(dst, text[places[2*g]:places[2*g+1]]...)
		}
	}
	return dst
}

// ExpandLen returns how many bytes Expand appends at most.
func ExpandLen(to, text []byte, places []int) int {
	n := len(to)
	for i := 0; i+1 < len(to); i++ {
		if to[i] != '\\' {
			continue
		}
		i++
		if c := to[i]; c >= '0' && c <= '9' {
			if g := int(c - '0'); 2*g+1 < len(places) && places[2*g] >= 0 {
				n += places[2*g+1] - places[2*g]
			}
		}
	}
	return n
}

// Template is a text with back-references that is the same for every stream, taken apart once.
type Template struct{ pieces []piece }

// piece is a text or, where that is nil, a group.
type piece struct {
	text  []byte
	group int
}

// NewTemplate takes a text apart; Append makes of it what Expand does.
func NewTemplate(to []byte) *Template {
	t := &Template{}
	var lit []byte
	end := func() {
		if len(lit) > 0 {
			t.pieces = append(t.pieces, piece{text: lit})
			lit = nil
		}
	}
	for len(to) > 0 {
		n := 1
		switch {
		case to[0] != '\\' || len(to) == 1:
		case to[1] >= '0' && to[1] <= '9':
			end()
			t.pieces = append(t.pieces, piece{group: int(to[1] - '0')})
			to = to[2:]
			continue
		case to[1] == 'x' && len(to) > 3 && value.HexDigit(to[2]) >= 0 && value.HexDigit(to[3]) >= 0:
			n = 4
		default:
			n = 2
		}
		lit = Expand(lit, to[:n], nil, nil)
		to = to[n:]
	}
	end()
	return t
}

// Len returns how many bytes Append appends.
func (t *Template) Len(places []int) int {
	n := 0
	for i := range t.pieces {
		p := &t.pieces[i]
		if g := 2 * p.group; p.text != nil {
			n += len(p.text)
		} else if g+1 < len(places) && places[g] >= 0 {
			n += places[g+1] - places[g]
		}
	}
	return n
}

// Append appends the template with the groups that places tells in text.
func (t *Template) Append(dst, text []byte, places []int) []byte {
	for i := range t.pieces {
		p := &t.pieces[i]
		if g := 2 * p.group; p.text != nil {
			dst = append(dst, p.text...)
		} else if g+1 < len(places) && places[g] >= 0 {
			dst = append(dst, text[places[g]:places[g+1]]...)
		}
	}
	return dst
}
