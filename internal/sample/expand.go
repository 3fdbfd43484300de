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
